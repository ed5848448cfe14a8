//! `/ui/v2/login/login`: the page on which someone is chosen, and the way back to the application.

use http::{Method, header};

use super::Exchange;
use crate::{
    answer::Answer,
    entropy,
    fault::Fault,
    grant::{AuthRequest, SsoSession, Stage},
    incoming::Incoming,
    page,
    provider::State,
    redirect_uri,
    registry::{Person, Registry},
};

/// Where `/oauth/v2/authorize` sends the browser.
pub(crate) const PATH: &str = "/ui/v2/login/login";
/// The cookie that stands for the sessions of one browser.
pub(crate) const COOKIE: &str = "zitadel.emulator.sessions";

/// Continues silently if it may, shows the page, or takes the choice.
pub(crate) fn answer(exchange: Exchange<'_>) -> Answer {
    let Exchange { request, state, fault, .. } = exchange;
    let Some(auth_request) = request.parameter("authRequest").and_then(|id| state.grants.requests.get(id)).cloned()
    else {
        return page::message(404, "This sign-in is not known", "Go back to the application and start again.");
    };
    if auth_request.stage != Stage::Added {
        return page::message(400, "This sign-in is already finished", "Go back to the application and start again.");
    }
    if request.method == Method::POST {
        return chosen(request, state, &auth_request, fault);
    }

    let asked = |prompt: &str| auth_request.prompt.iter().any(|value| value == prompt);
    let fresh = asked("login") || asked("select_account") || asked("create");
    let session = if fresh { None } else { usable_session(request, state, &auth_request) };
    match session {
        Some(session) => {
            if let Some(browser) = request.cookie(COOKIE) {
                state.grants.touch_session(browser, &session.id);
            }
            back_with_code(state, &auth_request, &session.id, 302, fault)
        }
        // ZITADEL's version 2 login shows its page here (issue 12165). The specification wants this answer
        // (OpenID Connect Core §3.1.2.6), ZITADEL is about to give it, and applications must cope with it.
        None if asked("none") => {
            back_with_error(state, &auth_request, "login_required", "no session in this browser", 302)
        }
        None => page::chooser(&state.registry, &auth_request, &allowed(&state.registry, &auth_request)),
    }
}

/// Someone was clicked, or the sign-in was cancelled.
fn chosen(request: &Incoming, state: &mut State, auth_request: &AuthRequest, fault: Option<&Fault>) -> Answer {
    if request.form_parameter("cancel").is_some() {
        return back_with_error(state, auth_request, "access_denied", "the sign-in was cancelled", 303);
    }
    let known = request.form_parameter("person").and_then(|name| state.registry.find_person(name));
    let Some(person) = known.filter(|person| is_allowed(&state.registry, auth_request, person)) else {
        return page::message(400, "Nobody was chosen", "Go back and choose one of the people shown.");
    };
    if person.deactivated {
        return page::message(400, "This person is deactivated", "Errors.User.NotActive");
    }
    let person_id = person.id.clone();
    let browser = request.cookie(COOKIE).filter(|cookie| entropy::is_base64url(cookie, 32)).map(str::to_owned);
    let again = auth_request.prompt.iter().any(|value| value == "login");
    let existing = state
        .grants
        .sessions_of(browser.as_deref())
        .find(|session| !again && session.person_id == person_id)
        .map(|session| session.id.clone());
    let browser = browser.unwrap_or_else(entropy::base64url::<32>);
    let session_id = existing.unwrap_or_else(|| start_session(state, Some(&browser), &person_id));
    state.grants.touch_session(&browser, &session_id);
    back_with_code(state, auth_request, &session_id, 303, fault)
        .with(header::SET_COOKIE, &format!("{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"))
}

/// Records that somebody signed in just now.
pub(crate) fn start_session(state: &mut State, browser: Option<&str>, person_id: &str) -> String {
    let now = state.clock.unix();
    let id = state.ids.next(now);
    let session = SsoSession { id: id.clone(), person_id: person_id.to_owned(), auth_time: now, terminated: None };
    state.grants.add_session(browser, session);
    id
}

/// The session that continues without a page: the hinted person's, else the latest one.
fn usable_session(request: &Incoming, state: &State, auth_request: &AuthRequest) -> Option<SsoSession> {
    let registry = &state.registry;
    let mut sessions: Vec<&SsoSession> = state
        .grants
        .sessions_of(request.cookie(COOKIE))
        .filter(|session| {
            let person = registry.person(&session.person_id);
            person.is_some_and(|person| !person.deactivated && is_allowed(registry, auth_request, person))
        })
        .collect();
    let hinted = hinted_person(registry, auth_request);
    if let Some(person) = hinted {
        sessions.retain(|session| session.person_id == person.id);
    } else if !auth_request.login_hint.is_empty() {
        sessions.clear();
    }
    sessions.last().map(|session| (*session).clone())
}

/// Whom `login_hint` or `id_token_hint` is about.
pub(crate) fn hinted_person<'a>(registry: &'a Registry, auth_request: &AuthRequest) -> Option<&'a Person> {
    registry.find_person(&auth_request.login_hint).or_else(|| registry.person(&auth_request.hinted_person))
}

/// The people an organisation scope leaves over.
fn allowed<'a>(registry: &'a Registry, auth_request: &AuthRequest) -> Vec<&'a Person> {
    registry.people.iter().filter(|person| is_allowed(registry, auth_request, person)).collect()
}

fn is_allowed(registry: &Registry, auth_request: &AuthRequest, person: &Person) -> bool {
    let organisation = registry.organisation(&person.organisation_id);
    let scopes = &auth_request.scopes;
    scopes.organisation().is_none_or(|id| id == person.organisation_id)
        && scopes
            .organisation_domain()
            .is_none_or(|domain| organisation.is_some_and(|organisation| organisation.primary_domain == domain))
}

fn back_with_code(
    state: &mut State,
    auth_request: &AuthRequest,
    session_id: &str,
    status: u16,
    fault: Option<&Fault>,
) -> Answer {
    let code = entropy::base64url::<{ entropy::CODE_BYTES }>();
    state.grants.codes.insert(code.clone(), auth_request.id.clone());
    set_stage(state, auth_request, Stage::CodeAdded { session_id: session_id.to_owned() });
    let given = if fault == Some(&Fault::WrongState) { "another-state" } else { &auth_request.state };
    back(auth_request, &[("code", &code), ("state", given)], status)
}

fn back_with_error(state: &mut State, auth_request: &AuthRequest, error: &str, text: &str, status: u16) -> Answer {
    set_stage(state, auth_request, Stage::Done);
    back(auth_request, &[("error", error), ("error_description", text), ("state", &auth_request.state)], status)
}

fn back(auth_request: &AuthRequest, parameters: &[(&str, &str)], status: u16) -> Answer {
    let uri = &auth_request.redirect_uri;
    let location = if auth_request.in_fragment {
        redirect_uri::with_fragment(uri, parameters)
    } else {
        redirect_uri::with_query(uri, parameters)
    };
    Answer::redirect(status, &location)
}

fn set_stage(state: &mut State, auth_request: &AuthRequest, stage: Stage) {
    if let Some(known) = state.grants.requests.get_mut(&auth_request.id) {
        known.stage = stage;
    }
}
