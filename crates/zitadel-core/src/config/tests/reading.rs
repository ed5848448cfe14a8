//! Variables, builder methods and the listening address.

use super::*;

#[test]
fn everything_that_is_missing_is_listed_at_once_in_the_order_of_the_example() {
    let error = Config::from_vars([("PATH", "/bin"), ("ZITADEL_CLIENT_ID", " ")]).unwrap_err();
    let required =
        ["ZITADEL_DOMAIN", "ZITADEL_CLIENT_ID", "ZITADEL_CALLBACK_URL", "ZITADEL_POST_LOGOUT_URL", "SESSION_SECRET"];
    assert_eq!(names(&error), required);
    assert_eq!(error.to_string().lines().count(), 5);
    assert!(error.problems().all(|problem| problem.message().starts_with("is missing; set ")), "{error}");
}

#[test]
fn in_code_problems_name_the_method() {
    let told = problem(Config::builder("", "x").redirect_uri("https://app.example.com/cb").build());
    let names: Vec<_> = told.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(names, ["issuer", ".post_logout_redirect_uri()", ".session_secret()"]);
}

#[test]
fn empty_values_count_as_unset_and_blanks_around_values_are_ignored() {
    let config = good(&[
        ("ZITADEL_CLIENT_ID", " 42 "),
        ("ZITADEL_INTERNAL_URL", ""),
        ("ZITADEL_SCOPES", "  "),
        ("SESSION_DURATION", ""),
        ("SESSION_SECRET_FILE", " "),
        ("SESSION_SECRET_PREVIOUS", ""),
    ]);
    assert_eq!(config.client_id, "42");
    assert_eq!(config.scopes.len(), 7);
}

#[test]
fn a_client_id_with_white_space_inside_is_refused() {
    assert_eq!(wrong(&[("ZITADEL_CLIENT_ID", "1700 8682")]), ["ZITADEL_CLIENT_ID"]);
}

#[test]
fn userinfo_is_asked_for_unless_code_says_otherwise() {
    assert_eq!(good(&[]).user_info_at_sign_in, UserInfoAtSignIn::Fetch);
    let config = builder().user_info_at_sign_in(UserInfoAtSignIn::Skip).build().unwrap();
    assert_eq!(config.user_info_at_sign_in, UserInfoAtSignIn::Skip);
}

#[test]
fn samples_listen_on_loopback_port_3000_unless_told_otherwise() {
    let listen = |host: &str, port: &str| {
        ListenAddress::from_vars([("HOST", host), ("PORT", port)]).map(|address| address.to_string())
    };
    assert_eq!(listen("", "").unwrap(), "127.0.0.1:3000");
    assert_eq!(listen("0.0.0.0", "80").unwrap(), "0.0.0.0:80");
    assert_eq!(listen("localhost", "0").unwrap(), "127.0.0.1:0");
    assert_eq!(listen("[::1]", "1").unwrap(), "[::1]:1");
    assert_eq!(listen("::", "1").unwrap(), "[::]:1");
    let told = listen("example.com", "65536").unwrap_err().to_string();
    assert_eq!(told.lines().count(), 2, "{told}");
}
