//! Two processes of one gateway that share a store.

use std::sync::Arc;

use futures_util::future::join_all;
use redis_test_server::Server;
use zitadel_redis::RedisStore;

use crate::harness::{Gateway, Setup, assert_error, redemption};

#[tokio::test]
async fn code_of_one_replica_is_redeemed_at_another_once() {
    let gateway = Gateway::start(Setup::spa()).await;
    let replica = gateway.replica().await;
    redeem_at_both(&gateway, &replica).await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn code_of_one_replica_is_redeemed_at_another_once_over_redis() {
    let server = Server::start("").await;
    let store = RedisStore::from_url(&server.url()).unwrap();
    let gateway = Gateway::with_store(Setup::spa(), Arc::new(store)).await;
    let other = RedisStore::from_url(&server.url()).unwrap();
    let replica = gateway.replica_with_store(Arc::new(other)).await;
    redeem_at_both(&gateway, &replica).await;
}

async fn redeem_at_both(gateway: &Gateway, (replica, port): &(Gateway, u16)) {
    for _ in 0..5 {
        let (browser, code) = gateway.with_code().await;
        let requests = (0..10).map(|index| {
            let (mut browser, request) = (browser.clone(), redemption(&code));
            let port = *port;
            async move {
                if index % 2 == 0 {
                    browser = browser.at_port(port);
                }
                browser.send(request).await.status
            }
        });
        let statuses = join_all(requests).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        let mut again = browser.at_port(*port);
        assert_error(&again.send(redemption(&code)).await, 400, "invalid_grant");
    }
    // A login that begins at one ends at the other.
    let mut browser = replica.browser();
    browser.get("/api/v1/login").await;
    browser.authorize_as("bob").await;
    let mut browser = browser.at_port(*port);
    let callback = browser.follow().await;
    let code = crate::harness::code_of(&callback);
    browser.send(redemption(&code)).await.assert_json(200);
}
