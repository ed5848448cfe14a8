//! The loopback listener, as other processes see it.

use std::time::Duration;

use http::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use zitadel_emulator::{Emulator, EndpointName, Fault};

fn keys_of(emulator: &Emulator) -> String {
    format!("{}/oauth/v2/keys", emulator.issuer())
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn it_listens_on_loopback_and_is_its_own_issuer() {
    let emulator = Emulator::start().await.unwrap();
    assert!(emulator.issuer().starts_with("http://127.0.0.1:"));
    let url = format!("{}/.well-known/openid-configuration", emulator.issuer());
    let answer = client().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let metadata: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(metadata["issuer"], emulator.issuer());
    emulator.stop().await;
}

#[tokio::test]
async fn it_refuses_any_other_address() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let refused = Emulator::builder().address(address.parse().unwrap()).start().await.unwrap_err();
        assert!(refused.to_string().contains("loopback"), "{refused}");
    }
}

#[tokio::test]
async fn the_other_loopback_addresses_are_fine() {
    let emulator = Emulator::start_with(Emulator::builder().address("127.0.0.2:0".parse().unwrap())).await;
    // Not every system has all of 127.0.0.0/8.
    if let Ok(emulator) = emulator {
        assert_eq!(client().get(keys_of(&emulator)).send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn connections_are_kept_alive() {
    let emulator = Emulator::start().await.unwrap();
    let address = emulator.issuer().strip_prefix("http://").unwrap().to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    for _ in 0..3 {
        let request = format!("GET /debug/healthz HTTP/1.1\r\nhost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer).await.unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_body_beyond_one_mebibyte_is_too_large() {
    let emulator = Emulator::start().await.unwrap();
    let url = format!("{}/oauth/v2/token", emulator.issuer());
    let send = |size: usize| client().post(&url).body(vec![b'x'; size]).send();
    assert_eq!(send((1 << 20) + 1).await.unwrap().status(), 413);
    assert_eq!(send(1 << 20).await.unwrap().status(), 400);
}

#[tokio::test]
async fn it_can_go_away_and_come_back_on_the_same_port() {
    let emulator = Emulator::start().await.unwrap();
    let client = client();
    let before = client.get(keys_of(&emulator)).send().await.unwrap().text().await.unwrap();
    emulator.stop_listening().await;
    assert!(client.get(keys_of(&emulator)).send().await.is_err());
    emulator.listen_again().await.unwrap();
    emulator.listen_again().await.unwrap();
    let after = client.get(keys_of(&emulator)).send().await.unwrap().text().await.unwrap();
    assert_eq!(before, after, "nothing was forgotten");
}

#[tokio::test]
async fn it_stops_when_the_last_handle_is_dropped() {
    let emulator = Emulator::start().await.unwrap();
    let (url, clone) = (keys_of(&emulator), emulator.clone());
    drop(emulator);
    assert!(client().get(&url).send().await.is_ok());
    drop(clone);
    for _ in 0..100 {
        if client().get(&url).send().await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the emulator still answers");
}

#[tokio::test]
async fn dropped_and_hanging_requests_feel_like_it() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault_times(EndpointName::Keys, Fault::Drop, 1);
    assert!(client().get(keys_of(&emulator)).send().await.is_err());
    emulator.fault_times(EndpointName::Keys, Fault::Hang, 1);
    let impatient = client().get(keys_of(&emulator)).timeout(Duration::from_millis(50)).send().await;
    assert!(impatient.unwrap_err().is_timeout());
    assert_eq!(client().get(keys_of(&emulator)).send().await.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_felt_without_a_socket_too() {
    let emulator = crate::browser::emulator();
    emulator.fault_times(EndpointName::Keys, Fault::Delay(Duration::from_secs(30)), 1);
    let request = || Request::get("/oauth/v2/keys").body(Vec::new()).unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(emulator.respond(request()).await.unwrap().status(), 200);
    assert_eq!(start.elapsed().as_secs(), 30);
    emulator.fault_times(EndpointName::Keys, Fault::Drop, 1);
    assert!(emulator.respond(request()).await.is_err());
}

#[tokio::test]
async fn starting_takes_no_time_worth_mentioning() {
    let start = std::time::Instant::now();
    let emulator = Emulator::start().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "keys are made in the background");
    drop(emulator);
}

#[tokio::test]
async fn a_handle_is_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    shared(&Emulator::start().await.unwrap());
}
