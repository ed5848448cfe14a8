//! Each rule of the module, by its number.

use super::*;

fn address(url: &str) -> Address {
    parse(url).unwrap().0
}

fn error(url: &str) -> UrlError {
    parse(url).unwrap_err()
}

fn hosts(url: &str) -> Vec<String> {
    address(url).hosts.iter().map(|host| format!("{} {}", host.name, host.port)).collect()
}

fn credentials(user: Option<&str>, password: Option<&str>) -> Credentials {
    Credentials { user: user.map(ToOwned::to_owned), password: password.map(Secret::from) }
}

#[test]
fn rule_1_one_server() {
    let plain = address("redis://localhost");
    assert_eq!((plain.topology, plain.tls, plain.database), (Topology::Single, false, 0));
    assert_eq!(hosts("redis://localhost"), ["localhost 6379"]);
    assert_eq!(hosts("redis://[::1]:7000/3"), ["::1 7000"]);
    assert_eq!(hosts("redis://10.0.0.1/"), ["10.0.0.1 6379"]);
    assert_eq!(address("redis://localhost/3").database, 3);
    assert_eq!(error("redis://localhost/three"), UrlError::Database);
    assert_eq!(error("redis://localhost/-1"), UrlError::Database);
    assert_eq!(error("redis://one,two"), UrlError::Hosts);
    for url in ["redis://", "redis:///1", "redis://:7", "redis://host:0", "redis://host:65536", "redis://ho st"] {
        assert_eq!(error(url), UrlError::Host, "{url}");
    }
}

#[test]
fn rule_2_sentinels_and_the_name_of_the_master() {
    let named = |url: &str| match address(url).topology {
        Topology::Sentinel { master, .. } => master,
        other => panic!("{other:?}"),
    };
    assert_eq!(named("redis+sentinel://one,two:1/my%20master/2"), "my master");
    assert_eq!(hosts("redis+sentinel://one,two:1/main/2"), ["one 26379", "two 1"]);
    assert_eq!(address("redis+sentinel://one,two:1/main/2").database, 2);
    assert_eq!(error("redis+sentinel://one,two"), UrlError::Master);
    assert_eq!(error("redis+sentinel://one,two/main/x"), UrlError::Database);
    assert_eq!(error("redis+sentinel://one,,two/main"), UrlError::Host);
}

#[test]
fn rule_3_nodes_of_a_cluster() {
    assert_eq!(address("redis+cluster://one,two:7001").topology, Topology::Cluster);
    assert_eq!(hosts("redis+cluster://one,two:7001/"), ["one 6379", "two 7001"]);
    assert_eq!(error("redis+cluster://one/1"), UrlError::ClusterDatabase);
}

#[test]
fn rule_4_tls_has_schemes_of_its_own() {
    for url in ["rediss://h", "rediss+sentinel://h/main", "rediss+cluster://h"] {
        assert!(address(url).tls, "{url}");
        assert!(!address(&url.replacen("rediss", "redis", 1)).tls, "{url}");
    }
    for url in ["http://h", "redis:h", "redis+unix://h", "redisss://h", "REDIS", "rediss+tls://h"] {
        assert_eq!(error(url), UrlError::Scheme, "{url}");
    }
}

#[test]
fn rule_5_credentials_are_percent_decoded() {
    let of = |url: &str| address(url).credentials;
    assert_eq!(of("redis://h"), credentials(None, None));
    assert_eq!(of("redis://:p%2F%40%3A@h"), credentials(None, Some("p/@:")));
    assert_eq!(of("redis://app:a:b@h"), credentials(Some("app"), Some("a:b")));
    assert_eq!(of("redis://:p@ss@h"), credentials(None, Some("p@ss")));
    assert_eq!(error("redis://:%FF@h"), UrlError::Credentials);
    match address("redis+sentinel://a:b@h/main?sentinel_username=c&sentinel_password=d%26").topology {
        Topology::Sentinel { credentials: found, .. } => assert_eq!(found, credentials(Some("c"), Some("d&"))),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rule_6_what_is_not_known_is_an_error() {
    let parameters = parse("rediss://h?prefix=app%3A&timeout_ms=500&ca_file=/etc/ca.pem").unwrap().1;
    assert_eq!(parameters.key_prefix.as_deref(), Some("app:"));
    assert_eq!((parameters.timeout_ms, parameters.ca_file.as_deref()), (Some(500), Some("/etc/ca.pem")));
    assert_eq!(error("redis://h?timeout=5"), UrlError::Parameter);
    assert_eq!(error("redis://h?prefix=a&prefix=b"), UrlError::Parameter);
    assert_eq!(error("redis://h?sentinel_password=d"), UrlError::Parameter);
    assert_eq!(error("redis://h?prefix="), UrlError::ParameterValue);
    for timeout in ["99", "5001", "1s"] {
        assert_eq!(error(&format!("redis://h?timeout_ms={timeout}")), UrlError::ParameterValue, "{timeout}");
    }
    assert_eq!(error("redis://h?ca_file=x"), UrlError::CaWithoutTls);
}

#[test]
fn no_error_and_no_debug_output_repeats_a_secret() {
    // A password that is not encoded ends the authority early.
    for letter in ["/", "?", "#", "%", "@", ":"] {
        let url = format!("redis://operator:hunter{letter}2hunter@localhost/1");
        let shown = match parse(&url) {
            Ok(parsed) => format!("{parsed:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.contains("hunter") && !shown.contains("operator"), "{shown}");
    }
}
