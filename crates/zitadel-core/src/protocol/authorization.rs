//! A login from request to response: [`PendingLogin`] → authorization URL → [`PendingLogin::accept`] →
//! [`CodeGrant`] (RFC 6749 §4.1, OIDC Core §3.1.2).
//!
//! 1. `state`, `nonce` and `code_verifier` are 32 random bytes each, new for every login.
//! 2. A login must be answered within a limit (`LOGIN_TIMEOUT`, ten minutes by default).
//! 3. S256 and `openid` are always in the request; nothing is in it twice.
//! 4. `accept` takes the pending login by value: one response per login, whatever it contains.
//! 5. The `state` of the response is that of the request, compared in constant time.
//! 6. The `iss` of the response, when present, is the issuer; when the metadata announces it, it is present (RFC 9207).
//! 7. The user belongs to the requested organization, or the login fails: ZITADEL's scope restricts who may log in,
//!    but the claim of the same name only repeats the request.
//! 8. What a page requires of the authentication is shown by the ID token, or the login fails ([`step_up`](super::step_up)).

use std::{fmt, time::Duration};

use openidconnect::{
    AuthenticationContextClass, ClientId, CsrfToken, JsonWebKeySet, LanguageTag, LoginHint, Nonce, RedirectUrl, Scope,
    core::{CoreAuthenticationFlow, CoreClient},
};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroize as _;

use super::{
    authentication_context::authentication_context,
    authorization_response::{AuthorizationResponse, CallbackError},
    base64url,
    discovery::ProviderMetadata,
    id_token::VerifiedIdToken,
    login_options::LoginOptions,
    pkce::CodeVerifier,
    scope,
    state::{State, secret_bytes},
    step_up::StepUp,
};
use crate::{
    claims::{Claims, Organization},
    http::{ReturnTo, return_to},
    secret::Secret,
    time::Timestamp,
};

/// How long a browser keeps the cookie of a login: longer than a login may take (`LOGIN_TIMEOUT`), so that a user who was
/// too slow reads just that, and does not lose the page.
pub(crate) const COOKIE_LIFETIME: Duration = Duration::from_secs(3_600);

/// A login that this browser started, with everything its callback must match. Kept in a sealed cookie, whose format
/// is these fields in this order.
#[derive(Serialize, Deserialize)]
pub(crate) struct PendingLogin {
    state: State,
    #[serde(with = "secret_bytes")]
    nonce: Secret<[u8; 32]>,
    #[serde(with = "secret_bytes")]
    verifier: Secret<[u8; 32]>,
    #[serde(with = "return_to::compressed")]
    return_to: ReturnTo,
    organization: Option<String>,
    max_age: Option<u64>,
    started_at: Timestamp,
    is_persistent: bool,
    /// Behind the other fields, and absent if there is none: earlier releases read nothing there.
    #[serde(skip)]
    step_up: Option<StepUp>,
}

/// The format of versions whose cookie names had no tag.
#[derive(Serialize, Deserialize)]
pub(crate) struct UncompressedLogin {
    state: State,
    #[serde(with = "secret_bytes")]
    nonce: Secret<[u8; 32]>,
    #[serde(with = "secret_bytes")]
    verifier: Secret<[u8; 32]>,
    return_to: ReturnTo,
    organization: Option<String>,
    max_age: Option<u64>,
    started_at: Timestamp,
}

impl From<UncompressedLogin> for PendingLogin {
    fn from(login: UncompressedLogin) -> Self {
        let UncompressedLogin { state, nonce, verifier, return_to, organization, max_age, started_at } = login;
        Self {
            state,
            nonce,
            verifier,
            return_to,
            organization,
            max_age,
            started_at,
            is_persistent: false,
            step_up: None,
        }
    }
}

/// An accepted authorization response: everything that the token endpoint needs.
pub(crate) struct CodeGrant {
    /// The authorization code.
    pub(crate) code: Secret<String>,
    /// The PKCE verifier.
    pub(crate) verifier: CodeVerifier,
    /// What the ID token's `nonce` must be.
    pub(crate) nonce: Secret<String>,
    /// The organization that the user must belong to.
    pub(crate) organization: Option<String>,
    /// How long ago the user may have authenticated.
    pub(crate) max_age: Option<Duration>,
    /// Whether the browser keeps the session's cookie when it is closed.
    pub(crate) is_persistent: bool,
    /// What the ID token must show about the authentication.
    pub(crate) step_up: Option<StepUp>,
}

impl PendingLogin {
    /// Starts a login from 96 random bytes.
    pub(crate) fn new(mut random: [u8; 96], return_to: ReturnTo, options: &LoginOptions, now: Timestamp) -> Self {
        let mut parts = random.as_chunks::<32>().0.iter().map(|part| Secret::new(*part));
        let mut next = || parts.next().unwrap_or_default();
        let (state, nonce, verifier) = (State::new(*next().expose()), next(), next());
        random.zeroize();
        let organization = options.organization.clone();
        let max_age = options.max_age.map(|age| age.as_secs());
        let is_persistent = options.persistent.unwrap_or_default();
        let step_up = options.step_up.clone();
        Self { state, nonce, verifier, return_to, organization, max_age, started_at: now, is_persistent, step_up }
    }

    /// The `state` parameter.
    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    /// What the ID token must show about the authentication.
    pub(crate) const fn step_up(&self) -> Option<&StepUp> {
        self.step_up.as_ref()
    }

    /// The same login with this.
    pub(crate) fn with_step_up(self, step_up: Option<StepUp>) -> Self {
        Self { step_up, ..self }
    }

