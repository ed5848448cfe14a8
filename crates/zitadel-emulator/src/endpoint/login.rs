//! `/ui/v2/login/login`: the login page and the redirect back to the client.

use http::{Method, header};

use super::RequestContext;
use crate::{
    entropy,
    fault::Fault,
    grant::{AuthRequest, SsoSession, Stage},
    page,
    provider::State,
    redirect_uri,
    registry::{Person, Registry},
    request::ParsedRequest,
    response::EndpointResponse,
};

/// The login page; `/oauth/v2/authorize` redirects to it.
pub(crate) const PATH: &str = "/ui/v2/login/login";
/// Cookie that identifies a browser and its SSO sessions.
pub(crate) const COOKIE: &str = "zitadel.emulator.sessions";

/// Continues with an existing session, shows the login page, or handles its form.
pub(crate) fn handle(context: RequestContext<'_>) -> EndpointResponse {
    let RequestContext { request, state, fault, .. } = context;
    let Some(auth_request) = request.parameter("authRequest").and_then(|id| state.grants.requests.get(id)).cloned()
    else {
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
            redirect_with_code(state, &auth_request, &session.id, 302, fault)
        }
        // ZITADEL's login v2 shows its page here (issue 12165). This error is what OpenID Connect Core §3.1.2.6
        // requires and what ZITADEL's pending fix returns.
        None if has_prompt("none") => {
            redirect_with_error(state, &auth_request, "login_required", "no session in this browser", 302)
        }
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
        return redirect_with_error(state, auth_request, "access_denied", "the user canceled the login", 303);
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
    let force_login = auth_request.prompt.iter().any(|value| value == "login");
    let existing = state
        .grants
        .browser_sessions(browser.as_deref())
        .find(|session| !force_login && session.person_id == person_id)
        .map(|session| session.id.clone());
    let browser = browser.unwrap_or_else(entropy::random_base64url::<32>);
    let session_id = existing.unwrap_or_else(|| create_session(state, Some(&browser), &person_id));
    state.grants.touch_session(&browser, &session_id);
    redirect_with_code(state, auth_request, &session_id, 303, fault)
        .with_header(header::SET_COOKIE, &format!("{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"))
}

/// Creates an SSO session that starts now.
pub(crate) fn create_session(state: &mut State, browser: Option<&str>, person_id: &str) -> String {
    let now = state.clock.unix_time();
    let id = state.ids.next(now);
    let amr = state.registry.person(person_id).map(Person::amr).unwrap_or_default();
    let session = SsoSession { id: id.clone(), person_id: person_id.to_owned(), auth_time: now, amr, terminated: None };
    state.grants.add_session(browser, session);
    id
}

/// Returns the session to continue with: the hinted user's session, otherwise the latest one.
fn usable_session(request: &ParsedRequest, state: &State, auth_request: &AuthRequest) -> Option<SsoSession> {
    let registry = &state.registry;
    let mut sessions: Vec<&SsoSession> = state
        .grants
        .browser_sessions(request.cookie(COOKIE))
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

fn redirect_with_code(
    state: &mut State,
    auth_request: &AuthRequest,
    session_id: &str,
    status: u16,
    fault: Option<&Fault>,
) -> EndpointResponse {
    let code = entropy::random_base64url::<{ entropy::CODE_BYTES }>();
    state.grants.codes.insert(code.clone(), auth_request.id.clone());
    set_stage(state, auth_request, Stage::CodeAdded { session_id: session_id.to_owned() });
    let given = if fault == Some(&Fault::WrongState) { "another-state" } else { &auth_request.state };
    redirect_to_client(auth_request, &[("code", &code), ("state", given)], status)
}

fn redirect_with_error(
    state: &mut State,
    auth_request: &AuthRequest,
    error: &str,
    text: &str,
    status: u16,
) -> EndpointResponse {
    set_stage(state, auth_request, Stage::Done);
    redirect_to_client(
        auth_request,
        &[("error", error), ("error_description", text), ("state", &auth_request.state)],
        status,
    )
}

fn redirect_to_client(auth_request: &AuthRequest, parameters: &[(&str, &str)], status: u16) -> EndpointResponse {
    let uri = &auth_request.redirect_uri;
    let location = if auth_request.fragment_response {
        redirect_uri::with_fragment(uri, parameters)
    } else {
        redirect_uri::with_query(uri, parameters)
    };
    EndpointResponse::redirect(status, &location)
}

fn set_stage(state: &mut State, auth_request: &AuthRequest, stage: Stage) {
    if let Some(known) = state.grants.requests.get_mut(&auth_request.id) {
        known.stage = stage;
    }
}
