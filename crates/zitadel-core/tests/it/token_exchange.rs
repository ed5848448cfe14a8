//! Token exchange: a user's access token for one with another audience.

use zitadel_core::{AccessToken, ErrorCode, RequestHead, TokenExchange, User, environment::TransportError};
use zitadel_emulator::{AccessTokenType, Client, Emulator, EndpointName, Fault, GrantType};

use crate::support::{App, Log, emulator};

fn with_grant() -> Emulator {
    let emulator = emulator();
    emulator.client().update(|client| client.grant_types.push(GrantType::TokenExchange));
    emulator
}

async fn logged_in(app: &App) -> (User, AccessToken) {
    let user = app.logged_in("alice").await.open("/").await.unwrap();
    let token = app.zitadel.access_token(&user).await.unwrap();
    (user, token)
}

fn claims(token: &AccessToken) -> serde_json::Value {
    let payload = token.expose().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64_simd::URL_SAFE_NO_PAD.decode_to_vec(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn exchanged_token_is_for_one_audience_and_the_first_one_goes_on() {
    let app = App::with(with_grant(), &[]);
    let api = app.emulator.add_client(Client::api("api"));
    let (user, token) = logged_in(&app).await;
    let exchanged = app.zitadel.exchange_token(&token, &TokenExchange::audience(api.id()).jwt()).await.unwrap();
    let claims = claims(&exchanged);
    assert_eq!((&claims["aud"], &claims["sub"]), (&serde_json::json!([api.id()]), &user.subject().into()));
    assert!(claims.get("act").is_none(), "it says nothing about this application");
    assert!(exchanged.expires_at().is_some());
    assert_eq!(app.zitadel.access_token(&user).await.unwrap(), token);
    let narrow = TokenExchange::audience(api.id()).and_audience(app.emulator.client().id()).scope("openid");
    let opaque = app.zitadel.exchange_token(&token, &narrow).await.unwrap();
    assert!(opaque != token && opaque.expose().split('.').count() == 1);
}

#[tokio::test]
async fn what_has_to_be_changed_is_in_the_log_and_the_code_is_misconfigured() {
    let app = App::with(with_grant(), &[]);
    let (_, token) = logged_in(&app).await;
    let refused = async |exchange: TokenExchange, error: &str, hint: &str| {
        let log = Log::collect();
        assert_eq!(app.zitadel.exchange_token(&token, &exchange).await.unwrap_err().code(), ErrorCode::Misconfigured);
        let event = log.event("token_exchange_refused");
        assert!(event.contains(error) && event.contains(hint), "{event}");
        assert!(!log.text().contains(token.expose()));
    };
    refused(TokenExchange::audience("170086774599581999"), "does not have the audience", ":aud to ZITADEL_SCOPES")
        .await;
    let own = TokenExchange::audience(app.emulator.client().id());
    refused(own.clone().scope("phone"), "does not have the scope", "add the scope to ZITADEL_SCOPES").await;
    app.emulator.client().update(|client| client.grant_types.retain(|grant| *grant != GrantType::TokenExchange));
    refused(own, "does not permit this application", "allow the grant type Token Exchange").await;
}

#[tokio::test]
async fn token_that_the_provider_does_not_accept_is_401_and_an_outage_503() {
    let app = App::with(with_grant(), &[]);
    let mut browser = app.logged_in("alice").await;
    let authentication = browser.authenticate("GET", "/").await;
    let token = authentication.access_token().await.unwrap();
    let exchange = TokenExchange::audience(app.emulator.client().id());
    assert!(authentication.exchange_token(&token, &exchange).await.is_ok());
    for fault in [Fault::Status(503), Fault::Html] {
        app.emulator.fault_times(EndpointName::Token, fault, 1);
        let denied = authentication.exchange_token(&token, &exchange).await.unwrap_err();
        assert!(matches!(denied.code(), ErrorCode::ProviderUnavailable | ErrorCode::LoginFailed), "{denied:?}");
    }
    app.transport.fail(TransportError::Connect);
    let log = Log::collect();
    let denied = authentication.exchange_token(&token, &exchange).await.unwrap_err();
    assert_eq!((denied.code(), denied.into_reply().status), (ErrorCode::ProviderUnavailable, 503));
    log.event("token_exchange_failed");
    app.transport.recover();
    browser.logout().await;
    let error = app.zitadel.exchange_token(&token, &exchange).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SessionExpired);
    assert_eq!(authentication.exchange_token(&token, &exchange).await.unwrap_err().into_reply().status, 401);
}

#[tokio::test]
async fn presented_token_is_exchanged_too() {
    let emulator = with_grant();
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let project = emulator.client().snapshot().project_id;
    let app = App::with(emulator, &[("ZITADEL_API_AUDIENCE", &project)]);
    let mut head = RequestHead::new("GET", "/api");
    head.header("authorization", format!("Bearer {}", app.emulator.access_token_for("alice")).as_bytes());
    let authentication = app.zitadel.authenticate(head).await;
    let token = authentication.access_token().await.unwrap();
    let exchange = TokenExchange::audience(app.emulator.client().id()).jwt();
    let exchanged = authentication.exchange_token(&token, &exchange).await.unwrap();
    assert_eq!(claims(&exchanged)["sub"], authentication.user().unwrap().subject());
    app.emulator.deactivate("alice");
    let denied = authentication.exchange_token(&token, &exchange).await.unwrap_err();
    assert_eq!(denied.code(), ErrorCode::InvalidToken, "its client can get another one");
}
