use std::time::SystemTime;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;
use crate::backchannel_logout::Recipient;

fn token(uri: &str) -> LogoutToken {
    let text = |text: &str| text.to_owned();
    let recipient = Recipient {
        issuer: text("http://127.0.0.1:8080"),
        client_id: text("1"),
        uri: text(uri),
        person_id: text("2"),
        session_id: text("3"),
    };
    LogoutToken::new(recipient, text("a.b.c"), SystemTime::UNIX_EPOCH, Duration::ZERO, 1)
}

/// Answers requests on one socket in order and returns what arrived. An empty answer keeps the connection open.
async fn receiver(answers: &[&str]) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    let answers: Vec<String> = answers.iter().map(|answer| answer.replace("BASE", &base)).collect();
    let received = tokio::spawn(async move {
        let mut received = Vec::new();
        let mut open = Vec::new();
        for answer in answers {
            let (mut stream, _) = socket.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            request.truncate(read);
            received.push(String::from_utf8(request).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
            if answer.is_empty() {
                open.push(stream);
            }
        }
        if !open.is_empty() {
            std::future::pending::<()>().await;
        }
        received
    });
    (base, received)
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_has_the_headers_of_gos_client_in_its_order() {
    let (base, received) = receiver(&[OK]).await;
    let outcome = send(&token(&format!("{base}/auth/backchannel-logout?tenant=1")), TIMEOUT).await;
    assert_eq!(outcome, DeliveryOutcome::Status(200));
    let host = base.strip_prefix("http://").unwrap();
    let expected = format!(
        "POST /auth/backchannel-logout?tenant=1 HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Go-http-client/1.1\r\n\
         Content-Length: 18\r\nContent-Type: application/x-www-form-urlencoded\r\nAccept-Encoding: gzip\r\n\r\n\
         logout_token=a.b.c"
    );
    assert_eq!(received.await.unwrap(), [expected]);
}

#[tokio::test]
async fn the_answer_is_known_even_if_the_connection_ends_with_it() {
    for status in [200, 204, 302, 400, 503] {
        let (base, _) = receiver(&[&format!("HTTP/1.1 {status} Any\r\nconnection: close\r\n\r\n")]).await;
        assert_eq!(send(&token(&base), TIMEOUT).await, DeliveryOutcome::Status(status));
    }
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_in_time_has_not_answered() {
    let (base, received) = receiver(&[""]).await;
    let outcome = send(&token(&base), Duration::from_millis(50)).await;
    assert_eq!(outcome, DeliveryOutcome::NoResponse("not answered within 50ms".to_owned()));
    received.abort();
    assert_eq!(TIMEOUT, Duration::from_secs(5), "as ZITADEL waits");
}

#[tokio::test]
async fn nobody_who_listens_is_no_answer() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let outcome = send(&token(&base), TIMEOUT).await;
    assert!(matches!(outcome, DeliveryOutcome::NoResponse(_)), "{outcome:?}");
}

#[tokio::test]
async fn redirects_are_followed_as_go_does() {
    let redirect = |status: u16| {
        format!("HTTP/1.1 {status} Moved\r\nlocation: /login?a=b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    };
    for (status, method) in [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")] {
        let (base, received) = receiver(&[&redirect(status), OK]).await;
        assert_eq!(send(&token(&base), TIMEOUT).await, DeliveryOutcome::Status(200), "{status}");
        let received = received.await.unwrap();
        assert!(received[1].starts_with(&format!("{method} /login?a=b HTTP/1.1\r\n")), "{}", received[1]);
        assert_eq!(received[1].ends_with("logout_token=a.b.c"), method == "POST", "{}", received[1]);
        assert_eq!(received[1].contains("Content-Type"), method == "POST", "{}", received[1]);
    }
    let endless = redirect(302);
    let (base, received) = receiver(&[endless.as_str(); 11]).await;
    assert_eq!(
        send(&token(&base), TIMEOUT).await,
        DeliveryOutcome::NoResponse("stopped after 10 redirects".to_owned())
    );
    assert_eq!(received.await.unwrap().len(), 11);
}

#[tokio::test]
async fn a_redirect_to_another_device_is_refused() {
    let away = "HTTP/1.1 307 Moved\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (base, _) = receiver(&[away]).await;
    let outcome = send(&token(&base), TIMEOUT).await;
    assert!(matches!(&outcome, DeliveryOutcome::Refused(reason) if reason.contains("192.0.2.1")), "{outcome:?}");
}

#[test]
fn only_http_on_loopback_addresses_is_sent_to() {
    for (url, addresses) in [
        ("http://127.0.0.1:3000/a", vec!["127.0.0.1:3000"]),
        ("http://127.8.9.10/a", vec!["127.8.9.10:80"]),
        ("http://[::1]:3000/a", vec!["[::1]:3000"]),
        ("http://localhost:3000/a", vec!["127.0.0.1:3000", "[::1]:3000"]),
        ("http://app.localhost:3000/a", vec!["127.0.0.1:3000", "[::1]:3000"]),
        ("http://LOCALHOST/a", vec!["127.0.0.1:80", "[::1]:80"]),
    ] {
        let found: Vec<String> = loopback_addresses(url).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found, addresses, "{url}");
    }
    for url in [
        "https://localhost:3000/a",
        "http://192.0.2.1/a",
        "http://10.0.0.1/a",
        "http://0.0.0.0:3000/a",
        "http://[::]/a",
        "http://[::ffff:192.0.2.1]/a",
        "http://example.com/a",
        "http://localhost.example.com/a",
        "http://notlocalhost/a",
        "http://localhost@example.com/a",
        "http://127.0.0.1.example.com/a",
        "ftp://127.0.0.1/a",
        "/auth/backchannel-logout",
        "",
    ] {
        let refused = loopback_addresses(url).unwrap_err();
        assert!(refused.contains("loopback"), "{url}: {refused}");
    }
}
