//! A provider that is down for long, or came back different; a clock that was wrong.

mod support;

use std::time::Duration;

use support::{
    World,
    rig::{Hold, Rig},
};
use zitadel_core::Endpoint;
use zitadel_emulator::{EndpointName, Fault};

#[tokio::test]
async fn an_active_user_is_not_signed_out_by_the_idle_limit_while_the_provider_is_down() {
    // The access token lives 12 hours.
    let world = World::new();
    world.emulator.client().set_access_token_lifetime(Duration::from_secs(6 * 3600));
    let mut browser = world.signed_in("alice").await;
    for _ in 0..12 {
        world.advance(1795);
        browser.visit("/").await.unwrap();
    }
    world.advance(50);
    // Refreshed, but userinfo failed: due again in 60 s, with an access token good for six hours.
    world.emulator.fault(EndpointName::UserInfo, Fault::Status(503));
    browser.visit("/").await.unwrap();
    world.pull_the_plug(true);
    for minute in 0..70 {
        world.advance(60);
        assert_eq!(browser.visit("/").await.err(), None, "signed out after {minute} minutes of steady use");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_sign_in() {
    let rig = Rig::new(Hold::Request);
    let mut browser = rig.browser(rig.replica());
    rig.emulator.fault_times(EndpointName::Discovery, Fault::Status(503), 1);
    let reply = browser.serve(Endpoint::Login, "GET", "/auth/login", "").await;
    assert_eq!(reply.status, 503);
    // NTP corrects a clock that was an hour ahead; ten minutes pass.
    rig.clock.set_back(3600);
    rig.advance(600);
    let reply = browser.serve(Endpoint::Login, "GET", "/auth/login", "").await;
    assert_eq!(reply.status, 302, "a pause of one second lasts an hour");
}

#[tokio::test]
async fn a_restart_with_new_keys_under_old_names_does_not_keep_people_out() {
    let world = World::new();
    world.signed_in("alice").await;
    world.emulator.fault_times(EndpointName::Token, Fault::TamperedSignature, 1);
    assert_eq!(world.browser().sign_in("alice", "/").await.status, 502);
    assert_eq!(world.emulator.count(EndpointName::Keys), 2, "a signature that does not fit is worth one look");
}
