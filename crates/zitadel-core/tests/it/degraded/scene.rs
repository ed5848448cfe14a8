//! The columns of the table: who comes, and what he gets.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use zitadel_core::{Endpoint, Reply, RequestHead, Requirement, Zitadel};

use super::store::FaultyStore;
use crate::support::{App, Browser, location, run_background_tasks};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    PublicPage,
    ProtectedPage,
    FreshSession,
    DueSession,
    ExpiredToken,
    Login,
    Callback,
    Logout,
    BackChannelLogout,
    Readiness,
}

impl Visit {
    pub(super) const ALL: [Self; 10] = [
        Self::PublicPage,
        Self::ProtectedPage,
        Self::FreshSession,
        Self::DueSession,
        Self::ExpiredToken,
        Self::Login,
        Self::Callback,
        Self::Logout,
        Self::BackChannelLogout,
        Self::Readiness,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::PublicPage => "public page, anonymous",
            Self::ProtectedPage => "protected page, anonymous",
            Self::FreshSession => "fresh session",
            Self::DueSession => "due session",
            Self::ExpiredToken => "session, access token expired",
            Self::Login => "login",
            Self::Callback => "callback",
            Self::Logout => "logout",
            Self::BackChannelLogout => "back-channel logout",
            Self::Readiness => "`/readyz`",
        }
    }
}

/// An application in use, before something breaks.
pub(super) struct Scene {
    pub(super) app: App,
    pub(super) store: Arc<FaultyStore>,
    browser: Browser,
    /// A copy of the browser's cookies from before.
    copy: Browser,
    callback: String,
    logout_token: String,
}

impl Scene {
    pub(super) async fn before(visit: Visit) -> Self {
        let app = App::with_short_lived_tokens();
        let store = FaultyStore::new(&app.clock);
        let zitadel = app.builder().store(store.clone()).build().unwrap();
        assert_eq!(zitadel.readiness().await.status, 200);
        let mut browser = app.browser_of(zitadel.clone());
        let mut anonymous = browser.clone();
        browser.login("alice", "/profile").await;
        // The store has been asked about it since it tells what ends.
        run_background_tasks().await;
        app.advance(6);
        assert!(browser.open("/profile").await.is_ok());
        let logout_token = app.emulator.logout_token_for("alice", &app.emulator.session_ids("alice").pop().unwrap());
        let logout_token = logout_token.build();
        let callback = anonymous.authorize_as("bob").await;
        match visit {
            Visit::PublicPage | Visit::ProtectedPage | Visit::Login | Visit::Callback => browser = anonymous,
            // Of 599 seconds, of which the last 30 are due in any case.
            Visit::DueSession => app.advance(575),
            Visit::ExpiredToken => app.advance(601),
            // Longer than the latest check of the store counts.
            Visit::Readiness => app.advance(3),
            // Long after the store was asked about it.
            Visit::FreshSession => app.advance(400),
            Visit::Logout | Visit::BackChannelLogout => {}
        }
        Self { copy: browser.clone(), app, store, browser, callback, logout_token }
    }

    fn zitadel(&self) -> &Zitadel {
        &self.browser.zitadel
    }

    /// A cell.
    pub(super) async fn visit(&mut self, visit: Visit) -> String {
        match visit {
            Visit::PublicPage => {
                let authentication = self.browser.authenticate("GET", "/").await;
                assert!(authentication.user().is_none());
                "200".to_owned()
            }
            Visit::ProtectedPage => match self.browser.open("/profile").await {
                Err(302) => "302 to login".to_owned(),
                other => panic!("{other:?}"),
            },
            Visit::FreshSession => {
                let at_once = self.session().await;
                for seconds in 1..=10 {
                    self.app.advance(1);
                    let later = self.session().await;
                    if at_once != later {
                        return format!("{at_once} for {seconds} s, then {later}");
                    }
                }
                at_once
            }
            Visit::DueSession | Visit::ExpiredToken => self.session().await,
            Visit::Login => {
                let started = Instant::now();
                let reply = self.browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
                timed(started, &page(&reply))
            }
            Visit::Callback => {
                let (started, callback) = (Instant::now(), self.callback.clone());
                let reply = self.browser.callback(&callback).await;
                timed(started, &page(&reply))
            }
            Visit::Logout => {
                let started = Instant::now();
                let reply = self.browser.logout().await;
                assert_eq!(self.browser.session_cookies(), [], "the cookie is removed, whatever is broken");
                assert_eq!(self.copy.open("/profile").await.err(), Some(302), "a copy of it has ended here");
                timed(started, &page(&reply))
            }
            Visit::BackChannelLogout => {
                let (started, reply) = (Instant::now(), self.back_channel_logout().await);
                let is_let_in = self.copy.open("/profile").await.is_ok();
                assert_eq!(is_let_in, reply.status == 400, "what was not refused has ended here, stored or not");
                timed(started, &page(&reply))
            }
            Visit::Readiness => {
                let reply = self.zitadel().readiness().await;
                let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
                let reasons = body["reasons"].as_object().map(|reasons| {
                    let words = reasons.values().map(|reason| format!("`{}`", reason.as_str().unwrap()));
                    words.collect::<Vec<_>>().join(", ")
                });
                reasons.map_or_else(|| "200".to_owned(), |reasons| format!("503 {reasons}"))
            }
        }
    }

