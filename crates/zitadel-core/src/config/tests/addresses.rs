//! Issuer, redirect URIs and the internal URL.

use super::*;

#[test]
fn the_issuer_is_kept_to_the_byte() {
    assert_eq!(provider(&[("ZITADEL_DOMAIN", " https://Acme.example:443/ ")]).issuer, "https://Acme.example:443/");
}

#[test]
fn an_issuer_on_http_is_accepted_on_loopback_only() {
    for local in ["http://localhost:8080", "http://127.0.0.1", "http://127.8.9.1:1", "http://[::1]:8080/"] {
        assert_eq!(provider(&[("ZITADEL_DOMAIN", local)]).issuer, local);
    }
    for far in [
        "http://acme.zitadel.cloud",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1",
        "http://[::2]",
        "http://0.0.0.0",
    ] {
        assert_eq!(problem_names(&[("ZITADEL_DOMAIN", far)]), ["ZITADEL_DOMAIN"], "{far}");
    }
}

#[test]
fn an_http_issuer_elsewhere_needs_a_method_named_danger() {
    let danger = ConfigBuilder::from_vars(VALID.into_iter().chain([("ZITADEL_DOMAIN", "http://zitadel.test")]))
        .danger_accept_http_issuer();
    assert_eq!(danger.build().unwrap().provider.issuer, "http://zitadel.test");
}

#[test]
fn an_issuer_that_is_not_a_plain_url_is_refused() {
    for odd in [
        "acme.zitadel.cloud",
        "HTTPS://acme.zitadel.cloud",
        "https:acme.zitadel.cloud",
        "https://",
        "https://acme.zitadel.cloud?x",
        "https://acme.zitadel.cloud?",
        "https://acme.zitadel.cloud#",
        "https://user@acme.zitadel.cloud",
        "https://:pass@acme.zitadel.cloud",
        "https:\\\\acme.zitadel.cloud",
        "https://acme .zitadel.cloud",
        "https://acme.zitadel.cloud:99999",
        "https://acme.zitadel.cloud/.well-known/openid-configuration",
        "ftp://acme.zitadel.cloud",
        "https://your-zitadel-domain",
    ] {
        assert_eq!(problem_names(&[("ZITADEL_DOMAIN", odd)]), ["ZITADEL_DOMAIN"], "{odd}");
    }
}

#[test]
fn the_internal_url_may_be_http() {
    let config = provider(&[("ZITADEL_INTERNAL_URL", "http://zitadel:8080")]);
    assert_eq!(config.internal_url.unwrap().as_str(), "http://zitadel:8080/");
    assert_eq!(problem_names(&[("ZITADEL_INTERNAL_URL", "zitadel:8080")]), ["ZITADEL_INTERNAL_URL"]);
}

#[test]
fn the_redirect_uri_gives_path_origin_and_cookie_security() {
    let config = accepted(&[]);
    assert_eq!(config.redirect_uri.as_str(), "https://app.example.com/auth/callback");
    assert_eq!(config.callback_path, "/auth/callback");
    assert_eq!(config.logout_callback_path, "/auth/logout/callback");
    assert_eq!(config.public_origin, "https://app.example.com");
    assert_eq!(config.cookie_security, CookieSecurity::Secure);
}

#[test]
fn the_origin_is_written_as_browsers_write_it() {
    let config = accepted(&[
        ("ZITADEL_CALLBACK_URL", "https://App.Example.COM:443/auth/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "https://app.example.com/bye"),
    ]);
    assert_eq!(config.public_origin, "https://app.example.com");
    assert_eq!(config.redirect_uri.as_str(), "https://App.Example.COM:443/auth/callback");
}

#[test]
fn on_http_loopback_cookies_are_plain_and_elsewhere_http_is_refused() {
    let local = |callback, logout| [("ZITADEL_CALLBACK_URL", callback), ("ZITADEL_POST_LOGOUT_URL", logout)];
    let config = accepted(&local("http://localhost:3000/auth/callback", "http://localhost:3000/bye"));
    assert_eq!(config.cookie_security, CookieSecurity::Loopback);
    assert_eq!(config.public_origin, "http://localhost:3000");
    let far = problem_names(&local("http://app.example.com/auth/callback", "https://app.example.com/bye"));
    assert_eq!(far, ["ZITADEL_CALLBACK_URL"]);
}

#[test]
fn the_logout_callback_has_the_same_origin() {
    for other in ["http://localhost/bye", "https://app.example.com:8443/bye", "https://www.app.example.com/bye"] {
        assert_eq!(problem_names(&[("ZITADEL_POST_LOGOUT_URL", other)]), ["ZITADEL_POST_LOGOUT_URL"], "{other}");
    }
}

#[test]
fn a_callback_needs_a_plain_path_of_its_own() {
    for odd in [
        "https://app.example.com",
        "https://app.example.com/",
        "https://app.example.com//a",
        "https://app.example.com/{id}",
        "https://app.example.com/:id",
        "https://app.example.com/a%2fb",
        "https://app.example.com/auth/callback?x=y",
        "https://app.example.com/auth/login",
        "https://app.example.com/auth/login/",
    ] {
        assert_eq!(problem_names(&[("ZITADEL_CALLBACK_URL", odd)]), ["ZITADEL_CALLBACK_URL"], "{odd}");
    }
    let both = "https://app.example.com/auth/callback";
    assert_eq!(problem_names(&[("ZITADEL_POST_LOGOUT_URL", both)]), ["ZITADEL_POST_LOGOUT_URL"]);
}

#[test]
fn the_callback_url_has_a_second_name() {
    let alias =
        VALID.map(|(name, value)| (if name == "ZITADEL_CALLBACK_URL" { "ZITADEL_REDIRECT_URL" } else { name }, value));
    assert_eq!(login(Config::from_vars(alias).unwrap()).callback_path, "/auth/callback");
    accepted(&[("ZITADEL_REDIRECT_URL", "https://app.example.com/auth/callback")]);
    let differs = problem_names(&[("ZITADEL_REDIRECT_URL", "https://app.example.com/other")]);
    assert_eq!(differs, ["ZITADEL_REDIRECT_URL"]);
}
