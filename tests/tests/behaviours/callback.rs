//! Back from the provider: only the answer to a sign-in of this browser counts, and only once.

use behaviours::{Answer, Browser, Outgoing, Subject};

use super::subject;

/// A browser that is about to come back from the provider, and the address it would be sent to.
async fn about_to_return(app: &Subject) -> (Browser, String) {
    let mut browser = app.browser();
    browser.get("/auth/login?callbackUrl=%2Fadmin").await;
    let begun = browser.begin().await.location().to_owned();
    (browser, app.emulator().authorize_as(&begun, "alice"))
}

fn is_refused(answer: &Answer, browser: &Browser) {
    answer.begins_no_session().is_not_stored().shows("Start again");
    assert_eq!(browser.session(), []);
    assert_eq!(browser.attempts(), [], "the attempt is used up");
}

#[tokio::test]
async fn a_callback_nobody_started_is_refused_without_detail() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let answer = browser.get("/auth/callback?code=x&state=y").await;
    answer.is_page(400, "Please start again.").hides("code=x");
    is_refused(&answer, &browser);
    assert_eq!(app.emulator().requests().len(), 0, "nobody was asked");
}

#[tokio::test]
async fn a_program_is_told_the_same_as_json() {
    let app = subject::start().await;
    let told = app.browser().bare("GET", "/auth/callback?code=x&state=y").await.is_json(400);
    assert_eq!(told["error"], "state_mismatch");
}

#[tokio::test]
async fn an_answer_to_the_sign_in_of_another_browser_is_refused() {
    let app = subject::start().await;
    let (_, back) = about_to_return(&app).await;
    let (mut other, _) = about_to_return(&app).await;
    let answer = other.get(&back).await;
    answer.is_page(400, "This sign-in does not belong here").begins_no_session();
    assert_eq!(other.session(), []);
    assert_eq!(other.attempts().len(), 1, "its own attempt is still good");
}

#[tokio::test]
async fn a_changed_state_is_refused() {
    let app = subject::start().await;
    let (mut browser, back) = about_to_return(&app).await;
    let (front, state) = back.split_once("state=").unwrap();
    // The beginning names the attempt's cookie; the rest decides.
    let mut state: Vec<char> = state.chars().collect();
    let last = state.iter().position(|c| *c == '&').unwrap_or(state.len()) - 2;
    state[last] = if state[last] == 'A' { 'B' } else { 'A' };
    let answer = browser.get(&format!("{front}state={}", state.into_iter().collect::<String>())).await;
    answer.is_page(400, "This sign-in does not belong here");
    is_refused(&answer, &browser);
    browser.get(&back).await.is_page(400, "This sign-in does not belong here");
}

#[tokio::test]
async fn a_state_that_the_provider_made_up_is_refused() {
    let app = subject::start().await;
    app.emulator().fault(zitadel_emulator::EndpointName::Login, zitadel_emulator::Fault::WrongState);
    app.emulator().fault(zitadel_emulator::EndpointName::Authorize, zitadel_emulator::Fault::WrongState);
    let (mut browser, back) = about_to_return(&app).await;
    browser.get(&back).await.is_page(400, "Please start again").begins_no_session();
    assert_eq!(browser.session(), []);
}

#[tokio::test]
async fn an_answer_works_once() {
    let app = subject::start().await;
    let (mut browser, back) = about_to_return(&app).await;
    let mut thief = browser.clone();
    browser.get(&back).await.is_redirect_to("/admin");
    // Reloading the callback in the browser that has a session just goes on.
    browser.get(&back).await.is_redirect_to("/profile");
    // A copy of everything taken before the code was used: the provider redeems no code twice.
    thief.get(&back).await.is_page(502, "Please start again").begins_no_session();
    assert_eq!(thief.session(), []);
}

#[tokio::test]
async fn a_person_who_declines_is_told_so() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.begin().await;
    browser.follow().await;
    browser.follow().await.is_page(200, "Who is signing in?");
    browser.press("Cancel").await.is_redirect_to(&format!("{}/auth/callback", app.base()));
    let answer = browser.follow().await;
    answer.is_page(403, "Sign-in was declined");
    is_refused(&answer, &browser);
}

