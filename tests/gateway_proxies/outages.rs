//! Gateways that are not there, or do not believe the proxy.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join_all;

use super::PROXY;
use crate::{
    server::Kind,
    site::{Received, Site},
};

const BROWSERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn no_user_notices_that_one_of_two_gateways_is_killed() {
    let mut site = Site::start(PROXY).await;
    let mut browsers = Vec::new();
    for user in ["alice", "bob"].iter().cycle().take(BROWSERS) {
        browsers.push(site.logged_in(user).await);
    }
    let stop = AtomicBool::new(false);
    let load = browsers.into_iter().map(|mut browser| {
        let stop = &stop;
        async move {
            let mut requests = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                Received::of(&browser.get("/orders").await, 200);
                requests += 1;
            }
            requests
        }
    });
    let first = &mut site.gateways[0];
    let kill = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        first.kill();
        tokio::time::sleep(Duration::from_secs(2)).await;
        stop.store(true, Ordering::Relaxed);
    };
    let (requests, ()) = tokio::join!(join_all(load), kill);
    assert!(requests.iter().all(|requests| *requests > 10), "{requests:?}");
    // The other one refreshes, too.
    site.make_tokens_due();
    let mut browser = site.logged_in("alice").await;
    site.make_tokens_due();
    Received::of(&browser.get("/orders").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn without_any_gateway_nothing_passes() {
    let mut site = Site::start(PROXY).await;
    let mut browser = site.logged_in("alice").await;
    for gateway in &mut site.gateways {
        gateway.kill();
    }
    let status = if PROXY == Kind::Nginx { 503 } else { 502 };
    browser.get("/orders").await.assert_status(status);
    browser.get("/admin").await.assert_status(status);
    site.browser().fetch("GET", "/orders").await.assert_status(status);
    Received::of(&browser.get("/public/page").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn while_the_provider_is_down_sessions_that_need_it_get_503() {
    let site = Site::start(PROXY).await;
    let mut browser = site.logged_in("alice").await;
    Received::of(&browser.get("/orders").await, 200);
    site.make_tokens_due();
    site.emulator.stop_listening().await;
    browser.get("/orders").await.assert_status(503);
    Received::of(&browser.get("/public/page").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn gateway_that_does_not_trust_the_proxy_lets_nothing_pass() {
    let site = Site::with(PROXY, &[("TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    // Login works: nothing that a proxy says is believed there.
    let mut browser = site.browser();
    browser.get("/api/v1/login?callbackUrl=/orders").await;
    browser.log_in_as("alice").await.assert_redirect("/orders");
    let status = if PROXY == Kind::Nginx { 500 } else { 400 };
    browser.follow().await.assert_status(status);
    browser.send(behaviours::Request::new("GET", "/orders").with("x-forwarded-for", "10.0.0.1")).await.assert_status(status);
    Received::of(&browser.get("/public/page").await, 200);
}
