use proptest::prelude::*;
use serde_json::json;

use super::*;

const ISSUER: &str = "https://id.example";

/// What ZITADEL publishes, shortened.
pub(crate) fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://id.example/oauth/v2/authorize",
        "token_endpoint": "https://id.example/oauth/v2/token",
        "introspection_endpoint": "https://id.example/oauth/v2/introspect",
        "userinfo_endpoint": "https://id.example/oidc/v1/userinfo",
        "revocation_endpoint": "https://id.example/oauth/v2/revoke",
        "end_session_endpoint": "https://id.example/oidc/v1/end_session",
        "device_authorization_endpoint": "https://id.example/oauth/v2/device_authorization",
        "jwks_uri": "https://id.example/oauth/v2/keys",
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
        "code_challenge_methods_supported": ["S256"],
        "request_uri_parameter_supported": false,
    })
}

pub(crate) fn metadata() -> ProviderMetadata {
    parse(&document()).unwrap()
}

/// The same with one member changed; null takes it away.
pub(crate) fn metadata_with(name: &str, value: impl Into<Value>) -> ProviderMetadata {
    parse(&document_with(name, value)).unwrap()
}

fn document_with(name: &str, value: impl Into<Value>) -> Value {
    let mut document = document();
    document[name] = value.into();
    document
}

fn parse(document: &Value) -> Result<ProviderMetadata, DiscoveryError> {
    ProviderMetadata::parse(document.to_string().as_bytes(), ISSUER, false)
}

#[test]
fn what_zitadel_publishes_is_read() {
    let metadata = metadata();
    assert_eq!(metadata.issuer().as_str(), ISSUER);
    assert_eq!(metadata.authorization_endpoint().as_str(), "https://id.example/oauth/v2/authorize");
    assert_eq!(metadata.jwks_uri().uri(), "https://id.example/oauth/v2/keys");
    assert_eq!(metadata.end_session_endpoint().unwrap().url().path(), "/oidc/v1/end_session");
    assert!(!metadata.sends_issuer_parameter());
    assert!(!metadata.lists_no_s256());
}

#[test]
fn rule_1_the_issuer_is_the_configured_one_to_the_last_slash() {
    for (published, configured) in [
        ("https://id.example/", "https://id.example"),
        ("https://id.example", "https://id.example/"),
        ("https://ID.example", "https://id.example"),
        ("https://id.example:443", "https://id.example"),
        ("http://id.example", "https://id.example"),
    ] {
        let body = document_with("issuer", published).to_string();
        let parsed = ProviderMetadata::parse(body.as_bytes(), configured, false);
        assert_eq!(parsed.unwrap_err(), DiscoveryError::IssuerMismatch, "{published}");
    }
    let body = document_with("issuer", "https://id.example/").to_string();
    assert!(ProviderMetadata::parse(body.as_bytes(), "https://id.example/", false).is_ok());
}

#[test]
fn rule_2_four_members_are_needed_and_the_rest_may_be_missing_or_odd() {
    for needed in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
        for odd in [json!(null), json!(1), json!([])] {
            assert_eq!(parse(&document_with(needed, odd)).unwrap_err(), DiscoveryError::Missing(needed));
        }
    }
    let mut least = document();
    least
        .as_object_mut()
        .unwrap()
        .retain(|name, _| ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"].contains(&name.as_str()));
    let metadata = parse(&least).unwrap();
    assert!(metadata.user_info_endpoint().is_none());
    assert!(metadata.revocation_endpoint().is_none());
    assert!(!metadata.lists_no_s256());
    for optional in ["userinfo_endpoint", "token_endpoint_auth_methods_supported", "code_challenge_methods_supported"] {
        for odd in [json!(1), json!("x"), json!({}), json!([1, null])] {
            assert!(parse(&document_with(optional, odd)).is_ok());
        }
    }
}

