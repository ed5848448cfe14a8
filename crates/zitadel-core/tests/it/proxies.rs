//! `HTTP_PROXY` and its like. Variables belong to the whole process, so each test runs its own binary again with them.

use std::{env, net::SocketAddr, process::Command};

use zitadel_core::environment::{ReqwestTransport, Transport as _, TransportError};

use crate::support::{Authority, listener, refused, response, tls_listener};

const VARIABLES: [&str; 6] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
const CHILD: &str = "PROXY_TEST_CHILD";

fn is_child() -> bool {
    env::var(CHILD).is_ok()
}

/// Runs a test of this file again, with every variable that names a proxy set to this address.
fn run_with_proxy(test: &str, proxy: SocketAddr) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([&format!("proxies::{test}"), "--exact", "--nocapture"]);
    command.envs(VARIABLES.map(|name| (name, format!("http://{proxy}")))).env(CHILD, "1");
    let output = command.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

async fn get(url: &str) -> Result<u16, TransportError> {
    let request = http::Request::get(url).body(Vec::new()).unwrap();
    ReqwestTransport::new().send(request).await.map(|response| response.status().as_u16())
}

#[tokio::test]
async fn provider_on_loopback_is_never_asked_through_a_proxy() {
    if is_child() {
        let (provider, seen) = listener(|_| response(200, b"{}", true));
        for host in ["127.0.0.1", "localhost"] {
            assert_eq!(get(&format!("http://{host}:{}/keys", provider.port())).await, Ok(200), "{host}");
        }
        assert_eq!(*seen.lock().unwrap(), ["GET /keys HTTP/1.1"; 2]);
        // Not every system knows such names.
        let below = get(&format!("http://zitadel.localhost:{}/keys", provider.port())).await;
        assert!(matches!(below, Ok(200) | Err(TransportError::NameNotFound)), "{below:?}");
        let (tls, _) = tls_listener(&Authority::new(), &["127.0.0.1"], |_, _| Vec::new());
        assert_eq!(get(&format!("https://{tls}/")).await, Err(TransportError::Certificate), "it was the provider's");
        assert_eq!(get(&format!("http://{}/", refused())).await, Err(TransportError::Refused));
        return;
    }
    let (proxy, seen) = listener(|_| response(502, b"", true));
    run_with_proxy("provider_on_loopback_is_never_asked_through_a_proxy", proxy);
    assert_eq!(*seen.lock().unwrap(), [""; 0]);
}

#[tokio::test]
async fn other_providers_are_asked_through_the_proxy_and_its_refusal_is_called_the_proxys() {
    if is_child() {
        assert_eq!(get("http://zitadel.example/keys").await, Ok(502), "plain http is answered by the proxy");
        assert_eq!(get("https://zitadel.example/keys").await, Err(TransportError::Proxy));
        return;
    }
    let (proxy, seen) = listener(|_| response(502, b"", true));
    run_with_proxy("other_providers_are_asked_through_the_proxy_and_its_refusal_is_called_the_proxys", proxy);
    let expected = ["GET http://zitadel.example/keys HTTP/1.1", "CONNECT zitadel.example:443 HTTP/1.1"];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn proxy_that_is_down_is_called_the_proxy() {
    if is_child() {
        for url in ["http://zitadel.example/keys", "https://zitadel.example/keys"] {
            assert_eq!(get(url).await, Err(TransportError::Proxy), "{url}");
        }
        return;
    }
    run_with_proxy("proxy_that_is_down_is_called_the_proxy", refused());
}
