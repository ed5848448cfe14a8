//! Two versions side by side, as during a rolling deployment: this one continues with what the version of commit 102aee8 wrote to
//! the store and into cookies, and writes what that version reads. `data/shared-102aee8.json` is a conversation that it had:
//! what the provider answered, which cookies it set, and every write to the store.

mod conversation;
mod parts;

use std::{collections::BTreeMap, sync::Arc};

use zitadel_core::{Endpoint, RequestHead, Zitadel};

use self::{
    conversation::{Conversation, Live, converse},
    parts::{Entries, FixedEntropy, Replay, StillClock, Write},
};
use crate::support::{App, Headers};

/// What the earlier version said and wrote.
fn recorded() -> Conversation {
    serde_json::from_str(include_str!("data/shared-102aee8.json")).unwrap()
}

/// This version, in the middle of the recorded conversation: with what the store had then, `at` that moment. The provider
/// does not answer, so that everything comes from cookies and store.
fn continued(recorded: &Conversation, at: u64, entries: impl Fn(&str) -> bool) -> (Zitadel, Arc<Replay>) {
    let writes = recorded.writes.iter().filter(|write| entries(&write.key));
    let store = Entries::new(writes.map(|write| (write.key.clone(), write.value.clone())));
    let provider = Arc::new(Replay::default());
    (
        parts::zitadel(&recorded.settings, Arc::clone(&provider), StillClock::at(at), FixedEntropy::new(), store),
        provider,
    )
}

fn navigation(target: &str, cookies: &BTreeMap<String, String>) -> RequestHead {
    let mut head = RequestHead::new("GET", target);
    head.header("accept", b"text/html");
    head.header("sec-fetch-mode", b"navigate");
    for (name, value) in cookies {
        head.header("cookie", format!("{name}={value}").as_bytes());
    }
    head
}

#[tokio::test]
async fn late_request_uses_the_tokens_that_the_earlier_version_refreshed() {
    let recorded = recorded();
    let (zitadel, provider) = continued(&recorded, recorded.refreshed_at, |key| key.starts_with("successor/"));
    let authentication = zitadel.authenticate(navigation("/profile", &recorded.session_at_login)).await;
    let session = authentication.user().unwrap().session().unwrap();
    assert_eq!((session.refresh_count(), session.is_refreshable()), (1, true));
    assert_eq!(authentication.user().unwrap().name(), Some("Alice Anderson"));
    assert_eq!(Headers::from_authentication(&authentication).all("set-cookie").len(), 1);
    assert_eq!(provider.token_requests(), 0);
}

#[tokio::test]
async fn refreshed_session_of_the_earlier_version_goes_on() {
    let recorded = recorded();
    let (zitadel, _) = continued(&recorded, recorded.refreshed_at, |_| false);
    let authentication = zitadel.authenticate(navigation("/profile", &recorded.session_after_refresh)).await;
    assert_eq!(authentication.user().unwrap().session().unwrap().refresh_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn lease_of_the_earlier_version_is_respected() {
    let recorded = recorded();
    let lease = |key: &str| key.starts_with("refreshing/");
    // Held: the write that releases it follows later.
    let mut held = recorded.clone();
    held.writes.retain(|write| write.operation != "compare_and_swap");
    let (zitadel, provider) = continued(&held, recorded.refreshed_at, lease);
    provider.answer_metadata(&recorded);
    let authentication = zitadel.authenticate(navigation("/profile", &recorded.session_at_login)).await;
    assert!(authentication.user().is_none());
    assert_eq!(provider.token_requests(), 0);
}

#[tokio::test]
async fn every_end_that_the_earlier_version_stored_holds() {
    let recorded = recorded();
    for kind in ["ended/session/", "ended/sid/", "ended/sub/"] {
        let (zitadel, _) = continued(&recorded, recorded.refreshed_at, |key| key.starts_with(kind));
        let authentication = zitadel.authenticate(navigation("/profile", &recorded.session_after_refresh)).await;
        assert!(authentication.user().is_none(), "{kind}");
        assert!(recorded.writes.iter().any(|write| write.key.starts_with(kind)), "{kind}");
    }
}

#[tokio::test]
async fn login_that_the_earlier_version_finished_has_the_same_outcome() {
    let recorded = recorded();
    let (zitadel, provider) = continued(&recorded, recorded.began_at, |key| key.starts_with("login"));
    provider.answer_metadata(&recorded);
    let target = recorded.callback.strip_prefix(crate::support::BASE).unwrap();
    let reply =
        zitadel.serve(Endpoint::Callback, &navigation(target, &recorded.pending_login), async { Some("") }).await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("/profile")), "{}", reply.body);
    let [(name, value)] = recorded.session_at_login.iter().collect::<Vec<_>>()[..] else { panic!("one cookie") };
    let line = format!("{name}={value};");
    assert!(reply.headers.iter().any(|(header, value)| *header == "set-cookie" && value.starts_with(&line)));
}

