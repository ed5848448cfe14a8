//! The sample configurations of Traefik and Envoy, which are no Debian packages: read, compared with the rules of their documentation,
//! and carried out against real gateways.

use std::{fs, path::Path};

use behaviours::{Browser, Request, Response};
use serde_json::Value;
use zitadel_emulator::{AccessTokenType, Emulator, SigningAlgorithm};
use zitadel_gateway::forward_auth;

use crate::gateway::{self, Gateway};

const SPELLINGS: [&str; 5] = [
    "x-auth-request-user",
    "X_Auth_Request_User",
    "X-Auth_Request-Roles",
    "x.auth.request.org",
    "X~Auth~Request~Email",
];

fn read(name: &str) -> Value {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/zitadel-gateway/proxies");
    serde_yaml_ng::from_str(&fs::read_to_string(samples.join(name)).unwrap()).unwrap()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_lowercase()).collect()
}

fn identity() -> Vec<String> {
    let mut names: Vec<_> = [forward_auth::USER, forward_auth::EMAIL, forward_auth::ROLES, forward_auth::ORGANIZATION]
        .map(|it| it.to_string())
        .into();
    names.sort();
    names
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// A gateway that is asked directly, and its provider.
struct Asked {
    emulator: Emulator,
    gateways: [Gateway; 2],
}

impl Asked {
    async fn start() -> Self {
        let builder = Emulator::builder().signing_algorithm(SigningAlgorithm::Es256);
        let (emulator, clock) = gateway::provider(builder).await;
        let gateways = Gateway::start_two(&emulator, "http://localhost:8080", &clock, &[]);
        emulator.client().set_access_token_type(AccessTokenType::Jwt);
        emulator.client().set_access_token_role_assertion(true);
        Self { emulator, gateways }
    }

    fn bearer(&self, user: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {}", self.emulator.access_token_for(user)))
    }

    async fn ask(&self, method: &str, url: &str, headers: &[(&str, &str)]) -> Response {
        let request =
            headers.iter().fold(Request::new(method, url), |request, (name, value)| request.with(name, value));
        Browser::at(&format!("http://localhost:{}", self.gateways[0].port())).send(request).await
    }
}

#[test]
fn traefik_believes_no_client_and_refuses_what_may_be_read_in_two_ways() {
    let entry = &read("traefik.yml")["entryPoints"]["web"];
    assert_eq!(entry["forwardedHeaders"]["insecure"], false);
    assert_eq!(entry["forwardedHeaders"]["trustedIPs"], serde_json::json!([]));
    let http = &entry["http"];
    assert_eq!((&http["aliasHeadersStrategy"], &http["sanitizePath"]), (&"reject".into(), &true.into()));
    let escapes = http["encodedCharacters"].as_object().unwrap();
    assert!(escapes.len() == 7 && escapes.values().all(|allowed| *allowed == false), "{escapes:?}");
}

#[test]
fn traefik_protects_every_route_but_the_public_ones_and_removes_identities_on_all() {
    let http = &read("traefik-dynamic.yml")["http"];
    let (routers, middlewares) = (http["routers"].as_object().unwrap(), http["middlewares"].as_object().unwrap());
    for (name, router) in routers {
        let used = texts(&router["middlewares"]);
        assert_eq!(used[0], "clear-identity", "{name}: first, so that what the gateway says is not removed");
        let requires = used.iter().filter(|used| used.starts_with("require-")).count();
        let is_public = matches!(name.as_str(), "gateway" | "public");
        assert_eq!(requires, usize::from(!is_public), "{name}");
        assert!(used.iter().all(|used| middlewares.contains_key(used)), "{name}: {used:?}");
        assert!(http["services"].get(router["service"].as_str().unwrap()).is_some(), "{name}");
    }
    // Traefik chooses the matching route with the highest priority.
    let priority = |name: &str| routers[name]["priority"].as_u64().unwrap();
    assert!(priority("gateway") > priority("public") && priority("public") > priority("admin"));
    assert!(priority("admin") > priority("application") && priority("payments") > priority("application"));
    assert_eq!(routers["application"]["rule"], "PathPrefix(`/`)");
    let cleared = middlewares["clear-identity"]["headers"]["customRequestHeaders"].as_object().unwrap();
    assert!(cleared.values().all(|value| value == ""), "an empty value removes a header");
    assert_eq!(sorted(cleared.keys().map(|name| name.to_lowercase()).collect()), identity());
    for (name, middleware) in middlewares.iter().filter(|(name, _)| name.starts_with("require-")) {
        let forward_auth = &middleware["forwardAuth"];
        assert_eq!(forward_auth["trustForwardHeader"], false, "{name}");
        assert_eq!(sorted(texts(&forward_auth["authResponseHeaders"])), identity(), "{name}");
        // `.` is any character: every spelling is removed.
        let regex = forward_auth["authResponseHeadersRegex"].as_str().unwrap();
        assert_eq!(regex, "(?i)^x.auth.request.(user|email|roles|org)$", "{name}");
        assert!(forward_auth.get("authRequestHeaders").is_none(), "{name}: every header reaches the gateway");
        let cookies = texts(&forward_auth["addAuthCookiesToResponse"]);
        let session = &cookies[0];
        assert_eq!(cookies[1..], [format!("{session}.1"), format!("{session}.2")], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_traefik_asks_is_answered() {
    let asked = Asked::start().await;
    let middlewares = read("traefik-dynamic.yml")["http"]["middlewares"].clone();
    let url = |name: &str| {
        let address = middlewares[name]["forwardAuth"]["address"].as_str().unwrap();
        address.strip_prefix("http://127.0.0.1:8000").unwrap().to_owned()
    };
    let original =
        [("x-forwarded-method", "GET"), ("x-forwarded-uri", "/orders"), ("x-forwarded-host", "localhost:8080")];
    let page = [&original[..], &[("sec-fetch-mode", "navigate")]].concat();
    for name in ["require-user", "require-admin", "require-recent-login"] {
        // Traefik would resolve a relative one against the address of the gateway.
        let login = "http://localhost:8080/api/v1/login?callbackUrl=%2Forders";
        asked.ask("GET", &url(name), &page).await.assert_redirect(login);
    }
    for (user, name, status) in
        [("bob", "require-user", 202), ("bob", "require-admin", 403), ("alice", "require-admin", 202)]
    {
        let bearer = asked.bearer(user);
        let spoofed = SPELLINGS.map(|name| (name, "spoofed"));
        let headers = [&original[..], &spoofed, &[(bearer.0, &*bearer.1)]].concat();
        let response = asked.ask("GET", &url(name), &headers).await;
        response.assert_status(status);
        let all = identity().iter().all(|name| response.headers.contains_key(name));
        assert_eq!(all, status == 202, "each replaces what the request has");
        assert!(!response.headers.values().any(|value| value == "spoofed"));
    }
}

/// The filters of the listener that ask the gateway, and its routes.
struct Envoy {
    manager: Value,
    filters: Vec<(String, Value)>,
}

impl Envoy {
    fn read() -> Self {
        let envoy = read("envoy.yaml");
        let manager = &envoy["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"];
        let filters = manager["http_filters"].as_array().unwrap().iter();
        let filters = filters.map(|it| (it["name"].as_str().unwrap().to_owned(), it["typed_config"].clone())).collect();
        Self { manager: manager.clone(), filters }
    }

    fn asking(&self) -> impl Iterator<Item = (&str, &Value)> {
        let is_asking = |config: &Value| config["@type"].as_str().unwrap().ends_with(".ext_authz.v3.ExtAuthz");
        self.filters.iter().filter(move |(_, config)| is_asking(config)).map(|(name, config)| (name.as_str(), config))
    }

    fn routes(&self) -> &Vec<Value> {
        self.manager["route_config"]["virtual_hosts"][0]["routes"].as_array().unwrap()
    }

    fn turns_off(route: &Value, filter: &str) -> bool {
        route["typed_per_filter_config"][filter]["disabled"] == true
    }

    /// The request that a filter sends, by the documentation of `ext_authz`.
    async fn ask(asked: &Asked, filter: &Value, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let allowed = patterns(&filter["allowed_headers"]);
        let sent: Vec<_> = headers
            .iter()
            .copied()
            .filter(|(name, _)| {
                *name == "authorization" || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
            })
            .collect();
        let prefix = filter["http_service"]["path_prefix"].as_str().unwrap();
        asked.ask(method, &format!("{prefix}{path}"), &sent).await
    }
}

fn patterns(list: &Value) -> Vec<String> {
    let patterns = list["patterns"].as_array().unwrap().iter();
    sorted(patterns.map(|pattern| pattern["exact"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn envoy_believes_no_client_and_refuses_what_may_be_read_in_two_ways() {
    let manager = Envoy::read().manager;
    for (field, value) in [
        ("use_remote_address", true.into()),
        ("normalize_path", true.into()),
        ("merge_slashes", true.into()),
        ("path_with_escaped_slashes_action", Value::from("REJECT_REQUEST")),
    ] {
        assert_eq!(manager[field], value, "{field}");
    }
    assert_eq!(manager["common_http_protocol_options"]["headers_with_underscores_action"], "REJECT_REQUEST");
    let removed = &manager["early_header_mutation_extensions"][0]["typed_config"]["mutations"][0]["remove_on_match"];
    assert_eq!(removed["key_matcher"]["safe_regex"]["regex"], "(?i)x.auth.request.*");
}

#[test]
fn envoy_lets_nothing_pass_that_no_gateway_allowed() {
    let envoy = Envoy::read();
    assert_eq!(envoy.asking().count(), 3);
    assert!(envoy.filters.last().unwrap().1["@type"].as_str().unwrap().ends_with(".router.v3.Router"), "it comes last");
    for (name, filter) in envoy.asking() {
        assert_eq!(filter["failure_mode_allow"], false, "{name}");
        assert_eq!(filter["status_on_error"]["code"], "ServiceUnavailable", "{name}");
        let response = &filter["http_service"]["authorization_response"];
        assert_eq!(patterns(&response["allowed_upstream_headers"]), identity(), "{name}");
        assert!(response.get("allowed_upstream_headers_to_append").is_none(), "{name}: they are replaced");
        assert_eq!(patterns(&response["allowed_client_headers_on_success"]), ["set-cookie"], "{name}");
        assert!(response.get("allowed_client_headers").is_none(), "{name}: a denial is passed on as a whole");
    }
    // A filter is on unless a route turns it off.
    let required =
        |route: &Value| envoy.asking().map(|(name, _)| name).filter(|name| !Envoy::turns_off(route, name)).count();
    let routes: Vec<_> = envoy.routes().iter().map(|route| (required(route), route["match"].to_string())).collect();
    assert_eq!(routes.iter().map(|(required, _)| *required).collect::<Vec<_>>(), [0, 0, 1, 1, 1], "{routes:?}");
    assert!(routes[0].1.contains("/api/v1/") && routes[1].1.contains("/public/[A-Za-z0-9_~./-]*"), "{routes:?}");
    assert_eq!(routes[4].1, r#"{"prefix":"/"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_envoy_asks_is_answered() {
    let (asked, envoy) = (Asked::start().await, Envoy::read());
    let filters: Vec<_> = envoy.asking().collect();
    for (_, filter) in &filters {
        let page = [("sec-fetch-mode", "navigate")];
        let response = Envoy::ask(&asked, filter, "GET", "/orders?role=x", &page).await;
        response.assert_redirect("/api/v1/login?callbackUrl=%2Forders%3Frole%3Dx");
    }
    for (user, at, status) in [("bob", 0, 200), ("bob", 1, 403), ("alice", 1, 200)] {
        for method in ["GET", "POST", "DELETE"] {
            let bearer = asked.bearer(user);
            let headers = [("x-auth-request-user", "spoofed"), (bearer.0, &*bearer.1)];
            let response = Envoy::ask(&asked, filters[at].1, method, "/orders?role=none", &headers).await;
            // Envoy takes 200 for yes, and nothing else.
            response.assert_status(status);
            let all = identity().iter().all(|name| response.headers.contains_key(name));
            assert_eq!(all, status == 200, "each replaces what the request has");
        }
    }
    // What the gateway decides by gets there.
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("cookie", "a=b")] {
        assert!(patterns(&filters[0].1["allowed_headers"]).contains(&name.to_owned()), "{name}: {value}");
    }
}
