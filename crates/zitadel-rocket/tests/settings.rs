//! `from_figment`: settings where a Rocket user looks for them.

use rocket::{
    Config,
    figment::{
        Figment,
        providers::{Format as _, Serialized, Toml},
    },
};
use zitadel_rocket::{SettingsError, from_figment};

const TABLE: &str = r#"
domain = "https://acme.zitadel.cloud"
client_id = 170086824411201793
callback_url = "https://app.example.com/auth/callback"
post_logout_url = "https://app.example.com/auth/logout/callback"
session_secret = "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"
"#;

/// A `Rocket.toml`, and what becomes of it.
fn read(file: &str) -> Result<zitadel_rocket::Zitadel, SettingsError> {
    from_figment(&Figment::from(Config::debug_default()).merge(Toml::string(file).nested()))
}

#[track_caller]
fn refused(file: &str) -> String {
    let Err(error) = read(file) else { unreachable!("it was taken") };
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    assert!(!debug.contains("canary"), "{debug}");
    assert!(debug.ends_with(&shown));
    shown
}

#[test]
fn a_table_in_rockets_own_file_will_do() {
    let zitadel = read(&format!(
        "[default.zitadel]\n{TABLE}\nsession_duration = 600\nscopes = ['openid', 'profile']\nprompt = ''"
    ));
    assert!(format!("{:?}", zitadel.unwrap()).contains("acme.zitadel.cloud"));
}

#[test]
fn a_profile_adds_to_what_all_profiles_have() {
    let file = format!("[default.zitadel]\n{TABLE}\n[debug.zitadel]\ndomain = 'https://debug.zitadel.cloud'");
    assert!(format!("{:?}", read(&file).unwrap()).contains("debug.zitadel.cloud"));
    let file = format!("[default.zitadel]\n{TABLE}\n[release.zitadel]\ndomain = 'https://release.zitadel.cloud'");
    assert!(format!("{:?}", read(&file).unwrap()).contains("acme.zitadel.cloud"));
}

#[test]
fn all_problems_are_listed_at_once_without_a_value() {
    let words = refused(
        "[default.zitadel]\ndomain = 'http://canary.example'\nsession_secret = 'canary'\nsession_duration = true\n\
         domian = 'canary'\nscopes = ['canary \"']\npages = { sign_in = 'canary' }\nlist = [['canary']]\nnothing = {}",
    );
    for name in ["ZITADEL_DOMAIN", "ZITADEL_CLIENT_ID", "SESSION_SECRET", "SESSION_DURATION", "ZITADEL_SCOPES"] {
        assert!(words.contains(name), "{name} in {words}");
    }
    for name in ["domian:", "pages.sign_in:", "list.[]:", "nothing:"] {
        assert!(words.contains(name), "{name} in {words}");
    }
}

#[test]
fn what_is_no_table_is_refused() {
    for file in ["[default]\nzitadel = 'canary'", "[default]\nzitadel = ['canary']", "[default]\nzitadel = 7"] {
        assert_eq!(refused(file), "zitadel: must be a table, such as `[default.zitadel]` in Rocket.toml");
    }
}

#[test]
fn a_table_that_rocket_takes_for_a_profile_is_pointed_out() {
    let words = refused(&format!("[zitadel]\n{TABLE}"));
    assert_eq!(words, "zitadel: `[zitadel]` is a profile to Rocket; call the table `[default.zitadel]`");
}

#[test]
fn a_file_that_is_no_toml_is_refused_without_quoting_it() {
    assert_eq!(
        refused("[default.zitadel]\nsession_secret = \"canary"),
        "Rocket's settings cannot be read: is Rocket.toml valid TOML?"
    );
}

#[test]
fn without_a_table_only_the_variables_count() {
    assert!(refused("").contains("ZITADEL_DOMAIN"));
    let somewhere_else = Figment::from(Serialized::default("port", 1));
    assert!(from_figment(&somewhere_else).is_err());
}
