//! Two samples on two ports of `localhost`: a browser has one set of cookies for both.
//!
//! In pairs of two frameworks: each is in one pair the first to finish, and in another the second.

use std::collections::BTreeMap;

use behaviours::{
    Subject,
    subject::{actix, axum, rocket},
};

use crate::driver::{Scripts, Window, drive};

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn axum_and_actix_on_one_host_leave_each_other_alone() {
    leave_each_other_alone(axum::start().await, actix::start().await).await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn actix_and_rocket_on_one_host_leave_each_other_alone() {
    leave_each_other_alone(actix::start().await, rocket::start().await).await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn rocket_and_axum_on_one_host_leave_each_other_alone() {
    leave_each_other_alone(rocket::start().await, axum::start().await).await;
}

/// Alice uses the one, Bob the other.
async fn leave_each_other_alone(one: Subject, other: Subject) {
    assert_ne!(one.session_cookie(), other.session_cookie());
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        let client = &window.client;

        // The login at the other one starts and ends while Alice chooses.
        let first_tab = client.window().await.unwrap();
        open_profile(&window, &one).await;
        window.click("Sign in with ZITADEL").await;
        window.wait_for_text("Who is signing in?").await;
        let second_tab = client.new_window(true).await.unwrap().handle;
        client.switch_to_window(second_tab).await.unwrap();
        open_profile(&window, &other).await;
        window.log_in_as("Bob Brown").await;
        window.wait_for_text("bob@example.com").await;
        let cookies = cookies(&window).await;
        assert_eq!(cookies.len(), 2, "a session, and the login that has not finished: {cookies:?}");
        client.switch_to_window(first_tab).await.unwrap();
        window.click("Alice Anderson").await;
        window.wait_for_text("alice@example.com").await;

        let before = assert_only_sessions_of(&window, &[&one, &other]).await;
        for _ in 0..2 {
            assert_signed_in(&window, &other, "bob@example.com").await;
            assert_signed_in(&window, &one, "alice@example.com").await;
        }

        sign_out(&window, &other).await;
        let kept = assert_only_sessions_of(&window, &[&one]).await;
        assert_eq!(kept.get(one.session_cookie()), before.get(one.session_cookie()));
        assert_signed_in(&window, &one, "alice@example.com").await;
        open_profile(&window, &other).await;
        window.wait_for_path("/auth/login").await;

        window.log_in_as("Bob Brown").await;
        window.wait_for_text("bob@example.com").await;
        assert_only_sessions_of(&window, &[&one, &other]).await;
        sign_out(&window, &one).await;
        assert_signed_in(&window, &other, "bob@example.com").await;
        sign_out(&window, &other).await;
        assert_only_sessions_of(&window, &[]).await;
    })
    .await;
}

async fn open_profile(window: &Window, app: &Subject) {
    window.open(&format!("{}/profile", app.base())).await;
}

async fn assert_signed_in(window: &Window, app: &Subject, email: &str) {
    open_profile(window, app).await;
    window.wait_for_text(email).await;
}

async fn sign_out(window: &Window, app: &Subject) {
    open_profile(window, app).await;
    window.click("Sign out").await;
    window.wait_for_path("/auth/logout/success").await;
    window.wait_for_text("You are signed out").await;
}

/// Every cookie of `localhost`.
async fn cookies(window: &Window) -> BTreeMap<String, String> {
    let cookies = window.cookies().await.into_iter();
    cookies.map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned())).collect()
}

/// There are the sessions of these applications, and no other cookie: no login and no logout is left. All cookies.
async fn assert_only_sessions_of(window: &Window, of: &[&Subject]) -> BTreeMap<String, String> {
    let cookies = cookies(window).await;
    let mut expected: Vec<_> = of.iter().map(|app| app.session_cookie()).collect();
    expected.sort_unstable();
    assert_eq!(cookies.keys().collect::<Vec<_>>(), expected);
    cookies
}
