//! `OriginalRequest`: what a proxy says about the request that it asks about.
//!
//! | proxy | method | path and query | host |
//! |---|---|---|---|
//! | nginx (`auth_request`) | `X-Original-Method` | `X-Original-URI` | `Host` |
//! | Traefik (ForwardAuth), Caddy (`forward_auth`) | `X-Forwarded-Method` | `X-Forwarded-Uri` | `X-Forwarded-Host` |
//! | Envoy (HTTP `ext_authz`) | its own | behind the prefix and the policy in its own path | `Host` |
//!
//! 1. Only the headers of that proxy are read: it overwrites them, and passes those of another proxy as the client sent them.
//! 2. Method and path are needed, once each. A method that was guessed could let an unsafe request pass as a safe one.
//! 3. Every other header (`Cookie`, `Authorization`, `Origin`, `Sec-Fetch-Site`, …) is that of the original request.

use axum::http::{HeaderMap, Method, header};
use zitadel_axum::RequestHead;

use super::refusal::Refusal;

/// Which proxy sends a sub-request, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proxy {
    Nginx,
    Traefik,
    /// Caddy, and others that send `X-Forwarded-Method` and `X-Forwarded-Uri`.
    Forwarding,
    Envoy,
}

impl Proxy {
    pub(super) fn parse(name: &str) -> Result<Self, Refusal> {
        match name {
            "nginx" => Ok(Self::Nginx),
            "traefik" => Ok(Self::Traefik),
            "caddy" => Ok(Self::Forwarding),
            // Envoy's sub-requests have a path of their own.
            _ => Err(Refusal::Policy("must be nginx, traefik or caddy", "proxy".to_owned())),
        }
    }
}

/// The request that a proxy asks about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OriginalRequest<'r> {
    pub(super) proxy: Proxy,
    method: &'r str,
    target: &'r str,
    /// `None`: that of the sub-request.
    host: Option<&'r [u8]>,
}

impl<'r> OriginalRequest<'r> {
    /// By the headers of the sub-request.
    pub(super) fn described(proxy: Proxy, headers: &'r HeaderMap) -> Result<Self, Refusal> {
        let (method, target, host) = match proxy {
            Proxy::Nginx => ("x-original-method", "x-original-uri", None),
            Proxy::Traefik | Proxy::Forwarding | Proxy::Envoy => {
                ("x-forwarded-method", "x-forwarded-uri", Some("x-forwarded-host"))
            }
        };
        let (Some(method), Some(target)) = (single(headers, method)?, single(headers, target)?) else {
            return Err(Refusal::NoOriginalRequest("the headers that describe the original request are missing"));
        };
        let method = str::from_utf8(method).ok().filter(|method| Method::from_bytes(method.as_bytes()).is_ok());
        let method = method.ok_or(Refusal::NoOriginalRequest("the original method is malformed"))?;
        // What is not UTF-8 cannot be returned to; the request itself may pass.
        let target = str::from_utf8(target).unwrap_or("/");
        if !target.starts_with('/') && target != "*" {
            return Err(Refusal::NoOriginalRequest("the original path is malformed"));
        }
        let host = host.map_or(Ok(None), |name| single(headers, name))?;
        Ok(Self { proxy, method, target, host })
    }

    /// By method and path of the sub-request itself.
    pub(super) fn of_envoy(method: &'r Method, target: &'r str) -> Self {
        Self { proxy: Proxy::Envoy, method: method.as_str(), target, host: None }
    }

    /// What the core authenticates; rule 3.
    pub(super) fn into_head(self, headers: &HeaderMap) -> RequestHead {
        let mut head = RequestHead::new(self.method, self.target);
        if let Some(host) = self.host {
            head.header("host", host);
        }
        for (name, value) in headers {
            if self.host.is_none() || name != header::HOST {
                head.shared_header(name.as_str(), value);
            }
        }
        head
    }
}

