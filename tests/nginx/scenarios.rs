//! A user with 200 roles, once per framework.

use std::time::Duration;

use behaviours::{Form, Port, Request, Setup};
use zitadel_emulator::AccessTokenType;

use super::subject;
use crate::server::Nginx;

/// With every claim that an application can have in its tokens, each kind of access token, and the signatures of a new
/// ZITADEL.
#[tokio::test]
#[ignore = "needs nginx: cargo xtask test"]
async fn user_with_200_roles_logs_in_refreshes_and_logs_out() {
    for access_token in [AccessTokenType::Opaque, AccessTokenType::Jwt] {
        let (application, provider) = (Port::reserve(), Port::reserve());
        let end_session = format!("http://localhost:{}/oidc/v1/end_session", provider.number());
        let app = subject::with(Setup::new().rsa().behind_proxy(application.number())).await;
        app.give_alice_200_roles();
        app.emulator().client().set_access_token_type(access_token);
        app.emulator().client().set_access_token_role_assertion(true);
        app.emulator().client().set_access_token_lifetime(Duration::from_secs(600));
        let (_, emulator) = app.emulator().issuer().rsplit_once(':').unwrap();
        let nginx = Nginx::start(vec![(application, app.port()), (provider, emulator.parse().unwrap())]).await;

        let mut browser = app.browser();
        let response = browser.log_in_as("alice").await;
        assert_eq!(nginx.errors(), "", "login, {access_token:?}");
        response.assert_redirect("/profile");
        assert!(response.header("server").is_some_and(|server| server.starts_with("nginx/")));
        browser.follow().await.assert_page(200, "audit.admin").assert_text("Refreshed 0 times");
        let before = browser.session();

        app.advance(601);
        let response = browser.get("/profile").await;
        assert_eq!(nginx.errors(), "", "refresh, {access_token:?}");
        response.assert_page(200, "audit.admin").assert_text("Refreshed 1 time");
        assert!(response.sets_session() && browser.session() != before);

        let page = browser.click("Sign out").await;
        assert_eq!(nginx.errors(), "", "logout, {access_token:?}");
        page.assert_page(200, "One more step ends it at ZITADEL");
        let form = Form::with_button(&page.body, "Continue").unwrap().encoded();
        let response = browser.send(Request::new("GET", &format!("{end_session}?{form}"))).await;
        response.assert_status(414);
        let response = browser.send(Request::new("POST", &end_session).form(&form)).await;
        response.assert_redirect(&format!("{}/auth/logout/callback", app.base()));
        browser.get(response.location()).await.assert_redirect("/auth/logout/success");
        browser.follow().await.assert_page(200, "You are signed out");
        assert_eq!(browser.cookies(), []);
    }
}
