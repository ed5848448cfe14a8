//! `/ui/v2/login/logout`: the logout confirmation page, for requests without `id_token_hint`.

use http::Method;

use super::{RequestContext, login};
use crate::{
    login_version::LoginVersion, page, provider::State, redirect_uri, registry::Person, response::EndpointResponse,
};

/// The logout page; `end_session` redirects to it when the request has no `id_token_hint`.
pub(crate) const PATH: &str = "/ui/v2/login/logout";

/// Shows the active sessions of the browser, or terminates them.
pub(crate) fn handle(context: RequestContext<'_>) -> EndpointResponse {
    let RequestContext { issuer, request, state, .. } = context;
    if request.path != PATH {
        return page::render_message(200, "You are signed out", "You can close this page.");
    }
    let target = request.parameter("post_logout_redirect").unwrap_or(LoginVersion::V2.done_path());
    let target = if is_registered_target(state, target) { target } else { LoginVersion::V2.done_path() };
    let browser = request.cookie(login::COOKIE);
    let sessions: Vec<(String, String)> =
        state.grants.browser_sessions(browser).map(|session| (session.id.clone(), session.person_id.clone())).collect();
    if request.method == Method::POST {
        for (id, _) in &sessions {
            state.end_session(issuer, id);
        }
        return EndpointResponse::redirect(303, target);
    }
    let people: Vec<&Person> = sessions.iter().filter_map(|(_, person)| state.registry.person(person)).collect();
    page::render_logout(&state.registry, &people, target)
}

/// Whether a target is registered by a client. Prevents open redirects.
fn is_registered_target(state: &State, target: &str) -> bool {
    let (base, _) = target.split_once('?').unwrap_or((target, ""));
    target == LoginVersion::V2.done_path()
        || state.registry.clients.iter().any(|client| {
            let list = &client.post_logout_redirect_uris;
            redirect_uri::is_registered(list, target, client.development_mode)
                || redirect_uri::is_registered(list, base, client.development_mode)
                || list.iter().any(|known| known.split_once('?').is_some_and(|(known, _)| known == base))
        })
}
