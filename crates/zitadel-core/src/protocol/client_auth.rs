//! `ClientAuthentication`: how a client authenticates at the token endpoint (OIDC Core §9).

/// How a client secret is sent (OIDC Core §9).
///
/// It belongs to the registration of the client (RFC 7591 §2: `token_endpoint_auth_method`); a provider that offers
/// both may still accept only one from this client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// In the `Authorization` header: `client_secret_basic`.
    Basic,
    /// In the form: `client_secret_post`.
    Post,
}
