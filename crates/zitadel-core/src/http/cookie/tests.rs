//! One test per rule of the module, then what holds for any header.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::http::cookie_lines::MAX_BYTES;

fn head(lines: &[&str]) -> RequestHead {
    let mut head = RequestHead::new("GET", "/");
    for line in lines {
        head.header("cookie", line.as_bytes());
    }
    head
}

fn read(line: &str) -> Vec<String> {
    values(&head(&[line]), "zitadel.session").map(str::to_owned).collect()
}

/// Of one application: the tag is `printf 'https://issuer.example\0client' | sha256sum`, eight digits of it.
static HTTPS: LazyLock<CookieNames> =
    LazyLock::new(|| CookieNames::new(CookieSecurity::Secure, "https://issuer.example", "client"));
static LOOPBACK: LazyLock<CookieNames> =
    LazyLock::new(|| CookieNames::new(CookieSecurity::Loopback, "https://issuer.example", "client"));

#[test]
fn rule_1_a_name_counts_only_when_it_is_ours_to_the_byte() {
    assert_eq!(read("zitadel.session=a"), ["a"]);
    assert_eq!(read("theme=dark; zitadel.session=a; lang=de"), ["a"]);
    assert_eq!(read("lang=de;zitadel.session=a"), ["a"]);
    for other in [
        "xzitadel.session=a",
        "x zitadel.session=a",
        "zitadel.sessionx=a",
        "zitadel.session.1=a",
        "ZITADEL.session=a",
        "__Host-zitadel.session=a",
        "x=zitadel.session=a",
        "x=\"zitadel.session=a\"",
        "zitadel.session",
        "=zitadel.session=a",
        "",
        ";;;",
    ] {
        assert_eq!(read(other), [""; 0], "{other}");
    }
}

#[test]
fn rule_2_blanks_around_name_and_value_are_ignored() {
    assert_eq!(read(" \tzitadel.session \t= \ta \t; x=y"), ["a"]);
}

#[test]
fn rule_2_unicode_white_space_does_not_smuggle_a_prefixed_name_in() {
    for space in ["\u{2000}", "\u{a0}", "\u{85}", "\u{3000}", "\u{b}"] {
        assert_eq!(read(&format!("{space}zitadel.session=evil; zitadel.session=good")), ["good"], "{space:?}");
        assert_eq!(read(&format!("zitadel.session{space}=evil")), [""; 0], "{space:?}");
        let line = format!("{space}zitadel.login.9ce77ffd.x=evil");
        assert_eq!(names_with_prefix(&head(&[&line]), LOOPBACK.login_prefix()), [], "{space:?}");
    }
}

#[test]
fn rule_3_quotes_protect_nothing_and_one_pair_is_taken_off() {
    assert_eq!(read("zitadel.session=\"a\""), ["a"]);
    assert_eq!(read("zitadel.session=\"\""), [""]);
    assert_eq!(read("zitadel.session=\""), ["\""]);
    assert_eq!(read("x=\"y; zitadel.session=a; z=\""), ["a"]);
}

