//! `token.json`, except for the tokens of the recorded logins (`authorize.rs`).

use zitadel_emulator::AuthFactor;

use super::{ALICE, Scene};
use crate::{
    instance::{self, ALL},
    replay::{ANY_VERIFIER, Login, Replay},
};

/// An application whose tokens are JWTs with all assertions.
const JWT: Login<'_> = Login { client: "web-jwtat", ..ALICE };

pub(super) const SCENES: &[Scene] =
    &[scopes, people, errors, client_authentication, client_assertions, two_factors, action_claims];

fn scopes(replay: &mut Replay<'_>) {
    replay.exchange("token-code-scope-openid", Login { scope: "openid", ..ALICE });
    replay.exchange("token-code-no-openid", Login { scope: "profile", ..ALICE });
    replay.exchange("token-code-jwt-access-token", JWT);
    let (project2, org) = (replay.instance().id("project2"), replay.instance().id("org"));
    let scope =
        format!("{ALL} urn:zitadel:iam:org:project:id:{project2}:aud urn:zitadel:iam:org:project:id:zitadel:aud");
    replay.exchange("token-code-project-aud", Login { scope: &scope, ..JWT });
    let scope = "openid urn:zitadel:iam:org:project:role:admin";
    replay.exchange("token-code-one-role", Login { scope, ..JWT });
    let scope = format!("openid profile urn:zitadel:iam:org:id:{org}");
    replay.exchange("token-code-org-scope", Login { scope: &scope, ..JWT });
}

fn people(replay: &mut Replay<'_>) {
    for (name, person) in [
        ("token-code-user-initial", "bob"),
        ("token-code-unverified", "erin"),
        ("token-code-carol", "carol"),
        ("token-code-dave", "dave"),
    ] {
        replay.exchange(name, Login { person, ..JWT });
    }
}

fn errors(replay: &mut Replay<'_>) {
    for name in [
        "token-error-verifier-missing",
        "token-error-redirect-other",
        "token-error-redirect-missing",
        "token-error-grant-missing",
        "token-error-grant-unknown",
        "token-error-client-missing",
        "token-error-client-unknown",
        "token-error-client-other",
    ] {
        replay.exchange(name, ALICE);
    }
    replay.exchange_with("token-error-verifier-wrong", ALICE, ANY_VERIFIER);
    replay.send_all(&["token-error-code-missing", "token-error-code-garbage"]);
}

fn client_authentication(replay: &mut Replay<'_>) {
    for (name, client) in [
        ("token-code-basic", "web-basic"),
        ("token-code-post", "web-post"),
        ("token-error-secret-wrong", "web-basic"),
        ("token-error-secret-missing", "web-basic"),
        ("token-error-basic-app-by-post", "web-basic"),
        ("token-error-post-app-by-basic", "web-post"),
        ("token-error-both-methods", "web-basic"),
        ("token-error-public-app-with-secret", "web-none"),
    ] {
        replay.exchange(name, Login { client, ..ALICE });
    }
}

/// The recorded assertions, signed by another key of the same id.
fn client_assertions(replay: &mut Replay<'_>) {
    for name in [
        "token-code-jwt",
        "token-error-assertion-aud",
        "token-error-assertion-aud-string",
        "token-error-assertion-expired",
        "token-error-assertion-old",
        "token-error-assertion-iat-missing",
        "token-error-assertion-exp-missing",
        "token-error-assertion-kid",
        "token-error-assertion-sub",
    ] {
        replay.sign(name, "client_assertion", &instance::key("web-jwt"));
        replay.exchange(name, Login { client: "web-jwt", ..ALICE });
    }
}

fn two_factors(replay: &mut Replay<'_>) {
    let factors = vec![AuthFactor::Password, AuthFactor::OneTimePassword];
    replay.emulator.update_person("carol", |carol| carol.factors = factors);
    replay.exchange("token-code-two-factors", Login { person: "carol", ..JWT });
    replay.send("introspect-two-factors");
}

fn action_claims(replay: &mut Replay<'_>) {
    replay.emulator.update_person("alice", instance::add_action_claims);
    replay.exchange("token-code-custom-claims", JWT);
    replay.send_all(&["userinfo-custom-claims", "introspect-custom-claims"]);
}
