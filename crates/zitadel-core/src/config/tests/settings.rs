//! A table of a settings file, and the variables of the process.

use super::{vars::Vars, *};

const FILE: [(&str, &str); 5] = [
    ("domain", "https://acme.zitadel.cloud"),
    ("client_id", "170086824411201793@app"),
    ("callback_url", "https://app.example.com/auth/callback"),
    ("post_logout_url", "https://app.example.com/auth/logout/callback"),
    ("session_secret", SECRET),
];

fn read(
    process: &[(&'static str, &'static str)],
    file: &[(&'static str, &'static str)],
) -> Result<Config, ConfigError> {
    check::build(Vars::new(process.iter().copied()).or(FILE.into_iter().chain(file.iter().copied())).into_settings())
}

#[test]
fn a_file_alone_is_enough() {
    let config = read(&[], &[("session_duration", "600"), ("zitadel_prompt", "login")]).unwrap();
    assert_eq!(config.provider.issuer, "https://acme.zitadel.cloud");
    let login = login(config);
    assert_eq!(login.session.limits.idle_timeout, Duration::from_secs(600));
    assert_eq!(login.prompt, Some(Prompt::Login));
}

#[test]
fn variables_of_the_process_override_the_file_unless_empty() {
    let config = read(&[("ZITADEL_CLIENT_ID", "42"), ("ZITADEL_DOMAIN", " ")], &[]).unwrap();
    assert_eq!(config.provider.issuer, "https://acme.zitadel.cloud");
    assert_eq!(login(config).client.id, "42");
}

#[test]
fn a_variable_overrides_the_other_name_of_its_setting() {
    let config = read(&[("ZITADEL_REDIRECT_URL", "https://app.example.com/other")], &[]).unwrap();
    assert_eq!(login(config).callback_path, "/other");
    // The secret of the file is not used: the one problem is the secret file that does not exist.
    let error = read(&[("SESSION_SECRET_FILE", "/nowhere/at/all")], &[]).unwrap_err();
    assert_eq!(names(&error), ["SESSION_SECRET_FILE"]);
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[test]
fn a_key_that_is_not_a_setting_is_reported_with_all_other_problems_and_without_its_value() {
    let error =
        read(&[], &[("domian", "x-secret-x"), ("port", "1"), ("", "2"), ("session_duration", "soon")]).unwrap_err();
    assert_eq!(names(&error), ["SESSION_DURATION", "domian", "port", ""]);
    assert!(!error.to_string().contains("x-secret-x"), "{error}");
}
