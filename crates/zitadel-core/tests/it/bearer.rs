//! Access tokens of callers: JWTs, opaque tokens and personal access tokens.

use std::{sync::Arc, time::Duration};

use zitadel_core::{
    AccessTokenKind, Authentication, Config, ErrorCode, Principal, Reply, RequestHead, Requirement, Zitadel,
    environment::TransportError,
};
use zitadel_emulator::{
    AccessTokenType, AuthMethod, Client, Emulator, EndpointName, Fault, ServiceAccount, SigningAlgorithm,
};

use crate::support::{App, Headers, Log, emulator, emulator_with, query};

/// An API in the project of the emulator's default application, which introspects with a secret.
struct Api {
    app: App,
    zitadel: Zitadel,
}

impl Api {
    fn new() -> Self {
        Self::introspecting(emulator(), None, &[])
    }

    /// With this secret instead of its own, and further variables.
    fn introspecting(emulator: Emulator, secret: Option<&str>, more: &[(&str, &str)]) -> Self {
        let mut client = Client::api("api");
        client.authenticate_with(AuthMethod::Basic);
        let client = emulator.add_client(client);
        let mut vars = vec![
            ("ZITADEL_DOMAIN", emulator.issuer().to_owned()),
            ("ZITADEL_API_AUDIENCE", emulator.client().snapshot().project_id),
            ("ZITADEL_CLIENT_ID", client.id().to_owned()),
            ("ZITADEL_CLIENT_SECRET", secret.map_or_else(|| client.secret().unwrap(), str::to_owned)),
        ];
        vars.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Self::with(emulator, &vars)
    }

    /// Without login: neither redirect URI nor session secret.
    fn with(emulator: Emulator, vars: &[(&str, String)]) -> Self {
        let app = App::with(emulator, &[]);
        let config = Config::from_vars(vars.iter().map(|(name, value)| (*name, value.clone()))).unwrap();
        let builder = Zitadel::builder(config).transport(app.transport.clone());
        let zitadel = builder.clock(app.clock.clone()).build().unwrap();
        Self { app, zitadel }
    }

    /// An application that verifies JWTs and cannot introspect.
    fn without_introspection() -> Self {
        let emulator = emulator();
        let vars = [
            ("ZITADEL_DOMAIN", emulator.issuer().to_owned()),
            ("ZITADEL_API_AUDIENCE", emulator.client().snapshot().project_id),
        ];
        Self::with(emulator, &vars)
    }

    fn jwt(&self, person: &str) -> String {
        self.app.emulator.client().set_access_token_type(AccessTokenType::Jwt);
        self.app.emulator.access_token_for(person)
    }

    fn opaque(&self, person: &str) -> String {
        self.app.emulator.client().set_access_token_type(AccessTokenType::Opaque);
        self.app.emulator.access_token_for(person)
    }

    async fn call(&self, token: &str) -> Authentication {
        self.zitadel.authenticate(head(token)).await
    }

    /// The code with which a token is refused.
    async fn refusal(&self, token: &str) -> ErrorCode {
        let authentication = self.call(token).await;
        authentication.authorize(&Requirement::user()).unwrap_err().code()
    }

    fn count(&self, endpoint: EndpointName) -> usize {
        self.app.emulator.count(endpoint)
    }
}

fn head(token: &str) -> RequestHead {
    let mut head = RequestHead::new("GET", "/api");
    head.header("authorization", format!("Bearer {token}").as_bytes());
    head
}

fn denied(authentication: &Authentication, requirement: &Requirement<'_>) -> Reply {
    authentication.authorize(requirement).unwrap_err().into_reply()
}

#[tokio::test]
async fn jwt_is_verified_with_the_keys_and_once() {
    let api = Api::without_introspection();
    let token = api.jwt("alice");
    let authentication = api.call(&token).await;
    let user = authentication.authorize(&Requirement::bearer()).unwrap();
    let info = user.access_token_info().unwrap();
    assert_eq!(user.subject(), api.app.emulator.person("alice").unwrap().id);
    assert_eq!((info.kind(), info.client_id()), (AccessTokenKind::Jwt, Some(api.app.emulator.client().id())));
    assert!(user.session().is_none() && info.expires_at().is_some() && info.scopes().is_none());
    assert!(matches!(authentication.principal(), Principal::AccessToken(_)));
    assert_eq!(api.app.transport.sent().len(), 2, "metadata and keys");
    assert!(api.zitadel.authenticate_cached(head(&token)).unwrap().user().is_some(), "known without waiting");
    assert!(
        api.zitadel.authenticate_cached(head(&api.jwt("bob"))).unwrap().user().is_some(),
        "so is another, with keys"
    );
}

