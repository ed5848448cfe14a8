//! A table of a settings file beside the variables of the process.

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
    Vars::given(process.iter().copied()).or(FILE.into_iter().chain(file.iter().copied())).into_builder().build()
}

#[test]
fn a_file_alone_will_do() {
    let config = read(&[], &[("session_duration", "600"), ("zitadel_prompt", "login")]).unwrap();
    assert_eq!(config.issuer, "https://acme.zitadel.cloud");
    assert_eq!(config.session_duration, Duration::from_secs(600));
    assert_eq!(config.prompt, Some(Prompt::Login));
}

#[test]
fn variables_of_the_process_win_and_empty_ones_say_nothing() {
    let config = read(&[("ZITADEL_CLIENT_ID", "42"), ("ZITADEL_DOMAIN", " ")], &[]).unwrap();
    assert_eq!((config.client_id.as_str(), config.issuer.as_str()), ("42", "https://acme.zitadel.cloud"));
}

#[test]
fn a_variable_wins_over_the_other_way_to_say_the_same() {
    let config = read(&[("ZITADEL_REDIRECT_URL", "https://app.example.com/other")], &[]).unwrap();
    assert_eq!(config.callback_path, "/other");
    // The secret of the file is out of the game: the one problem is the file that is not there.
    let error = read(&[("SESSION_SECRET_FILE", "/nowhere/at/all")], &[]).unwrap_err();
    assert_eq!(names(&error), ["SESSION_SECRET_FILE"]);
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[test]
fn a_key_that_is_no_setting_is_named_with_all_other_problems_and_without_its_value() {
    let error =
        read(&[], &[("domian", "x-secret-x"), ("port", "1"), ("", "2"), ("session_duration", "soon")]).unwrap_err();
    assert_eq!(names(&error), ["SESSION_DURATION", "domian", "port", ""]);
    assert!(!error.to_string().contains("x-secret-x"), "{error}");
}
