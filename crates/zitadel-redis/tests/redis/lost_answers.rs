//! The connection breaks between a command and its answer. The server has executed the command.

use zitadel_core::environment::Store as _;

use crate::harness::{LONG, Proxy, Server, key, store, text};

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_conditional_write_whose_answer_is_lost_is_an_error_and_not_false() {
    let server = Server::start("").await;
    let proxy = Proxy::to(server.port()).await;
    let store = store(&proxy.url());
    store.put(&key("swapped"), b"1".to_vec(), LONG).await.unwrap();

    proxy.lose_answer_to("SET");
    let error = text(&store.put_if_absent(&key("absent"), b"mine".to_vec(), LONG).await.unwrap_err());
    assert!(error.contains("lost a command"), "{error}");
    assert_eq!(store.get(&key("absent")).await.unwrap(), Some(b"mine".to_vec()), "it was executed");
    assert!(!store.put_if_absent(&key("absent"), b"again".to_vec(), LONG).await.unwrap());

    proxy.lose_answer_to("EVAL");
    assert!(store.compare_and_swap(&key("swapped"), b"1", b"2".to_vec(), LONG).await.is_err());
    assert_eq!(store.get(&key("swapped")).await.unwrap(), Some(b"2".to_vec()), "it was executed");
    assert!(store.compare_and_swap(&key("swapped"), b"2", b"3".to_vec(), LONG).await.unwrap());
    assert_eq!(proxy.lost(), 2);
    assert_eq!(server.info("cmdstat_set").await, 1 + 2 + 2, "those of the scripts included");
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn what_may_be_executed_twice_is_sent_again_and_nobody_notices() {
    let server = Server::start("").await;
    let proxy = Proxy::to(server.port()).await;
    let store = store(&proxy.url());
    proxy.lose_answer_to("SET");
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    proxy.lose_answer_to("GET");
    assert_eq!(store.get(&key("a")).await.unwrap(), Some(b"1".to_vec()));
    proxy.lose_answer_to("EVAL");
    store.put_and_announce(&key("b"), b"2".to_vec(), LONG).await.unwrap();
    proxy.lose_answer_to("DEL");
    store.remove(&key("a")).await.unwrap();
    assert_eq!(store.get(&key("a")).await.unwrap(), None);
    assert_eq!(proxy.lost(), 4);
}
