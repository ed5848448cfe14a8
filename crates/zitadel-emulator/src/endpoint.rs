//! The endpoints. Each handles a [`RequestContext`]; [`EndpointResponse::finish`] adds the headers common to all
//! responses.

pub(crate) mod assets;
pub(crate) mod authorize;
pub(crate) mod device;
pub(crate) mod device_authorization;
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
    fault::{EndpointName, Fault},
    provider::State,
    request::ParsedRequest,
    response::{EndpointResponse, OAuthError, RouteKind},
};

/// A request with the state that an endpoint may read and change.
pub(crate) struct RequestContext<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) request: &'a ParsedRequest,
    pub(crate) state: &'a mut State,
    /// A scripted fault that the endpoint itself has to apply.
    pub(crate) fault: Option<&'a Fault>,
}

/// Result of an endpoint; an error becomes a JSON body.
pub(crate) type EndpointResult = Result<EndpointResponse, OAuthError>;

/// Returns the endpoint of a path.
pub(crate) fn from_path(path: &str) -> EndpointName {
    match path {
        "/.well-known/openid-configuration" => EndpointName::Discovery,
        "/oauth/v2/authorize" => EndpointName::Authorize,
        "/oauth/v2/token" => EndpointName::Token,
        "/oauth/v2/device_authorization" => EndpointName::DeviceAuthorization,
        device::PATH => EndpointName::Device,
        "/oauth/v2/introspect" => EndpointName::Introspect,
        "/oauth/v2/revoke" => EndpointName::Revoke,
        "/oauth/v2/keys" => EndpointName::Keys,
        "/oidc/v1/userinfo" => EndpointName::UserInfo,
        "/oidc/v1/end_session" => EndpointName::EndSession,
        "/ui/login/login" | "/ui/v2/login/login" => EndpointName::Login,
        logout::PATH | "/ui/login/logout/done" | "/logout/done" => EndpointName::Logout,
        "/debug/healthz" | "/debug/ready" => EndpointName::Health,
        path if path == assets::STYLE_PATH || path.starts_with(assets::AVATAR_PREFIX) => EndpointName::Asset,
        _ => EndpointName::Unknown,
    }
}

/// Returns the set of common headers for the responses of an endpoint.
pub(crate) fn route_kind(endpoint: EndpointName) -> RouteKind {
    match endpoint {
        EndpointName::Login | EndpointName::Logout | EndpointName::Device => RouteKind::Page,
        EndpointName::Health | EndpointName::Asset => RouteKind::Plain,
        EndpointName::Unknown => RouteKind::Gateway,
        _ => RouteKind::Protocol,
    }
}

/// Passes the request to its endpoint.
pub(crate) fn dispatch(endpoint: EndpointName, context: RequestContext<'_>) -> EndpointResponse {
    let result = match endpoint {
        EndpointName::Discovery => Ok(discovery::handle(&context)),
        EndpointName::Authorize => authorize::handle(context),
        EndpointName::Login => Ok(login::handle(context)),
        EndpointName::DeviceAuthorization => device_authorization::handle(context),
        EndpointName::Device => Ok(device::handle(context)),
        EndpointName::Token => token::handle(context),
        EndpointName::Keys => Ok(keys::handle(&context)),
        EndpointName::UserInfo => user_info::handle(&context),
        EndpointName::Introspect => introspect::handle(&context),
        EndpointName::Revoke => revoke::handle(context),
        EndpointName::EndSession => end_session::handle(context),
        EndpointName::Logout => Ok(logout::handle(context)),
        EndpointName::Health => Ok(EndpointResponse::text(200, "ok")),
        EndpointName::Asset => Ok(assets::handle(&context)),
        EndpointName::Unknown => {
            Ok(EndpointResponse::new(404, "application/json", r#"{"code":5, "message":"Not Found"}"#))
        }
    };
    result.unwrap_or_else(EndpointResponse::from)
}
