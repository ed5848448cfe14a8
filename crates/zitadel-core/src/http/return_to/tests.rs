//! One test per rule of the module, a corpus of attacks, and what holds for any text.

use proptest::prelude::*;
use url::Url;

use super::*;

/// Known open-redirect payloads, one a line; `\t`, `\n`, `\r`, `\0` and `\u{…}` are written as in Rust.
const CORPUS: &str = include_str!("../../../tests/open_redirect_corpus.txt");

fn base() -> Url {
    Url::parse("https://app.example").unwrap()
}

/// Decoded by another implementation, so that a mistake in ours is not repeated in its test.
fn decoded_elsewhere(path: &str) -> String {
    let literal = path.replace('+', "%2B").replace('&', "%26");
    form_urlencoded::parse(format!("x={literal}").as_bytes()).next().unwrap().1.into_owned()
}

/// Refused, or on our origin whatever a browser makes of it, as it is and percent-decoded again and again.
fn is_harmless(text: &str) -> bool {
    let Some(page) = ReturnTo::parse(text) else { return true };
    let stays = |text: &str| {
        base().join(text).is_ok_and(|url| url.origin() == base().origin() && !url.path().starts_with("//"))
    };
    let mut path = page.path().to_owned();
    loop {
        if !stays(&path) {
            return false;
        }
        let decoded = decoded_elsewhere(&path);
        if decoded == path {
            return stays(page.as_str());
        }
        path = decoded;
    }
}

fn unescape(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let (kind, tail) = after.split_at_checked(1).unwrap_or(("\\", ""));
        rest = tail;
        match kind {
            "t" => text.push('\t'),
            "n" => text.push('\n'),
            "r" => text.push('\r'),
            "0" => text.push('\0'),
            "u" => {
                let (digits, tail) = tail.strip_prefix('{').and_then(|tail| tail.split_once('}')).unwrap();
                text.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
                rest = tail;
            }
            "\\" => text.push('\\'),
            other => panic!("\\{other} in {line}"),
        }
    }
    text + rest
}

fn parsed(text: &str) -> Option<String> {
    ReturnTo::parse(text).map(|page| page.to_string())
}

fn refused(texts: &[&str]) {
    for text in texts {
        assert_eq!(parsed(text), None, "{text:?}");
    }
}

fn kept(texts: &[&str]) {
    for text in texts {
        assert_eq!(parsed(text).as_deref(), Some(*text), "{text:?}");
    }
}

#[test]
fn ordinary_pages_are_kept_as_they_are() {
    kept(&["/", "/profile", "/orders?page=2&sort=-date", "/a/b/c.html", "/files/my%20plan.pdf", "/@alice/posts"]);
    kept(&["/100%25", "/%", "/%zz", "/caf%C3%A9", "/a//b", "/a/", "/...", "/.well-known/x", "/a;b=c", "/?", "/[1]"]);
}

#[test]
fn rule_1_another_server_is_refused() {
    refused(&[
        "",
        "profile",
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil",
    ]);
    refused(&["javascript:alert(1)", "?a=b", "#a", "?/a"]);
}

#[test]
fn rule_1_a_backslash_that_leads_nowhere_else_is_encoded() {
    assert_eq!(parsed("/a\\b").as_deref(), Some("/a%5Cb"));
    assert_eq!(parsed("/search?q=C:\\x").as_deref(), Some("/search?q=C:%5Cx"));
    kept(&["/a%5Cb"]);
    refused(&["/a\\..\\b", "/.\\/evil.example", "/%5cevil.example", "/%255cevil.example"]);
}

#[test]
fn rule_2_white_space_and_control_characters_are_refused() {
    refused(&[
        " /a",
        "/a ",
        "/ /evil.example",
        "/\t/evil.example",
        "/\n/evil",
        "/a\r\nset-cookie:x=y",
        "/a\0",
        "/\u{7f}",
    ]);
}

#[test]
fn rule_3_dot_segments_are_refused() {
    refused(&["/.", "/..", "/.//evil.example", "/..//evil.example", "/a/..//evil.example", "/a/./b", "/a/b/.."]);
    kept(&["/a?back=../b"]);
}

#[test]
fn rule_4_percent_encoding_hides_nothing_in_a_path() {
    refused(&["/%2f", "/%2Fevil.example", "/%5cevil.example", "/%5C", "/%09/evil.example", "/%0d%0aevil"]);
    refused(&[
        "/%00",
        "/%7f",
        "/%2e/a",
        "/%2E%2e//evil.example",
        "/.%2e/a",
        "/%252f%252fevil",
        "/%25252fevil",
        "/%25%35cx",
        "/a%5c..%5c",
    ]);
}

#[test]
fn rule_4_in_a_query_percent_encoding_is_data() {
    kept(&["/search?q=a%5Cb%0A", "/go?to=%2F%2Fevil.example", "/go?to=//evil.example", "/a?b=..%2f"]);
}

#[test]
fn rule_5_the_fragment_is_dropped() {
    assert_eq!(parsed("/a?b#c").as_deref(), Some("/a?b"));
    assert_eq!(parsed("/a#//evil.example").as_deref(), Some("/a"));
    assert_eq!(parsed("/#access_token=x").as_deref(), Some("/"));
}

#[test]
fn rule_6_what_no_uri_may_contain_is_encoded() {
    assert_eq!(parsed("/café?q=\"<b>\"").as_deref(), Some("/caf%C3%A9?q=%22%3Cb%3E%22"));
    assert_eq!(parsed("/{id}|^`").as_deref(), Some("/%7Bid%7D%7C%5E%60"));
    // Full-width solidus and the ideographic full stop look like `/` and `.`, to a person.
    assert_eq!(parsed("/\u{ff0f}evil\u{3002}example").as_deref(), Some("/%EF%BC%8Fevil%E3%80%82example"));
}

