//! Every scripted misbehaviour of the provider is refused: no session, a status that says whose fault it was, and
//! no word from outside in the answer.

mod support;

use support::{World, emulator, no_body};
use zitadel_core::{Endpoint, ErrorCode};
use zitadel_emulator::{AccessTokenType, AuthMethod, EndpointName, Fault, SigningAlgorithm};

#[tokio::test]
async fn an_id_token_with_anything_wrong_signs_nobody_in() {
    for fault in [
        Fault::WrongNonce,
        Fault::MissingNonce,
        Fault::WrongAudience,
        Fault::WrongAzp,
        Fault::WrongIssuer,
        Fault::ExpiredIdToken,
        Fault::FutureIdToken,
        Fault::MissingSub,
        Fault::WrongAtHash,
        Fault::ForeignKey,
        Fault::UnknownKid,
        Fault::AlgNone,
        Fault::AlgHs256,
        Fault::TamperedSignature,
        Fault::NoIdToken,
        Fault::NoAccessToken,
        Fault::WrongTokenType,
    ] {
        let world = World::new();
        let mut browser = world.browser();
        world.emulator.fault(EndpointName::Token, fault.clone());
        let reply = browser.sign_in("alice", "/profile").await;
        assert_eq!(reply.status, 502, "{fault:?}: {}", reply.body);
        assert!(reply.body.contains("Incident "), "{fault:?}");
        assert!(browser.cookies.is_empty(), "{fault:?}: neither a session nor the attempt is left");
        world.emulator.clear_faults();
        assert_eq!(browser.sign_in("alice", "/profile").await.status, 302, "{fault:?}: the next sign-in works");
    }
}

#[tokio::test]
async fn userinfo_about_somebody_else_or_nobody_signs_nobody_in() {
    for fault in [Fault::WrongSubject, Fault::MissingSub, Fault::Html] {
        let world = World::new();
        let mut browser = world.browser();
        world.emulator.fault(EndpointName::UserInfo, fault.clone());
        assert_eq!(browser.sign_in("alice", "/").await.status, 502, "{fault:?}");
        assert_eq!(browser.session_cookie(), None, "{fault:?}");
    }
}

#[tokio::test]
async fn a_provider_that_is_out_of_order_is_a_503_that_says_when_to_come_back() {
    let faults = [Fault::Status(500), Fault::Status(503), Fault::Html, Fault::Huge(2 * 1024 * 1024), Fault::Drop];
    for fault in faults {
        for endpoint in [EndpointName::Discovery, EndpointName::Keys] {
            let world = World::new();
            let mut browser = world.browser();
            world.emulator.fault(endpoint, fault.clone());
            let head = browser.head("POST", "/auth/signin/zitadel");
            let mut reply = world.zitadel.serve(Endpoint::LoginPost, &head, no_body()).await;
            if endpoint == EndpointName::Keys {
                browser.keep(&reply);
                let back = world.emulator.authorize_as(reply.header("location").unwrap(), "alice");
                reply = browser.callback(&back).await;
            }
            assert_eq!(reply.status, 503, "{endpoint:?} {fault:?}");
            assert_eq!(reply.header("retry-after"), Some("5"));
            assert!(reply.body.contains("cannot be reached"), "{endpoint:?} {fault:?}");
            world.emulator.clear_faults();
            world.advance(2);
            assert_eq!(browser.sign_in("alice", "/").await.status, 302, "{endpoint:?} {fault:?}: it recovers");
        }
    }
}

#[tokio::test]
async fn an_issuer_that_is_not_exactly_ours_is_refused() {
    let world = World::new();
    world.emulator.fault(EndpointName::Discovery, Fault::WrongIssuer);
    let head = world.browser().head("GET", "/auth/login");
    assert_eq!(world.zitadel.serve(Endpoint::Login, &head, no_body()).await.status, 503);
}

#[tokio::test]
async fn new_keys_are_accepted_within_one_round_trip() {
    let world = World::new();
    world.signed_in("alice").await;
    world.emulator.rotate_keys(SigningAlgorithm::Es256);
    world.signed_in("bob").await;
    world.advance(5);
    world.emulator.rotate_keys(SigningAlgorithm::EdDsa);
    world.emulator.delete_old_keys();
    world.signed_in("carol").await;
    assert_eq!(world.emulator.count(EndpointName::Keys), 3);
}

#[tokio::test]
async fn forged_key_ids_cost_one_request_for_keys_in_five_seconds() {
    let world = World::new();
    world.signed_in("alice").await;
    world.emulator.fault(EndpointName::Token, Fault::UnknownKid);
    for _ in 0..10 {
        assert_eq!(world.browser().sign_in("alice", "/").await.status, 502);
    }
    assert_eq!(world.emulator.count(EndpointName::Keys), 2);
}

