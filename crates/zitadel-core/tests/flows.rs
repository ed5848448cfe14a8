//! Whole conversations with the provider: the emulator is the transport, the clock is moved, nothing sleeps.

mod support;

use std::time::Duration;

use support::{BASE, World, emulator, no_body, query, status};
use zitadel_core::{AccessTokenKind, Endpoint, RequestHead, Requirement};
use zitadel_emulator::EndpointName;

#[tokio::test]
async fn someone_who_signs_in_is_known_with_claims_roles_and_organization() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    let user = browser.visit("/profile").await.unwrap();
    assert_eq!(user.name(), Some("Alice Anderson"));
    assert_eq!(user.email(), Some("alice@example.com"));
    assert!(user.email_verified());
    assert!(user.roles().has("admin"));
    assert!(user.organization().is_some());
    assert!(user.metadata().count() > 0);
    let session = user.session().unwrap();
    assert_eq!(session.access_token_kind(), AccessTokenKind::Opaque);
    assert_eq!(session.refresh_count(), 0);
    assert!(session.is_refreshable());
    assert_eq!(session.id_token_claims()["sub"], user.subject());
}

#[tokio::test]
async fn the_request_to_the_provider_carries_pkce_state_nonce_and_scopes() {
    let world = World::new();
    let authorize = world.browser().begin("/profile").await;
    let query = query(&authorize);
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["code_challenge"].len(), 43);
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["redirect_uri"], format!("{BASE}/auth/callback"));
    assert!(query["state"].len() >= 43 && query["nonce"].len() >= 43);
    assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
    assert!(query["scope"].split(' ').any(|scope| scope == "offline_access"));
}

#[tokio::test]
async fn five_tabs_can_sign_in_at_once_and_each_returns_to_its_own_page() {
    let world = World::new();
    let mut browser = world.browser();
    let mut tabs = Vec::new();
    for tab in 0..5 {
        tabs.push((browser.begin(&format!("/page?tab={tab}")).await, tab));
        world.advance(1);
    }
    for (authorize, tab) in tabs.into_iter().rev() {
        let back = world.emulator.authorize_as(&authorize, "alice");
        let reply = browser.callback(&back).await;
        assert_eq!(reply.header("location"), Some(format!("/page?tab={tab}").as_str()));
    }
    assert!(browser.cookies.keys().all(|name| !name.starts_with("zitadel.login")), "all attempts are used up");
}

#[tokio::test]
async fn a_sixth_tab_pushes_out_the_oldest_attempt() {
    let world = World::new();
    let mut browser = world.browser();
    let first = browser.begin("/first").await;
    for _ in 0..5 {
        world.advance(1);
        browser.begin("/later").await;
    }
    assert_eq!(browser.cookies.keys().filter(|name| name.starts_with("zitadel.login.")).count(), 5);
    let back = world.emulator.authorize_as(&first, "alice");
    assert_eq!(browser.callback(&back).await.status, 400);
}

#[tokio::test]
async fn attempts_with_long_return_paths_stay_within_what_a_header_line_may_hold() {
    let world = World::new();
    let mut browser = world.browser();
    let noise: String = (0_u32..1000).map(|n| char::from(b'a' + (n * n * 7 % 26) as u8)).collect();
    for _ in 0..5 {
        world.advance(1);
        browser.begin(&format!("/{noise}")).await;
    }
    let sizes: Vec<_> = browser.cookies.values().map(String::len).collect();
    let latest = sizes.iter().max().unwrap();
    assert!(sizes.len() < 5 && sizes.iter().sum::<usize>() <= 3 * 1024 + latest, "{sizes:?}");
}

#[tokio::test]
async fn a_callback_nobody_started_is_refused() {
    let world = World::new();
    let reply = world.browser().callback("/auth/callback?code=x&state=y").await;
    assert_eq!(reply.status, 400);
    assert!(reply.body.contains("was not started in this browser"));
    assert_eq!(world.emulator.count(EndpointName::Token), 0);
}

#[tokio::test]
async fn a_callback_of_another_browser_is_refused() {
    let world = World::new();
    let mut victim = world.browser();
    let authorize = world.browser().begin("/").await;
    let back = world.emulator.authorize_as(&authorize, "bob");
    assert_eq!(victim.callback(&back).await.status, 400);
    assert!(victim.visit("/profile").await.is_err());
}

#[tokio::test]
async fn a_callback_with_a_session_but_without_its_attempt_goes_on_to_the_page() {
    let world = World::new();
    let mut browser = world.browser();
    let authorize = browser.begin("/profile").await;
    let back = world.emulator.authorize_as(&authorize, "alice");
    assert_eq!(browser.callback(&back).await.status, 302);
    let again = browser.callback(&back).await;
    assert_eq!((again.status, again.header("location")), (302, Some("/profile")));
    assert_eq!(world.emulator.count(EndpointName::Token), 1, "the code is not sent twice");
}

