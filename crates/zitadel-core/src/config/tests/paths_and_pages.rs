//! Where things are mounted.

use super::*;

#[test]
fn the_default_page_after_login_is_the_profile() {
    assert_eq!(accepted(&[]).post_login.as_str(), "/profile");
    assert_eq!(accepted(&[("ZITADEL_POST_LOGIN_URL", "/?welcome")]).post_login.as_str(), "/?welcome");
    for odd in ["//evil.example", "https://app.example.com/", "/auth/login", "/auth/callback?x", "profile"] {
        assert_eq!(problem_names(&[("ZITADEL_POST_LOGIN_URL", odd)]), ["ZITADEL_POST_LOGIN_URL"], "{odd}");
    }
}

#[test]
fn all_paths_move_together_and_one_by_one() {
    let config = builder().base_path("/me").logout_path("/bye").build().map(login).unwrap();
    assert_eq!(config.paths.login, "/me/login");
    assert_eq!(config.paths.login_post, "/me/signin/zitadel");
    assert_eq!(config.paths.logout, "/bye");
    assert_eq!(accepted(&[]).paths, Paths::default());
}

#[test]
fn two_endpoints_at_one_path_are_refused() {
    let message = problem(builder().login_path("/auth/logout").build());
    assert_eq!(message, ".logout_path(): logout and login have the same path; move one of them");
    let message = problem(builder().base_path("me").build());
    assert!(message.lines().count() == 10 && message.contains("begin it with `/`"), "{message}");
}

#[test]
fn pages_of_the_application_are_local_and_not_callbacks() {
    let login = accepted(&[]);
    let pages = || Pages::new().login_path("/auth/login").error_path("/oops");
    check_pages(&login, &pages()).unwrap();
    check_pages(&login, &pages().logged_out_path("/")).unwrap();
    let message = check_pages(&login, &pages().logged_out_path("https://example.com/bye")).unwrap_err().to_string();
    assert!(message.starts_with(".pages(): `logged_out_path` cannot be mounted; begin it with `/`"), "{message}");
    let message = check_pages(&login, &pages().error_path("/auth/callback/")).unwrap_err().to_string();
    assert_eq!(message, ".pages(): `error_path` is the path of the callback; choose another one");
}
