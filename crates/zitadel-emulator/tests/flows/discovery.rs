//! Discovery, the key set, and headers common to all responses.

use http::{Request, header};
use zitadel_emulator::{Emulator, SigningAlgorithm};

use crate::support::*;

#[test]
fn discovery_members_are_in_zitadels_order() {
    let response = get(&emulator(), "/.well-known/openid-configuration");
    let expected = [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "introspection_endpoint",
        "userinfo_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
        "device_authorization_endpoint",
        "jwks_uri",
        "scopes_supported",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_methods_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "revocation_endpoint_auth_methods_supported",
        "revocation_endpoint_auth_signing_alg_values_supported",
        "introspection_endpoint_auth_methods_supported",
        "introspection_endpoint_auth_signing_alg_values_supported",
        "claims_supported",
        "code_challenge_methods_supported",
        "ui_locales_supported",
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
    ];
    assert_eq!(member_names(&response.json()), expected);
    assert_eq!(response.json()["token_endpoint"], "http://zitadel.localhost/oauth/v2/token");
    assert_eq!(response.header("content-type"), "application/json");
    assert!(response.body.ends_with("}\n"));
}

#[test]
fn every_response_disables_caching_and_indexing_and_sets_the_user_agent_cookie() {
    let response = get(&emulator(), "/.well-known/openid-configuration");
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("pragma"), "no-cache");
    assert!(response.header("expires").ends_with(" GMT"));
    assert_eq!(response.header("x-robots-tag"), "none");
    let cookie = response.header("set-cookie");
    assert!(cookie.starts_with("zitadel.useragent="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Domain=zitadel.localhost; Max-Age=31536000; HttpOnly; SameSite=Lax"));
    let vary: Vec<_> = response.headers.get_all(header::VARY).iter().collect();
    assert_eq!(vary, ["Origin", "Cookie"]);
}

#[test]
fn the_key_set_has_an_active_and_an_initial_key_and_is_cacheable_for_five_minutes() {
    let response = get(&emulator(), "/oauth/v2/keys");
    let set = response.json();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    assert_eq!(member_names(&set["keys"][0]), ["use", "kty", "kid", "crv", "alg", "x"]);
    assert_eq!(set["keys"][0]["kid"].as_str().unwrap().len(), 18);
    assert_eq!(response.header("cache-control"), "max-age=300, must-revalidate");
    assert_eq!((response.header("expires"), response.header("pragma")), ("", ""));
}

#[test]
fn an_inactive_key_stays_published_until_it_is_deleted() {
    let emulator = emulator();
    let listed = || get(&emulator, "/oauth/v2/keys").json()["keys"].as_array().unwrap().len();
    let token = login(&emulator, "alice", &[])["id_token"].clone();
    emulator.rotate_keys(SigningAlgorithm::Es256);
    assert_eq!(listed(), 3);
    let newer = login(&emulator, "alice", &[])["id_token"].clone();
    assert_eq!(
        (token_part(&token, 0)["alg"].as_str(), token_part(&newer, 0)["alg"].as_str()),
        (Some("EdDSA"), Some("ES256"))
    );
    emulator.delete_old_keys();
    assert_eq!(listed(), 2);
    let hint = token.as_str().unwrap();
    let response = get(&emulator, &format!("/oidc/v1/end_session?id_token_hint={hint}"));
    assert_eq!(response.error().2, "id_token_hint invalid");
}

#[test]
fn cors_permits_all_origins_for_protocol_endpoints_but_not_for_the_login_page() {
    let emulator = emulator();
    let from = |request: http::request::Builder| {
        TestResponse::from(emulator.handle(request.header("origin", "http://spa.example").body(Vec::new()).unwrap()))
    };
    let response = from(Request::get("/oidc/v1/userinfo"));
    assert_eq!(response.header("access-control-allow-origin"), "http://spa.example");
    assert_eq!(response.header("access-control-allow-credentials"), "true");
    assert_eq!(response.header("access-control-expose-headers"), "Location, Content-Length");
    let preflight = from(Request::options("/oauth/v2/token").header("access-control-request-method", "POST"));
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-methods"), "GET, HEAD, POST");
    assert_eq!(from(Request::get("/ui/v2/login/login")).header("access-control-allow-origin"), "");
}

#[test]
fn unknown_paths_return_404_and_health_checks_return_200() {
    let emulator = emulator();
    let response = get(&emulator, "/nowhere");
    assert_eq!((response.status, response.header("content-type")), (404, "application/json"));
    assert_eq!(response.body, r#"{"code":5, "message":"Not Found"}"#);
    assert_eq!((response.header("cache-control"), response.header("set-cookie")), ("", ""));
    assert_eq!(get(&emulator, "/debug/healthz").status, 200);
    assert_eq!(get(&emulator, "/debug/ready").status, 200);
}

#[test]
fn an_unknown_host_is_rejected() {
    let request = Request::get("/oauth/v2/keys").header("host", "attacker.example").body(Vec::new()).unwrap();
    let response = TestResponse::from(emulator().handle(request));
    assert_eq!(response.status, 404);
    assert!(response.body.starts_with("unable to set instance using origin &{attacker.example  http}"));
    assert_eq!((response.header("x-content-type-options"), response.header("set-cookie")), ("nosniff", ""));
}

#[test]
fn the_issuer_follows_the_host_if_the_emulator_is_told_so() {
    let follows = Emulator::builder().issuer("http://localhost:8088").issuer_follows_host(true).build();
    let fixed = Emulator::builder().issuer("http://localhost:8088").build();
    let issuer = |emulator: &Emulator, headers: &[(&str, &str)]| {
        let mut request = Request::get("/.well-known/openid-configuration");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = TestResponse::from(emulator.handle(request.body(Vec::new()).unwrap()));
        (response.status == 200).then(|| {
            let metadata = response.json();
            let issuer = metadata["issuer"].as_str().unwrap().to_owned();
            assert!(metadata["token_endpoint"].as_str().unwrap().starts_with(&format!("{issuer}/")));
            issuer
        })
    };
    let some = |text: &str| Some(text.to_owned());
    for (headers, expected, expected_if_fixed) in [
        (&[][..], some("http://localhost:8088"), some("http://localhost:8088")),
        (&[("host", "localhost:9999")], some("http://localhost:9999"), some("http://localhost:8088")),
        (
            &[("x-forwarded-proto", "https"), ("host", "localhost")],
            some("https://localhost"),
            some("http://localhost:8088"),
        ),
        (
            &[("x-forwarded-proto", "gopher"), ("host", "localhost")],
            some("http://localhost"),
            some("http://localhost:8088"),
        ),
        (
            &[("host", "zitadel:8080"), ("x-zitadel-instance-host", "localhost:8088")],
            some("http://localhost:8088"),
            None,
        ),
        (&[("host", "zitadel:8080"), ("x-forwarded-host", "localhost:1")], some("http://localhost:1"), None),
        (&[("host", "localhost"), ("x-forwarded-host", "evil.example")], None, some("http://localhost:8088")),
        (&[("host", "zitadel:8080")], None, None),
    ] {
        assert_eq!(issuer(&follows, headers), expected, "{headers:?}");
        assert_eq!(issuer(&fixed, headers), expected_if_fixed, "{headers:?}");
    }
}

#[test]
fn endpoints_accept_any_method_and_read_parameters_from_the_query() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    let client = emulator.client();
    let query = form_encode(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("client_id", client.id()),
        ("code_verifier", VERIFIER),
    ]);
    assert_eq!(get(&emulator, &format!("/oauth/v2/token?{query}")).status, 200);
}