#[tokio::test]
async fn a_sign_in_that_took_more_than_ten_minutes_starts_again() {
    let world = World::new();
    let mut browser = world.browser();
    let authorize = browser.begin("/profile").await;
    let back = world.emulator.authorize_as(&authorize, "alice");
    world.advance(601);
    let reply = browser.callback(&back).await;
    assert_eq!(reply.status, 400);
    assert!(reply.body.contains("took too long") && reply.body.contains("Start again"));
}

#[tokio::test]
async fn an_attempt_is_used_up_by_the_first_answer_whatever_it_says() {
    let world = World::new();
    for first in ["error=access_denied", "code=x&code=y", "code=x&error=access_denied", ""] {
        let mut browser = world.browser();
        let authorize = browser.begin("/profile").await;
        let state = query(&authorize)["state"].clone();
        let refused = browser.callback(&format!("/auth/callback?{first}&state={state}")).await;
        assert!((400..500).contains(&refused.status), "{first}: {}", refused.status);
        assert_eq!(browser.session_cookie(), None);
        let back = world.emulator.authorize_as(&authorize, "alice");
        assert_eq!(browser.callback(&back).await.status, 400, "{first}");
    }
}

#[tokio::test]
async fn a_head_request_redeems_nothing() {
    let world = World::new();
    let mut browser = world.browser();
    let authorize = browser.begin("/profile").await;
    let back = world.emulator.authorize_as(&authorize, "alice");
    let target = back.strip_prefix(BASE).unwrap();
    assert_eq!(browser.serve(Endpoint::Callback, "HEAD", target, "").await.status, 405);
    assert_eq!(world.emulator.count(EndpointName::Token), 0);
    assert_eq!(browser.callback(&back).await.status, 302);
}

#[tokio::test]
async fn a_prefetch_starts_nothing() {
    let world = World::new();
    let browser = world.browser();
    let mut head = browser.head("GET", "/auth/login");
    head.header("sec-purpose", b"prefetch;prerender");
    let reply = world.zitadel.serve(Endpoint::Login, &head, no_body()).await;
    assert_eq!(reply.status, 204);
    assert!(reply.header("set-cookie").is_none());
}

#[tokio::test]
async fn the_provider_saying_no_is_shown_in_our_words() {
    let world = World::new();
    let mut browser = world.browser();
    let state = query(&browser.begin("/profile").await)["state"].clone();
    let reply = browser
        .callback(&format!("/auth/callback?error=access_denied&error_description=<script>x</script>&state={state}"))
        .await;
    assert_eq!(reply.status, 403);
    assert!(reply.body.contains("Sign-in was declined") && !reply.body.contains("script"));
}

#[tokio::test]
async fn a_session_ends_after_an_hour_without_a_request_and_twelve_hours_at_most() {
    let world = World::new();
    let mut idle = world.signed_in("alice").await;
    let mut busy = idle.clone();
    world.advance(3599);
    assert!(busy.visit("/").await.is_ok(), "one second before the limit");
    world.advance(1);
    assert!(idle.visit("/").await.is_err(), "the copy that made no request is over");
    assert_eq!(idle.session_cookie(), None, "and its cookie is removed");
    for hour in 0..21 {
        world.advance(1800);
        assert_eq!(busy.visit("/").await.err(), None, "after {hour} half hours");
    }
    world.advance(1800);
    assert!(busy.visit("/").await.is_err(), "twelve hours are over");
}

#[tokio::test]
async fn without_a_refresh_token_a_session_lives_to_its_own_limits_with_the_roles_it_began_with() {
    let world = World::with(emulator(), &[("ZITADEL_SCOPES", "openid profile"), ("SESSION_DURATION", "43200")]);
    world.emulator.client().set_access_token_lifetime(Duration::from_secs(600));
    let mut browser = world.signed_in("alice").await;
    let began = browser.visit("/profile").await.unwrap();
    assert!(!began.session().unwrap().is_refreshable());
    world.emulator.set_roles("alice", &[]);
    world.advance(43_199);
    let user = browser.visit("/profile").await.unwrap();
    assert_eq!(user.roles(), began.roles());
    assert!(
        user.session().unwrap().access_token_expires_at().is_some_and(|at| at < user.session().unwrap().expires_at())
    );
    let live = browser.serve(Endpoint::UserInfo, "GET", "/auth/userinfo", "").await;
    assert_eq!(live.status, 401, "the access token is over, and there is no other");
    assert!(browser.visit("/profile").await.is_ok(), "which ends no session");
    assert_eq!(world.emulator.count(EndpointName::Token), 1);
}

#[tokio::test]
async fn the_cookie_is_not_written_on_every_response() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    let before = browser.session_cookie().unwrap().to_owned();
    world.advance(359);
    browser.visit("/").await.unwrap();
    assert_eq!(browser.session_cookie(), Some(before.as_str()));
    world.advance(1);
    browser.visit("/").await.unwrap();
    assert_ne!(browser.session_cookie(), Some(before.as_str()));
}

