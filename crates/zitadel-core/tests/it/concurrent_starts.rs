//! Many requests at once in a process that knows nothing about the provider yet: each document is fetched once.

use zitadel_emulator::EndpointName;

use crate::support::App;

const REQUESTS: usize = 50;

#[tokio::test]
async fn concurrent_logins_fetch_the_metadata_once() {
    let app = App::new();
    let requests: Vec<_> = (0..REQUESTS)
        .map(|_| {
            let mut browser = app.browser();
            tokio::spawn(async move { browser.start_login("/profile").await })
        })
        .collect();
    for request in requests {
        request.await.unwrap();
    }
    assert_eq!(app.emulator.count(EndpointName::Discovery), 1);
    assert_eq!(app.emulator.count(EndpointName::Keys), 0, "keys are not needed yet");
}

#[tokio::test]
async fn concurrent_callbacks_after_a_restart_fetch_metadata_and_keys_once() {
    let app = App::new();
    let mut callbacks = Vec::new();
    for _ in 0..REQUESTS {
        let mut browser = app.browser();
        let callback = browser.authorize_as("alice").await;
        callbacks.push((browser, callback));
    }
    app.emulator.clear_requests();
    let restarted = app.restarted(&[]);
    let requests: Vec<_> = callbacks
        .into_iter()
        .map(|(mut browser, callback)| {
            browser.zitadel = restarted.clone();
            tokio::spawn(async move { browser.callback(&callback).await.status })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), 302);
    }
    assert_eq!(app.emulator.count(EndpointName::Token), REQUESTS);
    assert_eq!(app.emulator.count(EndpointName::Discovery), 1);
    assert_eq!(app.emulator.count(EndpointName::Keys), 1);
}
