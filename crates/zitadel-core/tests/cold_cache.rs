//! Many people at once, and nothing known of the provider yet: it is asked once.

mod support;

use support::World;
use zitadel_emulator::EndpointName;

const CROWD: usize = 50;

#[tokio::test]
async fn fifty_sign_ins_at_once_fetch_one_discovery_document() {
    let world = World::new();
    let crowd: Vec<_> = (0..CROWD)
        .map(|_| {
            let mut browser = world.browser();
            tokio::spawn(async move { browser.begin("/profile").await })
        })
        .collect();
    for one in crowd {
        one.await.unwrap();
    }
    assert_eq!(world.emulator.count(EndpointName::Discovery), 1);
    assert_eq!(world.emulator.count(EndpointName::Keys), 0, "nobody needs keys yet");
}

#[tokio::test]
async fn fifty_callbacks_at_once_in_a_process_that_just_started_fetch_one_document_and_one_key_set() {
    let world = World::new();
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        let mut browser = world.browser();
        let authorize = browser.begin("/profile").await;
        let back = world.emulator.authorize_as(&authorize, "alice");
        crowd.push((browser, back));
    }
    world.emulator.clear_requests();
    let fresh = world.restarted(&[]);
    let crowd: Vec<_> = crowd
        .into_iter()
        .map(|(mut browser, back)| {
            browser.zitadel = fresh.zitadel.clone();
            tokio::spawn(async move { browser.callback(&back).await.status })
        })
        .collect();
    for one in crowd {
        assert_eq!(one.await.unwrap(), 302);
    }
    assert_eq!(world.emulator.count(EndpointName::Token), CROWD);
    assert_eq!(world.emulator.count(EndpointName::Discovery), 1);
    assert_eq!(world.emulator.count(EndpointName::Keys), 1);
}
