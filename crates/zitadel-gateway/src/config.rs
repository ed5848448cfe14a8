//! The core's configuration with the gateway's paths and defaults.

use url::Url;
use zitadel_axum::{Config, ConfigBuilder, ReturnTo, core::config::env};

/// The path below which the endpoints are.
pub(crate) const BASE: &str = "/api/v1";
/// Where a login of a single-page application ends, as the core sees it: the gateway answers with a redirect to the application
/// instead. No route has this path.
pub(crate) const SPA_RETURN: &str = "/api/v1/login/complete";

/// Paths of the gateway beside those of the core; `app.rs` mounts them.
const OWN_PATHS: &[&str] = &[
    "/api/v1/token",
    "/api/v1/validate",
    "/api/v1/userinfo",
    "/api/v1/m2m-token",
    "/forward-auth",
    "/openapi.json",
    "/docs",
    "/healthz",
    "/readyz",
    "/metrics",
];

/// The scopes of the service account: those of the variable, or the core's default.
pub(crate) fn service_account_scopes(variable: &impl Fn(&str) -> Option<String>) -> Vec<String> {
    let name = env::ZITADEL_SERVICE_ACCOUNT_SCOPES;
    let default = env::ALL.iter().find(|known| known.name == name).and_then(|known| known.default).unwrap_or_default();
    let scopes = variable(name).filter(|scopes| !scopes.trim().is_empty());
    scopes.as_deref().unwrap_or(default).split_whitespace().map(str::to_owned).collect()
}

/// The configuration, and the path of the single-page application to which a login returns.
///
/// - The endpoints are below `/api/v1`.
/// - `ZITADEL_API_AUDIENCE` defaults to `ZITADEL_CLIENT_ID`: tokens of the gateway's own application are accepted.
/// - `ZITADEL_POST_LOGIN_URL` defaults to `/`, because the gateway has no pages. With a single-page application it is a path of that.
///
/// # Errors
///
/// One line for each variable that is missing or wrong.
pub(crate) fn read(variable: &impl Fn(&str) -> Option<String>, has_spa: bool) -> Result<(Config, String), Vec<String>> {
    let value = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let known = env::ALL.iter().filter_map(|known| Some((known.name, variable(known.name)?)));
    let mut builder = ConfigBuilder::from_vars(known).base_path(BASE);
    if value(env::ZITADEL_API_AUDIENCE).is_none()
        && let Some(client_id) = value(env::ZITADEL_CLIENT_ID)
    {
        builder = builder.audience(client_id.trim());
    }
    if value(env::ZITADEL_CALLBACK_URL).or_else(|| value(env::ZITADEL_REDIRECT_URL)).is_none() {
        // A configuration with an audience or a service account could do without login; a gateway does not.
        builder = builder.redirect_uri("");
    }
    let after_login = value(env::ZITADEL_POST_LOGIN_URL).unwrap_or_else(|| "/".to_owned());
    let mut problems = Vec::new();
    if has_spa && ReturnTo::parse(after_login.trim()).is_none() {
        problems.push(format!("{}: must be a path of the single-page application", env::ZITADEL_POST_LOGIN_URL));
    }
    builder = builder.post_login(if has_spa { SPA_RETURN } else { after_login.trim() });
    for name in [env::ZITADEL_CALLBACK_URL, env::ZITADEL_REDIRECT_URL, env::ZITADEL_POST_LOGOUT_URL] {
        let url = value(name).and_then(|text| Url::parse(text.trim()).ok());
        if url.is_some_and(|url| OWN_PATHS.contains(&url.path()) || url.path().starts_with("/forward-auth/")) {
            problems.push(format!(
                "{name}: the gateway has another endpoint at that path; /api/v1/callback and \
                 /api/v1/logout/callback are free"
            ));
        }
    }
    match builder.build() {
        Ok(config) if problems.is_empty() => Ok((config, after_login.trim().to_owned())),
        Ok(_) => Err(problems),
        Err(error) => Err(error.problems().map(ToString::to_string).chain(problems).collect()),
    }
}
