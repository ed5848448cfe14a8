//! Sessions in the store: what the cookie and the store hold, and what a request costs.

use zitadel_core::Zitadel;
use zitadel_emulator::{AccessTokenType, EndpointName, SigningAlgorithm};

use crate::support::{App, Browser, Headers, Hold, ObservedStore, emulator, emulator_with, run_background_tasks};

use std::{sync::Arc, time::Duration};

/// Replicas of one application that keep their sessions in one store.
pub(crate) struct Stored {
    pub(crate) app: App,
    pub(crate) store: Arc<ObservedStore>,
}

impl Stored {
    /// Access tokens are valid for ten minutes.
    pub(crate) fn new() -> Self {
        let emulator = emulator();
        emulator.client().set_access_token_lifetime(Duration::from_secs(600));
        Self::with(App::with(emulator, &[("SESSION_MODE", "stored")]))
    }

    pub(crate) fn with(app: App) -> Self {
        let store = ObservedStore::new(&app.store);
        Self { app, store }
    }

    pub(crate) fn replica(&self) -> Zitadel {
        self.app.builder().store(self.store.clone()).build().unwrap()
    }

    /// One that keeps its sessions in cookies.
    pub(crate) fn cookie_replica(&self) -> Zitadel {
        let builder = self.app.builder_with(|config| config.session_mode(zitadel_core::SessionMode::Cookie));
        builder.store(self.store.clone()).build().unwrap()
    }

    pub(crate) async fn logged_in(&self, user: &str) -> Browser {
        let mut browser = self.app.browser_of(self.replica());
        assert_eq!(browser.login(user, "/profile").await.status, 302);
        browser
    }

    /// The same browser at another replica, which has not seen it.
    pub(crate) fn elsewhere(&self, browser: &Browser) -> Browser {
        Browser { zitadel: self.replica(), ..browser.clone() }
    }
}

/// How often the tokens of the session were refreshed.
pub(crate) async fn refreshes(browser: &mut Browser) -> Result<u32, u16> {
    browser.open("/").await.map(|user| user.session().unwrap().refresh_count())
}

pub(crate) fn is_reference(browser: &Browser) -> bool {
    let cookies = browser.session_cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    cookies[0].1.starts_with('~')
}

#[tokio::test]
async fn cookie_has_at_most_200_bytes_whatever_the_user_has() {
    let roles: Vec<_> = (0..200).map(|number| format!("project.role.{number}")).collect();
    for (algorithm, access_token) in
        [(SigningAlgorithm::Es256, AccessTokenType::Opaque), (SigningAlgorithm::Rs256, AccessTokenType::Jwt)]
    {
        let emulator = emulator_with(algorithm);
        emulator.client().set_access_token_type(access_token);
        emulator.set_roles("alice", &roles.iter().map(String::as_str).collect::<Vec<_>>());
        let stored = Stored::with(App::with(emulator, &[("SESSION_MODE", "stored")]));
        let browser = stored.logged_in("alice").await;
        let cookies = browser.session_cookies();
        assert_eq!(cookies.len(), 1);
        println!("cookie of a stored session: {} bytes", cookies[0].1.len());
        assert!(cookies[0].1.len() <= 200, "{}", cookies[0].1.len());
        let mut elsewhere = stored.elsewhere(&browser);
        assert_eq!(elsewhere.open("/").await.unwrap().roles().keys().count(), 200);
    }
}

#[tokio::test]
async fn session_that_is_too_large_for_cookies_is_not_for_the_store() {
    let app = App::with(emulator(), &[("SESSION_MODE", "stored")]);
    app.emulator.update_person("alice", |alice| {
        alice.metadata.push(("noise".to_owned(), crate::support::noise(30_000)));
    });
    let stored = Stored::with(app);
    let browser = stored.logged_in("alice").await;
    assert!(stored.elsewhere(&browser).open("/").await.is_ok());
}

