//! Userinfo.

use zitadel_core::Endpoint;

use super::{
    logins::{assert_user, client},
    provider::Recorded,
    recorded::{Entry, Kind, named, of_kind},
};
use crate::support::json;

/// A login of the person in this userinfo.
fn login(user_info: &Entry) -> Entry {
    let mut logins = of_kind(Kind::Login);
    logins.retain(|login| login.claim("sub") == user_info.text("sub"));
    logins.pop().unwrap_or_else(|| panic!("no login of the person of {} is recorded", user_info.name))
}

#[tokio::test]
async fn every_recorded_userinfo_gives_the_user_and_is_passed_on_as_it_is() {
    for user_info in of_kind(Kind::UserInfo) {
        let tokens = login(&user_info);
        let mut application = Recorded::application(&client(&tokens), tokens.time);
        let user = application.log_in(&tokens, &user_info).await.unwrap();
        // With `scope=openid` alone there is nothing but `sub`.
        match user_info.json()["preferred_username"].is_string() {
            true => assert_user(&user, &user_info),
            false => assert_eq!(user.subject(), user_info.text("sub")),
        }
        let head = application.browser.request("GET", "/auth/userinfo");
        let reply = application.browser.serve(Endpoint::UserInfo, &head, "").await;
        assert_eq!(json(&reply, 200), user_info.json(), "{}", user_info.name);
    }
}

#[tokio::test]
async fn claims_of_an_action_are_extra_claims() {
    let (tokens, user_info) = (named("token-code-custom-claims"), named("userinfo-custom-claims"));
    let user = Recorded::application(&client(&tokens), tokens.time).log_in(&tokens, &user_info).await.unwrap();
    let claims = user_info.json();
    for name in ["tenant", "count", "https://example.com/flag"] {
        assert!(!claims[name].is_null(), "{name}");
        assert_eq!(user.extra_claim(name).unwrap(), claims[name], "{name}");
    }
}
