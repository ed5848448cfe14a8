//! Ended means ended, whoever comes second: sign-outs and sign-ins that meet refreshes, replicas and clients that hang up.

mod support;

use std::time::Duration;

use support::{
    Browser, World, emulator, query,
    rig::{Hold, Rig},
};
use zitadel_core::{ConfigBuilder, Endpoint};
use zitadel_emulator::EndpointName;

#[tokio::test]
async fn signing_out_with_the_cookie_of_before_a_refresh_revokes_the_rotated_token() {
    let rig = Rig::new(Hold::Request);
    let mut tab = rig.browser(rig.replica());
    tab.sign_in("alice", "/profile").await;
    let mut other = tab.clone();
    rig.advance(601);
    tab.visit("/").await.unwrap();
    other.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    assert!(rig.gate.revoked_a_live_token(), "what was revoked was dead already; its successor lives on at ZITADEL");
}

#[tokio::test]
async fn a_refresh_that_lands_after_sign_out_sets_no_session_and_leaves_no_token_alive() {
    let rig = Rig::new(Hold::Answer);
    let mut browser = rig.browser(rig.replica());
    browser.sign_in("alice", "/profile").await;
    rig.advance(601);
    rig.gate.hold("token");
    let page = tokio::spawn({
        let browser = browser.clone();
        async move {
            let authentication = browser.request("GET", "/").await;
            (authentication.user().is_some(), authentication)
        }
    });
    rig.gate.arrived.acquire().await.unwrap().forget();
    browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    assert_eq!(browser.session_cookie(), None);
    rig.gate.open.add_permits(1);
    let (admitted, authentication) = page.await.unwrap();
    browser.receive(&authentication);
    let rotated_is_revoked = rig.gate.revoked_a_live_token();
    assert_eq!(
        (admitted, browser.session_cookie().is_some(), rotated_is_revoked),
        (false, false, true),
        "(admitted after sign-out, cookie is back, the rotated token was revoked)"
    );
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_ends_here_within_the_lag_however_busy_it_is() {
    let rig = Rig::with(emulator(), Hold::Request, &[("SESSION_DURATION", "600")]);
    let lag = |config: ConfigBuilder| config.revocation_lag(Duration::from_secs(120));
    let mut here = rig.browser(rig.zitadel(lag));
    here.sign_in("alice", "/profile").await;
    let mut thief = Browser { zitadel: rig.zitadel(lag), ..here.clone() };
    thief.visit("/").await.unwrap();
    here.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    let mut used = 0;
    while used < 3600 && thief.visit("/").await.is_ok() {
        rig.advance(60);
        used += 60;
    }
    assert!(used <= 120, "still signed in {used} s after sign-out, with a lag of 120 s");
}

#[tokio::test]
async fn a_sign_out_whose_client_hangs_up_revokes_all_the_same() {
    let rig = Rig::new(Hold::Request);
    let mut browser = rig.browser(rig.replica());
    browser.sign_in("alice", "/profile").await;
    rig.gate.hold("revoke");
    let logout = tokio::spawn({
        let mut browser = browser.clone();
        async move { browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await.status }
    });
    rig.gate.arrived.acquire().await.unwrap().forget();
    assert!(browser.clone().visit("/").await.is_err(), "it has ended before the provider is told");
    logout.abort();
    let _ = logout.await;
    rig.gate.open.add_permits(1);
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.emulator.count(EndpointName::Revoke), 1);
}

#[tokio::test]
async fn signing_in_as_somebody_else_ends_the_session_of_before() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    world.advance(361);
    // A slow page of alice's: its rewritten cookie arrives after bob signed in.
    let slow = browser.request("GET", "/report").await;
    browser.sign_in("bob", "/profile").await;
    browser.receive(&slow);
    let name = browser.visit("/").await.ok().and_then(|user| user.name().map(str::to_owned));
    assert_ne!(name.as_deref(), Some("Alice Anderson"), "the browser is alice's again");
}

#[tokio::test]
async fn a_sign_in_that_fails_after_the_code_was_redeemed_leaves_no_refresh_token_alive() {
    let world = World::new();
    let browser = world.browser();
    let mut browser = browser;
    let head = browser.head("GET", "/x");
    let options = zitadel_core::LoginOptions::new().organization("4711");
    let reply = world.zitadel.login(&head, &options, None).await;
    browser.keep(&reply);
    let mut authorize = reply.header("location").unwrap().to_owned();
    // ZITADEL restricts by the scope; a provider that does not must be caught by us.
    authorize = authorize.replace("+urn%3Azitadel%3Aiam%3Aorg%3Aid%3A4711", "");
    assert!(!query(&authorize)["scope"].contains("4711"));
    let back = world.emulator.authorize_as(&authorize, "alice");
    let reply = browser.callback(&back).await;
    assert_eq!(reply.status, 403);
    assert_eq!(world.emulator.count(EndpointName::Revoke), 1);
}

/// Time that nobody moves passes by itself here, as soon as everyone waits.
#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_three_seconds_for_a_provider_that_does_not_revoke() {
    let rig = Rig::new(Hold::Request);
    let mut browser = rig.browser(rig.replica());
    browser.sign_in("alice", "/profile").await;
    rig.gate.hold("revoke");
    let logout = browser.serve(Endpoint::Logout, "POST", "/auth/logout", "");
    assert_eq!(tokio::time::timeout(Duration::from_millis(3_100), logout).await.unwrap().status, 302);
    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn whoever_signs_in_again_after_a_sign_out_has_a_session_of_its_own() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    let earlier = browser.clone();
    browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    browser.sign_in("alice", "/profile").await;
    assert!(browser.visit("/").await.is_ok());
    assert!(earlier.clone().visit("/").await.is_err());
}