#[tokio::test]
async fn keys_that_are_stale_still_serve_while_the_provider_cannot_tell_newer_ones() {
    let world = World::new();
    world.signed_in("alice").await;
    world.advance(301);
    world.emulator.fault(EndpointName::Keys, Fault::Status(500));
    world.signed_in("bob").await;
}

#[tokio::test]
async fn every_algorithm_of_zitadel_signs_somebody_in_and_a_pinned_one_keeps_the_others_out() {
    for algorithm in SigningAlgorithm::ALL {
        let emulator = zitadel_emulator::Emulator::builder()
            .issuer("https://zitadel.example")
            .signing_algorithm(algorithm)
            .build();
        World::with(emulator.clone(), &[]).signed_in("alice").await;
        World::with(emulator.clone(), &[("ZITADEL_SIGNING_ALG", algorithm.name())]).signed_in("alice").await;
        let other = if algorithm == SigningAlgorithm::Rs256 { "ES256" } else { "RS256" };
        let pinned = World::with(emulator, &[("ZITADEL_SIGNING_ALG", other)]);
        assert_eq!(pinned.browser().sign_in("alice", "/").await.status, 502);
    }
}

#[tokio::test]
async fn every_way_to_authenticate_a_client_works() {
    for method in [AuthMethod::None, AuthMethod::Basic, AuthMethod::Post] {
        let emulator = emulator();
        emulator.client().set_auth_method(method);
        let world = World::with(emulator, &[]);
        let mut browser = world.signed_in("alice").await;
        let reply = browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
        assert_eq!(reply.status, 302);
        assert_eq!(world.emulator.requests().iter().filter(|request| request.status == Some(400)).count(), 0);
    }
}

#[tokio::test]
async fn an_ordinary_session_is_one_cookie_of_at_most_2000_bytes_and_2800_with_a_jwt() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    assert_eq!(browser.session_cookies().len(), 1);
    let ordinary = browser.session_cookie().unwrap().len() + "zitadel.session=".len();
    assert!(ordinary <= 2000, "{ordinary}");

    let emulator = emulator();
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    emulator.client().set_access_token_role_assertion(true);
    let browser = World::with(emulator, &[]).signed_in("alice").await;
    let jwt = browser.session_cookie().unwrap().len() + "zitadel.session=".len();
    assert!(jwt <= 2800, "{jwt}");
    println!("ordinary session {ordinary} bytes, with a JWT access token {jwt} bytes");
}

#[tokio::test]
async fn a_large_session_takes_two_cookies_and_what_does_not_fit_is_said_at_sign_in() {
    let world = World::new();
    let grow = |bytes: usize| {
        world.emulator.update_person("alice", |alice| {
            // Random enough not to shrink.
            let noise: Vec<u8> = (0..bytes).map(|i| (i.wrapping_mul(2_654_435_761) >> 7) as u8).collect();
            alice.metadata.push(("noise".to_owned(), noise));
        });
    };
    grow(3000);
    let mut browser = world.signed_in("alice").await;
    assert_eq!(browser.session_cookies().len(), 2);
    assert_eq!(browser.visit("/").await.unwrap().metadata().count(), 3);
    browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    assert_eq!(browser.session_cookies().len(), 0);

    grow(20_000);
    let reply = browser.sign_in("alice", "/").await;
    assert_eq!(reply.status, 502);
    assert!(reply.body.contains("too large"), "{}", reply.body);
    assert_eq!(browser.session_cookies().len(), 0);
}

#[tokio::test]
async fn someone_of_another_organisation_than_was_asked_for_is_not_signed_in() {
    let world = World::new();
    let browser = world.browser();
    let options = zitadel_core::LoginOptions::new().organization("310000000000000002");
    for (person, status) in [("bob", 302), ("alice", 403)] {
        let mut browser = browser.clone();
        let reply = world.zitadel.login(&browser.head("GET", "/"), &options, None).await;
        browser.keep(&reply);
        // The emulator restricts the chooser as ZITADEL does; a provider that does not must not matter.
        let location =
            reply.header("location").unwrap().replace("urn%3Azitadel%3Aiam%3Aorg%3Aid%3A310000000000000002", "email");
        let back = world.emulator.authorize_as(&location, person);
        let reply = browser.callback(&back).await;
        assert_eq!(reply.status, status, "{person}");
        if status == 403 {
            assert!(reply.body.contains("Wrong organization"));
        }
    }
}

#[tokio::test]
async fn fresh_claims_for_a_user_say_what_went_wrong_without_its_words() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    let user = browser.visit("/").await.unwrap();
    assert_eq!(world.zitadel.user_info(&user).await.unwrap()["email"], "alice@example.com");
    world.pull_the_plug(true);
    let error = world.zitadel.user_info(&user).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ProviderUnavailable);
    world.pull_the_plug(false);
    world.emulator.restart();
    let error = world.zitadel.user_info(&user).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SessionExpired);
}