#[tokio::test]
async fn logout_token_that_the_earlier_version_used_ends_nothing_again() {
    let recorded = recorded();
    let (zitadel, provider) = continued(&recorded, recorded.refreshed_at, |key| key.starts_with("logout-token/"));
    provider.answer_metadata(&recorded);
    let mut head = RequestHead::new("POST", "/auth/backchannel-logout");
    head.header("content-type", b"application/x-www-form-urlencoded");
    let form = format!("logout_token={}", recorded.logout_token_by_sid);
    let reply = zitadel.serve(Endpoint::BackChannelLogout, &head, async { Some(form) }).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let authentication = zitadel.authenticate(navigation("/profile", &recorded.session_after_refresh)).await;
    assert!(authentication.user().is_some(), "it was used before");
}

/// With the same randomness, at the same times and with the same answers of the provider: the same values under the same keys, for
/// at least as long. The nonce of a session cookie is not random any more, so that of cookies and of what contains one only the
/// length is compared; that what is sealed has the same form for both is shown by the tests above.
#[tokio::test]
async fn this_version_writes_what_the_earlier_one_reads() {
    let recorded = recorded();
    let replay = Arc::new(Replay::of(&recorded));
    let written = converse(&recorded.settings, replay, recorded.began_at, &mut &recorded).await;
    let describe = |write: &Write| (write.key.clone(), write.value.len());
    assert_eq!(
        written.writes.iter().map(describe).collect::<Vec<_>>(),
        recorded.writes.iter().map(describe).collect::<Vec<_>>()
    );
    for (written, recorded) in written.writes.iter().zip(&recorded.writes) {
        let has_cookie = written.key.starts_with("login/") && !written.key.starts_with("login/claimed/");
        assert!(has_cookie || written.value == recorded.value, "{}", written.key);
        assert!(written.seconds >= recorded.seconds, "{}", written.key);
    }
    let lengths = |cookies: &BTreeMap<String, String>| {
        cookies.iter().map(|(name, value)| (name.clone(), value.len())).collect::<Vec<_>>()
    };
    assert_eq!(written.pending_login, recorded.pending_login);
    assert_eq!(lengths(&written.session_at_login), lengths(&recorded.session_at_login));
    assert_eq!(lengths(&written.session_after_refresh), lengths(&recorded.session_after_refresh));
}

/// Records the conversation with this version, for the data file of a later one: `RECORD=FILE cargo test … -- --ignored record`.
#[tokio::test]
#[ignore = "writes a file"]
#[expect(clippy::disallowed_methods, reason = "writes a file")]
async fn record() {
    let file = std::env::var_os("RECORD").unwrap();
    let app = App::with_short_lived_tokens();
    let mut settings = app.vars.clone();
    // Not that of a running application.
    settings.insert("SESSION_SECRET".to_owned(), "a secret of this test, of which nothing depends".to_owned());
    let (provider, now) = (Arc::new(Live::new(&app)), app.emulator.unix_now());
    let recorded = converse(&settings, Arc::clone(&provider), now, &mut &*provider).await;
    let recorded = Conversation { exchanges: provider.exchanges(), ..recorded };
    std::fs::write(file, serde_json::to_string_pretty(&serde_json::to_value(recorded).unwrap()).unwrap()).unwrap();
}

#[test]
fn recorded_conversation_has_every_kind_of_entry() {
    let recorded = recorded();
    let kinds = [
        "login/",
        "login/claimed/",
        "refreshing/",
        "successor/",
        "ended/session/",
        "ended/sid/",
        "ended/sub/",
        "logout-token/",
    ];
    for kind in kinds {
        assert!(recorded.writes.iter().any(|write| write.key.starts_with(kind)), "{kind}");
    }
    assert!(recorded.refreshed_at > recorded.began_at + 600);
}