#[tokio::test]
async fn opaque_token_is_introspected_once_and_again_after_half_a_minute() {
    let api = Api::new();
    let token = api.opaque("alice");
    for _ in 0..3 {
        let authentication = api.call(&token).await;
        let user = authentication.authorize(&Requirement::user().role("admin")).unwrap();
        assert_eq!(user.email(), Some("alice@example.com"));
        assert!(user.access_token_info().unwrap().has_scope("profile"));
        assert_eq!(user.access_token_info().unwrap().kind(), AccessTokenKind::Opaque);
    }
    assert_eq!(api.count(EndpointName::Introspect), 1);
    api.app.advance(29);
    api.call(&token).await;
    assert_eq!(api.count(EndpointName::Introspect), 1);
    api.app.advance(1);
    api.app.emulator.deactivate("alice");
    assert_eq!(api.refusal(&token).await, ErrorCode::InvalidToken);
    assert_eq!(api.count(EndpointName::Introspect), 2);
    assert_eq!(api.refusal(&token).await, ErrorCode::InvalidToken, "remembered for seconds");
    assert_eq!(api.count(EndpointName::Introspect), 2);
    api.app.advance(5);
    api.app.emulator.reactivate("alice");
    assert_eq!(api.refusal(&token).await, ErrorCode::InvalidToken, "asked again; ZITADEL keeps the token dead");
    assert_eq!(api.count(EndpointName::Introspect), 3);
}

/// The issuer and the key file are all that an API needs; its client id is the audience.
#[tokio::test]
async fn key_file_of_an_api_application_introspects_and_is_the_audience() {
    let emulator = emulator();
    let project_id = emulator.client().snapshot().project_id;
    let client = emulator.add_client(Client { project_id, ..Client::api("api") });
    let vars = [("ZITADEL_DOMAIN", emulator.issuer().to_owned()), ("ZITADEL_APP_KEY", client.create_key())];
    let api = Api::with(emulator, &vars);
    let authentication = api.call(&api.opaque("alice")).await;
    assert_eq!(authentication.user().unwrap().email(), Some("alice@example.com"));
    assert!(api.call(&api.jwt("alice")).await.user().is_some(), "`aud` names every application of the project");
    let introspection =
        api.app.emulator.requests().into_iter().find(|r| r.endpoint == EndpointName::Introspect).unwrap();
    assert_eq!((introspection.status, introspection.authorization), (Some(200), None));
}

#[tokio::test]
async fn key_file_of_another_application_leaves_the_login_alone() {
    let emulator = emulator();
    let project_id = emulator.client().snapshot().project_id;
    let client = emulator.add_client(Client { project_id, ..Client::api("api") });
    let key = client.create_key();
    let app = App::with(emulator, &[("ZITADEL_APP_KEY", &key)]);
    app.logged_in("alice").await;
    assert_eq!(app.transport.fields("/oauth/v2/token", "client_assertion"), Vec::<String>::new());
    let token = app.emulator.access_token_for("alice");
    assert!(app.zitadel.authenticate(head(&token)).await.user().is_some());
    assert_eq!(app.transport.fields("/oauth/v2/introspect", "client_assertion").len(), 1);
}

#[tokio::test]
async fn introspection_is_asked_for_every_request_if_nothing_is_to_be_remembered() {
    let api = Api::introspecting(emulator(), None, &[("ZITADEL_INTROSPECTION_CACHE", "0")]);
    let token = api.opaque("alice");
    for _ in 0..2 {
        assert!(api.call(&token).await.user().is_some());
    }
    assert_eq!(api.count(EndpointName::Introspect), 2);
}

#[tokio::test]
async fn personal_access_token_of_a_service_user_is_accepted() {
    let api = Api::new();
    let account = api.app.emulator.add_service_account(ServiceAccount::named("robot", "Robot"));
    let token = account.create_personal_access_token();
    let authentication = api.call(&token).await;
    let user = authentication.authorize(&Requirement::user()).unwrap();
    assert_eq!((user.subject(), user.access_token_info().unwrap().client_id()), (account.id(), None));
}

