//! A sign-in from start to answer: [`PendingLogin`] → authorization URL → [`PendingLogin::accept`] →
//! [`CodeGrant`] (RFC 6749 §4.1, OIDC Core §3.1.2).
//!
//! 1. `state`, `nonce` and `code_verifier` are 32 random bytes each, new for every attempt.
//! 2. An attempt can be answered for ten minutes.
//! 3. S256 and `openid` are always in the request; nothing is in it twice.
//! 4. `accept` takes the attempt by value: one answer per attempt, whatever it says.
//! 5. The answer's `state` is the attempt's, compared in constant time.
//! 6. The answer's `iss`, when present, is the issuer; when the provider promises it, it is present (RFC 9207).
//! 7. A requested organisation is the user's, or the sign-in fails: ZITADEL's scope restricts who may sign in,
//!    but the claim of the same name is only an echo.

use std::{fmt, time::Duration};

use openidconnect::{
    ClientId, CsrfToken, JsonWebKeySet, LanguageTag, LoginHint, Nonce, RedirectUrl, Scope,
    core::{CoreAuthenticationFlow, CoreClient},
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use url::Url;
use zeroize::Zeroize as _;

use super::{
    authorization_response::{AuthorizationResponse, CallbackError},
    base64url,
    discovery::ProviderMetadata,
    login_options::LoginOptions,
    pkce::CodeVerifier,
    scope,
};
use crate::{boundary::ReturnTo, secret::Secret, time::Timestamp, user::Claims};

/// How long an attempt can be answered.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

/// How much of the `state` names the attempt's cookie, in characters.
pub(crate) const SUFFIX_LENGTH: usize = 8;

/// A sign-in this browser started, with everything its callback must match.
///
/// It travels in a sealed cookie; the fields are raw bytes because base64 would make it a third longer.
#[derive(Serialize, Deserialize)]
pub(crate) struct PendingLogin {
    #[serde(with = "secret_bytes")]
    state: Secret<[u8; 32]>,
    #[serde(with = "secret_bytes")]
    nonce: Secret<[u8; 32]>,
    #[serde(with = "secret_bytes")]
    verifier: Secret<[u8; 32]>,
    return_to: ReturnTo,
    organisation: Option<String>,
    max_age: Option<u64>,
    started: Timestamp,
}

/// An accepted answer: everything that turns into a session at the token endpoint.
pub(crate) struct CodeGrant {
    /// The authorization code.
    pub(crate) code: Secret<String>,
    /// What proves that this server started the sign-in.
    pub(crate) verifier: CodeVerifier,
    /// What the ID token's `nonce` must be.
    pub(crate) nonce: Secret<String>,
    /// Where the browser goes afterwards.
    pub(crate) return_to: ReturnTo,
    /// The organisation the user must belong to.
    pub(crate) organisation: Option<String>,
    /// How long ago the user may have authenticated.
    pub(crate) max_age: Option<Duration>,
}

impl PendingLogin {
    /// Starts an attempt from 96 random bytes.
    pub(crate) fn new(mut random: [u8; 96], return_to: ReturnTo, options: &LoginOptions, now: Timestamp) -> Self {
        let mut parts = random.as_chunks::<32>().0.iter().map(|part| Secret::new(*part));
        let mut next = || parts.next().unwrap_or_default();
        let (state, nonce, verifier) = (next(), next(), next());
        random.zeroize();
        let organisation = options.organisation.clone();
        let max_age = options.max_age.map(|age| age.as_secs());
        Self { state, nonce, verifier, return_to, organisation, max_age, started: now }
    }

    /// The `state` parameter: 43 characters.
    pub(crate) fn state_text(&self) -> String {
        base64url::encode(self.state.expose())
    }

    /// What names this attempt's cookie: the first eight characters of the `state`.
    pub(crate) fn cookie_suffix(&self) -> String {
        self.state_text().chars().take(SUFFIX_LENGTH).collect()
    }

    /// When it began, to drop the oldest of too many.
    pub(crate) const fn started(&self) -> Timestamp {
        self.started
    }

    /// Where the browser goes afterwards; also for a callback that is not accepted.
    pub(crate) const fn return_to(&self) -> &ReturnTo {
        &self.return_to
    }

    /// Whether its ten minutes are over.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.started.plus(LIFETIME)
    }

    /// Takes the provider's answer. The attempt is used up, whatever the answer says.
    ///
    /// `iss_required`: the provider [promises](ProviderMetadata::sends_iss) to send `iss`.
    ///
    /// # Errors
    ///
    /// [`CallbackError::Expired`], [`StateMismatch`](CallbackError::StateMismatch),
    /// [`IssuerMismatch`](CallbackError::IssuerMismatch) or, last, what the [`Provider`](CallbackError::Provider)
    /// said.
    pub(crate) fn accept(
        self,
        answer: AuthorizationResponse,
        issuer: &str,
        iss_required: bool,
        now: Timestamp,
    ) -> Result<CodeGrant, CallbackError> {
        if self.is_over(now) {
            return Err(CallbackError::Expired);
        }
        if !bool::from(self.state_text().as_bytes().ct_eq(answer.state().as_bytes())) {
            return Err(CallbackError::StateMismatch);
        }
        if !answer.issuer().map_or(!iss_required, |iss| iss == issuer) {
            return Err(CallbackError::IssuerMismatch);
        }
        Ok(CodeGrant {
            code: answer.into_code()?,
            verifier: CodeVerifier::new(self.verifier.expose()),
            nonce: Secret::new(base64url::encode(self.nonce.expose())),
            return_to: self.return_to,
            organisation: self.organisation,
            max_age: self.max_age.map(Duration::from_secs),
        })
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogin").field("started", &self.started).finish_non_exhaustive()
    }
}

