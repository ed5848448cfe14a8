//! The texts of the pages.

use zitadel_core::{ErrorCode, ErrorPage};

use super::sample;

const ODD: &str = "you_have_been_hacked_call_555";

#[test]
fn every_error_code_has_a_message_on_the_error_page_and_on_the_login_page() {
    for code in ErrorCode::all().map(ErrorCode::as_str) {
        let error = ErrorPage::from_code(code);
        for page in [crate::error(Some(code)), crate::login(None, Some(code)), crate::error_page(&error)] {
            assert!(page.contains(error.title()) && page.contains(error.message()), "{code}");
        }
    }
}

#[test]
fn an_unknown_code_gives_a_general_message_and_is_not_repeated() {
    for page in [crate::error(Some(ODD)), crate::login(None, Some(ODD))] {
        assert!(page.contains("Something went wrong"));
        assert!(!page.contains(ODD) && !page.contains("unknown"));
    }
    let page = crate::logout_error(Some(ODD));
    assert!(page.contains("could not be confirmed") && !page.contains(ODD));
    assert_eq!(crate::error(None), crate::error(Some(ODD)));
}

#[test]
fn a_failed_logout_says_first_that_the_local_session_has_ended() {
    for reason in ErrorCode::all().map(|code| Some(code.as_str())).chain([None, Some(ODD)]) {
        assert!(crate::logout_error(reason).contains("<p>Your session here has ended."), "{reason:?}");
    }
}

#[test]
fn the_login_page_posts_without_a_script_and_shows_no_error_without_one() {
    let page = crate::login(None, None);
    assert!(page.contains("<form method=\"post\" action=\"/auth/signin/zitadel\">"));
    assert!(page.contains(">Sign in with ZITADEL</button>"));
    assert!(!page.contains("callbackUrl") && !page.contains("role=\"alert\""));
}

#[test]
fn an_error_shows_its_incident_and_a_forbidden_page_offers_a_logout() {
    let pages = sample::pages();
    assert!(pages["error-incident"].contains("incident <code>7f3a91c2</code>"));
    assert!(pages["error-forbidden"].contains("Error 403"));
    assert!(pages["error-forbidden"].contains("action=\"/auth/logout\""));
    assert!(!pages["error-incident"].contains("action=\"/auth/logout\""));
}

#[test]
fn the_menu_offers_a_logout_only_to_authenticated_users() {
    let pages = sample::pages();
    for (name, page) in &pages {
        let (menu, _) = page.split_once("</nav>").unwrap();
        let signed_in = name.starts_with("profile") || name.starts_with("admin") || *name == "home-signed-in";
        assert_eq!(menu.contains(">Sign out</button>"), signed_in, "{name}");
        for link in ["href=\"/\"", "href=\"/profile\"", "href=\"/admin\""] {
            assert!(menu.contains(link), "{link} in {name}");
        }
    }
}

#[test]
fn the_profile_shows_roles_metadata_claims_and_the_session() {
    let page = &sample::pages()["profile"];
    for shown in [
        "Alice Adams",
        "alice.adams@acme.example.com",
        ">Verified</span>",
        "Acme Incorporated",
        "<th scope=\"row\"><code>editor</code></th>",
        "partners.long-name-of-a-customer.example.com",
        "Research",
        "11 bytes, not text",
        "<code>auth_time</code>",
        "data-ends=\"session\">2 Mar 2026, 14:59:55 UTC</time>",
        "Opaque",
        "Refreshed 3 times",
        "<a class=\"button\" href=\"/auth/userinfo\" data-live>Ask ZITADEL again</a>",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn the_session_card_announces_a_renewal_only_if_there_will_be_one() {
    let page = &sample::pages()["profile"];
    assert!(page.contains(">Then renewed.<") && !page.contains("Not renewed"));
    let page = &sample::pages()["profile-not-renewed"];
    assert!(page.contains(">Not renewed: roles and claims stay as they are.<") && !page.contains("Then renewed"));
}

#[test]
fn the_profile_lists_sessions_and_ends_others_without_a_script() {
    let page = &sample::pages()["profile-sessions"];
    assert_eq!(page.matches("<form method=\"post\" action=\"/profile/sessions/end\">").count(), 2);
    assert_eq!(page.matches(">This session</span>").count(), 1);
    assert!(page.contains("<input type=\"hidden\" name=\"id\" value=\"session-2\">"));
    assert!(!page.contains("value=\"session-1\""), "the current one ends with a logout");
    assert!(page.contains("aria-labelledby=\"end-2 started-2\">End session</button>"));
    assert!(page.contains("Firefox/140.0"));
    assert!(!sample::pages()["profile"].contains("Your sessions"), "there is no list");
}

#[test]
fn an_empty_profile_shows_messages_instead_of_empty_tables() {
    let page = &sample::pages()["profile-bare"];
    assert!(page.contains("no role in this project") && page.contains("No metadata"));
    assert!(!page.contains("<table") && !page.contains("id=\"session\""));
}

#[test]
fn the_admin_page_separates_the_required_role_from_the_others() {
    let page = &sample::pages()["admin"];
    let (opened, others) = page.split_once("Your other roles").unwrap();
    assert!(opened.contains("<code>admin</code></th>") && !opened.contains("<code>editor</code></th>"));
    assert!(others.contains("<code>editor</code></th>"));
}

#[test]
fn every_page_is_a_whole_document_with_language_title_landmarks_and_one_first_heading() {
    for (name, page) in sample::pages() {
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"), "{name}: {}", &page[..60]);
        assert!(page.trim_end().ends_with("</html>"), "{name}");
        for once in ["<title>", "<main ", "</main>", "<h1", "<nav ", "<footer ", "name=\"viewport\""] {
            assert_eq!(page.matches(once).count(), 1, "{once} in {name}");
        }
        assert!(!page.contains("<title> ·"), "{name}");
    }
}