#[tokio::test]
async fn opaque_token_without_credentials_for_introspection_is_refused_with_a_hint_in_the_log() {
    let api = Api::without_introspection();
    let log = Log::collect();
    let token = api.opaque("alice");
    assert_eq!(api.refusal(&token).await, ErrorCode::InvalidToken);
    let text = log.text();
    assert!(text.contains("access_token_rejected") && text.contains("ZITADEL_CLIENT_SECRET"), "{text}");
    assert!(!text.contains(&token), "{text}");
    assert_eq!(api.app.transport.sent().len(), 0);
}

#[tokio::test]
async fn two_hundred_requests_with_one_opaque_token_cause_one_introspection() {
    let api = Arc::new(Api::new());
    let token = api.opaque("alice");
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let (api, token) = (Arc::clone(&api), token.clone());
            tokio::spawn(async move { api.call(&token).await.user().is_some() })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap());
    }
    assert_eq!(api.count(EndpointName::Introspect), 1);
}

#[tokio::test]
async fn first_request_with_a_rotated_key_succeeds() {
    let api = Api::without_introspection();
    assert!(api.call(&api.jwt("alice")).await.user().is_some());
    api.app.emulator.rotate_keys(SigningAlgorithm::EdDsa);
    assert!(api.call(&api.jwt("alice")).await.user().is_some());
    assert_eq!(api.count(EndpointName::Keys), 2);
}

#[tokio::test]
async fn flood_of_unknown_keys_fetches_keys_once_in_five_seconds_and_disturbs_nobody() {
    let api = Api::without_introspection();
    let good = api.jwt("alice");
    assert!(api.call(&good).await.user().is_some());
    let forged = |n: u32| api.app.emulator.token_like(&good).header("kid", format!("31{n:016}")).claim("n", n).build();
    let mut unknown = 0;
    for n in 0..5_000 {
        match api.refusal(&forged(n)).await {
            ErrorCode::InvalidToken => {}
            ErrorCode::ProviderUnavailable => unknown += 1,
            code => panic!("{code:?}"),
        }
        if n % 100 == 0 {
            assert!(api.zitadel.authenticate_cached(head(&good)).unwrap().user().is_some());
            assert!(api.zitadel.authenticate_cached(head(&api.jwt("bob"))).unwrap().user().is_some());
        }
    }
    assert_eq!(api.count(EndpointName::Keys), 2, "one at first, one for the flood");
    assert_eq!(unknown, 4_999, "nothing is known about them before keys may be fetched again");
    api.app.advance(5);
    assert_eq!(api.refusal(&forged(5_000)).await, ErrorCode::InvalidToken);
    assert_eq!(api.count(EndpointName::Keys), 3);
}

#[tokio::test]
async fn forged_and_foreign_tokens_are_refused_without_introspection() {
    let api = Api::new();
    let good = api.jwt("alice");
    let emulator = &api.app.emulator;
    let like = || emulator.token_like(&good);
    let other = emulator_with(SigningAlgorithm::Es256);
    other.client().set_access_token_type(AccessTokenType::Jwt);
    assert!(api.call(&good).await.user().is_some());
    for (what, token) in [
        ("no issuer", like().without_claim("iss").build()),
        ("another issuer", like().claim("iss", "https://other.example").build()),
        ("no audience", like().without_claim("aud").build()),
        ("an empty audience", like().claim("aud", serde_json::json!([])).build()),
        ("another audience", like().claim("aud", serde_json::json!(["170086774599581954"])).build()),
        ("no subject", like().without_claim("sub").build()),
        ("alg none", like().fault(Fault::AlgNone).build()),
        ("HMAC with the public key", like().fault(Fault::AlgHs256).build()),
        ("another key", like().fault(Fault::ForeignKey).build()),
        ("a changed signature", like().fault(Fault::TamperedSignature).build()),
        ("crit", like().header("crit", serde_json::json!(["exp"])).build()),
        ("zip", like().header("zip", "DEF").build()),
        ("b64", like().header("b64", false).build()),
        ("an embedded key", like().fault(Fault::ForeignKey).header("jwk", serde_json::json!({ "kty": "EC" })).build()),
        ("a key by URL", like().fault(Fault::ForeignKey).header("jku", "https://evil.example/keys").build()),
        ("expired", like().issued_at(emulator.now() - Duration::from_secs(13 * 3600)).build()),
        ("not yet valid", like().claim("nbf", emulator.unix_now() + 3_600).build()),
        ("no expiry", like().without_claim("exp").build()),
        ("a logout token", emulator.logout_token_for("alice", "1").build()),
        ("another type", like().header("typ", "dpop+jwt").build()),
        ("of another instance", other.access_token_for("alice")),
        ("parts that are not base64url", "a.b.c".to_owned()),
        ("an empty signature", format!("{}.", good.rsplit_once('.').unwrap().0)),
    ] {
        api.app.advance(6);
        let authentication = api.call(&token).await;
        let code = authentication.authorize(&Requirement::user()).map_err(|denied| denied.code());
        assert_eq!(code.err(), Some(ErrorCode::InvalidToken), "{what}");
    }
    assert_eq!(api.count(EndpointName::Introspect), 0);
}

