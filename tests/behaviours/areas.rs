//! Many routes with one requirement, and an optional role in a handler.

use behaviours::Setup;

use super::subject;

#[tokio::test]
async fn area_with_a_role_denies_other_users_and_leaves_the_rest_of_the_application_alone() {
    let app = subject::minimal(Setup::new()).await;
    let (mut anonymous, mut bob, mut alice) = (app.browser(), app.logged_in("bob").await, app.logged_in("alice").await);
    anonymous.get("/area/users").await.assert_redirect("/auth/login?callbackUrl=%2Farea%2Fusers");
    assert_eq!(anonymous.plain("GET", "/area/users").await.assert_json(401)["error"], "unauthenticated");
    bob.get("/area/users").await.assert_page(403, "Not for this account");
    assert_eq!(bob.plain("GET", "/area/users").await.assert_json(403)["error"], "insufficient_scope");
    alice.get("/area/users").await.assert_status(200).assert_text("users");
    anonymous.plain("GET", "/members").await.assert_status(401);
    bob.get("/members").await.assert_status(200).assert_text("members");
}

#[tokio::test]
async fn optional_role_in_a_handler_is_there_for_users_who_have_it() {
    let app = subject::minimal(Setup::new()).await;
    app.browser().get("/").await.assert_status(200).assert_text("not an administrator");
    app.logged_in("bob").await.get("/").await.assert_text("not an administrator");
    app.logged_in("alice").await.get("/").await.assert_text("administrator 310000000000000301");
}
