//! `example-spa`: a single-page application at one origin, the gateway at another one.

use std::net::TcpListener;

use example_spa::{Development, Sockets, serve};
use tokio::task::JoinHandle;

use crate::{
    driver::{Scripts, Window, drive},
    gallery,
};

/// The application, its API, the gateway and the provider, until this is dropped.
struct Running {
    app: String,
    _development: Development,
    server: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn start() -> Running {
    let socket = || TcpListener::bind("127.0.0.1:0").unwrap();
    let sockets = Sockets { app: socket(), gateway: socket() };
    let app = sockets.app_origin().unwrap();
    let development = Development::start(&sockets.gateway_origin().unwrap()).await.unwrap();
    let variables = development.variables.clone();
    let server = tokio::spawn(async move { serve(sockets, &variables).await.unwrap() });
    Running { app, _development: development, server }
}

async fn sign_in(window: &Window, user: &str) {
    window.click("Sign in").await;
    window.wait_for_text("Who is signing in?").await;
    window.click(user).await;
    window.wait_for_text("Call the API").await;
}

async fn picture(window: &Window, name: &str) {
    if gallery::is_wanted() {
        gallery::screenshot(window, "spa", name).await;
    }
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn a_user_signs_in_calls_the_api_and_signs_out() {
    let running = start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&running.app).await;
        window.wait_for_text("What happens").await;
        assert!(!window.has_session().await);
        picture(&window, "signed-out").await;

        sign_in(&window, "Alice Anderson").await;
        let text = window.wait_for_text("alice@example.com").await;
        assert!(text.contains("in memory, until") && text.contains("POST /api/v1/token"), "{text}");
        // Neither the address nor a storage has the code or the token.
        assert_eq!(window.client.current_url().await.unwrap().as_str(), format!("{}/", running.app));
        assert_eq!(window.run("return localStorage.length + sessionStorage.length").await, 0);

        window.click("My orders").await;
        window.wait_for_text("Field notebook").await;
        window.click("Reports").await;
        let text = window.wait_for_text("orders_this_week").await;
        assert!(text.contains("128"), "{text}");
        window.click("User info").await;
        window.wait_for_text("preferred_username").await;
        picture(&window, "signed-in").await;

        // The session is kept by the gateway's cookie; the token was in the memory of the page.
        window.client.refresh().await.unwrap();
        window.wait_for_text("This page was loaded again").await;
        picture(&window, "loaded-again").await;
        window.click("Get an access token").await;
        window.wait_for_text("Call the API").await;
        window.click("My orders").await;
        window.wait_for_text("Field notebook").await;

        window.click("Sign out").await;
        window.wait_for_text("What happens").await;
        assert!(!window.has_session().await);
        assert_eq!(window.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn a_refusal_of_the_api_is_shown_and_a_code_of_somewhere_else_is_worth_nothing() {
    let running = start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&running.app).await;
        sign_in(&window, "Bob Brown").await;
        window.click("Reports").await;
        let text = window.wait_for_text("GET /api/reports, for the role admin").await;
        assert!(text.contains("403"), "{text}");
        picture(&window, "refused").await;

        window.open("about:blank").await;
        window.open(&format!("{}/#code=bm90LWEtY29kZS1vZi10aGlzLWdhdGV3YXk", running.app)).await;
        let text = window.wait_for_text("invalid_grant").await;
        assert!(text.contains("bob@example.com") && text.contains("Get an access token"), "{text}");
        assert_eq!(window.client.current_url().await.unwrap().fragment(), None);
        picture(&window, "foreign-code").await;
        assert_eq!(window.console_errors().await, Vec::<String>::new());
    })
    .await;
}
