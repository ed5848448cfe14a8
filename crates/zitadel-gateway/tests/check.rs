//! `zitadel-gateway check` as a program: what it prints, and its status.
#![expect(clippy::unwrap_used, reason = "a broken expectation ends the test")]

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

const SECRET: &str = "fAYMQ2hKvP1nD7wXjRcE0uLs9TzoB4Gi";

/// An empty working directory, without `.env`.
fn folder() -> PathBuf {
    let folder = env::temp_dir().join(format!("zitadel-gateway-check-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn check(options: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zitadel-gateway"));
    command.arg("check").args(options).current_dir(folder()).env_clear().envs(variables.iter().copied());
    command.output().unwrap()
}

#[test]
fn without_settings_every_missing_variable_is_an_error() {
    let output = check(&[], &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    for variable in ["ZITADEL_DOMAIN", "ZITADEL_CLIENT_ID", "ZITADEL_CALLBACK_URL", "SESSION_SECRET"] {
        assert!(text.contains(&format!("settings_invalid               {variable}: ")), "{text}");
    }
}

#[test]
fn options_and_variables_are_those_of_the_gateway_and_json_is_for_programs() {
    // Nothing listens at the issuer.
    let variables = [
        ("ZITADEL_DOMAIN", "http://127.0.0.1:1"),
        ("ZITADEL_CLIENT_ID", "170086824411201793"),
        ("ZITADEL_CALLBACK_URL", "http://localhost:9000/api/v1/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "http://localhost:9000/api/v1/logout/callback"),
        ("SESSION_SECRET", SECRET),
        ("SPA_ORIGIN", "http://127.0.0.1:5173"),
    ];
    let output = check(&["--json", "--port", "9000"], &variables);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(SECRET), "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["status"], 2);
    let finding = |code: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["code"] == code).cloned().unwrap_or_default()
    };
    assert_eq!(finding("discovery_unreachable")["severity"], "error");
    assert_eq!(finding("public_origin_ok")["severity"], "ok");
    assert_eq!(finding("spa_cross_site")["severity"], "error");
    assert!(finding("spa_cross_site")["change"].as_str().unwrap().contains("SPA_ORIGIN"));
}
