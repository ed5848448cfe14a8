//! What a user does, once per framework.

use behaviours::{Setup, Subject};
use zitadel_emulator::EndpointName;

use super::subject;
use crate::{
    driver::{Scripts, drive},
    gallery,
};

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn logged_in_pages_cannot_be_seen_with_the_back_button_after_logout() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&format!("{}/profile", app.base())).await;
        window.wait_for_path("/auth/login?callbackUrl=%2Fprofile").await;
        window.log_in_as("Alice Anderson").await;

        window.wait_for_path("/profile").await;
        let text = window.wait_for_text("Ask ZITADEL again").await;
        for part in ["Alice Anderson", "alice@example.com", "admin", "acme.localhost", "Acme"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        for part in ["department", "Engineering", "Grüße aus Zürich 🚀"] {
            assert!(text.contains(part), "metadata: {part}: {text}");
        }
        let cookies = window.cookies().await;
        let session = cookies.iter().find(|cookie| cookie.name().starts_with("zitadel.session.")).unwrap();
        assert_eq!(session.http_only(), Some(true));
        assert_eq!(window.run("return document.cookie").await, "", "no script can read a cookie");

        window.click("Ask ZITADEL again").await;
        window.wait_for_text("\"preferred_username\": \"alice\"").await;
        window.click("Admin").await;
        window.wait_for_path("/admin").await;
        window.wait_for_text("You are an administrator").await;

        window.click("Profile").await;
        window.wait_for_text("alice@example.com").await;
        window.click("Sign out").await;
        window.wait_for_path("/auth/logout/success").await;
        window.wait_for_text("You are signed out").await;
        assert!(!window.has_session().await);

        window.client.back().await.unwrap();
        window.wait_for_path("/auth/login").await;
        let text = window.wait_for_text("Sign in with ZITADEL").await;
        assert!(!text.contains("alice@example.com"), "{text}");
        assert!(!window.has_session().await);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn admin_page_denies_other_users_who_can_log_out_there() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&format!("{}/admin", app.base())).await;
        window.log_in_as("Bob Brown").await;
        window.wait_for_path("/admin").await;
        let text = window.wait_for_text("Not for this account").await;
        assert!(text.contains("Error 403"), "{text}");
        window.open(&format!("{}/profile", app.base())).await;
        window.wait_for_text("bob@example.com").await;
        window.open(&format!("{}/admin", app.base())).await;
        window.click("Sign out").await;
        window.wait_for_text("You are signed out").await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn cancelled_login_shows_a_page_with_a_new_attempt() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&format!("{}/auth/login?callbackUrl=/admin", app.base())).await;
        window.click("Sign in with ZITADEL").await;
        window.wait_for_text("Who is signing in?").await;
        window.click("Cancel").await;
        window.wait_for_text("Sign-in was declined").await;
        window.click("Start again").await;
        window.wait_for_path("/auth/login?callbackUrl=%2Fadmin").await;
        window.log_in_as("Alice Anderson").await;
        window.wait_for_path("/admin").await;
        window.wait_for_text("You are an administrator").await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn pages_work_without_javascript() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::Off).await;
        window.open(&format!("{}/profile", app.base())).await;
        window.wait_for_path("/auth/login").await;
        window.log_in_as("Alice Anderson").await;
        window.wait_for_path("/profile").await;
        window.wait_for_text("alice@example.com").await;
        window.click("Ask ZITADEL again").await;
        window.wait_for_path("/auth/userinfo").await;
        window.wait_for_text("preferred_username").await;
        window.client.back().await.unwrap();
        window.click("Sign out").await;
        window.wait_for_text("You are signed out").await;
        window.client.back().await.unwrap();
        window.wait_for_path("/auth/login").await;
        assert!(!window.wait_for_text("Sign in").await.contains("alice@example.com"));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn logins_in_two_tabs_both_finish() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        let client = &window.client;
        let first = client.window().await.unwrap();
        let url = |page: &str| format!("{}/auth/login?callbackUrl={page}", app.base());
        window.open(&url("/profile")).await;
        window.click("Sign in with ZITADEL").await;
        window.wait_for_text("Who is signing in?").await;

        let second = client.new_window(true).await.unwrap().handle;
        client.switch_to_window(second).await.unwrap();
        window.open(&url("/admin")).await;
        window.click("Sign in with ZITADEL").await;
        window.wait_for_text("Who is signing in?").await;

        client.switch_to_window(first).await.unwrap();
        window.click("Alice Anderson").await;
        window.wait_for_path("/profile").await;
        window.wait_for_text("alice@example.com").await;

        let tabs = client.windows().await.unwrap();
        client.switch_to_window(tabs.into_iter().next_back().unwrap()).await.unwrap();
        window.click("Alice Anderson").await;
        window.wait_for_path("/admin").await;
        window.wait_for_text("You are an administrator").await;
    })
    .await;
}