    /// When it began, to drop the oldest of too many.
    pub(crate) const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Where the browser goes afterwards; also after a callback that is not accepted.
    pub(crate) const fn return_to(&self) -> &ReturnTo {
        &self.return_to
    }

    /// The same login with another page to return to.
    pub(crate) fn with_return_to(self, return_to: ReturnTo) -> Self {
        Self { return_to, ..self }
    }

    /// Takes the provider's response. The pending login is consumed, whatever the response contains.
    ///
    /// `issuer_required`: the provider [announces](ProviderMetadata::sends_issuer_parameter) that it sends `iss`.
    /// `timeout`: how long a login may take.
    ///
    /// # Errors
    ///
    /// [`CallbackError::StateMismatch`], [`Expired`](CallbackError::Expired),
    /// [`IssuerMismatch`](CallbackError::IssuerMismatch) or, last, the error of the
    /// [`Provider`](CallbackError::Provider).
    pub(crate) fn accept(
        self,
        response: AuthorizationResponse,
        issuer: &str,
        issuer_required: bool,
        timeout: Duration,
        now: Timestamp,
    ) -> Result<CodeGrant, CallbackError> {
        if !self.state.matches(response.state()) {
            return Err(CallbackError::StateMismatch);
        }
        if now >= self.started_at.saturating_add(timeout) {
            return Err(CallbackError::Expired);
        }
        if !response.issuer().map_or(!issuer_required, |named| named == issuer) {
            return Err(CallbackError::IssuerMismatch);
        }
        Ok(CodeGrant {
            code: response.into_code()?,
            verifier: CodeVerifier::new(self.verifier.expose()),
            nonce: Secret::new(base64url::encode(self.nonce.expose())),
            organization: self.organization,
            max_age: self.max_age.map(Duration::from_secs),
            is_persistent: self.is_persistent,
            step_up: self.step_up,
        })
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogin").field("started_at", &self.started_at).finish_non_exhaustive()
    }
}

impl fmt::Debug for CodeGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeGrant").finish_non_exhaustive()
    }
}

/// Rule 7: whether the user belongs to the organization that the login requested.
///
/// # Errors
///
/// [`CallbackError::OrganizationMismatch`], also if the provider did not send the user's organization.
pub(crate) fn check_organization(requested: Option<&str>, claims: &Claims) -> Result<(), CallbackError> {
    let actual = claims.organization.as_ref().map(Organization::id);
    match requested {
        Some(requested) if actual != Some(requested) => Err(CallbackError::OrganizationMismatch),
        _ => Ok(()),
    }
}

/// Rule 8: whether the user authenticated as a page requires it.
///
/// # Errors
///
/// [`CallbackError::AuthenticationMismatch`].
pub(crate) fn check_step_up(
    requested: Option<&StepUp>,
    proof: &VerifiedIdToken,
    now: Timestamp,
) -> Result<(), CallbackError> {
    let is_met = |step_up: &StepUp| step_up.is_met(proof.auth_time(), &authentication_context(proof.claims()), now);
    if requested.is_none_or(is_met) { Ok(()) } else { Err(CallbackError::AuthenticationMismatch) }
}

/// The URL of the authorization request (OIDC Core §3.1.2.1).
///
/// `openid` is added if it is missing, and the organization's scope if one is requested. An organization id that
/// cannot be a scope adds none, and the check at the end fails.
pub(crate) fn authorization_url(
    metadata: &ProviderMetadata,
    client_id: &str,
    redirect_uri: &RedirectUrl,
    scopes: &[String],
    pending: &PendingLogin,
    options: &LoginOptions,
) -> Url {
    let client = CoreClient::new(
        ClientId::new(client_id.to_owned()),
        metadata.issuer().clone(),
        // No keys: openidconnect verifies nothing here, see `jws`.
        JsonWebKeySet::default(),
    )
    .disable_openid_scope()
    .set_auth_uri(metadata.authorization_endpoint().clone())
    .set_redirect_uri(redirect_uri.clone());
    let state = CsrfToken::new(pending.state.text());
    let nonce = Nonce::new(base64url::encode(pending.nonce.expose()));
    let mut request = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
        .set_pkce_challenge(CodeVerifier::new(pending.verifier.expose()).challenge())
        .add_scopes(all_scopes(scopes, pending.organization.as_deref()).into_iter().map(Scope::new));
    if let Some(prompt) = options.prompt {
        request = request.add_prompt(prompt.to_parameter());
    }
    if let Some(login_hint) = &options.login_hint {
        request = request.set_login_hint(LoginHint::new(login_hint.expose().clone()));
    }
    if let Some(max_age) = pending.max_age {
        request = request.set_max_age(Duration::from_secs(max_age));
    }
    for class in &options.acr_values {
        request = request.add_auth_context_value(AuthenticationContextClass::new(class.clone()));
    }
    for tag in &options.ui_locales {
        request = request.add_ui_locale(LanguageTag::new(tag.clone()));
    }
    request.url().0
}

/// `openid` first, then what is configured, then the organization; nothing twice.
fn all_scopes(configured: &[String], organization: Option<&str>) -> Vec<String> {
    let organization = organization.map(scope::organization_scope).filter(|scope| scope::is_scope_token(scope));
    let wanted = [scope::OPENID].into_iter().chain(configured.iter().map(String::as_str)).map(str::to_owned);
    let mut scopes: Vec<String> = Vec::new();
    for scope in wanted.chain(organization) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

#[cfg(test)]
mod tests;
