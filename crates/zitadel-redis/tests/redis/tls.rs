//! TLS, with a certificate authority of the test's own.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use zitadel_core::environment::{Store as _, store_suite};
use zitadel_redis::{RedisStore, UrlError};

use crate::harness::{Folder, Server, key, store, text};

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap()
}

/// A server with a certificate for this name, and the folder that it is in.
async fn server(authority: &CertifiedIssuer<'static, KeyPair>, name: &str) -> (Server, Folder) {
    let (folder, key) = (Folder::new(), KeyPair::generate().unwrap());
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let configuration = format!(
        "tls-cert-file {}\ntls-key-file {}\ntls-ca-cert-file {}\ntls-auth-clients no\nrequirepass hunter2",
        write("server.pem", &certificate.pem()),
        write("server.key", &key.serialize_pem()),
        write("ca.pem", &authority.pem()),
    );
    (Server::start_with_tls(&configuration).await, folder)
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn an_authority_of_your_own_is_trusted() {
    let authority = authority();
    let (server, folder) = server(&authority, "localhost").await;
    let url = format!("rediss://:hunter2@localhost:{}", server.port());
    let store = RedisStore::from_url(&format!("{url}?ca_file={}", folder.path().join("ca.pem").display())).unwrap();
    store_suite::run_without_waiting(&store).await;
    let other = RedisStore::builder(&url).unwrap().root_certificates(authority.pem()).build().unwrap();
    store_suite::run_announcements(&store, &other).await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn an_unknown_authority_and_another_name_are_refused() {
    let authority_of_server = authority();
    let (server, _folder) = server(&authority_of_server, "redis.example").await;
    let url = format!("rediss://:hunter2@localhost:{}", server.port());
    let trusting = |pem: String| RedisStore::builder(&url).unwrap().root_certificates(pem).build().unwrap();
    for (store, reason) in [
        (store(&url), "UnknownIssuer"),
        (trusting(authority().pem()), "certificate"),
        (trusting(authority_of_server.pem()), "not valid for name"),
    ] {
        let error = text(&store.get(&key("a")).await.unwrap_err());
        assert!(error.contains("no connection to Redis") && error.contains(reason), "{reason}: {error}");
    }
}

#[test]
#[ignore = "needs redis-server"]
fn certificates_that_cannot_be_used_are_found_at_the_start() {
    let with = |url: &str, pem: &str| RedisStore::builder(url).unwrap().root_certificates(pem).build().unwrap_err();
    assert_eq!(with("rediss://h", "hello"), UrlError::CaInvalid);
    assert_eq!(with("rediss://h", &KeyPair::generate().unwrap().serialize_pem()), UrlError::CaInvalid);
    assert_eq!(with("redis://h", &authority().pem()), UrlError::CaWithoutTls);
    let missing = RedisStore::from_url("rediss://h?ca_file=/no/such/file").unwrap_err();
    assert_eq!(missing, UrlError::CaUnreadable);
}
