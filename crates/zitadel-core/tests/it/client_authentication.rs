//! A client authenticates in the way it is registered, at every endpoint that authenticates clients.

use std::{collections::BTreeSet, time::Duration};

use zitadel_emulator::{AuthMethod, Emulator, EndpointName};

use crate::support::{App, Log, emulator};

#[tokio::test]
async fn client_secret_is_sent_as_configured_at_a_provider_that_accepts_both_ways() {
    for (method, setting, header, form) in
        [(AuthMethod::Post, "post", None, Some("[hidden]")), (AuthMethod::Basic, "basic", Some("Basic"), None)]
    {
        let emulator = emulator();
        emulator.client().set_auth_method(method);
        let app = App::with(emulator, &[("ZITADEL_CLIENT_AUTH", setting)]);
        app.logged_in("alice").await.logout().await;
        for endpoint in [EndpointName::Token, EndpointName::Revoke] {
            let requests = app.emulator.requests();
            let request = requests.iter().find(|request| request.endpoint == endpoint).unwrap();
            assert_eq!(request.status, Some(200), "{setting} at {endpoint:?}");
            assert_eq!(request.authorization.as_deref(), header, "{setting} at {endpoint:?}");
            assert_eq!(request.parameter("client_secret"), form, "{setting} at {endpoint:?}");
        }
    }
}

#[tokio::test]
async fn key_file_authenticates_login_refresh_and_revocation_with_a_new_assertion_each() {
    let emulator = emulator();
    emulator.client().set_access_token_lifetime(Duration::from_secs(600));
    emulator.client().set_auth_method(AuthMethod::PrivateKeyJwt);
    let key = emulator.client().create_key();
    let app = App::with(emulator, &[("ZITADEL_APP_KEY", &key)]);
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    browser.open("/page").await.unwrap();
    browser.logout().await;
    let requests = app.emulator.requests();
    let authenticated = |endpoint| requests.iter().filter(move |request| request.endpoint == endpoint);
    let statuses: Vec<_> = authenticated(EndpointName::Token)
        .chain(authenticated(EndpointName::Revoke))
        .map(|request| (request.status, request.authorization.is_some(), request.parameter("client_secret")))
        .collect();
    assert_eq!(statuses, vec![(Some(200), false, None); 3], "code, refresh and revocation");
    let assertions: BTreeSet<_> = app.transport.fields("", "client_assertion").into_iter().collect();
    assert_eq!(assertions.len(), 3, "each has an id of its own");
}

#[tokio::test]
async fn key_that_the_provider_does_not_know_is_a_configuration_error_that_shows_no_assertion() {
    let other = Emulator::builder().issuer("https://zitadel.example").build();
    other.client().set_auth_method(AuthMethod::PrivateKeyJwt);
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::PrivateKeyJwt);
    let log = Log::collect();
    let app = App::with(emulator, &[("ZITADEL_APP_KEY", &other.client().create_key())]);
    let reply = app.browser().login("alice", "/profile").await;
    assert_eq!(reply.status, 503, "{}", reply.body);
    assert!(reply.body.contains("Sign-in is not set up correctly"), "{}", reply.body);
    let text = log.text();
    assert!(text.contains("client_misconfigured") && text.contains("ZITADEL_APP_KEY"), "{text}");
    assert!(!text.contains("eyJ"), "{text}");
}