#[tokio::test]
async fn wrong_signature_is_401_also_right_after_the_keys_were_fetched() {
    let api = Api::without_introspection();
    let good = api.jwt("alice");
    for n in 0..3 {
        let forged = api.app.emulator.token_like(&good).claim("n", n).fault(Fault::ForeignKey).build();
        assert_eq!(api.refusal(&forged).await, ErrorCode::InvalidToken, "{n}");
    }
    assert_eq!(api.count(EndpointName::Keys), 2, "one at first, one for the forged ones");
}

#[tokio::test]
async fn id_token_is_no_access_token() {
    let api = Api::new();
    let reply = api.app.logged_in("alice").await.logout().await;
    let id_token = query(reply.header("location").unwrap())["id_token_hint"].clone();
    assert_eq!(api.refusal(&id_token).await, ErrorCode::InvalidToken);
}

#[tokio::test]
async fn revoked_and_unknown_opaque_tokens_are_refused() {
    let api = Api::new();
    let token = api.opaque("alice");
    api.app.emulator.deactivate("alice");
    assert_eq!(api.refusal(&token).await, ErrorCode::InvalidToken);
    assert_eq!(api.refusal("unknown").await, ErrorCode::InvalidToken);
    let foreign = emulator();
    let account = foreign.add_service_account(ServiceAccount::named("robot", "Robot"));
    assert_eq!(api.refusal(&account.create_personal_access_token()).await, ErrorCode::InvalidToken);
    assert_eq!(api.count(EndpointName::Introspect), 3);
}

