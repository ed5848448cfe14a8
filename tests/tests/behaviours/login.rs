//! Signing in, from the first click to the page that was asked for.

use behaviours::{Browser, Outgoing};

use super::subject;

/// Where a sign-in that begins with this `callbackUrl` ends.
async fn landing(browser: &mut Browser, callback_url: &str) -> String {
    let form: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("callbackUrl", callback_url).finish();
    let own = Outgoing::new("POST", "/auth/signin/zitadel").with("sec-fetch-site", "same-origin");
    let begun = browser.send(own.form(&form)).await;
    let mut provider = browser.clone();
    provider.get(begun.has_status(302).location()).await.has_status(302);
    provider.follow().await;
    provider.press("alice@").await;
    provider.follow().await.has_status(302).location().to_owned()
}

#[tokio::test]
async fn a_visitor_who_signs_in_lands_on_the_page_they_asked_for() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/profile?tab=roles").await.is_redirect_to("/auth/login?callbackUrl=%2Fprofile%3Ftab%3Droles");
    browser.follow().await.is_page(200, "Sign in");
    browser.press("Sign in with ZITADEL").await.is_redirect_to(&app.authorization_endpoint());
    browser.sign_in_as("alice").await.is_redirect_to("/profile?tab=roles");
    browser.follow().await.is_page(200, "Alice Anderson").shows("alice@example.com");
}

#[tokio::test]
async fn whoever_asked_for_no_page_lands_on_the_one_that_is_configured() {
    let app = subject::with(behaviours::Setup::new().var("ZITADEL_POST_LOGIN_URL", "/?hello")).await;
    let mut browser = app.browser();
    browser.get("/auth/login").await.is_page(200, "Sign in");
    browser.sign_in_as("bob").await.is_redirect_to("/?hello");
    browser.follow().await.is_page(200, "Signed in as").shows("Bob Brown");
}

#[tokio::test]
async fn the_sign_in_page_has_two_addresses() {
    let app = subject::start().await;
    for path in ["/auth/login", "/auth/signin"] {
        let mut browser = app.browser();
        browser.get(&format!("{path}?callbackUrl=%2Fadmin")).await.is_page(200, "Sign in");
        browser.sign_in_as("alice").await.is_redirect_to("/admin");
    }
}

#[tokio::test]
async fn the_sign_in_page_sets_no_cookie_and_asks_nobody() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/login").await.is_page(200, "Sign in with ZITADEL");
    assert_eq!(browser.cookies(), []);
    assert_eq!(app.emulator().requests().len(), 0);
}

#[tokio::test]
async fn the_sign_in_page_tells_what_went_wrong_in_its_own_words() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/login?error=access_denied").await.is_page(200, "Sign-in was declined");
    browser.get("/auth/login?error=expired_login").await.is_page(200, "The sign-in took too long");
    let page = browser.get("/auth/login?error=%3Cb%3Epay%20here%3C%2Fb%3E").await;
    page.is_page(200, "Something went wrong").hides("pay here");
}

#[tokio::test]
async fn the_way_to_the_provider_carries_a_fresh_state_nonce_and_challenge() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let first = browser.begin().await;
    browser.get("/auth/login").await;
    let second = browser.begin().await;
    for answer in [&first, &second] {
        let parameter = |name: &str| answer.location_parameter(name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(parameter("response_type"), "code");
        assert_eq!(parameter("client_id"), app.var("ZITADEL_CLIENT_ID").unwrap());
        assert_eq!(parameter("redirect_uri"), format!("{}/auth/callback", app.base()));
        assert_eq!(parameter("code_challenge_method"), "S256");
        assert!(parameter("scope").split(' ').any(|scope| scope == "openid"));
        answer.is_not_stored();
    }
    for name in ["state", "nonce", "code_challenge"] {
        let (one, other) = (first.location_parameter(name).unwrap(), second.location_parameter(name).unwrap());
        assert!(one.len() >= 43 && one != other, "{name}");
    }
}

#[tokio::test]
async fn an_address_elsewhere_is_dropped_wherever_it_is_offered() {
    let app = subject::start().await;
    for hostile in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/%2f/evil.example",
        "/%2e%2e//evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "/ok\r\nset-cookie: a=b",
        "evil.example",
        "",
    ] {
        assert_eq!(landing(&mut app.browser(), hostile).await, "/profile", "{hostile:?}");
        // The same on the way over the page, whose form carries it on.
        let mut browser = app.browser();
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("callbackUrl", hostile).finish();
        browser.get(&format!("/auth/login?{query}")).await.is_page(200, "Sign in");
        browser.sign_in_as("bob").await.is_redirect_to("/profile");
    }
    assert_eq!(landing(&mut app.browser(), "/admin?a=b&c=%2F%2Fd#e").await, "/admin?a=b&c=%2F%2Fd");
}

