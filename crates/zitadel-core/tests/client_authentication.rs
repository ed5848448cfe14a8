//! A client secret is sent the way this client is registered, at every endpoint that wants to know who asks.

mod support;

use support::{World, emulator};
use zitadel_core::Endpoint;
use zitadel_emulator::{AuthMethod, EndpointName};

#[tokio::test]
async fn a_client_registered_for_the_form_signs_in_at_a_provider_that_offers_both_ways() {
    for (method, setting, header, form) in
        [(AuthMethod::Post, "post", None, Some("[hidden]")), (AuthMethod::Basic, "basic", Some("Basic"), None)]
    {
        let emulator = emulator();
        emulator.client().set_auth_method(method);
        let world = World::with(emulator, &[("ZITADEL_CLIENT_AUTH", setting)]);
        let mut browser = world.signed_in("alice").await;
        browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
        for endpoint in [EndpointName::Token, EndpointName::Revoke] {
            let requests = world.emulator.requests();
            let request = requests.iter().find(|request| request.endpoint == endpoint).unwrap();
            assert_eq!(request.status, Some(200), "{setting} at {endpoint:?}");
            assert_eq!(request.authorization.as_deref(), header, "{setting} at {endpoint:?}");
            assert_eq!(request.parameter("client_secret"), form, "{setting} at {endpoint:?}");
        }
    }
}
