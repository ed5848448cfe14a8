//! Session secrets, client secret, salt.

use super::*;

fn exposed(config: &LoginConfig) -> Vec<&str> {
    config.session.secrets.iter().map(|secret| secret.expose().as_str()).collect()
}

#[test]
fn a_weak_session_secret_is_refused() {
    for weak in [
        "short",
        "0eUO2mB9xkWc1VqTn5yFs7RzLd3HaJg",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabcabcabcabcabcabcabcabc",
        "replace-me-with-the-output-of-openssl-rand-base64-48",
        "REPLACE-ME-0eUO2mB9xkWc1VqTn5yFs7RzLd3HaJgP",
        "your-very-secret-and-strong-session-key",
        "<a secret of at least thirty-two characters>",
        "0eUO2mB9xkWc1VqTn5yFs7RzLd3HaJgP,pL4wQz8RtYbN6xKcMv2JdSf0HgUe7AiO",
    ] {
        assert_eq!(problem_names(&[("SESSION_SECRET", weak)]), ["SESSION_SECRET"], "{weak}");
        assert_eq!(problem_names(&[("SESSION_SECRET_PREVIOUS", weak)]), ["SESSION_SECRET_PREVIOUS"], "{weak}");
    }
}

#[test]
fn random_hexadecimal_digits_and_passphrases_are_strong_enough() {
    accepted(&[("SESSION_SECRET", "9f86d081884c7d659a2feaa0c55ad015")]);
    accepted(&[("SESSION_SECRET", "correct horse battery staple, and a giraffe")]);
}

#[test]
fn the_first_secret_seals_and_the_others_only_open() {
    assert_eq!(exposed(&accepted(&[("SESSION_SECRET_PREVIOUS", OLD)])), [SECRET, OLD]);
    assert_eq!(exposed(&accepted(&[("SESSION_SECRET_PREVIOUS", SECRET)])), [SECRET]);
    let older = "Zx9Yc8Vb7Nm6Aq5Ws4Ed3Rf2Tg1Yh0Uj";
    let config = builder().previous_session_secret(OLD).previous_session_secret(older).build().map(login).unwrap();
    assert_eq!(exposed(&config), [SECRET, OLD, older]);
}

#[test]
fn an_empty_client_secret_is_none() {
    assert_eq!(client_secret(&accepted(&[("ZITADEL_CLIENT_SECRET", "")])), None);
    assert_eq!(client_secret(&builder().client_secret("").build().map(login).unwrap()), None);
    assert_eq!(client_secret(&accepted(&[("ZITADEL_CLIENT_SECRET", "s3cr3t")])), Some(("s3cr3t", None)));
    assert_eq!(problem_names(&[("ZITADEL_CLIENT_SECRET", "your-client-secret")]), ["ZITADEL_CLIENT_SECRET"]);
}

#[test]
fn the_salt_is_optional_and_bounded() {
    assert!(accepted(&[]).session.salt.is_none());
    assert_eq!(accepted(&[("SESSION_SALT", "pepper")]).session.salt, Some(Secret::from("pepper")));
    assert!(problem(builder().session_salt("x".repeat(1_025)).build()).contains("at most 1024 bytes"));
}

#[test]
fn no_secret_is_printed_by_a_configuration_its_builder_or_its_errors() {
    let canary = "cAnArY-0eUO2mB9xkWc1VqTn5yFs7RzLd3HaJgP";
    let secret = [
        ("SESSION_SECRET", canary),
        ("SESSION_SECRET_PREVIOUS", "cAnArY-pL4wQz8RtYbN6xKcMv2JdSf0HgUe7AiO"),
        ("SESSION_SALT", "cAnArY-salt"),
        ("ZITADEL_CLIENT_SECRET", "cAnArY-client"),
    ];
    let builder = ConfigBuilder::from_vars(VALID.into_iter().chain(secret));
    let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(!shown.contains("cAnArY"), "{shown}");
    let all_wrong = env::ALL.iter().map(|variable| (variable.name, "cAnArY \u{1}"));
    let error = Config::from_vars(all_wrong).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("cAnArY"), "{error}");
}

#[test]
fn no_text_that_was_not_checked_is_printed_by_a_builder() {
    let with_password = "https://alice:cAnArY@zitadel.example";
    let all = ConfigBuilder::from_vars(env::ALL.iter().map(|variable| (variable.name, with_password)));
    let built = Config::builder(with_password, "cAnArY")
        .internal_url(with_password)
        .redirect_uri(with_password)
        .post_logout_redirect_uri(with_password)
        .post_login("/cAnArY")
        .scopes(["cAnArY"])
        .add_scope("cAnArY")
        .ca_certificates("cAnArY")
        .session_salt("cAnArY")
        .base_path("/cAnArY")
        .audience("cAnArY");
    for builder in [all, built] {
        let shown = format!("{builder:?}");
        assert!(!shown.contains("cAnArY") && !shown.contains("alice"), "{shown}");
        assert!(shown.contains("issuer") && shown.contains("internal_url"), "it says what is set: {shown}");
    }
}

#[test]
fn the_client_secret_is_sent_in_one_of_two_ways() {
    let secret = ("ZITADEL_CLIENT_SECRET", "s3cr3t");
    let chosen = |method| client_secret(&accepted(&[secret, ("ZITADEL_CLIENT_AUTH", method)])).unwrap().1;
    assert_eq!(chosen(""), None);
    assert_eq!(chosen("basic"), Some(ClientAuthentication::Basic));
    assert_eq!(chosen("post"), Some(ClientAuthentication::Post));
    for odd in ["Basic", "client_secret_post", "private_key_jwt", "none"] {
        assert_eq!(problem_names(&[secret, ("ZITADEL_CLIENT_AUTH", odd)]), ["ZITADEL_CLIENT_AUTH"], "{odd}");
    }
}

#[test]
fn a_method_for_the_client_secret_without_a_secret_is_refused_and_both_settings_are_named() {
    let message = problem(with(&[("ZITADEL_CLIENT_AUTH", "post")]));
    assert!(message.starts_with("ZITADEL_CLIENT_AUTH: ") && message.contains("ZITADEL_CLIENT_SECRET"), "{message}");
    let message = problem(builder().client_authentication(ClientAuthentication::Post).build());
    assert!(message.starts_with(".client_authentication(): ") && message.contains(".client_secret()"), "{message}");
    // A secret that is wrong is reported once.
    let wrong_secret = [("ZITADEL_CLIENT_SECRET", "your-client-secret"), ("ZITADEL_CLIENT_AUTH", "post")];
    assert_eq!(problem_names(&wrong_secret), ["ZITADEL_CLIENT_SECRET"]);
}