impl fmt::Debug for CodeGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeGrant").finish_non_exhaustive()
    }
}

/// Rule 7: whether the user is of the organisation this sign-in was for.
///
/// # Errors
///
/// [`CallbackError::OrganisationMismatch`], also if the provider did not say which organisation the user is of.
pub(crate) fn check_organisation(requested: Option<&str>, claims: &Claims) -> Result<(), CallbackError> {
    let actual = claims.organisation.as_ref().map(crate::user::Organisation::id);
    match requested {
        Some(requested) if actual != Some(requested) => Err(CallbackError::OrganisationMismatch),
        _ => Ok(()),
    }
}

/// The address that starts the sign-in at the provider (OIDC Core §3.1.2.1).
///
/// `openid` is added if it is not there, and the organisation's scope if one is asked for. An organisation id that
/// cannot be a scope adds none, and the check at the end refuses.
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
        // No keys: openidconnect verifies nothing for us, see `jws`.
        JsonWebKeySet::default(),
    )
    .disable_openid_scope()
    .set_auth_uri(metadata.authorization_endpoint().clone())
    .set_redirect_uri(redirect_uri.clone());
    let state = CsrfToken::new(pending.state_text());
    let nonce = Nonce::new(base64url::encode(pending.nonce.expose()));
    let mut request = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
        .set_pkce_challenge(CodeVerifier::new(pending.verifier.expose()).challenge())
        .add_scopes(all_scopes(scopes, pending.organisation.as_deref()).into_iter().map(Scope::new));
    if let Some(prompt) = options.prompt {
        request = request.add_prompt(prompt.to_parameter());
    }
    if let Some(login_hint) = &options.login_hint {
        request = request.set_login_hint(LoginHint::new(login_hint.expose().clone()));
    }
    if let Some(max_age) = pending.max_age {
        request = request.set_max_age(Duration::from_secs(max_age));
    }
    for tag in &options.ui_locales {
        request = request.add_ui_locale(LanguageTag::new(tag.clone()));
    }
    request.url().0
}

/// `openid` first, then what is configured, then the organisation; nothing twice.
fn all_scopes(configured: &[String], organisation: Option<&str>) -> Vec<String> {
    let organisation = organisation.map(scope::organisation_scope).filter(|scope| scope::is_scope(scope));
    let wanted = [scope::OPENID].into_iter().chain(configured.iter().map(String::as_str)).map(str::to_owned);
    let mut scopes: Vec<String> = Vec::new();
    for scope in wanted.chain(organisation) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

/// Thirty-two secret bytes as they are, for a cookie that is sealed.
pub(super) mod secret_bytes {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::secret::Secret;

    pub(crate) fn serialize<S: Serializer>(secret: &Secret<[u8; 32]>, to: S) -> Result<S::Ok, S::Error> {
        secret.expose().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret<[u8; 32]>, D::Error> {
        <[u8; 32]>::deserialize(from).map(Secret::new)
    }
}

#[cfg(test)]
mod tests;
