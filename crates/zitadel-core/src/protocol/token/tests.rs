use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(body: &Value) -> Result<TokenResponse, TokenError> {
    TokenResponse::parse(200, body.to_string().as_bytes())
}

/// An answer of ZITADEL.
fn answer() -> Value {
    json!({"access_token": "a-t", "token_type": "Bearer", "refresh_token": "r-t", "expires_in": 43199, "id_token": "i.d.t"})
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut answer = answer();
    answer[name] = value.into();
    answer
}

#[test]
fn an_answer_of_zitadel_is_read() {
    let tokens = read(&answer()).unwrap();
    assert_eq!(tokens.access_token.expose(), "a-t");
    assert_eq!(tokens.refresh_token.as_ref().unwrap().expose(), "r-t");
    assert_eq!(tokens.id_token.as_ref().unwrap().expose(), "i.d.t");
    assert_eq!(tokens.expires_in, Some(Duration::from_secs(43199)));
    let shown = format!("{tokens:?}");
    assert!(!shown.contains("a-t") && !shown.contains("r-t") && !shown.contains("i.d.t"), "{shown}");
}

#[test]
fn rule_1_the_status_comes_before_the_body() {
    let body = answer().to_string();
    assert_eq!(TokenResponse::parse(400, body.as_bytes()).unwrap_err(), TokenError::Malformed);
    assert_eq!(TokenResponse::parse(500, body.as_bytes()).unwrap_err(), TokenError::Unavailable);
    assert!(TokenResponse::parse(201, body.as_bytes()).is_ok());
}

#[test]
fn rule_2_a_success_is_an_object_with_a_bearer_token() {
    for name in ["access_token", "token_type"] {
        for odd in [json!(null), json!(1), json!([])] {
            assert_eq!(read(&with(name, odd)).unwrap_err(), TokenError::Malformed, "{name}");
        }
    }
    for odd in ["", "a b", "a\nb", "a\u{7f}", "ä"] {
        assert_eq!(read(&with("access_token", odd)).unwrap_err(), TokenError::Malformed, "{odd}");
    }
    for spelling in ["Bearer", "bearer", "BEARER"] {
        assert!(read(&with("token_type", spelling)).is_ok());
    }
    for other in ["DPoP", "mac", "N_A", ""] {
        assert_eq!(read(&with("token_type", other)).unwrap_err(), TokenError::NotBearer);
    }
    for body in
        ["", "[]", "<html>", r#"{"error":"x"}"#, r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#]
    {
        assert_eq!(TokenResponse::parse(200, body.as_bytes()).unwrap_err(), TokenError::Malformed, "{body}");
    }
}

#[test]
fn rule_2_what_is_optional_may_be_missing_or_empty() {
    for nothing in [json!(null), json!("")] {
        assert!(read(&with("refresh_token", nothing.clone())).unwrap().refresh_token.is_none());
        assert!(read(&with("id_token", nothing)).unwrap().id_token.is_none());
    }
    assert_eq!(read(&with("refresh_token", 1)).unwrap_err(), TokenError::Malformed);
    let lifetime = |value: Value| read(&with("expires_in", value)).unwrap().expires_in.map(|time| time.as_secs());
    assert_eq!(lifetime(json!("3600")), Some(3600));
    assert_eq!(lifetime(json!(3600.9)), Some(3600));
    assert_eq!(lifetime(json!(u64::MAX)), Some(u64::MAX));
    for unknown in [json!(null), json!(-1), json!("soon"), json!([])] {
        assert_eq!(lifetime(unknown), None);
    }
}

#[test]
fn rule_3_an_oauth_error_with_4xx_is_about_the_token_or_about_the_client() {
    const ABOUT_TOKEN: (bool, bool) = (true, false);
    const ABOUT_CLIENT: (bool, bool) = (false, true);
    // What ZITADEL says to a dead refresh token, to a wrong verifier, to a reused V1 code, and to a wrong secret.
    for (status, error, code, meaning) in [
        (400, "invalid_request", OAuthErrorCode::InvalidRequest, ABOUT_TOKEN),
        (400, "invalid_grant", OAuthErrorCode::InvalidGrant, ABOUT_TOKEN),
        (404, "invalid_request", OAuthErrorCode::InvalidRequest, ABOUT_TOKEN),
        (400, "interaction_required", OAuthErrorCode::InteractionRequired, ABOUT_TOKEN),
        (400, "invalid_client", OAuthErrorCode::InvalidClient, ABOUT_CLIENT),
        (401, "invalid_client", OAuthErrorCode::InvalidClient, ABOUT_CLIENT),
        (400, "unauthorized_client", OAuthErrorCode::UnauthorizedClient, ABOUT_CLIENT),
        (400, "unsupported_grant_type", OAuthErrorCode::UnsupportedGrantType, ABOUT_CLIENT),
        (403, "something_new", OAuthErrorCode::Other, (false, false)),
    ] {
        let body = json!({"error": error, "error_description": "Errors.User.RefreshToken.Invalid"}).to_string();
        let refused = TokenResponse::parse(status, body.as_bytes()).unwrap_err();
        assert_eq!(refused, TokenError::OAuth(code));
        assert_eq!((refused.is_final(), refused.is_about_client()), meaning, "{error}");
        assert!(!refused.to_string().contains("Errors."));
        assert_eq!(loggable_description(body.as_bytes()).unwrap(), "Errors.User.RefreshToken.Invalid");
    }
}

#[test]
fn rule_3_an_error_of_zitadel_without_an_oauth_code_is_a_refusal_that_is_not_final() {
    let body = br#"{"code":5,"message":"Errors.User.NotFound","details":[]}"#;
    let refused = TokenResponse::parse(404, body).unwrap_err();
    assert_eq!(refused, TokenError::Refused(404));
    assert!(!refused.is_final(), "a proxy in front of it may write such JSON, too");
    assert_eq!(loggable_description(body).unwrap(), "Errors.User.NotFound");
}

#[test]
fn rule_4_a_provider_that_is_down_says_nothing_about_the_token() {
    for status in [408, 429, 500, 502, 503, 504, 599] {
        for body in ["", "<html>Bad Gateway</html>", r#"{"error":"server_error"}"#, r#"{"error":"invalid_grant"}"#] {
            let error = TokenResponse::parse(status, body.as_bytes()).unwrap_err();
            assert_eq!(error, TokenError::Unavailable, "{status} {body}");
            assert!(!error.is_final());
        }
    }
    for status in [400, 401, 403, 404, 500] {
        for code in ["temporarily_unavailable", "server_error", "slow_down"] {
            let body = json!({"error": code}).to_string();
            let error = TokenResponse::parse(status, body.as_bytes()).unwrap_err();
            assert_eq!(error, TokenError::Unavailable, "{status} {code}");
        }
    }
}

#[test]
fn rule_5_a_page_of_a_proxy_is_not_a_refusal() {
    for status in [400, 401, 403, 404] {
        for body in ["", "<html>", "unable to set instance using origin", "[]", "{}", r#"{"error":1}"#] {
            let error = TokenResponse::parse(status, body.as_bytes()).unwrap_err();
            assert_eq!(error, TokenError::Malformed, "{status} {body}");
            assert!(!error.is_final());
        }
    }
    for status in [0, 100, 302, 307] {
        assert_eq!(TokenResponse::parse(status, b"{}").unwrap_err(), TokenError::Malformed);
    }
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(status in any::<u16>(), body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = TokenResponse::parse(status, &body);
        let _ = loggable_description(&body);
    }
}