/// A line of the corpus, in which `\t`, `\\`, `\u{…}` and so on are written as in Rust.
fn written_out(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        plain.push(match rest.next().unwrap() {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            '0' => '\0',
            'u' => {
                let code: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap()
            }
            other => other,
        });
    }
    plain
}

#[tokio::test]
async fn no_address_of_the_open_redirect_corpus_leads_away() {
    let corpus = include_str!("../../../crates/zitadel-core/tests/open_redirect_corpus.txt");
    let app = subject::start().await;
    let addresses: Vec<_> = corpus.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(addresses.len() > 100, "{}", addresses.len());
    for line in addresses {
        let hostile = written_out(line);
        let mut browser = app.browser();
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("callbackUrl", &hostile).finish();
        browser.get(&format!("/auth/login?{query}")).await.is_page(200, "Sign in");
        let begun = browser.press("Sign in with ZITADEL").await;
        // The shortest way over the provider: there are many of these.
        let back = app.emulator().authorize_as(begun.has_status(302).location(), "alice");
        let landed = browser.get(&back).await.has_status(302).location().to_owned();
        let local = landed.starts_with('/') && !landed.starts_with("//") && !landed.contains('\\');
        assert!(local && landed.is_ascii(), "{line} → {landed}");
        let from_the_page = browser.get(&format!("/profile?{query}")).await;
        from_the_page.has_status(200);
    }
}

#[tokio::test]
async fn two_tabs_can_sign_in_at_once_and_finish_in_any_order() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/login?callbackUrl=%2F%3Ftab%3D1").await;
    let first = browser.begin().await.location().to_owned();
    browser.get("/auth/login?callbackUrl=%2F%3Ftab%3D2").await;
    let second = browser.begin().await.location().to_owned();
    assert_eq!(browser.attempts().len(), 2);
    for (tab, target) in [(second, "/?tab=2"), (first, "/?tab=1")] {
        let back = app.emulator().authorize_as(&tab, "alice");
        browser.get(&back).await.is_redirect_to(target);
    }
    assert_eq!(browser.attempts(), []);
    browser.get("/profile").await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn of_many_tabs_the_five_latest_can_finish() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let mut tabs = Vec::new();
    for tab in 0..7 {
        browser.get(&format!("/auth/login?callbackUrl=%2F%3Ftab%3D{tab}")).await;
        tabs.push(browser.begin().await.location().to_owned());
    }
    assert_eq!(browser.attempts().len(), 5);
    let latest = app.emulator().authorize_as(tabs.last().unwrap(), "alice");
    browser.get(&latest).await.is_redirect_to("/?tab=6");
}

#[tokio::test]
async fn a_prefetch_starts_nothing() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let guess = Outgoing::new("POST", "/auth/signin/zitadel").with("sec-fetch-site", "same-origin");
    browser.send(guess.with("sec-purpose", "prefetch;prerender")).await.has_status(204);
    assert_eq!(browser.cookies(), []);
}

#[tokio::test]
async fn only_a_post_starts_a_sign_in() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = browser.bare(method, "/auth/signin/zitadel").await;
        answer.has_status(405);
        assert_eq!(answer.header("allow"), Some("POST"), "{method}");
    }
    assert_eq!(browser.cookies(), []);
}

#[tokio::test]
async fn a_form_that_is_far_too_large_is_refused() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let own = Outgoing::new("POST", "/auth/signin/zitadel").with("sec-fetch-site", "same-origin");
    let answer = browser.send(own.form(&format!("callbackUrl=/{}", "a".repeat(100_000)))).await;
    assert_eq!(answer.is_json(413)["error"], "request_too_large");
    assert_eq!(browser.cookies(), []);
}

#[tokio::test]
async fn signing_in_as_somebody_else_replaces_the_session() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let of_alice = browser.session();
    browser.get("/auth/login").await.is_page(200, "Sign in");
    browser.sign_in_as("bob").await.is_redirect_to("/profile");
    browser.follow().await.is_page(200, "Bob Brown").hides("Alice");
    assert_ne!(browser.session(), of_alice);
}

#[tokio::test]
async fn a_person_who_is_locked_out_gets_nowhere() {
    let app = subject::start().await;
    app.emulator().deactivate("bob");
    let mut browser = app.browser();
    let begun = browser.begin().await.location().to_owned();
    assert!(app.emulator().try_authorize_as(&begun, "bob").is_err());
    assert_eq!(browser.session(), []);
}
