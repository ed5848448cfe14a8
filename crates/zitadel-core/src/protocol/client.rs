//! Requests in this application's own name: a form with client authentication (RFC 6749 §2.3.1).
//!
//! Written by hand, although openidconnect has these requests: it passes them only to an HTTP client and turns
//! every response that is not 200 into one error without the status, and the status is what distinguishes a revoked
//! refresh token (4xx) from a provider that is down (5xx); it refuses to revoke at an http address on loopback;
//! and it accepts responses in which a member appears twice. A form of four fields is not worth that.

use http::{
    HeaderValue, Method, Request, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};

use super::{client_auth::ClientAuthentication, discovery::ProviderMetadata, endpoint_url::EndpointUrl};
use crate::secret::Secret;

/// This application as the provider knows it, for one request.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    /// `client_id`.
    pub(crate) id: &'a str,
    pub(crate) credential: Credential<'a>,
}

/// What a request authenticates with (OIDC Core §9).
#[derive(Debug)]
pub(crate) enum Credential<'a> {
    /// `none`: a public client.
    None,
    /// `client_secret`, and how it is sent; `None` for what discovery offers.
    Secret(&'a Secret<String>, Option<ClientAuthentication>),
    /// `private_key_jwt`: an [assertion](super::assertion).
    Assertion(Secret<String>),
}

/// `client_assertion_type` (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A form posted to an endpoint, with client authentication.
pub(crate) fn form_request(
    endpoint: &EndpointUrl,
    metadata: &ProviderMetadata,
    client: &Client<'_>,
    fields: &[(&str, &str)],
) -> Request<Vec<u8>> {
    authenticated_form(endpoint.uri().clone(), || metadata.client_authentication(), client, fields)
}

/// The same, for an address and a default of [`ClientAuthentication`] that come from elsewhere.
pub(crate) fn authenticated_form(
    endpoint: Uri,
    default_method: impl FnOnce() -> ClientAuthentication,
    client: &Client<'_>,
    fields: &[(&str, &str)],
) -> Request<Vec<u8>> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let mut authorization = None;
    // One method per request: newer ZITADELs refuse two.
    match &client.credential {
        Credential::None => {
            form.append_pair("client_id", client.id);
        }
        Credential::Secret(secret, method) => match method.unwrap_or_else(default_method) {
            ClientAuthentication::Basic => authorization = Some(basic(client.id, secret)),
            ClientAuthentication::Post => {
                form.append_pair("client_id", client.id).append_pair("client_secret", secret.expose());
            }
        },
        // RFC 7521 §4.2 leaves `client_id` open; ZITADEL takes it from the assertion, others require it.
        Credential::Assertion(assertion) => {
            form.append_pair("client_id", client.id)
                .append_pair("client_assertion_type", ASSERTION_TYPE)
                .append_pair("client_assertion", assertion.expose());
        }
    }
    let mut request = post(endpoint, form.finish());
    if let Some(authorization) = authorization {
        request.headers_mut().insert(AUTHORIZATION, authorization);
    }
    request
}