/// Policy and original path of an Envoy sub-request: `role=admin/orders?page=2`.
pub(super) fn split_envoy(rest: &str) -> Result<(&str, &str), Refusal> {
    let malformed = Refusal::NoOriginalRequest("the path of the sub-request holds no original path");
    let slash = rest.find('/').ok_or(malformed)?;
    let (policy, target) = rest.split_at(slash);
    if policy.is_empty() || policy.contains('?') {
        return Err(Refusal::Policy("the path holds no policy; `-` requires a user and nothing else", String::new()));
    }
    Ok((policy, target))
}

/// The only line of a header; rule 2.
fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h [u8]>, Refusal> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (_, Some(_)) => Err(Refusal::NoOriginalRequest("a header that describes the original request is repeated")),
        (line, None) => Ok(line.map(|line| line.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        lines.iter().map(line).collect()
    }

    const NGINX: [(&str, &str); 2] = [("x-original-method", "POST"), ("x-original-uri", "/a?b=c")];
    const FORWARDED: [(&str, &str); 2] = [("x-forwarded-method", "PUT"), ("x-forwarded-uri", "/d")];

    #[test]
    fn rule_1_each_proxy_is_believed_its_own_headers_only() {
        let both = headers(&[NGINX, FORWARDED].concat());
        for (proxy, method, target) in [(Proxy::Nginx, "POST", "/a?b=c"), (Proxy::Forwarding, "PUT", "/d")] {
            let original = OriginalRequest::described(proxy, &both).unwrap();
            assert_eq!((original.method, original.target), (method, target));
        }
        for (proxy, lines) in [(Proxy::Nginx, FORWARDED), (Proxy::Forwarding, NGINX)] {
            assert!(OriginalRequest::described(proxy, &headers(&lines)).is_err());
        }
    }

    #[test]
    fn rule_2_what_is_missing_repeated_or_malformed_is_refused() {
        for wrong in [
            &[][..],
            &NGINX[..1],
            &NGINX[1..],
            &[NGINX[0], NGINX[0], NGINX[1]],
            &[NGINX[0], NGINX[1], NGINX[1]],
            &[("x-original-method", ""), NGINX[1]],
            &[("x-original-method", "GET POST"), NGINX[1]],
            &[("x-original-method", "é"), NGINX[1]],
            &[NGINX[0], ("x-original-uri", "")],
            &[NGINX[0], ("x-original-uri", "a")],
            &[NGINX[0], ("x-original-uri", "https://evil.example/")],
        ] {
            let headers = headers(wrong);
            let refused = OriginalRequest::described(Proxy::Nginx, &headers);
            assert!(matches!(refused, Err(Refusal::NoOriginalRequest(_))), "{wrong:?}");
        }
        let hosts = [FORWARDED[0], FORWARDED[1], ("x-forwarded-host", "a"), ("x-forwarded-host", "b")];
        assert!(OriginalRequest::described(Proxy::Forwarding, &headers(&hosts)).is_err());
    }

    #[test]
    fn a_path_that_is_not_utf_8_is_not_returned_to() {
        let mut headers = headers(&NGINX);
        headers.insert("x-original-uri", HeaderValue::from_bytes(b"/\xff").unwrap());
        assert_eq!(OriginalRequest::described(Proxy::Nginx, &headers).unwrap().target, "/");
    }

    #[test]
    fn the_path_of_envoy_is_its_policy_and_the_original_path() {
        assert_eq!(split_envoy("role=a&org=1/orders?role=b").unwrap(), ("role=a&org=1", "/orders?role=b"));
        assert_eq!(split_envoy("-/").unwrap(), ("-", "/"));
        assert_eq!(split_envoy("-//x/../y").unwrap(), ("-", "//x/../y"));
        for wrong in ["", "/", "/orders", "-", "-?x=/y", "role=a"] {
            assert!(split_envoy(wrong).is_err(), "{wrong}");
        }
    }
}