#[tokio::test]
async fn store_holds_no_token_and_no_claim_in_clear() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let subject = browser.open("/").await.unwrap().subject().to_owned();
    stored.app.advance(601);
    assert_eq!(refreshes(&mut browser).await, Ok(1));
    let mut secrets = stored.app.transport.fields("/token", "refresh_token");
    browser.logout().await;
    secrets.extend(stored.app.transport.fields("/revoke", "token"));
    assert_eq!(secrets.len(), 2);
    secrets.extend(["Alice".to_owned(), "alice".to_owned(), subject]);
    let written = stored.store.written("");
    assert!(written.iter().filter(|(key, _)| key.as_str().starts_with("session/")).count() >= 4);
    for (key, value) in written {
        let decoded = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&value).unwrap_or_default();
        for secret in &secrets {
            for text in [&value[..], &decoded, key.as_str().as_bytes()] {
                assert!(!text.windows(secret.len()).any(|part| part == secret.as_bytes()), "{key:?}");
            }
        }
    }
}

/// Swapped in the store: who may write to it gets nobody's session.
#[tokio::test]
async fn body_under_the_key_of_another_session_opens_for_nobody() {
    use zitadel_core::environment::Store as _;
    let stored = Stored::new();
    let body = |number: usize| {
        let bodies = stored.store.written("session/");
        bodies.into_iter().filter(|(key, _)| !key.as_str().starts_with("session/list")).nth(number).unwrap()
    };
    let alice = stored.logged_in("alice").await;
    let bob = stored.logged_in("bob").await;
    let (of_alice, of_bob) = (body(0), body(1));
    assert_ne!(of_alice.0, of_bob.0);
    stored.store.put(&of_bob.0, of_alice.1, Duration::from_secs(600)).await.unwrap();
    assert_eq!(stored.elsewhere(&bob).open("/").await.err(), Some(302));
    assert!(stored.elsewhere(&alice).open("/").await.is_ok());
}

#[tokio::test]
async fn session_in_memory_needs_no_call_of_the_store_and_another_one_a_single_round_trip() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let calls = stored.store.calls();
    for _ in 0..10 {
        assert!(browser.open("/").await.is_ok());
    }
    assert_eq!(stored.store.calls(), calls, "in memory");
    let mut elsewhere = stored.elsewhere(&browser);
    assert!(elsewhere.open("/").await.is_ok());
    assert_eq!(stored.store.calls(), calls + 1, "not in memory");
    assert!(elsewhere.open("/").await.is_ok());
    assert_eq!(stored.store.calls(), calls + 1, "in memory now");
    stored.app.advance(6);
    assert!(elsewhere.open("/").await.is_ok());
    assert_eq!(stored.store.calls(), calls + 2, "after the revocation lag");
}

#[tokio::test]
async fn cookie_stays_the_same_through_refreshes_and_is_not_sent_again() {
    let stored = Stored::new();
    let browser = stored.logged_in("alice").await;
    let cookie = browser.session_cookie().unwrap().to_owned();
    for expected in 1..=3 {
        stored.app.advance(601);
        let authentication = browser.authenticate("GET", "/").await;
        assert_eq!(authentication.user().unwrap().session().unwrap().refresh_count(), expected);
        assert_eq!(Headers::from_authentication(&authentication).all("set-cookie"), [""; 0]);
        assert_eq!(refreshes(&mut stored.elsewhere(&browser)).await, Ok(expected));
    }
    assert_eq!(browser.session_cookie(), Some(cookie.as_str()));
}

#[tokio::test]
async fn idle_limit_moves_with_use_and_ends_the_session() {
    let stored = Stored::with(App::with(emulator(), &[("SESSION_MODE", "stored"), ("SESSION_DURATION", "1000")]));
    let mut here = stored.logged_in("alice").await;
    let mut there = stored.elsewhere(&here);
    assert!(there.open("/").await.is_ok());
    // Only one replica is used; the other one remembers a session that would have expired.
    for _ in 0..5 {
        stored.app.advance(400);
        assert!(here.open("/").await.is_ok());
    }
    assert!(there.open("/").await.is_ok(), "what the other replica wrote counts");
    stored.app.advance(1_001);
    assert_eq!(here.open("/").await.err(), Some(302));
    assert_eq!(there.open("/").await.err(), Some(302));
    assert_eq!(stored.elsewhere(&here).open("/").await.err(), Some(302));
}

