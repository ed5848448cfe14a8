//! The sessions of a user: listed, and ended one by one.

use std::time::Duration;

use zitadel_core::{ErrorCode, UserSession, Zitadel, environment::Store as _};
use zitadel_emulator::EndpointName;

use crate::{
    stored_sessions::{Stored, refreshes},
    support::{App, Browser},
};

async fn list(browser: &mut Browser) -> Vec<UserSession> {
    let user = browser.open("/").await.unwrap();
    browser.zitadel.sessions(&user).await.unwrap()
}

/// A login with a program that names itself.
async fn log_in_with(stored: &Stored, zitadel: Zitadel, user_agent: &str) -> Browser {
    let mut browser = stored.app.browser_of(zitadel);
    let callback = browser.authorize_as("alice").await;
    let target = callback.strip_prefix(crate::support::BASE).unwrap().to_owned();
    let mut head = browser.navigation("GET", &target);
    head.header("user-agent", user_agent.as_bytes());
    assert_eq!(browser.serve(zitadel_core::Endpoint::Callback, &head, "").await.status, 302);
    browser
}

#[tokio::test]
async fn user_sees_their_sessions_and_which_one_is_this() {
    let stored = Stored::new();
    let mut first = stored.logged_in("alice").await;
    let started_at = stored.app.emulator.now();
    stored.app.advance(400);
    let mut second = stored.logged_in("alice").await;
    let mut bob = stored.logged_in("bob").await;
    let sessions = list(&mut second).await;
    let current: Vec<_> = sessions.iter().map(UserSession::is_current).collect();
    assert_eq!(current, [true, false], "the latest used first");
    let started_at = started_at.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(sessions[1].started_at().as_unix(), started_at);
    assert_eq!(sessions[1].last_seen_at().as_unix(), started_at);
    assert_eq!(sessions[1].idle_expires_at().as_unix(), started_at + 3_600);
    assert!(sessions.iter().all(|session| session.user_agent().is_none()), "not asked for");
    assert_eq!(list(&mut bob).await.len(), 1);
    // It is used, and refreshed.
    stored.app.advance(300);
    assert_eq!(refreshes(&mut first).await, Ok(1));
    let sessions = list(&mut first).await;
    assert_eq!(sessions.iter().map(UserSession::is_current).collect::<Vec<_>>(), [true, false]);
    assert_eq!(sessions[0].last_seen_at().as_unix(), started_at + 700);
}

#[tokio::test]
async fn user_agent_is_listed_only_if_the_application_asks_for_it() {
    let stored = Stored::new();
    let asking = stored.app.builder_with(|config| config.list_user_agents(true)).store(stored.store.clone());
    let asking = asking.build().unwrap();
    let long = format!("Long/{}é", "x".repeat(250));
    let _ = log_in_with(&stored, stored.replica(), "Quiet/1.0").await;
    let _ = log_in_with(&stored, asking.clone(), &long).await;
    let mut browser = log_in_with(&stored, asking, "Browser/2.0").await;
    let mut agents: Vec<_> =
        list(&mut browser).await.iter().map(|session| session.user_agent().map(str::to_owned)).collect();
    agents.sort();
    assert_eq!(agents, [None, Some("Browser/2.0".to_owned()), Some(format!("Long/{}", "x".repeat(250)))]);
}

#[tokio::test]
async fn user_ends_one_of_their_sessions_on_every_replica() {
    let stored = Stored::new();
    let mut other = stored.logged_in("alice").await;
    let mut this = stored.logged_in("alice").await;
    let mut elsewhere = stored.elsewhere(&other);
    assert!(elsewhere.open("/").await.is_ok());
    let user = this.open("/").await.unwrap();
    let id = list(&mut this).await.iter().find(|session| !session.is_current()).unwrap().id().to_owned();
    assert!(this.zitadel.end_session(&user, &id).await.unwrap());
    assert!(stored.app.transport.revoked_a_current_token());
    assert_eq!(list(&mut this).await.len(), 1);
    stored.app.advance(6);
    assert_eq!(other.open("/").await.err(), Some(302));
    assert_eq!(elsewhere.open("/").await.err(), Some(302));
    assert!(this.open("/").await.is_ok());
    assert!(!this.zitadel.end_session(&user, &id).await.unwrap(), "it is over");
}

