//! What is stored in the browser: names, attributes, sizes; and what happens when it was tampered with.

use behaviours::{Answer, Browser, Outgoing, SetCookie, Setup};
use zitadel_emulator::{AccessTokenType, EndpointName, SigningAlgorithm};

use super::subject;

fn is_locked_down(cookie: &SetCookie) {
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.has(attribute), "{cookie:?}");
    }
    assert!(!cookie.attributes.iter().any(|attribute| attribute.starts_with("Domain")), "{cookie:?}");
}

fn only(answer: &Answer, prefix: &str) -> SetCookie {
    let cookies = answer.set_cookies();
    let mut found = cookies.iter().filter(|cookie| cookie.name.starts_with(prefix));
    let cookie = found.next().unwrap_or_else(|| panic!("no {prefix} among {cookies:?}"));
    assert_eq!(found.next(), None);
    cookie.clone()
}

#[tokio::test]
async fn cookies_on_loopback_have_plain_names_and_every_lock_that_works_there() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let begun = browser.begin().await;
    let attempt = only(&begun, "zitadel.login.");
    is_locked_down(&attempt);
    assert!(attempt.has("Max-Age=600") && !attempt.has("Secure"), "{attempt:?}");
    assert!(attempt.name.len() > "zitadel.login.".len());

    let finished = browser.sign_in_as("alice").await;
    let session = only(&finished, "zitadel.session");
    is_locked_down(&session);
    assert_eq!((session.name.as_str(), session.has("Secure")), ("zitadel.session", false));
    let used = only(&finished, "zitadel.login.");
    assert!(used.removes() && used.name == attempt.name, "{used:?}");
    is_locked_down(&used);

    browser.follow().await;
    let left = browser.press("Sign out").await;
    let sign_out = only(&left, "zitadel.logout");
    is_locked_down(&sign_out);
    assert!(!sign_out.removes());
    assert!(only(&left, "zitadel.session").removes());
}

#[tokio::test]
async fn cookies_on_https_are_secure_and_named_so_that_no_subdomain_can_replace_them() {
    let https = "https://app.example";
    let app = subject::with(
        Setup::new()
            .var("ZITADEL_CALLBACK_URL", &format!("{https}/auth/callback"))
            .var("ZITADEL_POST_LOGOUT_URL", &format!("{https}/auth/logout/callback")),
    )
    .await;
    app.emulator().client().register(https);
    let mut browser = app.browser();
    let own =
        |method: &str, url: &str| Outgoing::new(method, url).with("origin", https).with("sec-fetch-mode", "navigate");
    let begun = browser.send(own("POST", "/auth/signin/zitadel")).await;
    let attempt = only(&begun, "__Host-zitadel.login.");
    let back = app.emulator().authorize_as(begun.location(), "alice");
    let finished = browser.send(own("GET", back.strip_prefix(https).unwrap())).await;
    finished.is_redirect_to("/profile");
    let session = only(&finished, "__Host-zitadel.session");
    let left = browser.send(own("POST", "/auth/logout")).await;
    let sign_out = only(&left, "__Host-zitadel.logout");
    for cookie in [attempt, session, sign_out, only(&left, "__Host-zitadel.session")] {
        is_locked_down(&cookie);
        assert!(cookie.has("Secure"), "{cookie:?}");
    }
}

#[tokio::test]
async fn an_ordinary_session_is_one_small_cookie() {
    // RSA, as a fresh ZITADEL signs.
    let rsa = Setup::new().emulator(|emulator| emulator.signing_algorithm(SigningAlgorithm::Rs256));
    let app = subject::with(rsa).await;
    let size = |browser: &Browser| {
        let session = browser.session();
        assert_eq!(session.len(), 1, "one cookie");
        session[0].0.len() + 1 + session[0].1.len()
    };
    let (alice, bob) = (size(&app.signed_in("alice").await), size(&app.signed_in("bob").await));
    app.emulator().client().set_access_token_type(AccessTokenType::Jwt);
    let (alice_jwt, bob_jwt) = (size(&app.signed_in("alice").await), size(&app.signed_in("bob").await));
    println!("session cookie, name and value, bytes (RS256): opaque access token alice {alice}, bob {bob};");
    println!("JWT access token alice {alice_jwt}, bob {bob_jwt}");
    assert!(alice <= 2_000 && bob <= 2_000, "opaque: alice {alice}, bob {bob}");
    assert!(alice_jwt <= 2_800 && bob_jwt <= 2_800, "JWT: alice {alice_jwt}, bob {bob_jwt}");
}

/// Text that cannot be compressed.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(&mut next).take(bytes).collect()
}

#[tokio::test]
async fn a_large_session_is_spread_over_several_cookies_that_each_fit_a_browser() {
    let app = subject::start().await;
    app.emulator().update_person("alice", |person| person.metadata.push(("photo".into(), noise(2_500))));
    let mut browser = app.signed_in("alice").await;
    let names: Vec<_> = browser.session().into_iter().map(|(name, _)| name).collect();
    assert!(names.len() > 1 && names.starts_with(&["zitadel.session".into(), "zitadel.session.1".into()]), "{names:?}");
    for (name, value) in browser.session() {
        assert!(name.len() + 1 + value.len() <= 4_096, "{name}: {}", value.len());
    }
    browser.get("/profile").await.is_page(200, "Alice Anderson");

    // One part is not enough, and what is left of it is removed.
    let mut torn = app.browser();
    let (name, value) = browser.session().remove(0);
    torn.put_cookie(&name, &value);
    torn.get("/profile").await.is_redirect_to("/auth/login");
    assert_eq!(torn.session(), []);

    // A smaller one takes the place of all parts.
    browser.get("/auth/login").await;
    browser.sign_in_as("bob").await.is_redirect_to("/profile");
    assert_eq!(browser.session().len(), 1);
    browser.get("/profile").await.is_page(200, "Bob Brown");
}

