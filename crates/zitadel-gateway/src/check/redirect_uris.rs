//! Whether the redirect URI and the post-logout redirect URI are registered: asked at the endpoints that browsers are sent to, without
//! a login.
//!
//! ZITADEL answers a registered URI with a redirect to its login page and any other one with 400. A second request with a URI that
//! nobody registers is the control: a provider that answers both alike tells nothing.

use axum::http::Response;
use url::Url;
use zitadel_axum::core::environment::TransportError;

use super::{
    Context,
    code::Code,
    discovery::Metadata,
    provider::{OAuthError, Provider, location, with_query},
    report::Report,
};

/// A host that cannot exist (RFC 6761 §6.4).
const UNREGISTERED: &str = "https://unregistered.invalid/zitadel-gateway-check";
/// `state` and `nonce`; no login follows.
const MARK: &str = "zitadel-gateway-check";
/// The challenge of RFC 7636 Appendix B; no code follows.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

type Answer = Result<Response<Vec<u8>>, TransportError>;

pub(super) async fn check(context: &Context, provider: &Provider, metadata: &Metadata, report: &mut Report) {
    let client_id = context.client_id();
    let Some(redirect_uri) = context.redirect_uri() else { return };
    let answer = authorize(context, provider, metadata, client_id, &redirect_uri).await;
    let control = authorize(context, provider, metadata, client_id, UNREGISTERED).await;
    redirect(&redirect_uri, &answer, &control, report);
    if report.has(Code::ClientUnknown) {
        report.add(Code::PostLogoutUriUnknown, "It was not asked for, because the client is unknown.");
        return;
    }
    let Some(endpoint) = &metadata.end_session_endpoint else { return };
    let Some(uri) = context.variable("ZITADEL_POST_LOGOUT_URL") else { return };
    let answer = provider.get(&end_session(endpoint, client_id, &uri)).await;
    let control = provider.get(&end_session(endpoint, client_id, UNREGISTERED)).await;
    post_logout(&uri, &answer, &control, report);
}

/// RFC 6749 §4.1.1, with the parameters of a login.
async fn authorize(
    context: &Context,
    provider: &Provider,
    metadata: &Metadata,
    client_id: &str,
    redirect_uri: &str,
) -> Answer {
    let scopes = context.login_scopes();
    let url = with_query(
        &metadata.authorization_endpoint,
        &[
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("scope", &scopes),
            ("state", MARK),
            ("nonce", MARK),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
    );
    provider.get(&url).await
}

/// OIDC RP-Initiated Logout §2, without a hint: nothing ends, because the request has no cookie of a session.
fn end_session(endpoint: &Url, client_id: &str, uri: &str) -> Url {
    with_query(endpoint, &[("client_id", client_id), ("post_logout_redirect_uri", uri), ("state", MARK)])
}

fn redirect(uri: &str, answer: &Answer, control: &Answer, report: &mut Report) {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return report.add(Code::RedirectUriUnknown, format!("The authorization endpoint: {error}.")),
    };
    let status = response.status().as_u16();
    if let Some(location) = location(response) {
        // An error that comes back to the redirect URI (RFC 6749 §4.1.2.1) shows that it is registered.
        let error = location.strip_prefix(uri).and_then(|_| error_in_query(location));
        if let Some(error) = error {
            report.add(Code::RedirectUriOk, format!("{uri} is registered."));
            return report.add(Code::AuthorizationRefused, format!("The authorization endpoint answers {error}."));
        }
        return match control {
            Ok(control) if super::provider::location(control).is_none() => {
                report.add(Code::RedirectUriOk, format!("{uri} is registered."));
            }
            _ => report.add(Code::RedirectUriUnknown, "A URI that nobody registered is answered in the same way."),
        };
    }
    let error = OAuthError::of(response);
    let description = error.printable_description();
    if !response.status().is_client_error() {
        report.add(Code::RedirectUriUnknown, format!("The authorization endpoint answers {status}."));
    } else if description.contains("Errors.App.NotFound") || error.code == "invalid_client" {
        report.add(Code::ClientUnknown, "ZITADEL knows no active application with the client id of ZITADEL_CLIENT_ID.");
    } else if description.contains("redirect_uri is http") {
        report.add(Code::RedirectUriHttp, format!("ZITADEL does not accept {uri}, because it is http."));
    } else if description.contains("redirect_uri") {
        report.add(Code::RedirectUriUnregistered, format!("ZITADEL does not know {uri} for this application."));
    } else if error.code == "unauthorized_client" || error.code == "unsupported_response_type" {
        report.add(Code::ResponseTypeRefused, "ZITADEL refuses response_type=code for this application.");
    } else {
        let sentence = format!("The authorization endpoint answers {status} {}: {description}", error.code);
        report.add(Code::AuthorizationRefused, sentence.trim_end_matches([':', ' ']));
    }
}

/// `error`, if it is a word.
fn error_in_query(location: &str) -> Option<String> {
    let url = Url::parse(location).ok()?;
    let (_, error) = url.query_pairs().find(|(name, _)| name == "error")?;
    error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then(|| error.into_owned())
}

fn post_logout(uri: &str, answer: &Answer, control: &Answer, report: &mut Report) {
    let is_redirect = |answer: &Answer| answer.as_ref().is_ok_and(|response| location(response).is_some());
    match answer {
        Err(error) => report.add(Code::PostLogoutUriUnknown, format!("The end-session endpoint: {error}.")),
        Ok(response) if response.status().is_client_error() => {
            report.add(Code::PostLogoutUriUnregistered, format!("ZITADEL does not know {uri} for this application."));
        }
        Ok(response) if location(response).is_none() => {
            let status = response.status().as_u16();
            report.add(Code::PostLogoutUriUnknown, format!("The end-session endpoint answers {status}."));
        }
        Ok(_) if is_redirect(control) => {
            report.add(Code::PostLogoutUriUnknown, "A URI that nobody registered is answered in the same way.");
        }
        Ok(_) => report.add(Code::PostLogoutUriOk, format!("{uri} is registered.")),
    }
}