#[tokio::test]
async fn replica_sees_the_refresh_of_another_one_and_spends_no_token() {
    let stored = Stored::new();
    let mut here = stored.logged_in("alice").await;
    let mut there = stored.elsewhere(&here);
    assert_eq!(refreshes(&mut there).await, Ok(0));
    stored.app.advance(601);
    assert_eq!(refreshes(&mut here).await, Ok(1));
    // Long after the result of the refresh was forgotten, which is kept for 300 seconds.
    stored.app.advance(301);
    assert_eq!(refreshes(&mut there).await, Ok(1));
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 2, "the login and one refresh");
    assert_eq!(there.session_cookie(), here.session_cookie());
}

/// The access token that a replica remembers was revoked by the refresh of another one.
#[tokio::test]
async fn userinfo_is_read_with_the_tokens_of_another_replicas_refresh() {
    let stored = Stored::new();
    let mut here = stored.logged_in("alice").await;
    let mut there = stored.elsewhere(&here);
    stored.app.advance(570);
    let user = there.open("/").await.unwrap();
    stored.app.advance(31);
    assert_eq!(refreshes(&mut here).await, Ok(1));
    stored.app.advance(301);
    assert!(there.zitadel.user_info(&user).await.is_ok());
    assert_eq!(there.user_info().await.status, 200);
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 2);
}

#[tokio::test]
async fn requests_at_the_same_time_on_two_replicas_refresh_once() {
    let stored = Stored::new();
    let here = stored.logged_in("alice").await;
    let there = stored.elsewhere(&here);
    stored.app.advance(601);
    stored.app.transport.hold(Hold::Response, "/token");
    let requests: Vec<_> = (0..20)
        .map(|number| {
            let browser = if number % 2 == 0 { here.clone() } else { there.clone() };
            tokio::spawn(async move {
                let mut browser = browser;
                (refreshes(&mut browser).await, browser.session_cookie().map(str::to_owned))
            })
        })
        .collect();
    stored.app.transport.wait_until_held().await;
    stored.app.transport.release.add_permits(1);
    for request in requests {
        assert_eq!(request.await.unwrap(), (Ok(1), here.session_cookie().map(str::to_owned)));
    }
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 2);
}

/// One replica renews the session from a state before the other one's refresh.
#[tokio::test]
async fn lost_race_uses_what_the_other_replica_wrote() {
    let stored = Stored::new();
    let here = stored.logged_in("alice").await;
    let mut there = stored.elsewhere(&here);
    stored.app.advance(400);
    stored.store.hold_swap("session/");
    let renewal = tokio::spawn({
        let mut here = here.clone();
        async move { (refreshes(&mut here).await, here) }
    });
    stored.store.wait_until_held().await;
    stored.app.advance(201);
    assert_eq!(refreshes(&mut there).await, Ok(1));
    stored.store.release();
    let (result, mut here) = renewal.await.unwrap();
    assert_eq!(result, Ok(1), "the newer state");
    // Long after the result of the refresh was forgotten: nothing was overwritten.
    stored.app.advance(301);
    assert_eq!(refreshes(&mut here).await, Ok(1));
    assert_eq!(refreshes(&mut stored.elsewhere(&here)).await, Ok(1));
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 2);
}

/// A replica that finds a result before its claims are read writes it, before or after the one with current claims.
#[tokio::test(start_paused = true)]
async fn result_with_current_claims_is_what_stays_in_the_store() {
    for is_late in [true, false] {
        let stored = Stored::new();
        let here = stored.logged_in("alice").await;
        let there = stored.elsewhere(&here);
        stored.app.advance(601);
        stored.app.emulator.set_roles("alice", &["editor"]);
        stored.app.transport.hold(Hold::Response, "/userinfo");
        let request = |browser: &Browser| {
            let mut browser = browser.clone();
            tokio::spawn(async move { refreshes(&mut browser).await })
        };
        let first = request(&here);
        stored.app.transport.wait_until_held().await;
        stored.store.hold_swap("session/");
        let second = request(&there);
        stored.store.wait_until_held().await;
        if is_late {
            stored.app.transport.release.add_permits(1);
            assert_eq!(first.await.unwrap(), Ok(1));
            stored.store.release();
        } else {
            stored.store.release();
            run_background_tasks().await;
            stored.app.transport.release.add_permits(1);
            assert_eq!(first.await.unwrap(), Ok(1));
        }
        assert_eq!(second.await.unwrap(), Ok(1));
        let user = stored.elsewhere(&here).open("/").await.unwrap();
        assert_eq!(user.roles().keys().collect::<Vec<_>>(), ["editor"], "{is_late}");
    }
}

