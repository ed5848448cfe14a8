//! `backchannel.json`: a session ends, and what its application receives then.

use http::Request;
use serde_json::Value;

use super::{ALICE, Scene};
use crate::{
    instance::ALL,
    replay::{Browser, Login, Replay},
};

const WEB: Login<'_> = Login { client: "web-bcl", ..ALICE };

pub(super) const SCENES: &[Scene] = &[logouts, two_logins, session_deleted, user_deactivated, token_revoked];

/// Each with an application that answers as recorded.
fn logouts(replay: &mut Replay<'_>) {
    for name in [
        "backchannel-end-session",
        "backchannel-204",
        "backchannel-400",
        "backchannel-503",
        "backchannel-503-long",
        "backchannel-302",
        "backchannel-slow",
    ] {
        let tokens = replay.tokens(WEB);
        replay.end_session(&tokens);
        arrive(replay, name, &tokens);
    }
}

fn two_logins(replay: &mut Replay<'_>) {
    let mut browser = Browser::new(&replay.emulator);
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("response_type", "code"), ("redirect_uri", "http://localhost:3000/auth/callback")])
        .extend_pairs([("scope", ALL), ("client_id", replay.instance().client(WEB.client))])
        .finish();
    let page = browser.open(&query, true);
    let first = browser.select(&page, WEB.person).header("location").unwrap().to_owned();
    let page = browser.open(&query, true);
    let second = browser.get(&page).header("location").unwrap().to_owned();
    let [first, second] = [first, second].map(|callback| replay.redeem(WEB.client, &callback));
    replay.end_session(&first);
    arrive(replay, "backchannel-two-logins", &second);
}

fn session_deleted(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(WEB);
    let [session] = replay.emulator.session_ids(WEB.person).try_into().unwrap();
    assert!(replay.emulator.end_session(&session));
    arrive(replay, "backchannel-session-deleted", &tokens);
}

fn user_deactivated(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(Login { person: "erin", ..WEB });
    replay.emulator.deactivate("erin");
    arrive(replay, "backchannel-deactivated", &tokens);
}

fn token_revoked(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(WEB);
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", tokens["refresh_token"].as_str().unwrap())
        .append_pair("client_id", replay.instance().client(WEB.client))
        .finish();
    let request = Request::post("/oauth/v2/revoke").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(replay.emulator.handle(request.body(form.into_bytes()).unwrap()).status(), 200);
    arrive(replay, "backchannel-revoked", &tokens);
}

/// Compares what arrives with the recording.
fn arrive(replay: &mut Replay<'_>, name: &str, tokens: &Value) {
    replay.arrivals(name, tokens["id_token"].as_str().unwrap());
}