/// A form posted to an endpoint that authenticates by what is in the form.
pub(crate) fn unauthenticated_form_request(endpoint: &EndpointUrl, fields: &[(&str, &str)]) -> Request<Vec<u8>> {
    post(endpoint.uri().clone(), form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
}

/// The request's `Debug` would show the body: never log it.
fn post(endpoint: Uri, form: String) -> Request<Vec<u8>> {
    let mut request = Request::new(form.into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint;
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    request
}

/// Both parts are form-encoded before they are joined (RFC 6749 §2.3.1), so a colon in an id does no harm.
fn basic(id: &str, secret: &Secret<String>) -> HeaderValue {
    // A space as `%20`: servers that only percent-decode understand that, too.
    let encode = |part: &str| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20");
    let (id, password) = (encode(id), encode(secret.expose()));
    let credentials = base64_simd::STANDARD.encode_to_string(format!("{id}:{password}"));
    #[expect(clippy::expect_used, reason = "base64 has no character that a header could not hold")]
    let mut value = HeaderValue::try_from(format!("Basic {credentials}")).expect("base64 in a header");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::discovery::tests::{metadata, metadata_with};

    const FIELDS: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "r t")];

    fn post(metadata: &ProviderMetadata, id: &str, secret: Option<&str>) -> Request<Vec<u8>> {
        post_as(metadata, id, secret, None)
    }

    fn post_as(
        metadata: &ProviderMetadata,
        id: &str,
        secret: Option<&str>,
        authentication: Option<ClientAuthentication>,
    ) -> Request<Vec<u8>> {
        let secret = secret.map(Secret::from);
        let credential = secret.as_ref().map_or(Credential::None, |secret| Credential::Secret(secret, authentication));
        let client = Client { id, credential };
        form_request(metadata.token_endpoint(), metadata, &client, &FIELDS)
    }

    fn body(request: &Request<Vec<u8>>) -> &str {
        str::from_utf8(request.body()).unwrap()
    }

    #[test]
    fn a_secret_goes_into_the_header_and_nothing_of_it_into_the_form() {
        let request = post(&metadata(), "170@app:x", Some("a b+c/:ä"));
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "https://id.example/oauth/v2/token");
        assert_eq!(request.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
        assert_eq!(body(&request), "grant_type=refresh_token&refresh_token=r+t");
        let credentials =
            base64_simd::STANDARD.decode_to_vec("MTcwJTQwYXBwJTNBeDphJTIwYiUyQmMlMkYlM0ElQzMlQTQ=").unwrap();
        assert_eq!(credentials, b"170%40app%3Ax:a%20b%2Bc%2F%3A%C3%A4");
        assert_eq!(request.headers()[AUTHORIZATION], "Basic MTcwJTQwYXBwJTNBeDphJTIwYiUyQmMlMkYlM0ElQzMlQTQ=");
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
    }

    #[test]
    fn a_public_client_only_names_itself() {
        let request = post(&metadata(), "170@app", None);
        assert!(!request.headers().contains_key(AUTHORIZATION));
        assert_eq!(body(&request), "grant_type=refresh_token&refresh_token=r+t&client_id=170%40app");
    }

    #[test]
    fn a_secret_goes_into_the_form_only_where_the_provider_accepts_nothing_else() {
        let metadata = metadata_with("token_endpoint_auth_methods_supported", ["client_secret_post"]);
        let request = post(&metadata, "app", Some("s&t"));
        assert!(!request.headers().contains_key(AUTHORIZATION));
        assert_eq!(body(&request), "grant_type=refresh_token&refresh_token=r+t&client_id=app&client_secret=s%26t");
    }

    #[test]
    fn an_assertion_is_sent_as_the_recorded_zitadel_accepts_it_and_nothing_else_authenticates() {
        let metadata = metadata();
        let client = Client { id: "app", credential: Credential::Assertion(Secret::from("e.y.J")) };
        let request = form_request(metadata.token_endpoint(), &metadata, &client, &FIELDS);
        assert!(!request.headers().contains_key(AUTHORIZATION));
        assert_eq!(
            body(&request),
            "grant_type=refresh_token&refresh_token=r+t&client_id=app&client_assertion_type=\
             urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=e.y.J"
        );
    }

    #[test]
    fn the_registered_method_overrides_what_the_provider_offers() {
        for offered in [vec!["client_secret_basic", "client_secret_post"], vec!["client_secret_post"], vec![]] {
            let metadata = metadata_with("token_endpoint_auth_methods_supported", offered);
            let post = post_as(&metadata, "app", Some("s"), Some(ClientAuthentication::Post));
            assert!(!post.headers().contains_key(AUTHORIZATION));
            assert!(body(&post).ends_with("&client_id=app&client_secret=s"));
            let basic = post_as(&metadata, "app", Some("s"), Some(ClientAuthentication::Basic));
            assert!(basic.headers().contains_key(AUTHORIZATION));
            assert!(!body(&basic).contains("client_"));
        }
    }
}
