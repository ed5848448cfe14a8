//! Discovery documents and key sets.

use super::{
    provider::{DISCOVERY, ISSUER, KEYS, Recorded},
    recorded::{Kind, named, of_kind},
};
use crate::support::Log;

#[tokio::test]
async fn every_recorded_discovery_document_makes_an_application_ready_that_expects_its_issuer() {
    let mut documents = 0;
    for document in of_kind(Kind::Discovery) {
        let issuer = document.text("issuer");
        let expected = if issuer.is_empty() { ISSUER } else { &issuer };
        let application = Recorded::with_issuer(expected, "1", named("discovery").time);
        application.forget(DISCOVERY);
        application.answer(DISCOVERY, &document);
        let ready = application.zitadel.readiness().await;
        assert_eq!(ready.status, if document.status == 200 { 200 } else { 503 }, "{}: {}", document.name, ready.body);

        let other = Recorded::with_issuer("https://other.example", "1", named("discovery").time);
        other.forget(DISCOVERY);
        other.answer(DISCOVERY, &document);
        assert_eq!(other.zitadel.readiness().await.status, 503, "{}", document.name);
        documents += usize::from(document.status == 200);
    }
    assert!(documents > 4, "{documents}");
}

/// How many keys of a key set the engine can use; from the event.
#[tokio::test]
async fn every_key_of_every_recorded_key_set_is_used() {
    for key_set in of_kind(Kind::KeySet) {
        let application = Recorded::application("1", key_set.time);
        application.forget(KEYS);
        application.answer(KEYS, &key_set);
        let log = Log::collect();
        assert_eq!(application.zitadel.readiness().await.status, 200, "{}", key_set.name);
        let count = key_set.json()["keys"].as_array().map_or(0, Vec::len);
        let event = log.event("keys_fetched");
        assert!(count > 0 && event.contains(&format!("keys={count} skipped=0")), "{}: {event}", key_set.name);
    }
}
