use super::*;
use crate::protocol::{client::Credential, discovery::tests::metadata};

const NOW: Timestamp = Timestamp::from_unix(1_000);

fn exchange() -> TokenExchange {
    TokenExchange::audience("1700")
}

fn body(exchange: &TokenExchange) -> String {
    let client = Client { id: "app", credential: Credential::None };
    let subject = AccessToken::new(Secret::from("a.b-c"), None);
    let request = exchange_request(&metadata(), &client, &subject, exchange);
    assert_eq!(request.uri(), "https://id.example/oauth/v2/token");
    String::from_utf8(request.into_body()).unwrap()
}

fn response(token_type: &str, issued: &str) -> Vec<u8> {
    format!(
        r#"{{"access_token":"new","issued_token_type":"{issued}","token_type":"{token_type}","expires_in":60,"refresh_token":"r","id_token":"i"}}"#
    )
    .into_bytes()
}

fn refused(status: u16, code: &str, description: &str) -> TokenExchangeError {
    let body = format!(r#"{{"error":"{code}","error_description":"{description}"}}"#);
    parse(status, body.as_bytes(), &exchange(), NOW).unwrap_err()
}

#[test]
fn rule_1_an_access_token_is_the_subject_and_there_is_no_actor() {
    assert_eq!(
        body(&exchange()),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=a.b-c\
         &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&audience=1700&client_id=app"
    );
}

#[test]
fn rule_2_audiences_are_repeated_and_scopes_are_one_parameter() {
    let body = body(&exchange().and_audience("1701").scope("openid").scope("email"));
    assert!(body.ends_with("&audience=1700&audience=1701&scope=openid+email&client_id=app"), "{body}");
    assert_eq!(
        refused(400, "invalid_target", r#"audience \"x\" not found in subject or actor token"#),
        TokenExchangeError::InvalidTarget
    );
    assert_eq!(refused(400, "invalid_scope", "scope"), TokenExchangeError::InvalidScope);
}

#[test]
#[should_panic = "a scope is one word"]
fn rule_2_two_scopes_at_once_are_a_mistake() {
    let _ = exchange().scope("openid email");
}

#[test]
fn rule_3_a_type_is_requested_for_a_jwt_only() {
    assert!(!body(&exchange()).contains("requested_token_type"));
    let type_of_jwt = "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&";
    assert!(body(&exchange().jwt()).contains(type_of_jwt));
}

#[test]
fn rule_4_what_is_no_bearer_token_is_refused() {
    let token = parse(200, &response("Bearer", ACCESS_TOKEN), &exchange(), NOW).unwrap();
    assert_eq!((token.expose(), token.expires_at()), ("new", Some(Timestamp::from_unix(1_060))));
    let id_token = response("N_A", "urn:ietf:params:oauth:token-type:id_token");
    assert_eq!(parse(200, &id_token, &exchange(), NOW), Err(TokenError::NotBearer.into()));
    assert_eq!(parse(200, b"<html>", &exchange(), NOW), Err(TokenError::Malformed.into()));
    assert_eq!(parse(503, b"", &exchange(), NOW), Err(TokenError::Unavailable.into()));
}

#[test]
fn rule_5_the_type_is_named_and_the_one_that_was_requested() {
    let parse = |issued, exchange: &TokenExchange| parse(200, &response("Bearer", issued), exchange, NOW);
    assert!(parse(JWT, &exchange()).is_ok() && parse(JWT, &exchange().jwt()).is_ok());
    for (issued, exchange) in [
        (ACCESS_TOKEN, exchange().jwt()),
        ("", exchange()),
        ("urn:ietf:params:oauth:token-type:refresh_token", exchange()),
        ("urn:ietf:params:oauth:token-type:id_token", exchange()),
    ] {
        assert_eq!(parse(issued, &exchange), Err(TokenExchangeError::OtherType), "{issued}");
    }
    let unnamed = br#"{"access_token":"new","token_type":"Bearer"}"#;
    assert_eq!(super::parse(200, unnamed, &exchange(), NOW), Err(TokenExchangeError::OtherType));
}

#[test]
fn rule_6_refusals_are_told_apart() {
    let permanent = [
        (400, "invalid_request", FEATURE_DISABLED, TokenExchangeError::FeatureDisabled),
        (
            403,
            "invalid_request",
            "Errors.TokenExchange.Impersonation.PolicyDisabled",
            TokenExchangeError::NotPermitted(OAuthErrorCode::InvalidRequest),
        ),
        (
            400,
            "unauthorized_client",
            "grant_type not allowed",
            TokenExchangeError::NotPermitted(OAuthErrorCode::UnauthorizedClient),
        ),
        (400, "invalid_client", "", TokenError::OAuth(OAuthErrorCode::InvalidClient).into()),
    ];
    for (status, code, description, expected) in permanent {
        assert_eq!(refused(status, code, description), expected);
        assert!(expected.is_permanent(), "{expected:?}");
    }
    for (code, description) in
        [("invalid_request", "subject_token invalid"), ("invalid_request", ""), ("invalid_grant", "")]
    {
        assert_eq!(refused(400, code, description), TokenExchangeError::InvalidSubject);
    }
    assert!(!TokenExchangeError::InvalidSubject.is_permanent());
    assert!(!TokenExchangeError::from(TokenError::Unavailable).is_permanent());
}

#[test]
fn rule_7_further_tokens_are_not_kept() {
    let token = parse(200, &response("Bearer", ACCESS_TOKEN), &exchange(), NOW).unwrap();
    assert_eq!(token, AccessToken::new(Secret::from("new"), token.expires_at()));
    assert!(!format!("{token:?}").contains("new"));
}

/// Every answer that was recorded with a running ZITADEL.
#[test]
fn recorded_answers_are_read_by_the_rules() {
    let recorded = include_str!("../../../../zitadel-emulator/tests/recordings/exchange.json");
    let recorded: Vec<serde_json::Value> = serde_json::from_str(recorded).unwrap();
    let read = |answer: &serde_json::Value, exchange: &TokenExchange| {
        let (status, body) =
            (answer["response"]["status"].as_u64().unwrap(), answer["response"]["body"].as_str().unwrap());
        let token = parse(u16::try_from(status).unwrap(), body.as_bytes(), exchange, NOW);
        token.map(|token| token.expires_at().unwrap().as_unix() - NOW.as_unix())
    };
    let expected = [
        ("token-exchange-not-allowed", Err(TokenExchangeError::NotPermitted(OAuthErrorCode::UnauthorizedClient))),
        ("token-exchange", Ok(43_199)),
        ("token-exchange-jwt", Ok(43_199)),
        ("token-exchange-id-token", Err(TokenError::NotBearer.into())),
        ("token-exchange-actor", Err(TokenExchangeError::NotPermitted(OAuthErrorCode::InvalidRequest))),
        ("token-exchange-user-id", Err(TokenExchangeError::NotPermitted(OAuthErrorCode::InvalidRequest))),
        ("token-exchange-garbage", Err(TokenExchangeError::InvalidSubject)),
        ("token-exchange-no-openid", Ok(43_199)),
    ];
    assert_eq!(recorded.len(), expected.len());
    for (answer, (name, expected)) in recorded.iter().zip(expected) {
        assert_eq!((answer["name"].as_str(), read(answer, &exchange())), (Some(name), expected));
    }
    assert!(read(&recorded[2], &exchange().jwt()).is_ok());
    assert_eq!(read(&recorded[1], &exchange().jwt()), Err(TokenExchangeError::OtherType));
}
