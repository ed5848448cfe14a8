//! Who the store is, and which database it uses.

use zitadel_core::environment::{Store as _, store_suite};
use zitadel_redis::RedisStore;

use crate::harness::{ACL, LONG, Server, USER, key, store, text};

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_password_is_used_and_a_wrong_one_is_named_but_not_shown() {
    let server = Server::start("requirepass hunter2").await;
    let with = |password: &str| store(&format!("redis://{password}@{}", server.address()));
    store_suite::run_without_waiting(&with(":hunter2")).await;
    for wrong in [":hunter3", "hunter2:hunter3"] {
        let store = with(wrong);
        let error = text(&store.get(&key("a")).await.unwrap_err());
        assert!(error.contains("user or password is wrong"), "{error}");
        assert!(!error.contains("hunter") && !format!("{store:?}").contains("hunter"), "{error} {store:?}");
    }
    let error = text(&store(&server.url()).get(&key("a")).await.unwrap_err());
    assert!(error.contains("NOAUTH"), "{error}");
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_user_with_the_documented_permissions_passes_the_suite() {
    let server = Server::start(ACL).await;
    let store = || store(&format!("redis://{USER}@{}/3", server.address()));
    store_suite::run_without_waiting(&store()).await;
    store_suite::run_announcements(&store(), &store()).await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn what_a_user_may_not_do_is_an_error_without_the_key() {
    let server = Server::start("user app on >hunter2 ~other:* +get").await;
    let store = store(&format!("redis://app:hunter2@{}", server.address()));
    let error = text(&store.get(&key("a")).await.unwrap_err());
    assert!(error.contains("NOPERM") && !error.contains(key("a").as_str()), "{error}");
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn databases_are_separate_and_so_are_prefixes() {
    let server = Server::start("").await;
    let one = store(&format!("{}/1", server.url()));
    let two = store(&format!("{}/2", server.url()));
    let prefixed = RedisStore::builder(&format!("{}/1", server.url())).unwrap().key_prefix("other:").build().unwrap();
    one.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    assert_eq!(one.get(&key("a")).await.unwrap(), Some(b"1".to_vec()));
    assert_eq!(two.get(&key("a")).await.unwrap(), None);
    assert_eq!(prefixed.get(&key("a")).await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_database_that_does_not_exist_is_an_error() {
    let server = Server::start("").await;
    let error = text(&store(&format!("{}/99", server.url())).get(&key("a")).await.unwrap_err());
    assert!(error.contains("no connection to Redis"), "{error}");
}