#[tokio::test]
async fn a_session_that_fits_nowhere_is_an_error_at_sign_in_and_no_loop() {
    let app = subject::start().await;
    app.emulator().update_person("alice", |person| person.metadata.push(("film".into(), noise(30_000))));
    let mut browser = app.browser();
    let answer = browser.sign_in_as("alice").await;
    answer.is_page(502, "Your profile is too large").begins_no_session();
    assert_eq!(browser.cookies(), []);
}

#[tokio::test]
async fn a_session_that_was_tampered_with_is_nobody_and_removed() {
    let app = subject::start().await;
    let alice = app.signed_in("alice").await;
    let sealed = alice.cookie("zitadel.session").unwrap();
    let changed_at = |index: usize| {
        let mut bytes = sealed.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let mut wrong: Vec<String> = (0..sealed.len()).step_by(61).map(changed_at).collect();
    wrong.extend([
        String::new(),
        "x".into(),
        sealed[..sealed.len() - 1].into(),
        sealed[1..].into(),
        format!("{sealed}A"),
        format!("{sealed}{sealed}"),
        sealed.to_uppercase(),
        "A".repeat(4_000),
        "%00%ff".into(),
        "..../....".into(),
    ]);
    for value in wrong {
        let mut browser = app.browser();
        browser.put_cookie("zitadel.session", &value);
        let answer = browser.get("/profile").await;
        answer.is_redirect_to("/auth/login?callbackUrl=%2Fprofile");
        assert_eq!(browser.session(), [], "{value:?} stays");
        assert!(browser.fetch("GET", "/auth/session").await.is_json(200).is_null());
    }
    assert_eq!(app.emulator().count(EndpointName::Token), 1, "nobody was asked");
}

#[tokio::test]
async fn a_cookie_does_not_work_under_another_name() {
    let app = subject::start().await;
    let mut attempted = app.browser();
    attempted.begin().await;
    let (_, attempt) = attempted.attempts().remove(0);
    let mut browser = app.browser();
    browser.put_cookie("zitadel.session", &attempt);
    browser.get("/profile").await.is_redirect_to("/auth/login");

    let sealed = app.signed_in("alice").await.cookie("zitadel.session").unwrap();
    for name in ["Zitadel.Session", "__Host-zitadel.session", "zitadel.session.1", "xzitadel.session"] {
        let mut browser = app.browser();
        browser.put_cookie(name, &sealed);
        browser.get("/profile").await.is_redirect_to("/auth/login");
    }
}

#[tokio::test]
async fn malformed_and_repeated_cookies_harm_nobody() {
    let app = subject::start().await;
    let sealed = app.signed_in("alice").await.cookie("zitadel.session").unwrap();
    let cookie =
        |line: String| Outgoing::new("GET", "/profile").with("sec-fetch-mode", "navigate").with("cookie", &line);
    let mut browser = app.browser();
    for line in [
        format!("zitadel.session=x; zitadel.session={sealed}"),
        format!("zitadel.session={sealed}; zitadel.session=x"),
        format!("zitadel.session=\"{sealed}\""),
        format!(";;; =; a; \"; zitadel.session={sealed}; b=\"c"),
        format!("  zitadel.session = {sealed} ; other=1"),
        format!("{}; zitadel.session={sealed}", "a=b; ".repeat(500)),
    ] {
        browser.send(cookie(line)).await.is_page(200, "Alice Anderson");
    }
    for line in [
        "zitadel.session",
        "zitadel.session=",
        "=",
        ";",
        "zitadel.session=\"",
        "zitadel.session.1=x; zitadel.session.99=y",
    ] {
        browser.send(cookie(line.to_owned())).await.is_redirect_to("/auth/login");
    }
    let two_lines = Outgoing::new("GET", "/profile").with("sec-fetch-mode", "navigate").with("cookie", "a=b");
    browser.send(two_lines.with("cookie", &format!("zitadel.session={sealed}"))).await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_reason_to_fall_over() {
    let app = subject::start().await;
    let mut request = b"GET /profile HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nsec-fetch-mode: navigate\r\ncookie: zitadel.session=".to_vec();
    request.extend([0xff, 0xfe, 0x80, b'\r', b'\n', b'\r', b'\n']);
    let answer = app.browser().raw(&request).await;
    assert!(answer.starts_with("HTTP/1.1 302") || answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn a_mountain_of_cookies_is_answered() {
    let app = subject::start().await;
    let mountain = "zitadel.session=x; ".repeat(3_000);
    let answer = app.browser().send(Outgoing::new("GET", "/auth/session").with("cookie", &mountain)).await;
    assert!(matches!(answer.status, 200 | 400 | 413 | 431), "{}", answer.status);
}

/// nginx and others give up at 8 KiB of a header line, and then nobody could even sign out.
#[tokio::test]
async fn all_cookies_together_fit_the_header_limit_of_common_proxies() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let long = format!(
        "%2F%3F{}",
        (0..1_000).map(|n| char::from(b'a' + u8::try_from(n * n % 26).unwrap())).collect::<String>()
    );
    for _ in 0..6 {
        browser.get(&format!("/auth/login?callbackUrl={long}")).await;
        browser.begin().await.has_status(302);
    }
    let line = |cookies: Vec<(String, String)>| -> usize {
        cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum()
    };
    let (attempts, session) = (line(browser.attempts()), line(browser.session()));
    println!("Cookie header, bytes: five attempts {attempts}, session {session}");
    assert!(attempts + session <= 8_000, "five attempts {attempts}, session {session}");
}
