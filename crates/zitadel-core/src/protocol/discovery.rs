//! `ProviderMetadata`: what the provider says about itself (OIDC Discovery 1.0 §3, RFC 8414).
//!
//! 1. `issuer` is the configured one, character for character; a slash at the end matters (§4.3).
//! 2. `issuer`, `authorization_endpoint`, `token_endpoint` and `jwks_uri` are needed; everything else may be
//!    missing or of an unexpected type, since providers and mock servers differ.
//! 3. An endpoint is an absolute https address without user name, password or fragment. http counts on loopback,
//!    or everywhere if the configuration accepts it. An optional endpoint that is not acceptable counts as absent.

use http::Uri;
use openidconnect::{AuthUrl, IssuerUrl};
use serde_json::{Map, Value};
use url::{Host, Url};

use super::{client::ClientAuthentication, provider_code, strict_json};

/// Largest document that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// Why a discovery document is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DiscoveryError {
    #[error("the issuer is not an address that discovery works with")]
    Issuer,
    #[error("the discovery document is larger than 1 MiB")]
    TooLarge,
    #[error("the discovery document is not a JSON object")]
    Malformed,
    #[error("the discovery document is of another issuer")]
    IssuerMismatch,
    #[error("the discovery document has no `{0}`")]
    Missing(&'static str),
    #[error("`{0}` is not an https address, nor http on loopback")]
    Endpoint(&'static str),
}

/// An address of the provider that passed the rules.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    url: Url,
    uri: Uri,
}

impl Endpoint {
    /// As a URL, to add a query to.
    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// As the target of a request.
    pub(crate) const fn uri(&self) -> &Uri {
        &self.uri
    }
}

/// The provider's description of itself, checked.
#[derive(Clone, Debug)]
pub(crate) struct ProviderMetadata {
    issuer: IssuerUrl,
    authorization_endpoint: AuthUrl,
    token_endpoint: Endpoint,
    jwks_uri: Endpoint,
    user_info_endpoint: Option<Endpoint>,
    end_session_endpoint: Option<Endpoint>,
    revocation_endpoint: Option<Endpoint>,
    token_endpoint_auth_methods: Option<Vec<String>>,
    code_challenge_methods: Option<Vec<String>>,
    sends_iss: bool,
}

impl ProviderMetadata {
    /// Reads the body of a discovery answer for the configured `issuer`.
    ///
    /// `allow_http`: accept http addresses that are not on loopback.
    ///
    /// # Errors
    ///
    /// [`DiscoveryError`], which names the field and never quotes it.
    pub(crate) fn parse(body: &[u8], issuer: &str, allow_http: bool) -> Result<Self, DiscoveryError> {
        if body.len() > MAX_BYTES {
            return Err(DiscoveryError::TooLarge);
        }
        let document = strict_json::object(body).map_err(|_| DiscoveryError::Malformed)?;
        let claimed = text(&document, "issuer").ok_or(DiscoveryError::Missing("issuer"))?;
        if claimed != issuer {
            return Err(DiscoveryError::IssuerMismatch);
        }
        let needed = |name| {
            let address = text(&document, name).ok_or(DiscoveryError::Missing(name))?;
            endpoint(address, allow_http).ok_or(DiscoveryError::Endpoint(name))
        };
        let optional = |name| endpoint(text(&document, name)?, allow_http);
        Ok(Self {
            issuer: IssuerUrl::new(claimed.to_owned()).map_err(|_| DiscoveryError::Issuer)?,
            authorization_endpoint: AuthUrl::from_url(needed("authorization_endpoint")?.url),
            token_endpoint: needed("token_endpoint")?,
            jwks_uri: needed("jwks_uri")?,
            user_info_endpoint: optional("userinfo_endpoint"),
            end_session_endpoint: optional("end_session_endpoint"),
            revocation_endpoint: optional("revocation_endpoint"),
            token_endpoint_auth_methods: list(&document, "token_endpoint_auth_methods_supported"),
            code_challenge_methods: list(&document, "code_challenge_methods_supported"),
            sends_iss: document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
        })
    }

