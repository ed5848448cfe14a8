//! Authorization responses (OpenID Connect Core §3.1.2.5, §3.1.2.6).

use crate::{
    fault::Fault,
    grant::{AuthRequest, ResponseMode, Stage},
    login_version::LoginVersion,
    provider::State,
    redirect_uri,
    request::ParsedRequest,
    response::{EndpointResponse, escape_html},
};

/// Sends a code to the client.
pub(super) fn code(
    state: &mut State,
    auth_request: &AuthRequest,
    session_id: &str,
    status: u16,
    fault: Option<&Fault>,
) -> EndpointResponse {
    let code = auth_request.version.code();
    state.grants.codes.insert(code.clone(), auth_request.id.clone());
    set_stage(state, auth_request, Stage::CodeAdded { session_id: session_id.to_owned() });
    let given = if fault == Some(&Fault::WrongState) { "another-state" } else { &auth_request.state };
    if auth_request.response_mode == ResponseMode::FormPost {
        return form(&auth_request.redirect_uri, given, &code);
    }
    let mut parameters = vec![("code", code.as_str())];
    // Only the version-1 login omits an empty state.
    if auth_request.version == LoginVersion::V2 || !given.is_empty() {
        parameters.push(("state", given));
    }
    redirect(auth_request, &parameters, status)
}

/// The answer to `prompt=none` if a person would have to act.
pub(super) fn interaction_required(state: &mut State, auth_request: &AuthRequest) -> EndpointResponse {
    match auth_request.version {
        LoginVersion::V1 => {
            let text = "Unfortunately, the user may be not logged in and/or additional interaction is required.";
            error(state, auth_request, &[("error", "interaction_required"), ("error_description", text)], 302)
        }
        // ZITADEL's version-2 login shows its page here (issue 12165). This error is what OpenID Connect Core §3.1.2.6
        // requires and what ZITADEL's pending fix returns.
        LoginVersion::V2 => {
            let text = "no session in this browser";
            error(state, auth_request, &[("error", "login_required"), ("error_description", text)], 302)
        }
    }
}

/// The answer if a login ends without a user. The login application chooses error, description and URI.
pub(super) fn denied(request: &ParsedRequest, state: &mut State, auth_request: &AuthRequest) -> EndpointResponse {
    let given = |name: &str, default: &'static str| request.form_parameter(name).unwrap_or(default).to_owned();
    let code = given("error", "access_denied");
    let (text, uri) = (given("error_description", "the user canceled the login"), given("error_uri", ""));
    let mut parameters = vec![("error", code.as_str()), ("error_description", text.as_str())];
    if !uri.is_empty() {
        parameters.push(("error_uri", &uri));
    }
    error(state, auth_request, &parameters, 303)
}

fn error(state: &mut State, auth_request: &AuthRequest, parameters: &[(&str, &str)], status: u16) -> EndpointResponse {
    set_stage(state, auth_request, Stage::Done);
    let mut parameters = parameters.to_vec();
    if auth_request.version == LoginVersion::V2 || !auth_request.state.is_empty() {
        parameters.push(("state", &auth_request.state));
    }
    redirect(auth_request, &parameters, status)
}

/// Errors of a request for `form_post` go into the query.
fn redirect(auth_request: &AuthRequest, parameters: &[(&str, &str)], status: u16) -> EndpointResponse {
    let uri = &auth_request.redirect_uri;
    let location = match auth_request.response_mode {
        ResponseMode::Fragment => redirect_uri::with_fragment(uri, parameters),
        ResponseMode::Query | ResponseMode::FormPost => redirect_uri::with_query(uri, parameters),
    };
    EndpointResponse::redirect(status, &location)
}

/// A page that posts the response to the client, byte for byte that of ZITADEL.
fn form(redirect_uri: &str, state: &str, code: &str) -> EndpointResponse {
    let (uri, state) = (escape_html(redirect_uri), escape_html(state));
    let page = format!(
        "<!doctype html>\n<html>\n<head><meta charset=\"UTF-8\" /></head>\n\
         <body onload=\"javascript:document.forms[0].submit()\">\n<form method=\"post\" action=\"{uri}\">\n\
         <input type=\"hidden\" name=\"state\" value=\"{state}\"/>\n\
         <input type=\"hidden\" name=\"code\" value=\"{code}\" />\n\n\n\n\n</form>\n</body>\n</html>"
    );
    EndpointResponse::new(200, "text/html; charset=utf-8", page)
}

fn set_stage(state: &mut State, auth_request: &AuthRequest, stage: Stage) {
    if let Some(known) = state.grants.requests.get_mut(&auth_request.id) {
        known.stage = stage;
    }
}