#[test]
fn rule_3_endpoints_are_https_or_loopback() {
    let token_endpoint = |address: &str, allow_http| {
        let body = document_with("token_endpoint", address).to_string();
        ProviderMetadata::parse(body.as_bytes(), ISSUER, allow_http).map(drop)
    };
    let refused = Err(DiscoveryError::Endpoint("token_endpoint"));
    for loopback in [
        "http://localhost:8080/t",
        "http://127.0.0.1/t",
        "http://127.9.9.9/t",
        "http://[::1]:1/t",
        "http://a.localhost/t",
    ] {
        assert_eq!(token_endpoint(loopback, false), Ok(()), "{loopback}");
    }
    for plain in
        ["http://id.example/t", "http://localhost.evil.example/t", "http://128.0.0.1/t", "http://notlocalhost/t"]
    {
        assert_eq!(token_endpoint(plain, false), refused, "{plain}");
        assert_eq!(token_endpoint(plain, true), Ok(()), "{plain}");
    }
    for never in [
        "ftp://id.example/t",
        "/t",
        "",
        "https://u@id.example/t",
        "https://u:p@id.example/t",
        "https://id.example/t#f",
        "javascript:x",
    ] {
        assert_eq!(token_endpoint(never, true), refused, "{never}");
    }
    assert!(metadata_with("userinfo_endpoint", "http://id.example/u").user_info_endpoint().is_none());
}

#[test]
fn a_document_that_is_too_large_or_ambiguous_is_refused() {
    let large = vec![b' '; MAX_BYTES + 1];
    assert_eq!(ProviderMetadata::parse(&large, ISSUER, false).unwrap_err(), DiscoveryError::TooLarge);
    let twice = br#"{"issuer":"https://id.example","issuer":"https://evil.example"}"#;
    for body in [&twice[..], b"[]", b"<html>", b""] {
        assert_eq!(ProviderMetadata::parse(body, ISSUER, false).unwrap_err(), DiscoveryError::Malformed);
    }
}

#[test]
fn the_issuer_of_a_document_is_one_short_line_in_the_log() {
    assert_eq!(loggable_issuer(br#"{"issuer":"https://id.example/"}"#).as_deref(), Some("https://id.example/"));
    assert_eq!(loggable_issuer(b"{\"issuer\":\"a\\nERROR forged\"}").as_deref(), Some("a?ERROR forged"));
    assert_eq!(loggable_issuer(format!(r#"{{"issuer":"{}"}}"#, "x".repeat(999)).as_bytes()).unwrap().len(), 200);
    for none in [&b"[]"[..], b"{}", br#"{"issuer":1}"#, b"<html>"] {
        assert_eq!(loggable_issuer(none), None);
    }
}

#[test]
fn basic_is_the_way_to_authenticate_unless_only_post_is_offered() {
    let method =
        |methods: Value| metadata_with("token_endpoint_auth_methods_supported", methods).client_authentication();
    assert_eq!(metadata().client_authentication(), ClientAuthentication::Basic);
    assert_eq!(method(json!(null)), ClientAuthentication::Basic);
    assert_eq!(method(json!(["private_key_jwt"])), ClientAuthentication::Basic);
    assert_eq!(method(json!(["client_secret_post"])), ClientAuthentication::Post);
    assert_eq!(method(json!(["client_secret_post", "client_secret_basic"])), ClientAuthentication::Basic);
}

#[test]
fn promises_are_read() {
    assert!(metadata_with("authorization_response_iss_parameter_supported", true).sends_issuer_parameter());
    assert!(!metadata_with("authorization_response_iss_parameter_supported", "true").sends_issuer_parameter());
    assert!(metadata_with("code_challenge_methods_supported", ["plain"]).lists_no_s256());
}

#[test]
fn the_document_is_below_the_issuer() {
    for (issuer, url) in [
        ("https://id.example", "https://id.example/.well-known/openid-configuration"),
        ("https://id.example/", "https://id.example/.well-known/openid-configuration"),
        ("http://localhost:8080/realms/x/", "http://localhost:8080/realms/x/.well-known/openid-configuration"),
    ] {
        assert_eq!(well_known_url(issuer).unwrap().as_str(), url);
    }
    for issuer in ["", "id.example", "https://id.example?x", "https://id.example#x", "file:///etc"] {
        assert_eq!(well_known_url(issuer), Err(DiscoveryError::Issuer), "{issuer}");
    }
}

proptest! {
    #[test]
    fn no_document_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), address in ".{0,60}") {
        let _ = ProviderMetadata::parse(&body, ISSUER, true);
        let _ = parse(&document_with("token_endpoint", address.as_str()));
        let _ = well_known_url(&address);
    }
}
