//! A login from every line of the open-redirect corpus ends on a page of the application. `ReturnTo` itself is tested
//! beside its code.

use zitadel_core::{Endpoint, Requirement};

use crate::support::{App, location};

const CORPUS: &str = include_str!("../open_redirect_corpus.txt");

/// A line of the corpus, in which `\t`, `\\`, `\u{…}` and so on are written as in Rust.
fn unescape(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match rest.next().unwrap() {
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
    text
}

fn payloads() -> impl Iterator<Item = String> {
    CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).map(unescape)
}

fn form(return_to: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("callbackUrl", return_to).finish()
}

#[track_caller]
fn assert_local(target: &str, payload: &str) {
    let local = target.starts_with('/') && !target.starts_with("//") && !target.contains('\\');
    assert!(local && target.bytes().all(|byte| byte.is_ascii_graphic()), "{payload:?} leads to {target:?}");
}

#[tokio::test]
async fn login_with_a_payload_of_the_corpus_ends_on_this_site() {
    let app = App::new();
    assert!(payloads().count() > 100);
    for payload in payloads() {
        let form = form(&payload);
        let mut browser = app.browser();
        let replies = [
            browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", &form).await,
            browser.get(Endpoint::Login, &format!("/auth/login?{form}")).await,
        ];
        for reply in replies {
            let callback = app.emulator.authorize_as(location(&reply), "alice");
            let reply = browser.callback(&callback).await;
            assert_eq!(reply.status, 302, "{payload:?}");
            assert_local(location(&reply), &payload);
        }
    }
}

#[tokio::test]
async fn login_with_a_local_return_address_ends_there() {
    let app = App::new();
    for (return_to, target) in
        [("/admin?a=b&c=%2F%2Fd#e", "/admin?a=b&c=%2F%2Fd"), ("//evil.example", "/profile"), ("", "/profile")]
    {
        assert_eq!(location(&app.browser().login("alice", return_to).await), target);
    }
}

#[tokio::test]
async fn protected_page_with_a_payload_of_the_corpus_redirects_to_login_on_this_site() {
    let app = App::new();
    for payload in payloads() {
        for target in [payload.clone(), format!("/profile?{}", form(&payload))] {
            let head = app.browser().navigation("GET", &target);
            let denied = app.zitadel.authenticate(head).await.authorize(&Requirement::user()).unwrap_err().into_reply();
            // 500: the target is the login page itself.
            if denied.status != 500 {
                assert!(location(&denied).starts_with("/auth/login"), "{target:?} leads to {}", location(&denied));
            }
        }
    }
}