    /// Whether everything works for those who came during the outage.
    pub(super) async fn is_well(&mut self, visit: Visit) -> bool {
        match visit {
            Visit::PublicPage => true,
            Visit::ProtectedPage | Visit::Login | Visit::Callback => {
                let mut browser = self.app.browser_of(self.zitadel().clone());
                let url = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
                if url.status != 302 {
                    return false;
                }
                let callback = self.app.emulator.authorize_as(location(&url), "bob");
                browser.callback(&callback).await;
                browser.open("/profile").await.is_ok()
            }
            Visit::FreshSession | Visit::DueSession | Visit::ExpiredToken => {
                self.browser.open("/profile").await.is_ok()
            }
            Visit::Logout => self.has_ended_elsewhere().await,
            Visit::BackChannelLogout => {
                // It repeats the order, as a newer ZITADEL does.
                matches!(self.back_channel_logout().await.status, 200) && self.has_ended_elsewhere().await
            }
            Visit::Readiness => self.zitadel().readiness().await.status == 200,
        }
    }

    async fn has_ended_elsewhere(&self) -> bool {
        let replica = self.app.builder().store(self.store.clone()).build().unwrap();
        Browser { zitadel: replica, ..self.copy.clone() }.open("/profile").await.err() == Some(302)
    }

    async fn back_channel_logout(&self) -> Reply {
        let mut head = RequestHead::new("POST", "/auth/backchannel-logout");
        head.header("content-type", b"application/x-www-form-urlencoded");
        let body = format!("logout_token={}", self.logout_token);
        self.zitadel().serve(Endpoint::BackChannelLogout, &head, async { Some(body.as_bytes()) }).await
    }

    /// A protected page, for a script: its answers name the reason.
    async fn session(&mut self) -> String {
        let started = Instant::now();
        let head = self.browser.request("GET", "/profile");
        let authentication = self.zitadel().authenticate(head).await;
        self.browser.receive(&authentication);
        let cell = match authentication.authorize(&Requirement::user()) {
            Ok(_) => "200".to_owned(),
            Err(denied) => page(&denied.into_reply()),
        };
        timed(started, &cell)
    }
}

/// The status, and where to or why.
fn page(reply: &Reply) -> String {
    let to = reply.header("location");
    let code = serde_json::from_str::<serde_json::Value>(&reply.body)
        .ok()
        .and_then(|body| body["error"].as_str().map(str::to_owned));
    let code = code.or_else(|| {
        let texts = [
            ("session store cannot be reached", "store_unavailable"),
            ("identity provider cannot be reached", "provider_unavailable"),
            ("Sign-in did not complete", "login_failed"),
        ];
        texts.into_iter().find(|(text, _)| reply.body.contains(text)).map(|(_, code)| code.to_owned())
    });
    match (to, code) {
        (Some(to), _) if to.starts_with("https://zitadel.example/") => format!("{} to ZITADEL", reply.status),
        (Some(to), _) => match to.split_once("?reason=") {
            Some((_, reason)) => format!("{} to the error page, `{reason}`", reply.status),
            None => format!("{} to the page", reply.status),
        },
        (None, Some(code)) => format!("{} `{code}`", reply.status),
        (None, None) if reply.status == 200 => "200".to_owned(),
        (None, None) => panic!("{}: {}", reply.status, reply.body),
    }
}

/// With the time that it took.
fn timed(started: Instant, cell: &str) -> String {
    match started.elapsed() {
        time if time < Duration::from_millis(500) => cell.to_owned(),
        time => format!("{cell} after {} s", time.as_millis().div_ceil(500) as f64 / 2.0),
    }
}
