//! `ReqwestTransport` against a listener on loopback: what it rejects, and with which error.

use std::net::{SocketAddr, TcpListener};

use zitadel_core::environment::{ReqwestTransport, Transport as _, TransportError};

use crate::support::{listener, response};

const MIB: usize = 1024 * 1024;

async fn get(address: SocketAddr) -> Result<http::Response<Vec<u8>>, TransportError> {
    let request = http::Request::get(format!("http://{address}/keys")).body(Vec::new()).unwrap();
    ReqwestTransport::new().send(request).await
}

#[tokio::test]
async fn response_has_status_headers_and_body() {
    let (address, seen) = listener(|_| response(200, b"{}", true));
    let received = get(address).await.unwrap();
    assert_eq!((received.status().as_u16(), received.body().as_slice()), (200, &b"{}"[..]));
    assert_eq!(received.headers()["content-type"], "application/json");
    assert_eq!(*seen.lock().unwrap(), ["GET /keys HTTP/1.1"]);
}

#[tokio::test]
async fn redirect_is_a_response_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let (address, seen) = listener(move |address| {
            let head = format!("HTTP/1.1 {status} Elsewhere\r\nlocation: http://{address}/elsewhere\r\n");
            format!("{head}content-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
        });
        assert_eq!(get(address).await.unwrap().status().as_u16(), status);
        assert_eq!(seen.lock().unwrap().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn body_of_one_mebibyte_is_read_and_one_byte_more_is_too_large() {
    for with_length in [true, false] {
        let (address, _) = listener(move |_| response(200, &vec![b' '; MIB], with_length));
        assert_eq!(get(address).await.unwrap().body().len(), MIB);
        let (address, _) = listener(move |_| response(200, &vec![b' '; MIB + 1], with_length));
        assert_eq!(get(address).await.unwrap_err(), TransportError::TooLarge);
    }
}

#[tokio::test]
async fn response_that_is_not_http_or_ends_early_is_a_broken_connection() {
    let cut_short = || b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec();
    let responses =
        [b"220 mail.example ESMTP\r\n\r\n".to_vec(), b"\x15\x03\x01\x00\x02\x02\x46".to_vec(), Vec::new(), cut_short()];
    for bytes in responses {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let (address, _) = listener(move |_| bytes.clone());
        assert_eq!(get(address).await.unwrap_err(), TransportError::Broken, "{shown:?}");
    }
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn response_that_does_not_arrive_is_a_timeout() {
    // Its queue takes the connection; it is never accepted.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    assert_eq!(get(listener.local_addr().unwrap()).await.unwrap_err(), TransportError::Timeout);
}
