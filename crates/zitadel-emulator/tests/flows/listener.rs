//! The loopback listener.

use std::time::Duration;

use http::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use zitadel_emulator::{Emulator, EndpointName, Fault};

fn keys_url(emulator: &Emulator) -> String {
    format!("{}/oauth/v2/keys", emulator.issuer())
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn the_issuer_is_the_loopback_address_of_the_listener() {
    let emulator = Emulator::start().await.unwrap();
    assert!(emulator.issuer().starts_with("http://127.0.0.1:"));
    let url = format!("{}/.well-known/openid-configuration", emulator.issuer());
    let response = client().get(url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let metadata: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(metadata["issuer"], emulator.issuer());
    emulator.stop().await;
}

#[tokio::test]
async fn addresses_other_than_loopback_are_rejected() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let error = Emulator::builder().address(address.parse().unwrap()).start().await.unwrap_err();
        assert!(error.to_string().contains("loopback"), "{error}");
    }
}

#[tokio::test]
async fn other_loopback_addresses_are_accepted() {
    let emulator = Emulator::start_with(Emulator::builder().address("127.0.0.2:0".parse().unwrap())).await;
    // Not every system supports all addresses of 127.0.0.0/8.
    if let Ok(emulator) = emulator {
        assert_eq!(client().get(keys_url(&emulator)).send().await.unwrap().status(), 200);
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
        let mut response = [0; 4096];
        let read = stream.read(&mut response).await.unwrap();
        assert!(response[..read].starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_body_larger_than_one_mebibyte_is_rejected() {
    let emulator = Emulator::start().await.unwrap();
    let url = format!("{}/oauth/v2/token", emulator.issuer());
    let send = |size: usize| client().post(&url).body(vec![b'x'; size]).send();
    assert_eq!(send((1 << 20) + 1).await.unwrap().status(), 413);
    assert_eq!(send(1 << 20).await.unwrap().status(), 400);
}

#[tokio::test]
async fn the_listener_can_stop_and_restart_on_the_same_port() {
    let emulator = Emulator::start().await.unwrap();
    let client = client();
    let before = client.get(keys_url(&emulator)).send().await.unwrap().text().await.unwrap();
    emulator.stop_listening().await;
    assert!(client.get(keys_url(&emulator)).send().await.is_err());
    emulator.listen_again().await.unwrap();
    emulator.listen_again().await.unwrap();
    let after = client.get(keys_url(&emulator)).send().await.unwrap().text().await.unwrap();
    assert_eq!(before, after, "the state is kept");
}

#[tokio::test]
async fn the_listener_stops_when_the_last_handle_is_dropped() {
    let emulator = Emulator::start().await.unwrap();
    let (url, clone) = (keys_url(&emulator), emulator.clone());
    drop(emulator);
    assert!(client().get(&url).send().await.is_ok());
    drop(clone);
    for _ in 0..100 {
        if client().get(&url).send().await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the emulator still accepts connections");
}

#[tokio::test]
async fn drop_and_hang_faults_affect_the_connection() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault_times(EndpointName::Keys, Fault::Drop, 1);
    assert!(client().get(keys_url(&emulator)).send().await.is_err());
    // Not once: on a busy machine the request may time out before it arrives, and the next one would hang.
    emulator.fault(EndpointName::Keys, Fault::Hang);
    let timed_out = client().get(keys_url(&emulator)).timeout(Duration::from_millis(50)).send().await;
    assert!(timed_out.unwrap_err().is_timeout());
    emulator.clear_faults();
    assert_eq!(client().get(keys_url(&emulator)).send().await.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn delay_and_drop_faults_work_without_a_socket() {
    let emulator = crate::support::emulator();
    emulator.fault_times(EndpointName::Keys, Fault::Delay(Duration::from_secs(30)), 1);
    let request = || Request::get("/oauth/v2/keys").body(Vec::new()).unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(emulator.respond(request()).await.unwrap().status(), 200);
    assert_eq!(start.elapsed().as_secs(), 30);
    emulator.fault_times(EndpointName::Keys, Fault::Drop, 1);
    assert!(emulator.respond(request()).await.is_err());
}

#[tokio::test]
async fn starting_does_not_wait_for_key_generation() {
    let start = std::time::Instant::now();
    let emulator = Emulator::start().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "keys are generated in the background");
    drop(emulator);
}

#[tokio::test]
async fn a_handle_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    shared(&Emulator::start().await.unwrap());
}

#[tokio::test]
async fn responses_above_two_kibibytes_are_chunked() {
    let emulator = Emulator::start().await.unwrap();
    for (path, is_long) in [("/.well-known/openid-configuration", true), ("/oidc/v1/userinfo", false)] {
        let response = client().get(format!("{}{path}", emulator.issuer())).send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (coding, length) = (header("transfer-encoding"), header("content-length"));
        let body = response.bytes().await.unwrap();
        assert_eq!(body.len() > 2048, is_long);
        assert_eq!(coding.as_deref(), is_long.then_some("chunked"), "{path}");
        assert_eq!(length, (!is_long).then(|| body.len().to_string()), "{path}");
    }
}
