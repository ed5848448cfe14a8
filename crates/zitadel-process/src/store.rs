//! The store that `SESSION_STORE` names.

use std::{fmt, sync::Arc};

use zitadel_core::{Config, Zitadel, ZitadelBuilder, environment::Store};
use zitadel_redis::RedisStore;

/// Starts an application with the store that `SESSION_STORE` names.
///
/// # Errors
///
/// A line that begins with the variable, and repeats nothing of its value.
pub fn builder(config: Config) -> Result<ZitadelBuilder, String> {
    let store = store(&config).map_err(|problem| problem.to_string())?;
    let builder = Zitadel::builder(config);
    Ok(match store {
        Some(store) => builder.store(store),
        None => builder,
    })
}

/// The store that `SESSION_STORE` names; `None` for the one in this process.
///
/// # Errors
///
/// If the value names no store, or a file that cannot be used. Whether a Redis answers is not known before the first request.
pub fn store(config: &Config) -> Result<Option<Arc<dyn Store>>, OpenStoreError> {
    let Some(url) = config.store_url().map(|url| url.expose()) else { return Ok(None) };
    let opened = match url.starts_with("redb:") {
        true => open_file(url),
        false => match RedisStore::from_url(url) {
            Ok(store) => Ok(Arc::new(store) as Arc<dyn Store>),
            Err(problem) => Err(OpenStoreError { problem: problem.to_string(), is_in_use: false }),
        },
    };
    opened.map(Some)
}

/// Why the store that `SESSION_STORE` names cannot be used. `Display` begins with the variable, and repeats nothing of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenStoreError {
    problem: String,
    is_in_use: bool,
}

impl OpenStoreError {
    /// Whether it is a file that another process has open.
    #[must_use]
    pub const fn is_in_use(&self) -> bool {
        self.is_in_use
    }
}

impl fmt::Display for OpenStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SESSION_STORE: {}", self.problem)
    }
}

impl std::error::Error for OpenStoreError {}

#[cfg(feature = "redb")]
fn open_file(url: &str) -> Result<Arc<dyn Store>, OpenStoreError> {
    use zitadel_redb::{OpenError, RedbStore};
    match RedbStore::from_url(url) {
        Ok(store) => Ok(Arc::new(store)),
        Err(problem) => {
            Err(OpenStoreError { problem: problem.to_string(), is_in_use: matches!(problem, OpenError::InUse) })
        }
    }
}

#[cfg(not(feature = "redb"))]
fn open_file(_: &str) -> Result<Arc<dyn Store>, OpenStoreError> {
    let problem = "names a file, and this program was built without the feature `redb`".to_owned();
    Err(OpenStoreError { problem, is_in_use: false })
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "redb")]
    use std::env;

    use super::*;

    fn with_store(value: &str) -> Result<(), String> {
        let config = Config::from_vars([
            ("ZITADEL_DOMAIN", "https://acme.zitadel.cloud"),
            ("ZITADEL_CLIENT_ID", "170086824411201793@app"),
            ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
            ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
            ("SESSION_SECRET", "fAYMQ2hKvP1nD7wXjRcE0uLs9TzoB4Gi"),
            ("SESSION_STORE", value),
        ]);
        builder(config.unwrap())?.build().map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn the_store_is_the_one_of_the_settings() {
        for value in ["cookie", "redis://user:hunter2@localhost/1", "rediss+sentinel://:hunter2@one,two/main"] {
            assert_eq!(with_store(value), Ok(()), "{value}");
        }
        let problem = with_store("redis://user:hunter2@localhost/one").unwrap_err();
        assert_eq!(problem, "SESSION_STORE: the database must be a number from 0 to 65535");
    }

    #[cfg(feature = "redb")]
    #[test]
    fn a_file_is_opened_at_the_start_and_its_problem_names_the_variable() {
        let folder = env::temp_dir().join(format!("zitadel-process-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let value = format!("redb:{}", folder.join("store.redb").display());
        assert_eq!(with_store(&value), Ok(()));
        assert!(folder.join("store.redb").exists());
        let problem = with_store("redb:").unwrap_err();
        assert_eq!(
            problem,
            "SESSION_STORE: must be `redb:` and the path of a file, as in `redb:/var/lib/app/store.redb`"
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(not(feature = "redb"))]
    #[test]
    fn a_file_needs_the_feature() {
        let problem = with_store("redb:/var/lib/app/store.redb").unwrap_err();
        assert_eq!(problem, "SESSION_STORE: names a file, and this program was built without the feature `redb`");
    }
}
