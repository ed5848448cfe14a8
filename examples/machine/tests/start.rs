//! Starts the sample as a program.
#![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

use std::process::{Command, Output};

fn run(arguments: &[&str], vars: &[(&str, &str)]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_example-machine"));
    // Without a file `.env`.
    program.args(arguments).env_clear().envs(vars.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    program.output().unwrap()
}

#[test]
fn without_settings_it_starts_what_it_needs_and_calls_the_api() {
    let output = run(&[], &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for part in [" without a token: 401", " as the service account: 200", " with a token of the gateway: 200"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.matches("whose roles are: editor").count(), 2, "{text}");
    assert!(!text.contains("PRIVATE KEY") && !text.contains("Bearer"), "{text}");
}

#[test]
fn without_the_url_of_an_api_or_with_half_of_the_settings_it_says_what_is_missing() {
    for (arguments, vars, expected) in [
        (&[][..], &[("ZITADEL_DOMAIN", "http://127.0.0.1:9")][..], "give the URL of the API"),
        (
            &["https://api.example.com/"],
            &[("ZITADEL_DOMAIN", "http://127.0.0.1:9"), ("ZITADEL_SERVICE_ACCOUNT_ID", "robot")],
            "ZITADEL_SERVICE_ACCOUNT_SECRET: is missing",
        ),
        (
            &["https://api.example.com/"],
            &[("ZITADEL_DOMAIN", "http://127.0.0.1:9"), ("ZITADEL_API_AUDIENCE", "1")],
            "ZITADEL_SERVICE_ACCOUNT_KEY_FILE: is missing",
        ),
        (
            &["https://api.example.com/"],
            &[("GATEWAY_URL", "http://gateway.example.com"), ("GATEWAY_SECRET_FILE", "secret")],
            "GATEWAY_URL: is not https, and not on this machine",
        ),
        (
            &["https://api.example.com/"],
            &[("GATEWAY_URL", "https://gateway.example.com")],
            "GATEWAY_SECRET_FILE: is missing",
        ),
        (&[], &[("GATEWAY_URL", "http://127.0.0.1:9"), ("GATEWAY_SECRET_FILE", "Cargo.toml")], "GATEWAY_SECRET_FILE: "),
        (
            &["http://api.example.com/"],
            &[("ZITADEL_DOMAIN", "http://127.0.0.1:9"), ("ZITADEL_SERVICE_ACCOUNT_TOKEN", "t")],
            "is not https, and not on this machine",
        ),
    ] {
        let output = run(arguments, vars);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(expected), "{expected}: {text}");
    }
}