#[tokio::test]
async fn malformed_header_is_400_and_reaches_nobody() {
    let api = Api::new();
    for lines in [vec!["Bearer"], vec!["Bearer a b"], vec!["Bearer a", "Bearer a"], vec!["Basic a", "Bearer b"]] {
        let mut head = RequestHead::new("GET", "/api");
        lines.iter().for_each(|line| head.header("Authorization", line.as_bytes()));
        let reply = denied(&api.zitadel.authenticate(head).await, &Requirement::user());
        let challenge = reply.header("www-authenticate").unwrap();
        assert_eq!(reply.status, 400, "{lines:?}");
        assert_eq!(challenge, r#"Bearer realm="https://zitadel.example", error="invalid_request""#);
        assert!(reply.body.contains(r#""error":"invalid_request""#), "{}", reply.body);
    }
    assert_eq!(api.app.transport.sent().len(), 0);
}

#[tokio::test]
async fn answers_follow_rfc_6750_and_are_json_even_for_a_navigation() {
    let api = Api::new();
    let mut navigation = head("unknown");
    navigation.header("sec-fetch-mode", b"navigate");
    navigation.header("accept", b"text/html");
    let reply = denied(&api.zitadel.authenticate(navigation).await, &Requirement::user());
    assert_eq!(reply.status, 401);
    assert_eq!(
        reply.header("www-authenticate"),
        Some(r#"Bearer realm="https://zitadel.example", error="invalid_token""#)
    );
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let bob = api.call(&api.opaque("bob")).await;
    let reply = denied(&bob, &Requirement::user().role("admin"));
    assert_eq!(reply.status, 403);
    let challenge = reply.header("www-authenticate").unwrap();
    assert_eq!(challenge, r#"Bearer realm="https://zitadel.example", error="insufficient_scope""#);
    let anonymous = api.zitadel.authenticate(RequestHead::new("GET", "/api")).await;
    let reply = denied(&anonymous, &Requirement::bearer());
    assert_eq!(
        (reply.status, reply.header("www-authenticate")),
        (401, Some(r#"Bearer realm="https://zitadel.example""#))
    );
}

#[tokio::test]
async fn provider_that_is_down_is_503_and_left_alone_for_a_moment() {
    let api = Api::new();
    let (jwt, opaque) = (api.jwt("alice"), api.opaque("alice"));
    api.app.transport.fail(TransportError::Refused);
    for token in [&jwt, &opaque] {
        let reply = denied(&api.call(token).await, &Requirement::user());
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("5")));
        assert!(reply.header("www-authenticate").is_none());
    }
    let sent = api.app.transport.sent().len();
    for _ in 0..10 {
        assert_eq!(api.refusal(&opaque).await, ErrorCode::ProviderUnavailable);
    }
    assert_eq!(api.app.transport.sent().len(), sent);
    api.app.transport.recover();
    api.app.advance(5);
    assert!(api.call(&jwt).await.user().is_some() && api.call(&opaque).await.user().is_some());
    api.app.emulator.fault(EndpointName::Introspect, Fault::Status(503));
    api.app.advance(30);
    for _ in 0..10 {
        assert_eq!(api.refusal(&opaque).await, ErrorCode::ProviderUnavailable, "not 401, whatever was known before");
    }
    assert_eq!(api.count(EndpointName::Introspect), 2);
    assert!(api.call(&jwt).await.user().is_some(), "a JWT needs no provider");
    api.app.emulator.clear_faults();
    api.app.advance(1);
    assert!(api.call(&opaque).await.user().is_some());
}

#[tokio::test]
async fn client_that_may_not_introspect_is_the_operators_fault() {
    let log = Log::collect();
    let api = Api::introspecting(emulator(), Some("wrong"), &[]);
    let token = api.opaque("alice");
    assert_eq!(api.refusal(&token).await, ErrorCode::Misconfigured);
    assert!(log.text().contains("introspection_refused"), "{}", log.text());
    assert!(!log.text().contains("wrong"), "{}", log.text());
}

#[tokio::test]
async fn bearer_token_wins_over_a_session_and_needs_no_same_origin_evidence() {
    let emulator = emulator();
    let audience = emulator.client().snapshot().project_id;
    let app = App::with(emulator, &[("ZITADEL_API_AUDIENCE", &audience)]);
    let alice = app.logged_in("alice").await;
    app.emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let token = app.emulator.access_token_for("bob");
    let subject = app.emulator.person("bob").unwrap().id;
    let request = |method: &str, token: &str| {
        let mut head = alice.request(method, "/api");
        head.header("authorization", format!("bearer {token}").as_bytes());
        head
    };
    app.advance(361);
    for method in ["GET", "POST"] {
        let authentication = app.zitadel.authenticate(request(method, &token)).await;
        assert_eq!(authentication.authorize(&Requirement::user()).unwrap().subject(), subject);
        let mut headers = Headers(Vec::new());
        authentication.apply_to(&mut headers);
        assert!(headers.all("set-cookie").is_empty(), "the session is left alone");
        assert_eq!(headers.all("cache-control"), ["no-store"]);
        assert_eq!(headers.all("vary"), ["Cookie, Authorization"]);
    }
    // A bad token does not fall back to the session.
    let authentication = app.zitadel.authenticate(request("GET", "a.b.c")).await;
    assert!(authentication.user().is_none());
    let reply = denied(&authentication, &Requirement::user());
    assert_eq!(reply.status, 401);
    let mut headers = Headers(reply.headers);
    authentication.apply_to(&mut headers);
    assert_eq!(headers.all("vary"), ["Cookie, Authorization"]);
    // Without a token the session counts, but not where a token is required.
    let session = app.zitadel.authenticate(alice.request("GET", "/api")).await;
    assert!(session.authorize(&Requirement::user()).is_ok());
    assert_eq!(denied(&session, &Requirement::bearer()).status, 401);
}

#[tokio::test]
async fn application_without_an_audience_does_not_look_at_the_header() {
    let app = App::with(emulator(), &[("ZITADEL_API_AUDIENCE", "")]);
    let alice = app.logged_in("alice").await;
    let mut head = alice.request("GET", "/api");
    head.header("authorization", b"Bearer a");
    let authentication = app.zitadel.authenticate(head).await;
    assert!(matches!(authentication.principal(), Principal::Session(_)));
    // Nor does a denial: the browser is redirected to login.
    let mut navigation = RequestHead::new("GET", "/api");
    navigation.header("sec-fetch-mode", b"navigate");
    navigation.header("authorization", b"Bearer a");
    assert_eq!(denied(&app.zitadel.authenticate(navigation).await, &Requirement::user()).status, 302);
}

#[tokio::test]
async fn nothing_of_a_token_is_logged() {
    let log = Log::collect();
    let api = Api::new();
    let mut tokens = vec![api.jwt("alice"), api.opaque("alice"), "cAnArY".to_owned()];
    for token in &tokens {
        let _ = format!("{:?}", api.call(token).await);
    }
    tokens.push(tokens[0].split('.').nth(2).unwrap().to_owned());
    let text = log.text();
    for token in tokens {
        assert!(!text.contains(&token), "{text}");
    }
    assert!(!text.contains("alice"), "{text}");
}

/// What introspection says about scopes and authentication counts as it does for a session; a JWT of ZITADEL says nothing.
#[tokio::test]
async fn policies_are_decided_by_what_the_token_says_and_denied_without_a_redirect() {
    const FRESH: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(60)).amr("pwd");
    const SCOPES: Requirement<'static> = Requirement::user().all_scopes(&["openid", "orders.write"]);
    let api = Api::new();
    let (opaque, jwt) = (api.opaque("alice"), api.jwt("alice"));
    let authentication = api.call(&opaque).await;
    let user = authentication.authorize(&FRESH.scope("profile")).unwrap();
    assert!(user.authenticated_at().is_some() && user.amr().eq(["pwd"]));
    let realm = r#"Bearer realm="https://zitadel.example", "#;
    let reply = denied(&authentication, &SCOPES);
    let challenge = format!(r#"{realm}error="insufficient_scope", scope="openid orders.write""#);
    assert_eq!((reply.status, reply.header("www-authenticate")), (403, Some(&*challenge)));
    assert_eq!(denied(&api.call(&jwt).await, &Requirement::user().scope("openid")).status, 403, "it does not say");

    api.app.advance(61);
    for token in [opaque, jwt] {
        let mut head = head(&token);
        head.header("accept", b"text/html");
        head.header("sec-fetch-mode", b"navigate");
        let reply = denied(&api.zitadel.authenticate(head).await, &FRESH);
        let challenge = format!(r#"{realm}error="insufficient_user_authentication", max_age="60""#);
        assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some(&*challenge)));
        assert_eq!((reply.header("location"), reply.header("content-type")), (None, Some("application/json")));
    }
}

/// For extractors that authenticate by themselves.
#[tokio::test]
async fn known_bearer_is_the_user_of_an_accepted_token_and_of_nothing_else() {
    let api = Api::new();
    for issue in [Api::jwt, Api::opaque] {
        let token = issue(&api, "alice");
        let line = format!("bearer  {token}");
        let known = |lines: &[&str]| api.zitadel.known_bearer(lines.iter().map(|line| line.as_bytes()));
        assert!(known(&[&line]).is_none(), "it was not presented before");
        assert!(api.call(&token).await.user().is_some());
        assert_eq!(known(&[&line]).unwrap().subject(), api.app.emulator.person("alice").unwrap().id);
        let forged = format!("{line}x");
        let basic = line.replace("bearer", "basic");
        let line = line.as_str();
        let others: [&[&str]; 7] =
            [&[], &[&forged], &[&basic], &[&token], &[line, line], &[line, "Basic x"], &["Basic x", line]];
        for lines in others {
            assert!(known(lines).is_none(), "{lines:?}");
        }
        assert_eq!(api.refusal(&forged["bearer  ".len()..]).await, ErrorCode::InvalidToken);
        assert!(known(&[&forged]).is_none(), "a rejection is no user");
        api.app.advance(13 * 60 * 60);
        assert!(known(&[line]).is_none(), "it has expired");
    }
}
