//! Where things are mounted.

use super::*;

#[test]
fn people_land_on_their_profile_unless_told_otherwise() {
    assert_eq!(good(&[]).post_login.as_str(), "/profile");
    assert_eq!(good(&[("ZITADEL_POST_LOGIN_URL", "/?welcome")]).post_login.as_str(), "/?welcome");
    for odd in ["//evil.example", "https://app.example.com/", "/auth/login", "/auth/callback?x", "profile"] {
        assert_eq!(wrong(&[("ZITADEL_POST_LOGIN_URL", odd)]), ["ZITADEL_POST_LOGIN_URL"], "{odd}");
    }
}

#[test]
fn all_paths_move_together_and_one_by_one() {
    let config = builder().auth_path("/me").logout_path("/bye").build().unwrap();
    assert_eq!(config.paths.login, "/me/login");
    assert_eq!(config.paths.sign_in, "/me/signin/zitadel");
    assert_eq!(config.paths.logout, "/bye");
    assert_eq!(good(&[]).paths, Paths::default());
}

#[test]
fn two_endpoints_at_one_path_are_refused() {
    let told = problem(builder().login_path("/auth/logout").build());
    assert_eq!(told, ".logout_path(): sign-out and sign-in have the same path; give one of them another");
    let told = problem(builder().auth_path("me").build());
    assert!(told.lines().count() == 9 && told.contains("begin it with `/`"), "{told}");
}

#[test]
fn pages_of_the_application_are_local_and_no_callback() {
    let pages = Pages::new().sign_in("/auth/login").error("/oops");
    builder().pages(pages.clone()).build().unwrap();
    builder().pages(pages.clone().signed_out("/")).build().unwrap();
    let told = problem(builder().pages(pages.clone().signed_out("https://example.com/bye")).build());
    assert!(told.starts_with(".pages(): the path of `signed_out` "), "{told}");
    let told = problem(builder().pages(pages.error("/auth/callback/")).build());
    assert_eq!(told, ".pages(): `error` has the path of the callback; give it another");
}

#[test]
fn pages_can_come_later() {
    let config = builder().build().unwrap().with_pages(Pages::new().error("/oops")).unwrap();
    assert_eq!(config.pages.error.as_deref(), Some("/oops"));
    assert_eq!(config.client_id, "170086824411201793@app");
}