#[tokio::test]
async fn nobody_ends_the_session_of_another_user() {
    let stored = Stored::new();
    let mut alice = stored.logged_in("alice").await;
    let mut bob = stored.logged_in("bob").await;
    let id = list(&mut alice).await[0].id().to_owned();
    let user = bob.open("/").await.unwrap();
    for id in [id.as_str(), "", "AAAAAAAAAAAAAAAAAAAAAA"] {
        assert!(!bob.zitadel.end_session(&user, id).await.unwrap());
    }
    stored.app.advance(6);
    assert!(alice.open("/").await.is_ok());
    assert_eq!(stored.app.emulator.count(EndpointName::Revoke), 0);
}

#[tokio::test]
async fn session_that_ended_elsewhere_is_not_listed() {
    let stored = Stored::new();
    let mut other = stored.logged_in("alice").await;
    let mut this = stored.logged_in("alice").await;
    // The list cannot be written; the end counts.
    stored.store.set_read_only("session/list");
    other.logout().await;
    let mut elsewhere = stored.elsewhere(&this);
    assert_eq!(list(&mut elsewhere).await.len(), 1);
    assert_eq!(list(&mut this).await.len(), 1);
}

#[tokio::test]
async fn list_has_at_most_100_sessions_and_the_others_go_on() {
    let stored = Stored::new();
    let mut first = stored.logged_in("alice").await;
    stored.app.advance(10);
    for _ in 0..100 {
        let _ = stored.logged_in("alice").await;
    }
    let mut last = stored.logged_in("alice").await;
    let sessions = list(&mut last).await;
    assert_eq!(sessions.len(), 100);
    assert!(sessions.iter().any(UserSession::is_current));
    assert!(first.open("/").await.is_ok());
    assert!(list(&mut first).await.iter().all(|session| !session.is_current()), "the one used longest ago");
    // Used again, it is listed again.
    stored.app.advance(361);
    assert!(list(&mut first).await.iter().any(UserSession::is_current));
}

#[tokio::test]
async fn logins_at_the_same_time_are_all_listed() {
    let stored = Stored::new();
    let mut first = stored.logged_in("alice").await;
    stored.store.hold_swap("session/list");
    let mut second = stored.app.browser_of(stored.replica());
    let held = tokio::spawn(async move { second.login("alice", "/").await.status });
    stored.store.wait_until_held().await;
    let _ = stored.logged_in("alice").await;
    stored.store.release();
    assert_eq!(held.await.unwrap(), 302);
    assert_eq!(list(&mut first).await.len(), 3);
}

#[tokio::test]
async fn list_is_written_at_most_once_a_minute_and_session() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let lists = || stored.store.written("session/list").len();
    assert_eq!(lists(), 1);
    for _ in 0..5 {
        stored.app.advance(60);
        assert!(browser.open("/").await.is_ok());
    }
    assert_eq!(lists(), 1, "not with every request");
    stored.app.advance(230);
    assert_eq!(refreshes(&mut browser).await, Ok(0));
    assert_eq!(lists(), 2, "with the session, after a tenth of its idle limit");
    stored.app.advance(45);
    assert_eq!(refreshes(&mut browser).await, Ok(1));
    assert_eq!(lists(), 2, "less than a minute later");
    stored.app.advance(361);
    assert_eq!(refreshes(&mut browser).await, Ok(1));
    assert_eq!(lists(), 3);
}

#[tokio::test]
async fn list_of_an_application_that_keeps_sessions_in_cookies_is_empty() {
    let stored = Stored::with(App::new());
    let mut browser = stored.logged_in("alice").await;
    let user = browser.open("/").await.unwrap();
    let calls = stored.store.calls();
    assert!(browser.zitadel.sessions(&user).await.unwrap().is_empty());
    assert!(!browser.zitadel.end_session(&user, "AAAAAAAAAAAAAAAAAAAAAA").await.unwrap());
    assert_eq!(stored.store.calls(), calls);
}

#[tokio::test]
async fn list_that_cannot_be_read_is_called_the_stores() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let user = browser.open("/").await.unwrap();
    stored.store.set_down(true);
    let error = browser.zitadel.sessions(&user).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::StoreUnavailable);
    let error = browser.zitadel.end_session(&user, "x").await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::StoreUnavailable);
}

#[tokio::test]
async fn list_that_was_changed_in_the_store_starts_anew() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let (key, _) = stored.store.written("session/list").pop().unwrap();
    stored.store.put(&key, b"changed".to_vec(), Duration::from_secs(600)).await.unwrap();
    assert_eq!(list(&mut browser).await.len(), 0);
    stored.app.advance(361);
    assert_eq!(list(&mut browser).await.len(), 1);
}
