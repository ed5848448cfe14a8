//! `/ui/v2/login/login` and `/ui/login/login`: the login page and the way back to the client.

mod answer;

use http::{Method, header};

use super::RequestContext;
use crate::{
    entropy,
    fault::Fault,
    grant::{AuthRequest, SsoSession, Stage},
    login_version::LoginVersion,
    page,
    provider::State,
    registry::{Person, Registry},
    request::ParsedRequest,
    response::EndpointResponse,
};

/// Cookie that identifies a browser and its SSO sessions.
pub(crate) const COOKIE: &str = "zitadel.emulator.sessions";

/// Continues with an existing session, shows the login page, or handles its form.
pub(crate) fn handle(context: RequestContext<'_>) -> EndpointResponse {
    let RequestContext { request, state, fault, .. } = context;
    let id = [LoginVersion::V1, LoginVersion::V2].map(LoginVersion::request_parameter);
    let id = id.into_iter().find_map(|name| request.parameter(name));
    let Some(auth_request) = id.and_then(|id| state.grants.requests.get(id)).cloned() else {
        return page::render_message(404, "Unknown login request", "Go back to the application and start again.");
    };
    if auth_request.stage != Stage::Added {
        return page::render_message(
            400,
            "Login request already completed",
            "Go back to the application and start again.",
        );
    }
    if request.method == Method::POST {
        return handle_form(request, state, &auth_request, fault);
    }

    let has_prompt = |prompt: &str| auth_request.prompt.iter().any(|value| value == prompt);
    let requires_page = has_prompt("login") || has_prompt("select_account") || has_prompt("create");
    let session = if requires_page { None } else { usable_session(request, state, &auth_request) };
    match session {
        Some(session) => {
            if let Some(browser) = request.cookie(COOKIE) {
                state.grants.touch_session(browser, &session.id);
            }
            answer::code(state, &auth_request, &session.id, 302, fault)
        }
        None if has_prompt("none") => answer::interaction_required(state, &auth_request),
        None => page::render_login(&state.registry, &auth_request, &allowed_people(&state.registry, &auth_request)),
    }
}

/// Handles the form of the login page: a user was selected, or the login was canceled.
fn handle_form(
    request: &ParsedRequest,
    state: &mut State,
    auth_request: &AuthRequest,
    fault: Option<&Fault>,
) -> EndpointResponse {
    if request.form_parameter("cancel").is_some() {
        return answer::denied(request, state, auth_request);
    }
    let known = request.form_parameter("person").and_then(|name| state.registry.find_person(name));
    let Some(person) = known.filter(|person| is_allowed(&state.registry, auth_request, person)) else {
        return page::render_message(400, "No user selected", "Go back and select one of the listed users.");
    };
    if person.deactivated {
        return page::render_message(400, "User deactivated", "Errors.User.NotActive");
    }
    let person_id = person.id.clone();
    let browser = request.cookie(COOKIE).filter(|cookie| entropy::is_base64url(cookie, 32)).map(str::to_owned);
    let existing = existing_session(state, browser.as_deref(), auth_request, &person_id);
    let browser = browser.unwrap_or_else(entropy::random_base64url::<32>);
    let session_id =
        existing.unwrap_or_else(|| create_session(state, Some(&browser), &person_id, auth_request.version));
    state.grants.touch_session(&browser, &session_id);
    answer::code(state, auth_request, &session_id, 303, fault)
        .with_header(header::SET_COOKIE, &format!("{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"))
}

/// Returns the session of a user in a browser, if this login does not need a new one. A new login in version 1 renews
/// the session that the browser has for the user.
fn existing_session(
    state: &mut State,
    browser: Option<&str>,
    auth_request: &AuthRequest,
    person_id: &str,
) -> Option<String> {
    let now = state.clock.unix_time();
    let force_login = auth_request.prompt.iter().any(|value| value == "login");
    let of_user = |session: &&SsoSession| {
        session.person_id == person_id && LoginVersion::from_session(&session.id) == auth_request.version
    };
    let session = state.grants.browser_sessions(browser).find(of_user)?;
    if !force_login && is_recent(session, auth_request, now) {
        return Some(session.id.clone());
    }
    let id = (auth_request.version == LoginVersion::V1).then(|| session.id.clone())?;
    let amr = state.registry.person(person_id).map(Person::amr).unwrap_or_default();
    if let Some(session) = state.grants.sso_sessions.get_mut(&id) {
        session.auth_time = now;
        session.amr = amr;
    }
    Some(id)
}

/// Creates an SSO session that starts now.
pub(super) fn create_session(
    state: &mut State,
    browser: Option<&str>,
    person_id: &str,
    version: LoginVersion,
) -> String {
    let now = state.clock.unix_time();
    let id = version.session_id(&state.ids.next(now));
    let amr = state.registry.person(person_id).map(Person::amr).unwrap_or_default();
    let session = SsoSession { id: id.clone(), person_id: person_id.to_owned(), auth_time: now, amr, terminated: None };
    state.grants.add_session(browser, session);
    id
}

/// Returns the session to continue with: the hinted user's session, otherwise the latest one.
fn usable_session(request: &ParsedRequest, state: &State, auth_request: &AuthRequest) -> Option<SsoSession> {
    let registry = &state.registry;
    let now = state.clock.unix_time();
    let mut sessions: Vec<&SsoSession> = state
        .grants
        .browser_sessions(request.cookie(COOKIE))
        .filter(|session| LoginVersion::from_session(&session.id) == auth_request.version)
        .filter(|session| is_recent(session, auth_request, now))
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

/// Whether a session is recent enough for `max_age`, which the version-2 login ignores.
fn is_recent(session: &SsoSession, auth_request: &AuthRequest, now: u64) -> bool {
    auth_request.version == LoginVersion::V2
        || auth_request.max_age.is_none_or(|age| now.saturating_sub(session.auth_time) < age)
}

/// Returns the user named by `login_hint` or `id_token_hint`.
pub(crate) fn hinted_person<'a>(registry: &'a Registry, auth_request: &AuthRequest) -> Option<&'a Person> {
    registry.find_person(&auth_request.login_hint).or_else(|| registry.person(&auth_request.hinted_person_id))
}

/// Returns the users permitted by the organization scope.
fn allowed_people<'a>(registry: &'a Registry, auth_request: &AuthRequest) -> Vec<&'a Person> {
    registry.people.iter().filter(|person| is_allowed(registry, auth_request, person)).collect()
}

fn is_allowed(registry: &Registry, auth_request: &AuthRequest, person: &Person) -> bool {
    let organization = registry.organization(&person.organization_id);
    let scopes = &auth_request.scopes;
    scopes.organization_id().is_none_or(|id| id == person.organization_id)
        && scopes
            .organization_domain()
            .is_none_or(|domain| organization.is_some_and(|organization| organization.primary_domain == domain))
}
