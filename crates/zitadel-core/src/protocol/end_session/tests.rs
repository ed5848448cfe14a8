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

#[test]
fn rule_1_the_browser_carries_what_zitadel_needs_to_end_the_session() {
    let metadata = metadata();
    let endpoint = metadata.end_session_endpoint().unwrap();
    let hint = Secret::from("i.d.t");
    let url = end_session_url(endpoint, Some(&hint), "170@app", "https://app.example/bye?a=b&c", "s");
    assert_eq!(
        url.as_str(),
        "https://id.example/oidc/v1/end_session?id_token_hint=i.d.t&client_id=170%40app\
         &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fa%3Db%26c&state=s"
    );
    let url = end_session_url(endpoint, None, "app", "https://app.example/bye", "s");
    assert!(url.query().unwrap().starts_with("client_id=app&"), "{url}");
}

#[test]
fn rule_1_the_query_of_the_endpoint_is_kept() {
    let metadata = metadata_with("end_session_endpoint", "https://id.example/logout?tenant=1");
    let url = end_session_url(metadata.end_session_endpoint().unwrap(), None, "app", "https://app.example/", "s");
    assert!(url.query().unwrap().starts_with("tenant=1&client_id=app&"), "{url}");
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