#[tokio::test]
async fn an_error_of_the_provider_is_told_in_our_words_and_its_text_is_never_shown() {
    let app = subject::start().await;
    for (error, status, words) in [
        ("access_denied", 403, "Sign-in was declined"),
        ("login_required", 403, "Please sign in"),
        ("interaction_required", 403, "One more step is needed"),
        ("consent_required", 403, "Your consent is needed"),
        ("temporarily_unavailable", 503, "The identity provider is busy"),
        ("server_error", 502, "The identity provider had a problem"),
        ("invalid_request", 502, "Sign-in is not set up correctly"),
        ("invalid_scope", 502, "Sign-in is not set up correctly"),
        ("<script>alert(1)</script>", 502, "Sign-in did not complete"),
    ] {
        let mut browser = app.browser();
        let state = browser.begin().await.location_parameter("state").unwrap();
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("error", error)
            .append_pair("error_description", "call +1 555 to unlock your account")
            .append_pair("state", &state)
            .finish();
        let answer = browser.get(&format!("/auth/callback?{query}")).await;
        answer.is_page(status, words).hides("unlock your account").hides("alert(1)");
        is_refused(&answer, &browser);
    }
}

#[tokio::test]
async fn a_callback_that_contradicts_itself_is_refused_and_uses_up_the_attempt() {
    let app = subject::start().await;
    for change in ["&error=access_denied", "&code=again", "&state=again", "&iss=a&iss=b"] {
        let (mut browser, back) = about_to_return(&app).await;
        let answer = browser.get(&format!("{back}{change}")).await;
        answer.is_page(400, "That link does not work");
        is_refused(&answer, &browser);
    }
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_is_refused() {
    let app = subject::start().await;
    let (mut browser, back) = about_to_return(&app).await;
    let bare = back.split("&iss=").next().unwrap();
    let answer = browser.get(&format!("{bare}&iss=https%3A%2F%2Felsewhere.example")).await;
    answer.is_page(400, "This sign-in does not belong here");
    is_refused(&answer, &browser);
}

#[tokio::test]
async fn a_callback_without_anything_in_it_is_refused() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for query in ["", "?", "?code=x", "?state=x", "?code=&state=", "?%00=%ff", "?code=%zz&state=%zz"] {
        let answer = browser.get(&format!("/auth/callback{query}")).await;
        answer.is_page(400, "Please start again").begins_no_session();
    }
}

#[tokio::test]
async fn only_a_get_redeems_an_answer() {
    let app = subject::start().await;
    let (mut browser, back) = about_to_return(&app).await;
    for method in ["HEAD", "POST", "PUT", "OPTIONS"] {
        let own = Outgoing::new(method, &back).with("sec-fetch-site", "same-origin");
        let answer = browser.send(own).await;
        answer.has_status(405);
        assert_eq!(answer.header("allow"), Some("GET"), "{method}");
    }
    browser.get(&back).await.is_redirect_to("/admin");
}

#[tokio::test]
async fn a_sign_in_cannot_be_finished_in_a_browser_that_lost_its_cookies() {
    let app = subject::start().await;
    let (mut browser, back) = about_to_return(&app).await;
    browser.forget_cookies();
    let answer = browser.get(&back).await;
    answer.is_page(400, "This sign-in does not belong here");
    is_refused(&answer, &browser);
}

#[tokio::test]
async fn starting_again_leads_to_the_page_that_was_asked_for() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/login?callbackUrl=%2Fadmin").await;
    let state = browser.begin().await.location_parameter("state").unwrap();
    let page = browser.get(&format!("/auth/callback?error=access_denied&state={state}")).await;
    assert!(page.body.contains(r#"href="/auth/login?callbackUrl=%2Fadmin""#), "{}", page.body);
}

#[tokio::test]
async fn an_answer_that_somebody_else_slipped_in_does_not_change_who_is_signed_in() {
    let app = subject::start().await;
    let mut alice = app.signed_in("alice").await;
    let session = alice.session();
    let mut mallory = app.browser();
    let begun = mallory.begin().await.location().to_owned();
    let slipped = app.emulator().authorize_as(&begun, "bob");
    alice.get(&slipped).await.is_redirect_to("/profile").begins_no_session();
    alice.follow().await.is_page(200, "Alice Anderson");
    assert_eq!(alice.session(), session);
}

#[tokio::test]
async fn declining_another_sign_in_leaves_the_session_alone() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    browser.get("/auth/login").await;
    let state = browser.begin().await.location_parameter("state").unwrap();
    browser.get(&format!("/auth/callback?error=access_denied&state={state}")).await.is_page(403, "declined");
    browser.get("/profile").await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn of_several_requests_with_the_same_answer_one_signs_in() {
    let app = subject::start().await;
    let (browser, back) = about_to_return(&app).await;
    let answers = futures_util::future::join_all((0..8).map(|_| {
        let (mut browser, back) = (browser.clone(), back.clone());
        async move { browser.get(&back).await }
    }))
    .await;
    let sessions = answers.iter().filter(|answer| answer.set_cookies().iter().any(|cookie| cookie.is_session()));
    assert_eq!(sessions.count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 302 | 502)));
}