#[test]
fn rule_4_a_name_that_comes_twice_gives_both_values_in_order() {
    assert_eq!(read("zitadel.session=a; zitadel.session=b"), ["a", "b"]);
    let lines = head(&["zitadel.session=a", "x=y; zitadel.session=b"]);
    assert_eq!(values(&lines, "zitadel.session").collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn rule_5_cookies_beyond_the_limit_are_not_looked_at() {
    let fill = format!("fill={}", "x".repeat(MAX_BYTES - 30));
    let lines = head(&["zitadel.session=a", &fill, "zitadel.session=b"]);
    assert_eq!(values(&lines, "zitadel.session").collect::<Vec<_>>(), ["a"]);
    let mut lines = head(&[]);
    lines.shared_header("cookie", &format!("zitadel.session=a; fill={}", "x".repeat(MAX_BYTES)));
    lines.shared_header("cookie", &"zitadel.session=b".to_owned());
    assert_eq!(values(&lines, "zitadel.session").count(), 0);
}

#[test]
fn rule_6_on_https_cookies_are_bound_to_this_host_and_to_tls() {
    let cookie = set(HTTPS.session(), "value", Some(Duration::from_secs(3600)), CookieSecurity::Secure);
    let mut attributes: Vec<_> = cookie.split("; ").collect();
    assert_eq!(attributes.remove(0), "__Host-zitadel.session.9ce77ffd=value");
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=3600", "Path=/", "SameSite=Lax", "Secure"]);
}

#[test]
fn rule_6_on_loopback_cookies_have_plain_names_and_no_secure() {
    let cookie = set(LOOPBACK.logout(), "value", None, CookieSecurity::Loopback);
    let mut attributes: Vec<_> = cookie.split("; ").collect();
    assert_eq!(attributes.remove(0), "zitadel.logout.9ce77ffd=value");
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax"]);
}

#[test]
fn a_cleared_cookie_is_empty_over_and_otherwise_like_the_one_that_was_set() {
    let cookie = clear(HTTPS.session(), CookieSecurity::Secure);
    let mut attributes: Vec<_> = cookie.split("; ").collect();
    assert_eq!(attributes.remove(0), "__Host-zitadel.session.9ce77ffd=");
    attributes.sort_unstable();
    let expires = "Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    assert_eq!(attributes, [expires, "HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"]);
}

#[test]
fn a_lifetime_beyond_all_bounds_is_a_long_one() {
    let cookie = set("a", "b", Some(Duration::MAX), CookieSecurity::Loopback);
    assert!(cookie.contains(&format!("Max-Age={}", i64::MAX)), "{cookie}");
}

#[test]
fn every_name_carries_the_host_prefix_on_https_and_none_on_loopback() {
    for (https, loopback) in [
        (HTTPS.session().to_owned(), LOOPBACK.session().to_owned()),
        (HTTPS.session_chunk(2).into_owned(), LOOPBACK.session_chunk(2).into_owned()),
        (HTTPS.login("Ab3"), LOOPBACK.login("Ab3")),
        (HTTPS.logout().to_owned(), LOOPBACK.logout().to_owned()),
    ] {
        assert_eq!(https, format!("__Host-{loopback}"));
    }
    assert_eq!(LOOPBACK.session_chunk(0), "zitadel.session.9ce77ffd");
    assert_eq!(LOOPBACK.session_chunk(1), "zitadel.session.9ce77ffd.1");
    assert_eq!(LOOPBACK.login("Ab3"), "zitadel.login.9ce77ffd.Ab3");
}

#[test]
fn applications_of_one_host_have_names_of_their_own() {
    let of = |issuer, client| CookieNames::new(CookieSecurity::Loopback, issuer, client).session().to_owned();
    let mut names = [("a", "b"), ("a", "c"), ("b", "b"), ("ab", ""), ("", "ab")].map(|(issuer, id)| of(issuer, id));
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    assert_eq!(CookieNames::untagged(CookieSecurity::Secure).session_chunk(1), "__Host-zitadel.session.1");
    assert_eq!(CookieNames::untagged(CookieSecurity::Loopback).login("x"), "zitadel.login.x");
}

#[test]
fn attempts_are_found_by_their_prefix() {
    let lines = head(&[
        "zitadel.login.9ce77ffd.a=1; x=y; zitadel.login.00000000.c=5",
        "zitadel.login.9ce77ffd.b = \"2\"; zitadel.login.9ce77ffd.=3; zitadel.login.9ce77ffd=4",
    ]);
    assert_eq!(names_with_prefix(&lines, LOOPBACK.login_prefix()), [("a", "1"), ("b", "2")]);
}

/// Headers made of what could confuse a parser: our names and parts of them, separators, quotes, blanks.
fn header() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("zitadel.session"),
        Just("zitadel.session.1"),
        Just("zitadel."),
        Just("x"),
        Just("="),
        Just(";"),
        Just("; "),
        Just(" "),
        Just("\t"),
        Just("\""),
        Just("é"),
        Just("%3D"),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn reading_never_panics(line in any::<String>(), name in any::<String>()) {
        let head = head(&[&line]);
        let _ = values(&head, &name).count();
        let _ = names_with_prefix(&head, &name);
    }

    #[test]
    fn we_read_what_the_cookie_crate_reads(line in header()) {
        let theirs: Vec<_> = Cookie::split_parse(line.as_str()).flatten().collect();
        let named: Vec<_> = theirs.iter().filter(|cookie| cookie.name() == "zitadel.session").collect();
        let head = head(&[&line]);
        let ours: Vec<_> = values(&head, "zitadel.session").collect();
        prop_assert_eq!(ours, named.iter().map(|cookie| cookie.value_trimmed()).collect::<Vec<_>>());

        let prefixed: Vec<_> = theirs
            .iter()
            .filter_map(|cookie| Some((cookie.name().strip_prefix("zitadel.")?, cookie.value_trimmed())))
            .filter(|(suffix, _)| !suffix.is_empty())
            .collect();
        prop_assert_eq!(names_with_prefix(&head, "zitadel."), prefixed);
    }

    #[test]
    fn what_we_set_comes_back(value in "[A-Za-z0-9_-]{0,100}") {
        let cookie = set(HTTPS.session(), &value, None, CookieSecurity::Secure);
        let head = head(&[cookie.split(';').next().unwrap()]);
        prop_assert_eq!(values(&head, HTTPS.session()).collect::<Vec<_>>(), [value.as_str()]);
    }
}
