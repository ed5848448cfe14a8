//! What a service around logins needs: whose login a callback completed, errors in JSON, and userinfo of a token that was presented.

use zitadel_core::{Endpoint, ErrorCode, environment::StoreKey};
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, assert_page, json, location, no_body};

#[tokio::test]
async fn callback_tells_whose_login_it_completed_and_a_repeated_one_tells_it_again() {
    let app = App::new();
    let mut browser = app.browser();
    let url = browser.authorize_as("alice").await;
    let head = browser.navigation("GET", url.strip_prefix(crate::support::BASE).unwrap());
    let (reply, user) = app.zitadel.finish_login(&head).await;
    let (again, same) = app.zitadel.finish_login(&head).await;
    assert_eq!((location(&reply), location(&again)), ("/profile", "/profile"));
    let (user, same) = (user.unwrap(), same.unwrap());
    let id = user.session().unwrap().id();
    assert_eq!((user.name(), id.len()), (Some("Alice Anderson"), 22));
    assert_eq!(same.session().unwrap().id(), id);
    browser.store_cookies(&reply);
    assert_eq!(browser.open("/profile").await.unwrap().session().unwrap().id(), id);
}

#[tokio::test]
async fn callback_that_completes_no_login_tells_no_user() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    for target in ["/auth/callback?code=a&state=b", "/auth/callback"] {
        let (reply, user) = app.zitadel.finish_login(&app.browser().navigation("GET", target)).await;
        assert_page(&reply, 400, "Start again");
        assert!(user.is_none());
    }
    // It continues with the session that is there, which no login made now.
    let (reply, user) = app.zitadel.finish_login(&browser.navigation("GET", "/auth/callback?code=a&state=b")).await;
    assert_eq!((location(&reply), user.is_none()), ("/profile", true));
    let (reply, user) = app.zitadel.finish_login(&browser.navigation("POST", "/auth/callback")).await;
    assert_eq!((reply.status, user.is_none()), (405, true));
    let mut prefetch = browser.navigation("GET", "/auth/callback?code=a&state=b");
    prefetch.header("sec-purpose", b"prefetch");
    let (reply, user) = app.zitadel.finish_login(&prefetch).await;
    assert_eq!((reply.status, user.is_none()), (204, true));
}

#[tokio::test]
async fn endpoint_below_the_path_of_an_api_answers_errors_in_json() {
    let app = App::new();
    let head = app.browser().navigation("GET", "/auth/callback?code=a&state=b");
    let api = app.zitadel.clone().with_api_path("/auth");
    assert_eq!(json(&api.serve(Endpoint::Callback, &head, no_body()).await, 400)["error"], "state_mismatch");
    assert_eq!(json(&api.finish_login(&head).await.0, 400)["error"], "state_mismatch");
    let elsewhere = app.zitadel.clone().with_api_path("/api");
    assert_page(&elsewhere.serve(Endpoint::Callback, &head, no_body()).await, 400, "Start again");
    // A page is a page.
    let logout = app.browser().navigation("GET", "/auth/logout");
    assert_page(&api.serve(Endpoint::Logout, &logout, no_body()).await, 200, "Sign out");
}

#[tokio::test]
async fn userinfo_of_a_token_is_about_its_user_or_an_error() {
    let app = App::new();
    let user = app.logged_in("alice").await.open("/profile").await.unwrap();
    let token = app.zitadel.access_token(&user).await.unwrap();
    let code = |result: Result<_, zitadel_core::Error>| result.map(drop).map_err(|error| error.code());
    let claims = app.zitadel.user_info_of_token(&token, user.subject()).await.unwrap();
    assert_eq!(claims["preferred_username"], "alice");
    let other = app.zitadel.user_info_of_token(&token, "another").await;
    assert_eq!(code(other), Err(ErrorCode::LoginFailed));
    for (status, expected) in
        [(401, ErrorCode::SessionExpired), (500, ErrorCode::ProviderUnavailable), (404, ErrorCode::LoginFailed)]
    {
        app.emulator.clear_faults();
        app.emulator.fault(EndpointName::UserInfo, Fault::Status(status));
        let answer = app.zitadel.user_info_of_token(&token, user.subject()).await;
        assert_eq!(code(answer), Err(expected), "{status}");
    }
}

#[tokio::test]
async fn application_may_use_the_store_and_the_clock() {
    let app = App::new();
    let key = StoreKey::hashed("test", b"a");
    let minute = std::time::Duration::from_secs(60);
    assert!(app.zitadel.store().put_if_absent(&key, b"b".to_vec(), minute).await.unwrap());
    assert_eq!(app.zitadel.store().get(&key).await.unwrap(), Some(b"b".to_vec()));
    let before = app.zitadel.now();
    app.advance(60);
    assert_eq!(app.zitadel.now().duration_since(before), minute);
}
