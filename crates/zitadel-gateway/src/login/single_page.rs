//! `SinglePageApp`: the login of an application that runs in the browser, at an origin of its own.
//!
//! # Rules
//!
//! 1. After the callback the browser has its session cookie, and goes to the application with a one-time code in the fragment, which no
//!    server and no `Referer` sees.
//! 2. With `DANGER_TOKEN_IN_FRAGMENT` the access token itself is there, as ZitAuth did it: it stays in the history of the browser until
//!    the application removes it, and there is no way to take it back.

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE},
    },
    response::{IntoResponse as _, Response},
};
use zitadel_axum::{
    Answer, Reply, Zitadel,
    core::{AccessToken, Timestamp, User},
};

use super::one_time_code;
use crate::{
    error::ApiError,
    settings::{Settings, SpaOrigin},
};

/// Where the single-page application is, and what it gets.
#[derive(Debug)]
pub(crate) struct SinglePageApp {
    origin: SpaOrigin,
    /// A local path, without fragment.
    path: String,
    gets_token: bool,
}

impl SinglePageApp {
    pub(crate) fn new(origin: &SpaOrigin, settings: &Settings) -> Self {
        Self { origin: origin.clone(), path: settings.spa_path.clone(), gets_token: settings.danger_token_in_fragment }
    }

    pub(crate) const fn origin(&self) -> &SpaOrigin {
        &self.origin
    }

    /// The response to the callback of `user`, instead of the core's, whose cookies it carries.
    pub(super) async fn complete(&self, zitadel: &Zitadel, reply: Reply, user: &User) -> Response {
        let fragment = if self.gets_token { token(zitadel, user).await } else { code(zitadel, user).await };
        let response = match fragment {
            Ok(fragment) => self.redirect(&fragment),
            Err(error) => error.into_response(),
        };
        replace(reply, response)
    }

    /// 302 to the application, without a `Referer`.
    pub(super) fn redirect(&self, fragment: &str) -> Response {
        let separator = if fragment.is_empty() { "" } else { "#" };
        let location = format!("{}{}{separator}{fragment}", self.origin.as_str(), self.path);
        // Origin, path and fragment are ASCII without control characters.
        let Ok(location) = HeaderValue::try_from(location) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut response = StatusCode::FOUND.into_response();
        let headers = response.headers_mut();
        headers.insert(LOCATION, location);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }
}

/// Another response with the cookies of the core's.
pub(super) fn replace(reply: Reply, mut response: Response) -> Response {
    for cookie in Answer(reply).into_response().headers().get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}

async fn code(zitadel: &Zitadel, user: &User) -> Result<String, ApiError> {
    let code = one_time_code::issue(zitadel, user).await?;
    Ok(format!("code={code}"))
}

/// The parameters of an access token response (RFC 6749 §4.2.2).
async fn token(zitadel: &Zitadel, user: &User) -> Result<String, ApiError> {
    let token = zitadel.access_token(user).await.map_err(|error| ApiError::from_code(error.code()))?;
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("access_token", token.expose()).append_pair("token_type", "Bearer");
    if let Some(seconds) = expires_in(&token, zitadel.now()) {
        parameters.append_pair("expires_in", &seconds.to_string());
    }
    Ok(parameters.finish())
}

/// Seconds until the token expires, if the provider said.
pub(crate) fn expires_in(token: &AccessToken, now: Timestamp) -> Option<u64> {
    token.expires_at().map(|at| at.as_unix().saturating_sub(now.as_unix()))
}
