//! `/ui/v2/login/logout`: the page that asks before it signs out, for requests without `id_token_hint`.

use http::Method;

use super::{Exchange, login};
use crate::{answer::Answer, page, provider::State, redirect_uri, registry::Person};

/// Where `end_session` sends the browser when it does not know whom to sign out.
pub(crate) const PATH: &str = "/ui/v2/login/logout";
/// Where `end_session` sends the browser when the application named no address of its own.
pub(crate) const DONE: &str = "/logout/done";

/// Shows who is signed in, or ends those sessions.
pub(crate) fn answer(exchange: Exchange<'_>) -> Answer {
    let Exchange { request, state, .. } = exchange;
    if request.path == DONE {
        return page::message(200, "You are signed out", "You can close this page.");
    }
    let target = request.parameter("post_logout_redirect").unwrap_or(DONE);
    let target = if is_known_target(state, target) { target } else { DONE };
    let browser = request.cookie(login::COOKIE);
    let sessions: Vec<(String, String)> =
        state.grants.sessions_of(browser).map(|session| (session.id.clone(), session.person_id.clone())).collect();
    if request.method == Method::POST {
        for (id, _) in &sessions {
            state.grants.terminate(id);
        }
        return Answer::redirect(303, target);
    }
    let people: Vec<&Person> = sessions.iter().filter_map(|(_, person)| state.registry.person(person)).collect();
    page::sign_out(&state.registry, &people, target)
}

/// The page must not send anyone to an address that no application registered.
fn is_known_target(state: &State, target: &str) -> bool {
    let (base, _) = target.split_once('?').unwrap_or((target, ""));
    target == DONE
        || state.registry.clients.iter().any(|client| {
            let list = &client.post_logout_redirect_uris;
            redirect_uri::is_registered(list, target, client.development_mode)
                || redirect_uri::is_registered(list, base, client.development_mode)
                || list.iter().any(|known| known.split_once('?').is_some_and(|(known, _)| known == base))
        })
}
