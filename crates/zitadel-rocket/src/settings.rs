//! `from_figment`: settings from Rocket's own configuration. The other adapters have no such file, because their
//! frameworks have no configuration.

use std::fmt;

use rocket::figment::{
    Figment,
    value::{Dict, Value},
};
use zitadel_core::{Config, ConfigError};

/// The table in Rocket's settings.
const TABLE: &str = "zitadel";

/// A configuration from Rocket's own: the table `zitadel` of the selected profile in `Rocket.toml`, or `ROCKET_ZITADEL`.
///
/// ```toml
/// [default.zitadel]
/// domain = "https://acme.zitadel.cloud"
/// client_id = "170086824411201793@app"
/// callback_url = "https://app.example.com/auth/callback"
/// post_logout_url = "https://app.example.com/auth/logout/callback"
/// session_secret_file = "/run/secrets/session"
/// scopes = ["openid", "profile", "email"]
/// ```
///
/// The keys are the names of the environment variables, in lower case and without `zitadel_`. Variables that are set
/// override the table, so that a deployment can change one value without touching the file; without a table only they
/// are used.
///
/// ```no_run
/// use zitadel_rocket::{Protected, Zitadel, from_figment};
///
/// #[rocket::launch]
/// fn app() -> _ {
///     let rocket = rocket::build();
///     let config = from_figment(rocket.figment()).expect("settings for ZITADEL");
///     rocket.attach(Protected::new(Zitadel::new(config)))
/// }
/// ```
///
/// # Errors
///
/// Every setting that is missing or wrong, and every key that is not a setting; a `zitadel` that is not a table, or is a
/// profile (`[zitadel]` instead of `[default.zitadel]`); a `Rocket.toml` that cannot be read.
///
/// # Security
///
/// No value is repeated in an error, least of all a secret. Keep secrets out of a file that is checked in: name a file
/// (`session_secret_file`) or set the variable.
pub fn from_figment(figment: &Figment) -> Result<Config, SettingsError> {
    let mut settings = Vec::new();
    match figment.find_value(TABLE) {
        Ok(Value::Dict(_, table)) => flatten(None, table, &mut settings),
        Ok(_) => return Err(SettingsError::NoTable),
        Err(error) if !error.missing() => return Err(SettingsError::Unreadable),
        Err(_) if figment.profiles().any(|profile| profile == TABLE) => return Err(SettingsError::Profile),
        Err(_) => {}
    }
    Ok(Config::from_settings(settings)?)
}

/// Why [`from_figment`] returns no configuration. `Display` is one problem per line, without any value.
#[non_exhaustive]
pub enum SettingsError {
    /// Settings are missing or wrong, in the file or in the environment.
    Config(ConfigError),
    /// `zitadel` is not a table.
    NoTable,
    /// `[zitadel]` is a profile, and not the selected one.
    Profile,
    /// Rocket's settings cannot be read; Rocket says why when it launches.
    Unreadable,
}

impl From<ConfigError> for SettingsError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::NoTable => f.write_str("zitadel: must be a table, such as `[default.zitadel]` in Rocket.toml"),
            Self::Profile => {
                f.write_str("zitadel: `[zitadel]` is a profile to Rocket; call the table `[default.zitadel]`")
            }
            // Without figment's text: a TOML error quotes the line, and the line may hold a secret.
            Self::Unreadable => f.write_str("Rocket's settings cannot be read: is Rocket.toml valid TOML?"),
        }
    }
}

/// As `Display`: `expect` and `main` print errors with `Debug`, so this is the text people see there.
impl fmt::Debug for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings are not usable\n{self}")
    }
}

impl std::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // `Display` contains the text of `ConfigError` already.
        None
    }
}

/// Names and texts. What is nested deeper gets a name with dots, which no setting has, so that it is reported.
fn flatten(parent: Option<&str>, table: Dict, settings: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let name = parent.map_or_else(|| key.clone(), |parent| format!("{parent}.{key}"));
        match value {
            Value::Dict(_, inner) if !inner.is_empty() => flatten(Some(&name), inner, settings),
            Value::Array(_, items) => match items.iter().map(text).collect::<Option<Vec<_>>>() {
                Some(words) => settings.push((name, words.join(" "))),
                None => settings.push((format!("{name}.[]"), String::new())),
            },
            value => settings.push((name, text(&value).unwrap_or_default())),
        }
    }
}

/// `None` for what is not a single value.
fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(_, text) => text.clone(),
        Value::Char(_, one) => one.to_string(),
        Value::Bool(_, yes) => yes.to_string(),
        Value::Num(_, number) => {
            let whole = number.to_u128().map(|n| n.to_string()).or_else(|| number.to_i128().map(|n| n.to_string()));
            whole.or_else(|| number.to_f64().map(|n| n.to_string()))?
        }
        Value::Empty(..) => String::new(),
        Value::Dict(..) | Value::Array(..) => return None,
    })
}
