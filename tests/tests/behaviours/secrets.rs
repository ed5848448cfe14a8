//! Nothing secret and nothing personal in any log line, at any level; no token in any page.

use std::collections::BTreeSet;

use behaviours::{Log, Outgoing, Setup, Subject, Wiretap};
use serde_json::Value;
use zitadel_emulator::{EndpointName, Fault};

use super::subject;

/// Everything that can happen in a conversation, with its secrets collected on the way.
struct Canaries(BTreeSet<String>);

impl Canaries {
    fn add(&mut self, secret: &str) {
        // What is shorter turns up by chance.
        if secret.len() >= 12 {
            self.0.insert(secret.to_owned());
        }
    }

    fn add_pairs(&mut self, encoded: &str) {
        for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
            let secret = [
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
            if secret.contains(&name.as_ref()) {
                self.add(&value);
            }
        }
    }

    fn add_json(&mut self, value: &Value) {
        let secret =
            ["access_token", "refresh_token", "id_token", "email", "name", "phone_number", "preferred_username"];
        for (name, value) in value.as_object().into_iter().flatten() {
            if let (true, Some(text)) = (secret.contains(&name.as_str()), value.as_str()) {
                self.add(text);
                // The parts of a JWT are as good as the whole.
                text.split('.').skip(1).for_each(|part| self.add(part));
            }
        }
    }
}

impl Canaries {
    /// The lines in which there is one.
    fn sung_in(&self, log: &str) -> Vec<String> {
        let song = |line: &str| {
            let canary = self.0.iter().find(|canary| line.contains(canary.as_str()))?;
            Some(format!("{canary}\n    in {}", line.chars().take(600).collect::<String>()))
        };
        log.lines().filter_map(song).collect()
    }
}

async fn conversation(app: &Subject, canaries: &mut Canaries) -> Vec<String> {
    let mut browser = app.browser();
    let note = |browser: &behaviours::Browser, canaries: &mut Canaries| {
        browser.cookies().iter().for_each(|(_, value)| canaries.add(value));
    };
    browser.get("/profile?token=query-canary-123456").await;
    browser.begin().await;
    note(&browser, canaries);
    let way = browser.choose("alice").await;
    canaries.add_pairs(way.location().split_once('?').unwrap().1);
    browser.follow().await.has_status(302);
    for path in ["/profile", "/admin", "/", "/auth/session", "/auth/userinfo", "/profile"] {
        browser.get(path).await.has_status(200);
        note(&browser, canaries);
    }
    // What goes wrong is logged most.
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
        let way = other.choose("bob").await;
        note(&other, canaries);
        canaries.add_pairs(way.location().split_once('?').unwrap().1);
        assert!(other.follow().await.status >= 500);
    }
    app.emulator().clear_faults();
    for fault in [Fault::Status(500), Fault::Html, Fault::Drop] {
        app.emulator().fault(EndpointName::UserInfo, fault);
        assert!(browser.fetch("GET", "/auth/userinfo").await.status >= 500);
        note(&browser, canaries);
    }
    app.emulator().clear_faults();
    // A refresh that tells lies ends a session.
    let mut bob = app.signed_in("bob").await;
    note(&bob, canaries);
    app.emulator().fault(EndpointName::UserInfo, Fault::WrongSubject);
    bob.get("/profile").await.has_status(302);
    app.emulator().clear_faults();
    for hostile in [
        "/auth/callback?code=code-canary-123456&state=state-canary-123456",
        "/auth/logout/callback?state=state-canary-123456",
    ] {
        browser.get(hostile).await;
    }
    browser.send(Outgoing::new("GET", "/profile").with("authorization", "Bearer bearer-canary-123456")).await;
    browser.send(Outgoing::new("POST", "/auth/logout").with("origin", "https://evil.example")).await.has_status(403);
    let mut broken = app.browser();
    broken.put_cookie("zitadel.session", "cookie-canary-1234567890");
    broken.get("/profile").await.has_status(302);
    browser.get("/profile").await.has_status(200);
    note(&browser, canaries);
    let left = browser.press("Sign out").await;
    canaries.add_pairs(left.location().split_once('?').unwrap().1);
    note(&browser, canaries);
    browser.follow().await;
    browser.follow().await.is_redirect_to("/auth/logout/success");
    browser.follow().await;
    let mut seen = browser.everything_seen();
    seen.extend(broken.everything_seen());
    for canary in ["query", "code", "state", "bearer", "cookie"] {
        canaries.add(&format!("{canary}-canary-123456"));
    }
    seen
}

#[tokio::test]
async fn no_secret_and_nothing_personal_is_logged_and_no_token_is_shown() {
    let log = Log::listen();
    let wiretap = Wiretap::default();
    let secret = "session-secret-canary-0123456789-0123456789";
    let setup = Setup::new().tokens_are_always_due().wiretap(&wiretap).var("SESSION_SECRET", secret);
    let app = subject::with(setup.var("ZITADEL_CLIENT_SECRET", "client-secret-canary-0123456789")).await;
    app.emulator().client().update(|client| {
        client.auth_method = zitadel_emulator::AuthMethod::Basic;
        client.secret = Some(zitadel_emulator::ClientSecret::new("client-secret-canary-0123456789"));
    });
    let mut canaries = Canaries(BTreeSet::new());
    canaries.add(secret);
    let seen = conversation(&app, &mut canaries).await;
    let shown: Vec<_> = seen.into_iter().filter(|body| !body.contains("ZITADEL emulator")).collect();

    // Tokens, codes, verifiers: nothing of them in a body that a browser got.
    let mut tokens = Canaries(BTreeSet::new());
    for exchange in wiretap.heard() {
        tokens.add_pairs(&exchange.sent);
        exchange.authorization.iter().flat_map(|value| value.split(' ').nth(1)).for_each(|value| tokens.add(value));
        if let Ok(answer) = serde_json::from_str::<Value>(&exchange.received) {
            canaries.add_json(&answer);
            for name in ["access_token", "refresh_token", "id_token"] {
                answer[name].as_str().into_iter().for_each(|token| tokens.add(token));
            }
        }
    }
    tokens.add(secret);
    tokens.add("client-secret-canary-0123456789");
    assert!(tokens.0.len() > 20 && shown.len() > 20, "{} tokens, {} pages", tokens.0.len(), shown.len());
    for body in &shown {
        for token in &tokens.0 {
            assert!(!body.contains(token.as_str()), "a secret is in a page: {token}");
        }
    }

    canaries.0.extend(tokens.0);
    canaries.add("alice@example.com");
    canaries.add("bob@example.com");
    canaries.add("Alice Anderson");
    let heard = log.text();
    assert!(heard.contains("refused") && heard.contains("signed in"), "the log was not heard");
    println!("{} canaries, {} pages, {} bytes of log", canaries.0.len(), shown.len(), heard.len());
    let found = canaries.sung_in(&heard);
    assert!(found.is_empty(), "{} log lines hold secrets:\n{}", found.len(), found[..found.len().min(10)].join("\n"));

    // The net has no hole: one that is let out on purpose is caught.
    tracing::trace!(canary = canaries.0.last().unwrap().as_str());
    assert_eq!(canaries.sung_in(&log.text()).len(), 1);
}
