//! No secret and no personal data in any log line, at any level and of any crate, nor in a metric; no token in any page.

use std::collections::BTreeSet;

use behaviours::{Browser, Log, RecordingTransport, Request, Setup, Subject};
use serde_json::Value;
use zitadel_emulator::{AuthMethod, ClientSecret, EndpointName, Fault};

use super::subject;

const SESSION_SECRET: &str = "session-secret-canary-0123456789-0123456789";
const CLIENT_SECRET: &str = "client-secret-canary-0123456789";

/// Secrets that must not be found.
#[derive(Default)]
struct Canaries(BTreeSet<String>);

impl Canaries {
    fn add(&mut self, secret: &str) {
        // Shorter text is found by chance.
        if secret.len() >= 12 {
            self.0.insert(secret.to_owned());
        }
    }

    /// Secrets of a query or form.
    fn add_parameters(&mut self, encoded: &str) {
        const SECRET: [&str; 9] = [
            "code",
            "code_verifier",
            "code_challenge",
            "state",
            "nonce",
            "token",
            "refresh_token",
            "id_token_hint",
            "client_secret",
        ];
        for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
            if SECRET.contains(&name.as_ref()) {
                self.add(&value);
            }
        }
    }

    /// Secrets and personal data of a JSON response.
    fn add_members(&mut self, value: &Value) {
        const SECRET: [&str; 7] =
            ["access_token", "refresh_token", "id_token", "email", "name", "phone_number", "preferred_username"];
        for (name, value) in value.as_object().into_iter().flatten() {
            if let (true, Some(text)) = (SECRET.contains(&name.as_str()), value.as_str()) {
                self.add(text);
                // Each part of a JWT, too.
                text.split('.').skip(1).for_each(|part| self.add(part));
            }
        }
    }

    fn add_cookies(&mut self, browser: &Browser) {
        browser.cookies().iter().for_each(|(_, value)| self.add(value));
    }

    /// The lines that contain a secret.
    fn find(&self, text: &str) -> Vec<String> {
        let found = |line: &str| {
            let canary = self.0.iter().find(|canary| line.contains(canary.as_str()))?;
            Some(format!("{canary}\n    in {}", line.chars().take(600).collect::<String>()))
        };
        text.lines().filter_map(found).collect()
    }
}

/// Logins, pages, failures and a logout. The secrets of it, and the bodies that browsers received.
async fn conversation(app: &Subject, canaries: &mut Canaries) -> Vec<String> {
    let mut browser = app.browser();
    browser.get("/profile?token=query-canary-123456").await;
    browser.start_login().await;
    canaries.add_cookies(&browser);
    let redirect = browser.authorize_as("alice").await;
    canaries.add_parameters(redirect.location().split_once('?').unwrap().1);
    browser.follow().await.assert_status(302);
    for path in ["/profile", "/admin", "/", "/auth/session", "/auth/userinfo", "/profile"] {
        browser.get(path).await.assert_status(200);
        canaries.add_cookies(&browser);
    }
    // Refreshed tokens are canaries, too.
    for _ in 0..3 {
        app.make_tokens_due();
        browser.get("/profile").await.assert_status(200);
        canaries.add_cookies(&browser);
    }
    provider_failures(app, &mut browser, canaries).await;
    let mut bodies = rejected_requests(app, &mut browser).await;
    browser.get("/profile").await.assert_status(200);
    canaries.add_cookies(&browser);
    let redirect = browser.click("Sign out").await;
    canaries.add_parameters(redirect.location().split_once('?').unwrap().1);
    canaries.add_cookies(&browser);
    browser.follow().await;
    browser.follow().await.assert_redirect("/auth/logout/success");
    browser.follow().await;
    bodies.extend(browser.bodies());
    bodies
}

/// Failures are logged in most detail.
async fn provider_failures(app: &Subject, browser: &mut Browser, canaries: &mut Canaries) {
    for fault in [
        Fault::WrongNonce,
        Fault::TamperedSignature,
        Fault::Html,
        Fault::Status(500),
        Fault::WrongSubject,
        Fault::NoIdToken,
    ] {
        app.emulator().fault(EndpointName::Token, fault);
        let mut other = app.browser();
        let redirect = other.authorize_as("bob").await;
        canaries.add_cookies(&other);
        canaries.add_parameters(redirect.location().split_once('?').unwrap().1);
        assert!(other.follow().await.status >= 500);
    }
    app.emulator().clear_faults();
    for fault in [Fault::Status(500), Fault::Html, Fault::Drop] {
        app.emulator().fault(EndpointName::UserInfo, fault);
        assert!(browser.fetch("GET", "/auth/userinfo").await.status >= 500);
        canaries.add_cookies(browser);
    }
    app.emulator().clear_faults();
    // A refresh that ends the session.
    let mut bob = app.logged_in("bob").await;
    canaries.add_cookies(&bob);
    app.emulator().fault(EndpointName::UserInfo, Fault::WrongSubject);
    app.make_tokens_due();
    bob.get("/profile").await.assert_status(302);
    app.emulator().clear_faults();
}