/// The hint is too long for a URL: a page posts it, the sample's or the built-in one.
#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn user_with_200_roles_is_signed_out_at_the_provider_by_a_form_that_submits_itself() {
    for is_sample in [true, false] {
        let app = if is_sample { subject::start().await } else { subject::minimal(Setup::new()).await };
        app.give_alice_200_roles();
        drive(async |chromedriver| {
            let window = chromedriver.open(Scripts::On).await;
            let page = if is_sample { "/profile" } else { "/members" };
            window.open(&format!("{}{page}", app.base())).await;
            if is_sample {
                window.click("Sign in with ZITADEL").await;
            }
            window.wait_for_text("Who is signing in?").await;
            window.click("Alice Anderson").await;
            window.wait_for_path(page).await;
            window.open(&format!("{}/auth/logout", app.base())).await;
            window.click("Sign out").await;
            window.wait_for_path("/auth/logout/success").await;
            window.wait_for_text("You are signed out").await;
            assert_eq!(window.console_errors().await, [""; 0]);
            assert!(!window.has_session().await);
            let ended = ended_sessions(&app);
            assert_eq!(ended, [("POST".to_owned(), Some(302))]);

            window.client.back().await.unwrap();
            window.wait_for_text("Do you want to sign out?").await;
            assert_eq!(ended_sessions(&app), ended, "the back button does not repeat the form");
            window.open(&format!("{}/auth/login", app.base())).await;
            if is_sample {
                window.click("Sign in with ZITADEL").await;
            }
            window.wait_for_text("Who is signing in?").await;
        })
        .await;
    }
}

/// Method and status of every request to the provider's logout.
fn ended_sessions(app: &Subject) -> Vec<(String, Option<u16>)> {
    let requests = app.emulator().requests().into_iter().filter(|it| it.endpoint == EndpointName::EndSession);
    requests.map(|it| (it.method, it.status)).collect()
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn user_with_200_roles_is_signed_out_by_a_button_without_javascript() {
    let app = subject::start().await;
    app.give_alice_200_roles();
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::Off).await;
        window.open(&format!("{}/profile", app.base())).await;
        window.log_in_as("Alice Anderson").await;
        window.wait_for_path("/profile").await;
        window.click("Sign out").await;
        window.wait_for_text("One more step ends it at ZITADEL").await;
        window.click("Continue").await;
        window.wait_for_path("/auth/logout/success").await;
        window.wait_for_text("You are signed out").await;
        assert_eq!(ended_sessions(&app), [("POST".to_owned(), Some(302))]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn pages_have_no_console_errors() {
    let app = subject::start().await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        window.open(&format!("{}/profile", app.base())).await;
        window.log_in_as("Bob Brown").await;
        window.wait_for_text("bob@example.com").await;
        window.click("Ask ZITADEL again").await;
        window.wait_for_text("\"preferred_username\"").await;
        for path in
            ["/", "/admin", "/auth/login", "/auth/error", "/auth/logout", "/nowhere", "/auth/callback?state=x&state=y"]
        {
            window.open(&format!("{}{path}", app.base())).await;
            window.wait_for_text("S").await;
            assert_eq!(window.console_errors().await, [""; 0], "{path}");
        }
        window.run("console.error('collected')").await;
        assert_eq!(window.console_errors().await.len(), 1, "console errors are not collected");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver: cargo xtask test"]
async fn pages_fit_on_a_phone_and_a_desktop_in_light_and_dark() {
    if !gallery::is_wanted() {
        return;
    }
    let app = subject::start().await;
    let without_provider = subject::with(Setup::new().provider_is_down()).await;
    drive(async |chromedriver| {
        let window = chromedriver.open(Scripts::On).await;
        let screenshot = async |path: &str, text: &str, name: &str| {
            window.open(&format!("{}{path}", app.base())).await;
            window.wait_for_text(text).await;
            gallery::screenshot(&window, subject::NAME, name).await;
        };
        screenshot("/", "Nobody is signed in", "home-logged-out").await;
        screenshot("/auth/login?callbackUrl=/profile", "Sign in", "login").await;
        screenshot("/auth/login?error=access_denied", "Sign-in was declined", "login-error").await;
        screenshot("/auth/error?error=expired_login", "The sign-in took too long", "error").await;
        screenshot("/auth/logout/error?reason=state_mismatch", "Sign-out was not confirmed", "logout-error").await;
        screenshot("/nowhere", "Page not found", "not-found").await;
        screenshot("/auth/callback?code=x&state=y", "Please start again", "callback-error").await;

        window.open(&format!("{}/profile", app.base())).await;
        window.click("Sign in with ZITADEL").await;
        window.wait_for_text("Who is signing in?").await;
        gallery::screenshot(&window, subject::NAME, "chooser").await;
        window.click("Alice Anderson").await;
        window.wait_for_path("/profile").await;
        window.click("Ask ZITADEL again").await;
        window.wait_for_text("\"preferred_username\"").await;
        gallery::screenshot(&window, subject::NAME, "profile").await;
        screenshot("/", "Signed in as", "home").await;
        screenshot("/admin", "You are an administrator", "admin").await;
        screenshot("/auth/logout", "Do you want to sign out?", "logout-form").await;
        window.click("Sign out").await;
        window.wait_for_text("You are signed out").await;
        gallery::screenshot(&window, subject::NAME, "logged-out").await;

        window.open(&format!("{}/admin", app.base())).await;
        window.log_in_as("Bob Brown").await;
        window.wait_for_text("Not for this account").await;
        gallery::screenshot(&window, subject::NAME, "forbidden").await;
        screenshot("/profile", "bob@example.com", "profile-bob").await;

        window.open(&format!("{}/auth/login", without_provider.base())).await;
        window.click("Sign in with ZITADEL").await;
        window.wait_for_text("The identity provider cannot be reached").await;
        gallery::screenshot(&window, subject::NAME, "provider-down").await;
    })
    .await;
}
