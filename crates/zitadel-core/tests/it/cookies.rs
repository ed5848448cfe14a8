//! Names and attributes of all cookies.

use zitadel_core::{Endpoint, Reply};

use crate::support::{App, BASE, Browser, emulator, location};

/// Everything that one session sets and removes: the responses of login, callback, logout and logout callback.
async fn responses(app: &App, base: &str) -> Vec<Reply> {
    let mut browser: Browser = app.browser();
    let login = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
    let callback = app.emulator.authorize_as(location(&login), "alice");
    let target = callback.strip_prefix(base).unwrap().to_owned();
    let callback = browser.get(Endpoint::Callback, &target).await;
    assert_eq!(callback.status, 302, "{}", callback.body);
    let logout = browser.logout().await;
    let back = browser.get(Endpoint::LogoutCallback, "/auth/logout/callback?state=x").await;
    vec![login, callback, logout, back]
}

/// `(name, attributes)` of every cookie in the responses.
fn cookies(replies: &[Reply]) -> Vec<(&str, Vec<&str>)> {
    let headers = replies.iter().flat_map(|reply| &reply.headers);
    let lines = headers.filter(|(name, _)| *name == "set-cookie");
    lines
        .map(|(_, line)| {
            let (pair, attributes) = line.split_once("; ").unwrap();
            (pair.split_once('=').unwrap().0, attributes.split("; ").collect())
        })
        .collect()
}

fn tag(issuer: &str, client_id: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, format!("{issuer}\0{client_id}").as_bytes());
    hash.as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn cookies_on_loopback_have_plain_names_and_are_not_secure() {
    let app = App::new();
    let replies = responses(&app, BASE).await;
    // `printf 'ISSUER\0CLIENT_ID' | sha256sum | cut -c1-8`, by another implementation than core's.
    let tag = tag(&app.vars["ZITADEL_DOMAIN"], &app.vars["ZITADEL_CLIENT_ID"]);
    let login = format!("zitadel.login.{tag}.");
    let mut names: Vec<_> = cookies(&replies).iter().map(|(name, _)| name.replace(&login, "login/")).collect();
    names.iter_mut().filter(|name| name.starts_with("login/")).for_each(|name| name.truncate("login/".len()));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["login/".to_owned(), format!("zitadel.logout.{tag}"), format!("zitadel.session.{tag}")]);
    for (name, attributes) in cookies(&replies) {
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(attributes.contains(&attribute), "{name}: {attributes:?}");
        }
        let forbidden = |attribute: &&str| *attribute == "Secure" || attribute.starts_with("Domain");
        assert!(!attributes.iter().any(forbidden), "{name}: {attributes:?}");
    }
    assert!(cookies(&replies[..1])[0].1.contains(&"Max-Age=3600"), "the cookie of a login outlives it");
}

#[tokio::test]
async fn cookies_on_https_are_secure_and_have_the_host_prefix() {
    let base = "https://app.example";
    let app = App::with(
        emulator(),
        &[
            ("ZITADEL_CALLBACK_URL", "https://app.example/auth/callback"),
            ("ZITADEL_POST_LOGOUT_URL", "https://app.example/auth/logout/callback"),
        ],
    );
    app.emulator.client().register(base);
    let replies = responses(&app, base).await;
    let cookies = cookies(&replies);
    for name in ["__Host-zitadel.login.", "__Host-zitadel.session", "__Host-zitadel.logout"] {
        assert!(cookies.iter().any(|(known, _)| known.starts_with(name)), "{name}: {cookies:?}");
    }
    for (name, attributes) in cookies {
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
            assert!(attributes.contains(&attribute), "{name}: {attributes:?}");
        }
        assert!(name.starts_with("__Host-") && !attributes.iter().any(|it| it.starts_with("Domain")), "{name}");
    }
}
