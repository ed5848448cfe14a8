//! A client secret is sent in the way the client is registered, at every endpoint that authenticates clients.

use zitadel_emulator::{AuthMethod, EndpointName};

use crate::support::{App, emulator};

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