#[tokio::test]
async fn a_tampered_or_foreign_cookie_means_anonymous_and_is_removed() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    let good = browser.session_cookie().unwrap().to_owned();
    for bad in [&good[..good.len() - 1], &good[1..], "", "1", "2abc", "garbage", &good.replace('A', "B")] {
        let mut browser = browser.clone();
        browser.cookies.insert("zitadel.session".to_owned(), bad.to_owned());
        assert_eq!(browser.visit("/profile").await.err(), Some(302), "{bad}");
        assert_eq!(browser.session_cookie(), None);
    }
}

#[tokio::test]
async fn a_new_secret_signs_nobody_out_while_the_previous_one_is_named() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    let old = world.vars["SESSION_SECRET"].clone();
    let new = "another-secret-of-more-than-32-bytes-length";
    let rotated = world.restarted(&[("SESSION_SECRET", new), ("SESSION_SECRET_PREVIOUS", &old)]);
    browser.zitadel = rotated.zitadel.clone();
    assert!(browser.visit("/profile").await.is_ok());
    browser.zitadel = world.restarted(&[("SESSION_SECRET", new)]).zitadel;
    assert!(browser.visit("/profile").await.is_err());
}

#[tokio::test]
async fn an_application_that_restarts_keeps_its_sessions() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    browser.zitadel = world.restarted(&[]).zitadel;
    assert_eq!(browser.visit("/profile").await.unwrap().name(), Some("Alice Anderson"));
}

#[tokio::test]
async fn an_unsafe_request_with_a_session_needs_evidence_that_it_comes_from_here() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    for (name, value, allowed) in [
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("origin", BASE, true),
        ("origin", "http://evil.example", false),
        ("origin", "null", false),
        ("x-nothing", "", false),
    ] {
        let mut head = browser.bare("POST", "/orders");
        head.header(name, value.as_bytes());
        let authentication = world.zitadel.authenticate(head).await;
        let denied = status(&authentication, &Requirement::user()).err();
        assert_eq!(denied, (!allowed).then_some(403), "{name}: {value}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_there_and_a_copy_of_the_cookie_is_worth_nothing() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    let mut thief = browser.clone();
    assert!(thief.visit("/profile").await.is_ok());
    let reply = browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    assert_eq!(reply.status, 302);
    let end_session = reply.header("location").unwrap().to_owned();
    let sent = query(&end_session);
    assert!(sent.contains_key("id_token_hint") && sent.contains_key("client_id"));
    assert_eq!(sent["post_logout_redirect_uri"], format!("{BASE}/auth/logout/callback"));
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(world.emulator.count(EndpointName::Revoke), 1);
    assert!(thief.visit("/profile").await.is_err(), "at once, not after a lag");

    let wrong = browser.clone().serve(Endpoint::LogoutCallback, "GET", "/auth/logout/callback?state=x", "").await;
    assert_eq!(wrong.header("location"), Some("/auth/logout/error?reason=state_mismatch"));
    let back = format!("/auth/logout/callback?state={}", sent["state"]);
    let reply = browser.serve(Endpoint::LogoutCallback, "GET", &back, "").await;
    assert_eq!(reply.header("location"), Some("/auth/logout/success"));
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies.keys());
}

#[tokio::test]
async fn signing_out_works_with_an_expired_session_and_without_one() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    world.advance(100_000);
    let reply = browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    assert!(query(reply.header("location").unwrap()).contains_key("id_token_hint"), "the expired token is a hint");
    let reply = world.browser().serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    assert_eq!(reply.status, 302);
}

#[tokio::test]
async fn a_get_never_signs_out() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    let reply = browser.serve(Endpoint::Logout, "GET", "/auth/logout", "").await;
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("<form method=\"post\""));
    assert!(browser.visit("/profile").await.is_ok());
}

#[tokio::test]
async fn the_session_endpoint_tells_scripts_who_is_signed_in_and_shows_no_token() {
    let world = World::new();
    let mut browser = world.browser();
    assert_eq!(browser.serve(Endpoint::Session, "GET", "/auth/session", "").await.body, "null");
    browser.sign_in("alice", "/").await;
    let reply = browser.serve(Endpoint::Session, "GET", "/auth/session", "").await;
    let json: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(json["user"]["email"], "alice@example.com");
    assert!(json["roles"]["admin"].is_object());
    assert!(json["expires_at"].as_u64().unwrap() > json["started_at"].as_u64().unwrap());
    assert!(!reply.body.contains("token"));
}

#[tokio::test]
async fn live_userinfo_is_json_with_a_session_and_401_without() {
    let world = World::new();
    let mut browser = world.browser();
    let reply = browser.serve(Endpoint::UserInfo, "GET", "/auth/userinfo", "").await;
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some("Bearer")));
    browser.sign_in("alice", "/").await;
    let reply = browser.serve(Endpoint::UserInfo, "GET", "/auth/userinfo", "").await;
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("alice@example.com"));
    world.pull_the_plug(true);
    let reply = browser.serve(Endpoint::UserInfo, "GET", "/auth/userinfo", "").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn nothing_is_asked_of_the_provider_before_it_is_needed() {
    let world = World::new();
    let head = RequestHead::new("GET", "/profile");
    world.zitadel.authenticate(head).await;
    assert!(world.wire.seen.lock().unwrap().is_empty());
}
