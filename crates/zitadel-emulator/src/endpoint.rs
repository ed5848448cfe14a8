//! The endpoints. Each takes an [`Exchange`] and answers; what every answer has in common is added elsewhere.

pub(crate) mod assets;
pub(crate) mod authorize;
pub(crate) mod discovery;
pub(crate) mod end_session;
pub(crate) mod introspect;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod user_info;

use crate::{
    answer::{Answer, OAuthError, RouteKind},
    fault::{EndpointName, Fault},
    incoming::Incoming,
    provider::State,
};

/// One request together with everything an endpoint may look at or change.
pub(crate) struct Exchange<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) request: &'a Incoming,
    pub(crate) state: &'a mut State,
    /// A scripted fault that the endpoint itself has to carry out.
    pub(crate) fault: Option<&'a Fault>,
}

/// What an endpoint returns; the error becomes a JSON body.
pub(crate) type Outcome = Result<Answer, OAuthError>;

/// Which endpoint a path belongs to.
pub(crate) fn at(path: &str) -> EndpointName {
    match path {
        "/.well-known/openid-configuration" => EndpointName::Discovery,
        "/oauth/v2/authorize" => EndpointName::Authorize,
        "/oauth/v2/token" => EndpointName::Token,
        "/oauth/v2/introspect" => EndpointName::Introspect,
        "/oauth/v2/revoke" => EndpointName::Revoke,
        "/oauth/v2/keys" => EndpointName::Keys,
        "/oidc/v1/userinfo" => EndpointName::UserInfo,
        "/oidc/v1/end_session" => EndpointName::EndSession,
        login::PATH => EndpointName::Login,
        logout::PATH | logout::DONE => EndpointName::Logout,
        "/debug/healthz" | "/debug/ready" => EndpointName::Health,
        path if path == assets::STYLE || path.starts_with(assets::PICTURES) => EndpointName::Asset,
        _ => EndpointName::Unknown,
    }
}

/// Which headers the answers of an endpoint get.
pub(crate) fn kind(endpoint: EndpointName) -> RouteKind {
    match endpoint {
        EndpointName::Login | EndpointName::Logout => RouteKind::Page,
        EndpointName::Health | EndpointName::Asset | EndpointName::Unknown => RouteKind::Plain,
        _ => RouteKind::Protocol,
    }
}

/// Lets the endpoint answer.
pub(crate) fn answer(endpoint: EndpointName, exchange: Exchange<'_>) -> Answer {
    let outcome = match endpoint {
        EndpointName::Discovery => Ok(discovery::answer(&exchange)),
        EndpointName::Authorize => authorize::answer(exchange),
        EndpointName::Login => Ok(login::answer(exchange)),
        EndpointName::Token => token::answer(exchange),
        EndpointName::Keys => Ok(keys::answer(&exchange)),
        EndpointName::UserInfo => user_info::answer(&exchange),
        EndpointName::Introspect => introspect::answer(&exchange),
        EndpointName::Revoke => revoke::answer(exchange),
        EndpointName::EndSession => end_session::answer(exchange),
        EndpointName::Logout => Ok(logout::answer(exchange)),
        EndpointName::Health => Ok(Answer::text(200, "ok")),
        EndpointName::Asset => Ok(assets::answer(&exchange)),
        EndpointName::Unknown => Ok(Answer::text(404, "404 page not found")),
    };
    outcome.unwrap_or_else(Answer::from)
}
