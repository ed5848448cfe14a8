//! `Rocket.toml` together with variables. A binary of its own, and so a process of its own, because it changes the
//! environment and the working directory.

use figment::Jail;
use rocket::Config;
use zitadel_rocket::from_figment;

const FILE: &str = r#"
[default.zitadel]
domain = "https://acme.zitadel.cloud"
client_id = 170086824411201793
callback_url = "https://app.example.com/auth/callback"
post_logout_url = "https://app.example.com/auth/logout/callback"
session_secret = "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"
"#;

#[test]
#[expect(clippy::result_large_err, reason = "figment's jail wants its error")]
fn variable_overrides_the_table_from_rocket_toml_and_from_the_environment() {
    Jail::expect_with(|jail| {
        jail.create_file("Rocket.toml", FILE)?;
        assert!(format!("{:?}", from_figment(&Config::figment()).unwrap()).contains("acme.zitadel.cloud"));
        jail.set_env("ROCKET_ZITADEL", "{domain=\"https://table.zitadel.cloud\"}");
        assert!(format!("{:?}", from_figment(&Config::figment()).unwrap()).contains("table.zitadel.cloud"));
        jail.set_env("ZITADEL_DOMAIN", "https://variable.zitadel.cloud");
        assert!(format!("{:?}", from_figment(&Config::figment()).unwrap()).contains("variable.zitadel.cloud"));
        Ok(())
    });
}
