//! `from_figment`: settings in Rocket's own configuration. The environment has no variables for ZITADEL here;
//! `tests/settings_environment.rs` sets some.

use rocket::figment::{
    Figment,
    providers::{Format as _, Serialized, Toml},
};
use zitadel_rocket::{Config, SettingsError, from_figment};

const TABLE: &str = r#"
domain = "https://acme.zitadel.cloud"
client_id = 170086824411201793
callback_url = "https://app.example.com/auth/callback"
post_logout_url = "https://app.example.com/auth/logout/callback"
session_secret = "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"
"#;

/// The configuration from a `Rocket.toml`.
fn read(file: &str) -> Result<Config, SettingsError> {
    from_figment(&Figment::from(rocket::Config::debug_default()).merge(Toml::string(file).nested()))
}

/// Why a `Rocket.toml` is rejected. `canary` marks its values.
#[track_caller]
fn rejection(file: &str) -> String {
    let Err(error) = read(file) else { unreachable!("it was accepted") };
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    assert!(!debug.contains("canary"), "{debug}");
    assert!(debug.ends_with(&shown));
    shown
}

#[test]
fn table_in_rocket_toml_is_read() {
    let config = read(&format!(
        "[default.zitadel]\n{TABLE}\nsession_duration = 600\nscopes = ['openid', 'profile']\nprompt = ''"
    ));
    assert!(format!("{:?}", config.unwrap()).contains("acme.zitadel.cloud"));
}

#[test]
fn profile_overrides_the_default_profile() {
    let file = format!("[default.zitadel]\n{TABLE}\n[debug.zitadel]\ndomain = 'https://debug.zitadel.cloud'");
    assert!(format!("{:?}", read(&file).unwrap()).contains("debug.zitadel.cloud"));
    let file = format!("[default.zitadel]\n{TABLE}\n[release.zitadel]\ndomain = 'https://release.zitadel.cloud'");
    assert!(format!("{:?}", read(&file).unwrap()).contains("acme.zitadel.cloud"));
}

#[test]
fn problems_are_listed_at_once_without_values() {
    let problems = rejection(
        "[default.zitadel]\ndomain = 'http://canary.example'\nsession_secret = 'canary'\nsession_duration = true\n\
         domian = 'canary'\nscopes = ['canary \"']\npages = { sign_in = 'canary' }\nlist = [['canary']]\nnothing = {}",
    );
    for name in ["ZITADEL_DOMAIN", "ZITADEL_CLIENT_ID", "SESSION_SECRET", "SESSION_DURATION", "ZITADEL_SCOPES"] {
        assert!(problems.contains(name), "{name} in {problems}");
    }
    for name in ["domian:", "pages.sign_in:", "list.[]:", "nothing:"] {
        assert!(problems.contains(name), "{name} in {problems}");
    }
}

#[test]
fn value_that_is_not_a_table_is_rejected() {
    for file in ["[default]\nzitadel = 'canary'", "[default]\nzitadel = ['canary']", "[default]\nzitadel = 7"] {
        assert_eq!(rejection(file), "zitadel: must be a table, such as `[default.zitadel]` in Rocket.toml");
    }
}

#[test]
fn table_that_is_a_profile_to_rocket_is_rejected_with_a_hint() {
    let problems = rejection(&format!("[zitadel]\n{TABLE}"));
    assert_eq!(problems, "zitadel: `[zitadel]` is a profile to Rocket; call the table `[default.zitadel]`");
}

#[test]
fn file_that_is_not_toml_is_rejected_without_quoting_it() {
    assert_eq!(
        rejection("[default.zitadel]\nsession_secret = \"canary"),
        "Rocket's settings cannot be read: is Rocket.toml valid TOML?"
    );
}

#[test]
fn variables_are_used_without_a_table() {
    assert!(rejection("").contains("ZITADEL_DOMAIN"));
    let other = Figment::from(Serialized::default("port", 1));
    assert!(from_figment(&other).is_err());
}