/// Requests with invalid secrets. The bodies of the browser without a session.
async fn rejected_requests(app: &Subject, browser: &mut Browser) -> Vec<String> {
    browser.get("/auth/callback?code=code-canary-123456&state=state-canary-123456").await;
    browser.get("/auth/logout/callback?state=state-canary-123456").await;
    browser.send(Request::new("GET", "/profile").with("authorization", "Bearer bearer-canary-123456")).await;
    let cross_site = Request::new("POST", "/auth/logout").with("origin", "https://evil.example");
    browser.send(cross_site).await.assert_status(403);
    let mut invalid = app.browser();
    invalid.set_cookie(app.session_cookie(), "cookie-canary-1234567890");
    invalid.get("/profile").await.assert_status(302);
    invalid.bodies()
}

/// The tokens that application and provider exchanged; other secrets of their responses are added to `canaries`.
fn exchanged_tokens(transport: &RecordingTransport, canaries: &mut Canaries) -> Canaries {
    let mut tokens = Canaries::default();
    for exchange in transport.exchanges() {
        tokens.add_parameters(&exchange.sent);
        exchange.authorization.iter().flat_map(|value| value.split(' ').nth(1)).for_each(|value| tokens.add(value));
        if let Ok(response) = serde_json::from_str::<Value>(&exchange.received) {
            canaries.add_members(&response);
            for name in ["access_token", "refresh_token", "id_token"] {
                response[name].as_str().into_iter().for_each(|token| tokens.add(token));
            }
        }
    }
    tokens.add(SESSION_SECRET);
    tokens.add(CLIENT_SECRET);
    tokens
}

#[tokio::test]
async fn log_and_metrics_have_no_secret_and_no_personal_data_and_pages_have_no_token() {
    let log = Log::collect();
    let transport = RecordingTransport::default();
    let setup = Setup::new().with_short_lived_tokens().transport(&transport).var("SESSION_SECRET", SESSION_SECRET);
    let app = subject::with(setup.var("ZITADEL_CLIENT_SECRET", CLIENT_SECRET)).await;
    app.emulator().client().update(|client| {
        client.auth_method = AuthMethod::Basic;
        client.secret = Some(ClientSecret::new(CLIENT_SECRET));
    });
    let mut canaries = Canaries::default();
    let bodies = conversation(&app, &mut canaries).await;
    let pages: Vec<_> = bodies.into_iter().filter(|body| !body.contains("ZITADEL emulator")).collect();

    let tokens = exchanged_tokens(&transport, &mut canaries);
    assert!(tokens.0.len() > 20 && pages.len() > 20, "{} tokens, {} pages", tokens.0.len(), pages.len());
    for page in &pages {
        assert_eq!(tokens.find(page), [""; 0]);
    }

    canaries.0.extend(tokens.0);
    for secret in ["code-canary-123456", "state-canary-123456", "bearer-canary-123456"] {
        canaries.add(secret);
    }
    // The query of a page of the application is the application's to keep out of the framework's log.
    if !subject::LOGS_REQUESTS {
        canaries.add("query-canary-123456");
    }
    for secret in ["cookie-canary-1234567890", "alice@example.com", "bob@example.com", "Alice Anderson"] {
        canaries.add(secret);
    }
    let text = log.text();
    for event in ["login_completed", "login_failed", "user_info_failed", "refresh_rejected", "logout_completed"] {
        assert!(text.contains(event), "the log was not collected: no {event}");
    }
    assert!(!subject::LOGS_REQUESTS || text.contains("GET /auth/callback"), "the framework's log was not collected");
    let found = canaries.find(&text);
    assert!(found.is_empty(), "{} log lines hold secrets:\n{}", found.len(), found[..found.len().min(10)].join("\n"));

    let metrics = app.browser().plain("GET", "/metrics").await.body;
    assert!(metrics.contains(r#"zitadel_logins_total{outcome="failed","#), "{metrics}");
    assert_eq!(canaries.find(&metrics), [""; 0]);

    // The search finds a secret that is logged, whichever way.
    tracing::trace!(canary = canaries.0.last().unwrap().as_str());
    assert_eq!(canaries.find(&log.text()).len(), 1);
    log::trace!("{}", canaries.0.last().unwrap());
    assert_eq!(canaries.find(&log.text()).len(), 2);
}
