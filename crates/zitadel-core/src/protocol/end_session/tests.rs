use super::*;
use crate::protocol::discovery::tests::{metadata, metadata_with};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn pending() -> PendingLogout {
    PendingLogout::new([7; 32], NOW)
}

fn accept(query: &str, now: Timestamp) -> Result<(), LogoutError> {
    let query = query.replace("STATE", &pending().state().text());
    pending().accept(&LogoutResponse::parse(Some(&query))?, now)
}

/// The request with a hint of this length, for a session with this `sid`.
fn request(hint: Option<usize>, sid: Option<&str>) -> EndSessionRequest {
    let metadata = metadata();
    let hint = hint.map(|length| IdTokenHint { token: Secret::from("i".repeat(length)), provider_session: sid });
    let endpoint = metadata.end_session_endpoint().unwrap();
    EndSessionRequest::new(endpoint, hint, "170@app", "https://app.example/bye?a=b&c", "s")
}

#[track_caller]
fn url(request: EndSessionRequest) -> String {
    match request {
        EndSessionRequest::Redirect(url) => url.into(),
        EndSessionRequest::Form(form) => panic!("a form to {}", form.action()),
    }
}

/// What follows the hint in a URL.
const REST: &str = "client_id=170%40app&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fa%3Db%26c&state=s";

#[test]
fn rule_1_the_browser_carries_what_zitadel_needs_to_end_the_session() {
    let endpoint = "https://id.example/oidc/v1/end_session";
    assert_eq!(url(request(Some(3), Some("V1_1"))), format!("{endpoint}?id_token_hint=iii&{REST}"));
    assert_eq!(url(request(None, None)), format!("{endpoint}?{REST}"));
}

#[test]
fn rule_1_the_query_of_the_endpoint_is_kept() {
    let metadata = metadata_with("end_session_endpoint", "https://id.example/logout?tenant=1");
    let endpoint = metadata.end_session_endpoint().unwrap();
    let url = url(EndSessionRequest::new(endpoint, None, "app", "https://app.example/", "s"));
    assert!(url.starts_with("https://id.example/logout?tenant=1&client_id=app&"), "{url}");
}

#[test]
fn rule_5_a_request_that_is_too_long_for_a_url_is_a_form() {
    let rest = url(request(Some(0), None)).len();
    assert_eq!(url(request(Some(2_048 - rest), Some("1"))).len(), 2_048);
    for sid in [None, Some("1")] {
        let EndSessionRequest::Form(form) = request(Some(2_049 - rest), sid) else { panic!("a URL") };
        assert_eq!(form.action(), "https://id.example/oidc/v1/end_session");
        let hint = "i".repeat(2_049 - rest);
        let expected = [
            ("id_token_hint", hint.as_str()),
            ("client_id", "170@app"),
            ("post_logout_redirect_uri", "https://app.example/bye?a=b&c"),
            ("state", "s"),
        ];
        assert_eq!(form.fields().collect::<Vec<_>>(), expected);
        assert!(!format!("{form:?}").contains("ii"), "{form:?}");
    }
}

#[test]
fn rule_6_a_hint_that_a_posted_request_makes_useless_is_left_out() {
    assert_eq!(url(request(Some(3_000), Some("V1_1"))), format!("https://id.example/oidc/v1/end_session?{REST}"));
}

#[test]
fn rule_2_only_our_state_is_accepted() {
    assert_eq!(pending().state().text().len(), 43);
    assert_eq!(accept("state=STATE", NOW), Ok(()));
    for query in ["state=x", "state=STATEx", "state=BwcHBwcH"] {
        assert_eq!(accept(query, NOW), Err(LogoutError::StateMismatch), "{query}");
    }
}

#[test]
fn rule_3_a_logout_can_be_answered_for_ten_minutes() {
    assert_eq!(accept("state=STATE", NOW.saturating_add(Duration::from_secs(599))), Ok(()));
    assert_eq!(accept("state=STATE", NOW.saturating_add(LIFETIME)), Err(LogoutError::Expired));
}

#[test]
fn rule_4_the_answer_says_each_thing_once() {
    for query in ["", "state=", "x=1", "state=STATE&state=STATE", "state=STATE&x=1&x=2"] {
        assert_eq!(accept(query, NOW), Err(LogoutError::Malformed), "{query}");
    }
    assert_eq!(LogoutResponse::parse(None).unwrap_err(), LogoutError::Malformed);
    assert_eq!(accept("state=STATE&x=1", NOW), Ok(()));
}

#[test]
fn a_logout_survives_its_cookie_and_stays_out_of_debug() {
    let bytes = postcard::to_allocvec(&pending()).unwrap();
    assert_eq!(bytes.len(), 37);
    let read: PendingLogout = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(read.state().text(), pending().state().text());
    let answer = LogoutResponse::parse(Some("state=canary")).unwrap();
    let shown = format!("{read:?} {answer:?}");
    assert!(!shown.contains("BwcH") && !shown.contains("canary"), "{shown}");
}
