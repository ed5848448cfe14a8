//! The store that `SESSION_STORE` names.

use zitadel_core::{Config, Zitadel, ZitadelBuilder};
use zitadel_redis::RedisStore;

/// Starts an application with the store that `SESSION_STORE` names.
///
/// # Errors
///
/// A line that begins with the variable, and repeats nothing of its value.
pub fn builder(config: Config) -> Result<ZitadelBuilder, String> {
    let Some(url) = config.store_url().map(|url| url.expose().clone()) else { return Ok(Zitadel::builder(config)) };
    let builder = Zitadel::builder(config);
    let with_store = match url.starts_with("redb:") {
        true => with_file(builder, &url),
        false => RedisStore::from_url(&url).map(|store| builder.store(store)).map_err(|problem| problem.to_string()),
    };
    with_store.map_err(|problem| format!("SESSION_STORE: {problem}"))
}

#[cfg(feature = "redb")]
fn with_file(builder: ZitadelBuilder, url: &str) -> Result<ZitadelBuilder, String> {
    let store = zitadel_redb::RedbStore::from_url(url).map_err(|problem| problem.to_string())?;
    Ok(builder.store(store))
}

#[cfg(not(feature = "redb"))]
fn with_file(_: ZitadelBuilder, _: &str) -> Result<ZitadelBuilder, String> {
    Err("names a file, and this program was built without the feature `redb`".to_owned())
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
