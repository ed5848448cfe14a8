//! `authorize.json`, and the tokens of its logins.

use super::{ALICE, Scene};
use crate::{
    instance::ALL,
    replay::{Browser, Replay, parameter},
};

pub(super) const SCENES: &[Scene] = &[requests, version_2, denied, version_1];

fn requests(replay: &mut Replay<'_>) {
    replay.send_all(&[
        "authorize-ok",
        "authorize-client-missing",
        "authorize-client-unknown",
        "authorize-redirect-missing",
        "authorize-redirect-unregistered",
        "authorize-redirect-slash",
        "authorize-scope-missing",
        "authorize-scope-unknown",
        "authorize-scope-no-openid",
        "authorize-response-type-missing",
        "authorize-response-type-token",
        "authorize-prompt-none-login",
        "authorize-prompt-none",
        "authorize-max-age-bad",
        "authorize-challenge-plain",
        "authorize-challenge-method-unknown",
        "authorize-challenge-missing",
        "authorize-hint-bad",
        "authorize-request-object",
        "authorize-request-uri",
    ]);
}

fn version_2(replay: &mut Replay<'_>) {
    let page = replay.send("authorize-v2-login").header("location").unwrap().to_owned();
    let answer = Browser::new(&replay.emulator).select(&page, "alice");
    replay.redirect("callback-v2", answer.header("location").unwrap());
    replay.send_all(&["token-code-none", "token-code-again", "userinfo-after-code-reuse", "refresh-after-code-reuse"]);
}

fn denied(replay: &mut Replay<'_>) {
    let url = format!("/oauth/v2/authorize?{}", query(replay, "callback-v2-denied", &[]));
    let (text, uri) = ("the person said no", "http://localhost:8088/why");
    let callback = replay.emulator.deny_authorization(&url, "access_denied", text, uri).unwrap();
    replay.redirect("callback-v2-denied", &callback);
}

/// The version-1 login: one browser that signs in, and then requests with its session.
fn version_1(replay: &mut Replay<'_>) {
    let mut browser = Browser::new(&replay.emulator);
    let challenge = replay.recorded_challenge("token-code-v1");
    let with_challenge = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    let page = browser.open(&query(replay, "callback-v1", &with_challenge), false);
    let callback = browser.select(&page, "alice").header("location").unwrap().to_owned();
    replay.redirect("callback-v1", &callback);
    replay.send("token-code-v1");

    for (name, extra) in [("callback-v1-sso", None), ("callback-v1-prompt-none", Some(("prompt", "none")))] {
        let page = browser.open(&query(replay, name, extra.as_slice()), false);
        replay.redirect(name, browser.get(&page).header("location").unwrap());
    }
    for (name, extra) in [
        ("callback-v1-prompt-login", ("prompt", "login")),
        ("callback-v1-max-age", ("max_age", "0")),
        ("callback-v1-login-hint", ("login_hint", "alice")),
    ] {
        let page = browser.open(&query(replay, name, &[extra]), false);
        // With a hint at the person who is signed in there is no page.
        let shown = browser.get(&page);
        let location = match shown.header("location") {
            Some(location) => location.to_owned(),
            None => browser.select(&page, "alice").header("location").unwrap().to_owned(),
        };
        replay.redirect(name, &location);
    }
    let mut other = Browser::new(&replay.emulator);
    let name = "callback-v1-prompt-none-anonymous";
    let page = other.open(&query(replay, name, &[("prompt", "none")]), false);
    replay.redirect(name, other.get(&page).header("location").unwrap());

    let form_post = "response_type=code&redirect_uri=http://localhost:3000/auth/callback&scope=openid&\
                     state=MCh61FYGdOVBuAeO557Rjw&response_mode=form_post";
    let form_post = format!("{form_post}&client_id={}", replay.instance().client("web-none"));
    let page = other.open(&form_post, false);
    replay.page("callback-v1-form-post", &other.select(&page, "alice"));

    // Any ID token of the session ends it.
    let hint = replay.own_token("token-code-v1", "id_token");
    browser.get(&format!("/oidc/v1/end_session?id_token_hint={hint}"));
    replay.send_all(&["userinfo-v1-after-end-session", "refresh-v1-after-end-session"]);
}

/// An authorization request whose state is that of a recorded redirect.
fn query(replay: &Replay<'_>, name: &str, extra: &[(&str, &str)]) -> String {
    let client = replay.instance().client(ALICE.client);
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("response_type", "code"), ("client_id", client), ("scope", ALL)])
        .extend_pairs([("redirect_uri", "http://localhost:3000/auth/callback"), ("nonce", "nonce-nonce-nonce-nonc")])
        .append_pair("state", &parameter(replay.recorded_redirect(name), "state").unwrap())
        .extend_pairs(extra)
        .finish()
}
