//! A provider that cannot be reached over a real socket: each reason has its own word in the log and in `/readyz`.

use std::{net::TcpListener, time::Duration};

use zitadel_core::{
    Config, ConfigBuilder, Zitadel,
    environment::{ReqwestTransport, RootCertificates, Transport as _, TransportError},
};

use crate::support::{Authority, Log, json, listener, refused, response, tls_listener};

fn config(issuer: &str) -> ConfigBuilder {
    let builder = Config::builder(issuer, "client").redirect_uri("http://localhost:3000/auth/callback");
    let builder = builder.post_logout_redirect_uri("http://localhost:3000/auth/logout/callback");
    builder.session_secret("uLs9TzoB4GifAYMQ2hKvP1nD7wXjRcE0")
}

/// The word in `/readyz` for a provider at this address, after a check that log and response agree.
async fn reason(config: ConfigBuilder) -> String {
    let log = Log::collect();
    let builder = Zitadel::builder(config.build().unwrap());
    let zitadel = builder.transport(ReqwestTransport::with_timeout(Duration::from_millis(500))).build().unwrap();
    let readiness = json(&zitadel.readiness().await, 503);
    assert_eq!(readiness["dependencies"]["zitadel"], "unavailable");
    let reason = readiness["reasons"]["zitadel"].as_str().unwrap().to_owned();
    for event in ["provider_fetch_failed", "readiness_failed"] {
        let event = log.text().lines().find(|line| line.contains(event)).map(str::to_owned).unwrap();
        assert!(event.contains(&format!(r#"reason="{reason}""#)), "{event}");
    }
    reason
}

/// Discovery and keys of a provider at this address.
fn provider(path: &str, issuer: &str) -> Vec<u8> {
    let body = match path {
        "/keys" => r#"{"keys":[]}"#.to_owned(),
        _ => format!(
            r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/a","token_endpoint":"{issuer}/t","jwks_uri":"{issuer}/keys"}}"#
        ),
    };
    response(200, body.as_bytes(), true)
}

#[tokio::test]
async fn each_reason_for_an_unreachable_provider_has_its_own_word() {
    // A label of 64 bytes is not looked up: no name server is asked.
    let nowhere = format!("http://{}.example", "a".repeat(64));
    assert_eq!(reason(config(&nowhere).danger_accept_http_issuer()).await, "dns");
    assert_eq!(reason(config(&format!("http://{}", refused()))).await, "refused");
    // Its queue takes the connection; it is never accepted.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    assert_eq!(reason(config(&format!("http://{}", silent.local_addr().unwrap()))).await, "timeout");
    let (unknown, _) = tls_listener(&Authority::new(), &["127.0.0.1"], |_, _| Vec::new());
    assert_eq!(reason(config(&format!("https://{unknown}"))).await, "tls_certificate");
    let (plain, _) = listener(|_| response(400, b"{}", true));
    assert_eq!(reason(config(&format!("https://{plain}"))).await, "tls");
    let (failing, _) = listener(|_| response(502, b"{}", true));
    assert_eq!(reason(config(&format!("http://{failing}"))).await, "http_status");
    let (other, _) = listener(|address| provider("/", &format!("http://{address}/other")));
    assert_eq!(reason(config(&format!("http://{other}"))).await, "wrong_issuer");
    let (odd, _) = listener(|_| response(200, b"<html>", true));
    assert_eq!(reason(config(&format!("http://{odd}"))).await, "metadata");
    let (broken, _) = listener(|_| b"220 mail.example ESMTP\r\n\r\n".to_vec());
    assert_eq!(reason(config(&format!("http://{broken}"))).await, "connection_broken");
}

#[tokio::test]
async fn readiness_tells_the_reason_while_the_provider_is_not_asked_again_yet() {
    let zitadel = Zitadel::new(config(&format!("http://{}", refused())).build().unwrap());
    for _ in 0..3 {
        assert_eq!(json(&zitadel.readiness().await, 503)["reasons"]["zitadel"], "refused");
    }
}

/// A file that is removed when the test ends.
struct File(std::path::PathBuf);

impl File {
    fn new(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zitadel-core-ca-{}.pem", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn certificate_of_a_private_authority_is_accepted_with_its_root_in_zitadel_ca_file() {
    let authority = Authority::new();
    let (address, seen) = tls_listener(&authority, &["localhost"], |path, address| {
        provider(path, &format!("https://localhost:{}", address.port()))
    });
    let issuer = format!("https://localhost:{}", address.port());
    // A bundle: the root of this provider is not the first one.
    let file = File::new(&format!("# Roots\n{}{}", Authority::new().pem(), authority.pem()));
    let vars = [
        ("ZITADEL_DOMAIN", issuer.as_str()),
        ("ZITADEL_CA_FILE", file.0.to_str().unwrap()),
        ("ZITADEL_CLIENT_ID", "client"),
        ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
        ("SESSION_SECRET", "uLs9TzoB4GifAYMQ2hKvP1nD7wXjRcE0"),
    ];
    let config = Config::from_vars(vars).unwrap();
    for zitadel in [Zitadel::new(config.clone()), Zitadel::builder(config).build().unwrap()] {
        assert_eq!(json(&zitadel.readiness().await, 200)["dependencies"]["zitadel"], "ok");
    }
    assert_eq!(seen.lock().unwrap().len(), 4, "metadata and keys, twice");
    assert_eq!(reason(self::config(&issuer)).await, "tls_certificate", "the file is what makes the difference");
}

#[tokio::test]
async fn certificate_of_a_trusted_authority_for_another_name_is_not_accepted() {
    let authority = Authority::new();
    let (address, seen) = tls_listener(&authority, &["other.example"], |_, _| Vec::new());
    let roots = RootCertificates::from_pem(authority.pem().as_bytes()).unwrap();
    let request = http::Request::get(format!("https://{address}/")).body(Vec::new()).unwrap();
    let error = ReqwestTransport::new().root_certificates(roots).send(request).await.unwrap_err();
    assert_eq!((error, seen.lock().unwrap().len()), (TransportError::Certificate, 0));
}