    /// The issuer, exactly as it calls itself.
    pub(crate) const fn issuer(&self) -> &IssuerUrl {
        &self.issuer
    }

    /// Where the browser goes to sign in.
    pub(crate) const fn authorization_endpoint(&self) -> &AuthUrl {
        &self.authorization_endpoint
    }

    /// Where codes and refresh tokens become tokens.
    pub(crate) const fn token_endpoint(&self) -> &Endpoint {
        &self.token_endpoint
    }

    /// Where the keys are.
    pub(crate) const fn jwks_uri(&self) -> &Endpoint {
        &self.jwks_uri
    }

    /// Where claims about the user are.
    pub(crate) const fn user_info_endpoint(&self) -> Option<&Endpoint> {
        self.user_info_endpoint.as_ref()
    }

    /// Where the browser goes to sign out.
    pub(crate) const fn end_session_endpoint(&self) -> Option<&Endpoint> {
        self.end_session_endpoint.as_ref()
    }

    /// Where tokens are revoked.
    pub(crate) const fn revocation_endpoint(&self) -> Option<&Endpoint> {
        self.revocation_endpoint.as_ref()
    }

    /// Whether every authorization response must carry `iss` (RFC 9207 §2.3). ZITADEL sends none.
    pub(crate) const fn sends_iss(&self) -> bool {
        self.sends_iss
    }

    /// Whether the provider lists its PKCE methods and S256 is not among them: a reason to warn. S256 is sent
    /// regardless; providers that do not know it ignore it.
    pub(crate) fn leaves_out_s256(&self) -> bool {
        self.code_challenge_methods.as_ref().is_some_and(|methods| methods.iter().all(|method| method != "S256"))
    }

    /// How to send a secret when the configuration does not say: Basic, which is the default of the specification,
    /// unless the provider offers only the other way. What it offers is for all its clients; what this one is
    /// registered with (RFC 7591 §2) is not in the document.
    pub(crate) fn client_authentication(&self) -> ClientAuthentication {
        let offers = |method| {
            self.token_endpoint_auth_methods.as_ref().is_some_and(|methods| methods.iter().any(|one| one == method))
        };
        if offers("client_secret_post") && !offers("client_secret_basic") {
            ClientAuthentication::Post
        } else {
            ClientAuthentication::Basic
        }
    }
}

/// What a document calls its issuer, fit for a line of the log and nothing else: for the operator who has to find
/// the difference. `None` if it is not a document or has none.
pub(crate) fn issuer_for_the_log(body: &[u8]) -> Option<String> {
    text(&strict_json::object(body).ok()?, "issuer").map(provider_code::for_the_log)
}

/// Where the discovery document of an issuer is (OIDC Discovery §4.1): a slash at the end of the issuer does not
/// count here, although it does in the comparison.
///
/// # Errors
///
/// [`DiscoveryError::Issuer`] if the issuer is not an http or https address without query and fragment.
pub(crate) fn well_known_url(issuer: &str) -> Result<Url, DiscoveryError> {
    let address = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
    let url = Url::parse(&address).map_err(|_| DiscoveryError::Issuer)?;
    let plain = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    if plain { Ok(url) } else { Err(DiscoveryError::Issuer) }
}

/// Whether the host of an address is this machine: `localhost` and below it, 127.0.0.0/8, `::1`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Rule 3.
fn endpoint(address: &str, allow_http: bool) -> Option<Endpoint> {
    let url = Url::parse(address).ok()?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => allow_http || is_loopback(&url),
        _ => false,
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let uri = Uri::try_from(url.as_str()).ok()?;
    (secure && plain).then_some(Endpoint { url, uri })
}

fn text<'a>(document: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    document.get(name)?.as_str()
}

fn list(document: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    Some(document.get(name)?.as_array()?.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
pub(super) mod tests;
