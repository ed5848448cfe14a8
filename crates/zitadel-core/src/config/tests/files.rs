//! What comes from files.

use super::*;

/// A file that is removed when the test ends.
struct File(std::path::PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zitadel-core-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn with_file(variable: &str, path: &str, without: &str) -> Result<Config, ConfigError> {
    let rest = VALID.into_iter().filter(|(name, _)| *name != without);
    Config::from_vars(rest.chain([(variable, path)]))
}

#[test]
fn secrets_come_from_files_without_the_line_break() {
    let file = File::new("secret", &format!("{OLD}\r\n"));
    let config = login(with_file("SESSION_SECRET_FILE", file.path(), "SESSION_SECRET").unwrap());
    assert_eq!(config.session.secrets, [Secret::from(OLD)]);
    let config = login(with_file("SESSION_SECRET_PREVIOUS_FILE", file.path(), "").unwrap());
    assert_eq!(config.session.secrets, [Secret::from(SECRET), Secret::from(OLD)]);
    let config = login(with_file("ZITADEL_CLIENT_SECRET_FILE", file.path(), "").unwrap());
    assert_eq!(client_secret(&config), Some((OLD, None)));
    let file = File::new("store", "redis://:pass@host\n");
    let config = with_file("SESSION_STORE_FILE", file.path(), "").unwrap();
    assert_eq!(config.store_url(), Some(&Secret::from("redis://:pass@host")));
}

#[test]
fn a_secret_and_a_file_for_it_are_refused() {
    let file = File::new("both", OLD);
    let message = problem(with_file("SESSION_SECRET_FILE", file.path(), ""));
    assert_eq!(message, "SESSION_SECRET_FILE: is set and so is SESSION_SECRET; keep one of the two");
}

#[test]
fn an_unreadable_or_empty_file_is_one_problem_that_names_the_variable() {
    let message = problem(with_file("SESSION_SECRET_FILE", "/nowhere/at/all", "SESSION_SECRET"));
    assert_eq!(
        message,
        "SESSION_SECRET_FILE: names a file that cannot be read (entity not found); check the path and who may read it"
    );
    let file = File::new("empty", "\n");
    let message = problem(with_file("SESSION_SECRET_FILE", file.path(), "SESSION_SECRET"));
    assert!(message.starts_with("SESSION_SECRET_FILE: names a file that is empty"), "{message}");
}

#[test]
#[cfg(feature = "reqwest")]
fn a_ca_file_that_is_not_usable_is_one_problem_that_names_the_variable() {
    let message = problem(with_file("ZITADEL_CA_FILE", "/nowhere/at/all", ""));
    assert!(message.starts_with("ZITADEL_CA_FILE: names a file that cannot be read (entity not found)"), "{message}");
    for (text, reason) in [
        ("", "there is no certificate in it"),
        ("-----BEGIN CERTIFICATE-----\nsecret-canary\n", "it is not PEM"),
        ("-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n", "is not valid X.509"),
    ] {
        let file = File::new("ca", text);
        let message = problem(with_file("ZITADEL_CA_FILE", file.path(), ""));
        assert!(message.starts_with("ZITADEL_CA_FILE: has no usable certificates ("), "{message}");
        assert!(message.contains(reason) && !message.contains("canary"), "{message}");
    }
}
