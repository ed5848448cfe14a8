//! What a person does, once per framework.

use behaviours::Setup;

use super::subject;
use crate::{
    driver::{Scripts, drive},
    gallery,
};

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn alice_signs_in_looks_around_signs_out_and_cannot_go_back() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&format!("{}/profile", app.base())).await;
        window.is_at("/auth/login?callbackUrl=%2Fprofile").await;
        window.sign_in_as("Alice Anderson").await;

        window.is_at("/profile").await;
        let text = window.sees("Ask ZITADEL again").await;
        for words in ["Alice Anderson", "alice@example.com", "admin", "acme.localhost", "Acme"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        for words in ["department", "Engineering", "Grüße aus Zürich 🚀"] {
            assert!(text.contains(words), "metadata: {words}: {text}");
        }
        let cookies = window.cookies().await;
        let session = cookies.iter().find(|cookie| cookie.name() == "zitadel.session").unwrap();
        assert_eq!(session.http_only(), Some(true));
        assert_eq!(window.run("return document.cookie").await, "", "no script can read a cookie");

        window.press("Ask ZITADEL again").await;
        window.sees("\"preferred_username\": \"alice@acme.localhost\"").await;
        window.press("Admin").await;
        window.is_at("/admin").await;
        window.sees("You are an administrator").await;

        window.press("Profile").await;
        window.sees("alice@example.com").await;
        window.press("Sign out").await;
        window.is_at("/auth/logout/success").await;
        window.sees("You are signed out").await;
        assert!(!window.has_session().await);

        window.client.back().await.unwrap();
        window.is_at("/auth/login").await;
        let text = window.sees("Sign in with ZITADEL").await;
        assert!(!text.contains("alice@example.com"), "{text}");
        assert!(!window.has_session().await);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn bob_is_not_admitted_to_the_admin_page_and_may_leave() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&format!("{}/admin", app.base())).await;
        window.sign_in_as("Bob Brown").await;
        window.is_at("/admin").await;
        let text = window.sees("Not for this account").await;
        assert!(text.contains("Error 403"), "{text}");
        window.open(&format!("{}/profile", app.base())).await;
        window.sees("bob@example.com").await;
        window.open(&format!("{}/admin", app.base())).await;
        window.press("Sign out").await;
        window.sees("You are signed out").await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn a_person_who_changes_their_mind_is_told_and_can_start_again() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&format!("{}/auth/login?callbackUrl=/admin", app.base())).await;
        window.press("Sign in with ZITADEL").await;
        window.sees("Who is signing in?").await;
        window.press("Cancel").await;
        window.sees("Sign-in was declined").await;
        window.press("Start again").await;
        window.is_at("/auth/login?callbackUrl=%2Fadmin").await;
        window.sign_in_as("Alice Anderson").await;
        window.is_at("/admin").await;
        window.sees("You are an administrator").await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn everything_works_without_javascript() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::Off).await;
        window.open(&format!("{}/profile", app.base())).await;
        window.is_at("/auth/login").await;
        window.sign_in_as("Alice Anderson").await;
        window.is_at("/profile").await;
        window.sees("alice@example.com").await;
        window.press("Ask ZITADEL again").await;
        window.is_at("/auth/userinfo").await;
        window.sees("alice@acme.localhost").await;
        window.client.back().await.unwrap();
        window.press("Sign out").await;
        window.sees("You are signed out").await;
        window.client.back().await.unwrap();
        window.is_at("/auth/login").await;
        assert!(!window.sees("Sign in").await.contains("alice@example.com"));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn two_tabs_sign_in_at_once() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        let client = &window.client;
        let first = client.window().await.unwrap();
        let address = |page: &str| format!("{}/auth/login?callbackUrl={page}", app.base());
        window.open(&address("/profile")).await;
        window.press("Sign in with ZITADEL").await;
        window.sees("Who is signing in?").await;

        let second = client.new_window(true).await.unwrap().handle;
        client.switch_to_window(second).await.unwrap();
        window.open(&address("/admin")).await;
        window.press("Sign in with ZITADEL").await;
        window.sees("Who is signing in?").await;

        client.switch_to_window(first).await.unwrap();
        window.press("Alice Anderson").await;
        window.is_at("/profile").await;
        window.sees("alice@example.com").await;

        let tabs = client.windows().await.unwrap();
        client.switch_to_window(tabs.into_iter().next_back().unwrap()).await.unwrap();
        window.press("Alice Anderson").await;
        window.is_at("/admin").await;
        window.sees("You are an administrator").await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn no_page_breaks_its_own_rules_or_scripts() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&format!("{}/profile", app.base())).await;
        window.sign_in_as("Bob Brown").await;
        window.sees("bob@example.com").await;
        window.press("Ask ZITADEL again").await;
        window.sees("\"preferred_username\"").await;
        for path in
            ["/", "/admin", "/auth/login", "/auth/error", "/auth/logout", "/nowhere", "/auth/callback?state=x&state=y"]
        {
            window.open(&format!("{}{path}", app.base())).await;
            window.sees("S").await;
            assert_eq!(window.complaints().await, [""; 0], "{path}");
        }
        window.run("console.error('heard')").await;
        assert_eq!(window.complaints().await.len(), 1, "complaints are not heard");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn every_page_fits_on_a_phone_and_a_desktop_in_light_and_dark() {
    if !gallery::wanted() {
        return;
    }
    let app = subject::start().await;
    let lonely = subject::with(Setup::new().provider_is_down()).await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        let shot = async |path: &str, words: &str, name: &str| {
            window.open(&format!("{}{path}", app.base())).await;
            window.sees(words).await;
            gallery::picture(&window, subject::NAME, name).await;
        };
        shot("/", "Nobody is signed in", "home-signed-out").await;
        shot("/auth/login?callbackUrl=/profile", "Sign in", "sign-in").await;
        shot("/auth/login?error=access_denied", "Sign-in was declined", "sign-in-error").await;
        shot("/auth/error?error=expired_login", "The sign-in took too long", "error").await;
        shot("/auth/logout/error?reason=state_mismatch", "Sign-out was not confirmed", "logout-error").await;
        shot("/nowhere", "Page not found", "not-found").await;
        shot("/auth/callback?code=x&state=y", "Please start again", "callback-error").await;

        window.open(&format!("{}/profile", app.base())).await;
        window.press("Sign in with ZITADEL").await;
        window.sees("Who is signing in?").await;
        gallery::picture(&window, subject::NAME, "chooser").await;
        window.press("Alice Anderson").await;
        window.is_at("/profile").await;
        window.press("Ask ZITADEL again").await;
        window.sees("\"preferred_username\"").await;
        gallery::picture(&window, subject::NAME, "profile").await;
        shot("/", "Signed in as", "home").await;
        shot("/admin", "You are an administrator", "admin").await;
        shot("/auth/logout", "Do you want to sign out?", "sign-out-button").await;
        window.press("Sign out").await;
        window.sees("You are signed out").await;
        gallery::picture(&window, subject::NAME, "signed-out").await;

        window.open(&format!("{}/admin", app.base())).await;
        window.sign_in_as("Bob Brown").await;
        window.sees("Not for this account").await;
        gallery::picture(&window, subject::NAME, "forbidden").await;
        shot("/profile", "bob@example.com", "profile-bob").await;

        window.open(&format!("{}/auth/login", lonely.base())).await;
        window.press("Sign in with ZITADEL").await;
        window.sees("The identity provider cannot be reached").await;
        gallery::picture(&window, subject::NAME, "provider-down").await;
    })
    .await;
}