#[test]
fn rule_7_a_long_one_loses_its_query_and_a_long_path_is_refused() {
    let longest = format!("/{}", "a".repeat(ReturnTo::MAX_LENGTH - 1));
    kept(&[&longest]);
    refused(&[&format!("{longest}a"), &format!("/{}", "é".repeat(ReturnTo::MAX_LENGTH / 3))]);
    let query = "b".repeat(ReturnTo::MAX_LENGTH - "/a?".len());
    kept(&[&format!("/a?{query}")]);
    assert_eq!(parsed(&format!("/a?{query}b")).as_deref(), Some("/a"));
    assert_eq!(parsed(&format!("/a?{}", "é".repeat(ReturnTo::MAX_LENGTH / 3))).as_deref(), Some("/a"));
}

#[test]
fn an_absolute_url_of_our_own_origin_counts_as_its_path() {
    let at = |text: &str| ReturnTo::check_at(text, "https://app.example").ok().map(|page| page.to_string());
    for (text, path) in [
        ("https://app.example/orders?page=2", "/orders?page=2"),
        ("HTTPS://App.example/a", "/a"),
        ("https://app.example", "/"),
        ("https://app.example?a=b", "/?a=b"),
        ("https://app.example#a", "/"),
        ("/orders", "/orders"),
    ] {
        assert_eq!(at(text).as_deref(), Some(path), "{text}");
    }
    for text in [
        "https://app.example@evil.example/",
        "https://app.example:8443/",
        "https://app.example.evil.example/",
        "https://app.example//evil.example",
        "https://app.example/\\evil.example",
        "http://app.example/",
        "https://evil.example/",
        "",
    ] {
        assert_eq!(at(text), None, "{text}");
    }
}

#[test]
fn in_a_cookie_it_takes_no_more_room_than_its_text() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Stored(#[serde(with = "compressed")] ReturnTo);
    let repetitive = format!("/orders?{}", "filter[state]=open&".repeat(200));
    for (text, most) in [("/a", 4), ("/orders/17?tab=items", 23), (repetitive.as_str(), 200)] {
        let page = ReturnTo::parse(text).unwrap();
        let stored = postcard::to_allocvec(&Stored(page.clone())).unwrap();
        assert!(stored.len() <= most, "{} bytes", stored.len());
        assert_eq!(postcard::from_bytes::<Stored>(&stored).unwrap().0, page);
    }
    for (length, bytes) in [(0, "//evil.example"), (usize::MAX, "/a"), (5, "/a")] {
        let forged = postcard::to_allocvec(&(length, bytes.as_bytes().to_vec())).unwrap();
        assert!(postcard::from_bytes::<Stored>(&forged).is_err(), "{length}");
    }
}

#[test]
fn no_known_open_redirect_leaves_the_site() {
    let payloads: Vec<_> = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect();
    assert!(payloads.len() >= 80, "{}", payloads.len());
    for line in payloads {
        assert!(is_harmless(&unescape(line)), "{line}");
    }
}

#[test]
fn as_a_query_value_it_comes_back_whole() {
    let page = ReturnTo::parse("/a?b=c&d=%20+é").unwrap();
    let query = format!("callbackUrl={}&x=y", page.query_value());
    let (_, back) = form_urlencoded::parse(query.as_bytes()).next().unwrap();
    assert_eq!(ReturnTo::parse(&back), Some(page));
}

#[test]
fn stored_pages_are_parsed_again_when_they_are_read() {
    let page = ReturnTo::parse("/a?b=c").unwrap();
    let stored = postcard::to_allocvec(&page).unwrap();
    assert_eq!(postcard::from_bytes::<ReturnTo>(&stored).unwrap(), page);
    let forged = postcard::to_allocvec("//evil.example").unwrap();
    assert!(postcard::from_bytes::<ReturnTo>(&forged).is_err());
}

#[test]
fn debug_keeps_the_query_to_itself() {
    let page = ReturnTo::parse("/orders?customer=alice").unwrap();
    assert_eq!(format!("{page:?}"), "ReturnTo(\"/orders\")");
    assert_eq!(page.path(), "/orders");
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/"),
        Just("//"),
        Just("\\"),
        Just("."),
        Just(".."),
        Just("%2f"),
        Just("%2F"),
        Just("%5c"),
        Just("%2e"),
        Just("%25"),
        Just("%09"),
        Just("2f"),
        Just("%"),
        Just("@"),
        Just(":"),
        Just("?"),
        Just("#"),
        Just("evil.example"),
        Just("a"),
        Just("\t"),
        Just(" "),
        Just("é"),
        Just("\u{ff0f}"),
        Just("https:"),
        Just(";"),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_text_leaves_the_site(text in any::<String>()) {
        prop_assert!(is_harmless(&text));
    }

    #[test]
    fn no_mixture_of_tricks_leaves_the_site(text in hostile()) {
        prop_assert!(is_harmless(&text));
    }

    #[test]
    fn a_parsed_page_parses_to_itself_and_is_plain_ascii(text in hostile()) {
        if let Some(page) = ReturnTo::parse(&text) {
            prop_assert!(page.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(ReturnTo::parse(page.as_str()), Some(page));
        }
    }

    #[test]
    fn paths_of_plain_segments_are_all_accepted(segments in proptest::collection::vec("[a-z0-9_~-]{1,8}", 0..6)) {
        let path = format!("/{}", segments.join("/"));
        prop_assert_eq!(parsed(&path), Some(path));
    }
}