/// The answer about its end is too old when the tokens arrive.
#[tokio::test]
async fn session_in_memory_is_the_refreshed_one_after_a_slow_refresh() {
    let stored = Stored::new();
    let here = stored.logged_in("alice").await;
    stored.app.advance(601);
    stored.app.transport.hold(Hold::Response, "/token");
    let request = tokio::spawn({
        let mut here = here.clone();
        async move { (refreshes(&mut here).await, here) }
    });
    stored.app.transport.wait_until_held().await;
    stored.app.advance(9);
    stored.app.transport.release.add_permits(1);
    let (result, mut here) = request.await.unwrap();
    assert_eq!(result, Ok(1));
    let calls = stored.store.calls();
    assert_eq!(refreshes(&mut here).await, Ok(1));
    assert_eq!(stored.store.calls(), calls);
}

#[tokio::test]
async fn repeated_callback_gets_the_same_cookie_on_another_replica() {
    let stored = Stored::new();
    let mut browser = stored.app.browser_of(stored.replica());
    let callback = browser.authorize_as("alice").await;
    let mut again = stored.elsewhere(&browser);
    assert_eq!(browser.callback(&callback).await.status, 302);
    assert_eq!(again.callback(&callback).await.status, 302);
    assert_eq!(browser.session_cookie(), again.session_cookie());
    assert!(again.open("/").await.is_ok());
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 1);
}

#[tokio::test]
async fn previous_secret_opens_cookie_and_body_and_both_are_written_with_the_new_one() {
    let stored = Stored::new();
    let old = stored.app.vars["SESSION_SECRET"].clone();
    let mut browser = stored.logged_in("alice").await;
    let before = browser.session_cookie().unwrap().to_owned();
    let new = "a new secret of at least thirty-two bytes";
    let rotated = stored.app.builder_with(|config| config.session_secret(new).previous_session_secret(old));
    browser.zitadel = rotated.store(stored.store.clone()).build().unwrap();
    assert!(browser.open("/").await.is_ok());
    stored.app.advance(361);
    assert!(browser.open("/").await.is_ok());
    assert_ne!(browser.session_cookie(), Some(before.as_str()));
    // A replica that does not have the new secret yet leaves both alone.
    let mut behind = stored.elsewhere(&browser);
    let cookie = behind.session_cookie().map(str::to_owned);
    assert_eq!(behind.open("/").await.err(), Some(302));
    assert_eq!(behind.session_cookie().map(str::to_owned), cookie);
    behind.set_session_cookie(&before);
    assert_eq!(behind.open("/").await.err(), Some(503), "the old cookie, a new body");
    let alone = stored.app.builder_with(|config| config.session_secret(new)).store(stored.store.clone());
    browser.zitadel = alone.build().unwrap();
    assert!(browser.open("/").await.is_ok(), "the old secret is not needed any more");
}

/// The table in `docs/operations.md`.
#[tokio::test]
async fn calls_of_the_store_in_both_modes() {
    let mut calls = Vec::new();
    for is_stored in [false, true] {
        let stored = Stored::new();
        let zitadel = if is_stored { stored.replica() } else { stored.cookie_replica() };
        let mut browser = stored.app.browser_of(zitadel);
        let mut before = 0;
        let mut since = || {
            let all = stored.store.calls();
            all - std::mem::replace(&mut before, all)
        };
        browser.login("alice", "/").await;
        let login = since();
        // Within the lag of an answer about its end.
        stored.app.advance(358);
        assert!(browser.open("/").await.is_ok());
        let ends = since();
        stored.app.advance(3);
        assert!(browser.open("/").await.is_ok());
        let renewal = since();
        stored.app.advance(240);
        assert_eq!(refreshes(&mut browser).await, Ok(1));
        let refresh = since() - ends;
        calls.push([login, ends, renewal, refresh]);
    }
    assert_eq!(calls, [[3, 1, 0, 8], [6, 1, 4, 12]], "login, ends, renewal, refresh");
}
