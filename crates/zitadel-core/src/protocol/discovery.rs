//! `ProviderMetadata`: the provider's metadata (OIDC Discovery 1.0 §3, RFC 8414).
//!
//! 1. `issuer` is the configured one, character for character; a slash at the end matters (§4.3).
//! 2. `issuer`, `authorization_endpoint`, `token_endpoint` and `jwks_uri` are required; everything else may be
//!    missing or of an unexpected type, since providers and mock servers differ.
//! 3. An endpoint is an [`EndpointUrl`]. An optional endpoint that is not acceptable counts as absent.

#[cfg(feature = "login")]
use openidconnect::{AuthUrl, IssuerUrl};
use serde_json::{Map, Value};
use url::Url;

#[cfg(feature = "login")]
use super::signing_algorithm::SigningAlgorithm;
use super::{
    client_auth::ClientAuthentication,
    endpoint_url::EndpointUrl,
    oauth_error,
    strict_json::{self, text},
};

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

/// The provider's metadata, checked.
#[derive(Clone, Debug)]
pub(crate) struct ProviderMetadata {
    #[cfg(feature = "login")]
    issuer: IssuerUrl,
    #[cfg(feature = "login")]
    authorization_endpoint: AuthUrl,
    token_endpoint: EndpointUrl,
    jwks_uri: EndpointUrl,
    #[cfg(feature = "login")]
    user_info_endpoint: Option<EndpointUrl>,
    #[cfg(feature = "login")]
    end_session_endpoint: Option<EndpointUrl>,
    #[cfg(feature = "login")]
    revocation_endpoint: Option<EndpointUrl>,
    introspection_endpoint: Option<EndpointUrl>,
    token_endpoint_auth_methods: Option<Vec<String>>,
    code_challenge_methods: Option<Vec<String>>,
    #[cfg(feature = "login")]
    sends_issuer_parameter: bool,
    #[cfg(feature = "login")]
    id_token_algorithms: Vec<SigningAlgorithm>,
}

impl ProviderMetadata {
    /// Reads the body of a discovery response for the configured `issuer`.
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
        let required = |name| {
            let address = text(&document, name).ok_or(DiscoveryError::Missing(name))?;
            EndpointUrl::parse(address, allow_http).ok_or(DiscoveryError::Endpoint(name))
        };
        let optional = |name| EndpointUrl::parse(text(&document, name)?, allow_http);
        // Required in a build without login, too: what a provider must say does not depend on the features of a program.
        Url::parse(claimed).map_err(|_| DiscoveryError::Issuer)?;
        let authorization_endpoint = required("authorization_endpoint")?;
        #[cfg(not(feature = "login"))]
        drop(authorization_endpoint);
        Ok(Self {
            #[cfg(feature = "login")]
            issuer: IssuerUrl::new(claimed.to_owned()).map_err(|_| DiscoveryError::Issuer)?,
            #[cfg(feature = "login")]
            authorization_endpoint: AuthUrl::from_url(authorization_endpoint.into_url()),
            token_endpoint: required("token_endpoint")?,
            jwks_uri: required("jwks_uri")?,
            #[cfg(feature = "login")]
            user_info_endpoint: optional("userinfo_endpoint"),
            #[cfg(feature = "login")]
            end_session_endpoint: optional("end_session_endpoint"),
            #[cfg(feature = "login")]
            revocation_endpoint: optional("revocation_endpoint"),
            introspection_endpoint: optional("introspection_endpoint"),
            token_endpoint_auth_methods: list(&document, "token_endpoint_auth_methods_supported"),
            code_challenge_methods: list(&document, "code_challenge_methods_supported"),
            #[cfg(feature = "login")]
            id_token_algorithms: list(&document, "id_token_signing_alg_values_supported")
                .unwrap_or_default()
                .iter()
                .filter_map(|name| SigningAlgorithm::parse(name))
                .collect(),
            #[cfg(feature = "login")]
            sends_issuer_parameter: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
        })
    }

    /// The algorithms it offers for ID tokens, of those that are known (OIDC Discovery §3).
    #[cfg(feature = "login")]
    pub(crate) fn id_token_algorithms(&self) -> &[SigningAlgorithm] {
        &self.id_token_algorithms
    }

    /// The issuer, exactly as the document names it.
    #[cfg(feature = "login")]
    pub(crate) const fn issuer(&self) -> &IssuerUrl {
        &self.issuer
    }

    /// Where the browser goes to log in.
    #[cfg(feature = "login")]
    pub(crate) const fn authorization_endpoint(&self) -> &AuthUrl {
        &self.authorization_endpoint
    }

    /// Where codes and refresh tokens are exchanged for tokens.
    pub(crate) const fn token_endpoint(&self) -> &EndpointUrl {
        &self.token_endpoint
    }

    /// Where the keys are.
    pub(crate) const fn jwks_uri(&self) -> &EndpointUrl {
        &self.jwks_uri
    }

    /// Where claims about the user are.
    #[cfg(feature = "login")]
    pub(crate) const fn user_info_endpoint(&self) -> Option<&EndpointUrl> {
        self.user_info_endpoint.as_ref()
    }

    /// Where the browser goes to log out.
    #[cfg(feature = "login")]
    pub(crate) const fn end_session_endpoint(&self) -> Option<&EndpointUrl> {
        self.end_session_endpoint.as_ref()
    }

    /// Where tokens are revoked.
    #[cfg(feature = "login")]
    pub(crate) const fn revocation_endpoint(&self) -> Option<&EndpointUrl> {
        self.revocation_endpoint.as_ref()
    }

    /// Where the provider says what an access token is (RFC 7662).
    pub(crate) const fn introspection_endpoint(&self) -> Option<&EndpointUrl> {
        self.introspection_endpoint.as_ref()
    }

    /// Whether every authorization response must carry `iss` (RFC 9207 §2.3). ZITADEL sends none.
    #[cfg(feature = "login")]
    pub(crate) const fn sends_issuer_parameter(&self) -> bool {
        self.sends_issuer_parameter
    }

    /// Whether the provider lists its PKCE methods and S256 is not among them: a reason to warn. S256 is sent
    /// regardless; providers that do not know it ignore it.
    pub(crate) fn lists_no_s256(&self) -> bool {
        self.code_challenge_methods.as_ref().is_some_and(|methods| methods.iter().all(|method| method != "S256"))
    }

    /// How to send a secret when the configuration does not say: Basic, the default of the specification, unless the
    /// provider offers only Post. The list is for all its clients; the method this client is registered with
    /// (RFC 7591 §2) is not in the document.
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

/// The issuer that a document names, fit for a line of the log and nothing else, for the operator who has to find the
/// difference. `None` if it is not a document or names none.
pub(crate) fn loggable_issuer(body: &[u8]) -> Option<String> {
    text(&strict_json::object(body).ok()?, "issuer").map(oauth_error::printable)
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

fn list(document: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    Some(document.get(name)?.as_array()?.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
pub(super) mod tests;
