//! A real browser: login, another page, a refresh, a role that is missing, logout.

use super::PROXY;
use crate::{
    driver::{Scripts, drive},
    site::Site,
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx, Caddy and Chromium: cargo xtask test"]
async fn chromium_logs_in_through_the_proxy_and_stays_logged_in() {
    let site = Site::start(PROXY).await;
    let bob = site.emulator.person("bob").unwrap().id;
    drive(async |driver| {
        let window = driver.open(Scripts::On).await;
        window.open(&format!("{}/orders?page=2", site.base())).await;
        window.wait_for_text("Who is signing in?").await;
        window.click("bob").await;
        window.wait_for_path("/orders?page=2").await;
        let page = window.wait_for_text("application: GET /orders?page=2").await;
        assert!(page.contains(&format!("x-auth-request-user: {bob}")), "{page}");
        assert!(window.has_session().await);

        site.make_tokens_due();
        let before = window.cookies().await;
        window.open(&format!("{}/invoices", site.base())).await;
        window.wait_for_text("application: GET /invoices").await;
        let session = |cookies: &[fantoccini::cookies::Cookie<'static>]| {
            let session = cookies.iter().find(|cookie| cookie.name().starts_with("zitadel.session"));
            session.map(|cookie| cookie.value().to_owned())
        };
        let after = window.cookies().await;
        assert!(session(&after).is_some() && session(&after) != session(&before), "the refreshed session was stored");

        window.open(&format!("{}/admin", site.base())).await;
        assert!(!window.text().await.contains("application: "));
        let status = "const response = await fetch('/orders', { method: 'POST' }); return response.status";
        window.open(&format!("{}/public/page", site.base())).await;
        let page = window.wait_for_text("application: GET /public/page").await;
        assert!(!page.contains("x-auth-request"), "{page}");
        assert_eq!(window.run(status).await, 200);

        // The form of a page of the application.
        let logout = "const form = document.createElement('form'); form.method = 'post'; form.action = '/api/v1/logout'; \
                      document.body.append(form); form.submit()";
        window.run(logout).await;
        window.wait_for_path("/api/v1/logout/success").await;
        assert!(!window.has_session().await);
        window.open(&format!("{}/public/page", site.base())).await;
        assert_eq!(window.run(status).await, 401);
    })
    .await;
}
