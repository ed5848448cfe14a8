//! The same request to every framework's app, and the same answer: status, headers, body.
//!
//! What behaviours cannot see, because each asks only what it is about. axum's answer is what the others are held to;
//! where a framework cannot give it, the request says so, with the line of the README that tells people why.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a broken expectation ends the test")]

#[path = "parity/ask.rs"]
mod ask;
#[path = "parity/place.rs"]
mod place;

use std::collections::{BTreeMap, BTreeSet};

use ask::{Ask, Instead};
use behaviours::{Setup, subject};
use place::{Place, Shown};

macro_rules! places {
    ($setup:expr, $($framework:ident)*) => {
        vec![$(Place { name: subject::$framework::NAME, app: subject::$framework::with($setup).await }),*]
    };
}

/// The first is what the others are held to.
async fn places(setup: fn() -> Setup) -> Vec<Place> {
    places!(setup(), axum actix rocket)
}

/// What is different at this place, in words.
fn difference(expected: &Shown, shown: &Shown) -> Option<String> {
    let mut told = Vec::new();
    if expected.status != shown.status {
        told.push(format!("status {} and not {}", shown.status, expected.status));
    }
    for name in expected.headers.keys().chain(shown.headers.keys()).collect::<BTreeSet<_>>() {
        let (theirs, ours) = (expected.headers.get(name), shown.headers.get(name));
        if theirs != ours {
            told.push(format!("`{name}`: {ours:?} and not {theirs:?}"));
        }
    }
    if expected.body != shown.body {
        let lines = |text: &str| text.lines().map(str::to_owned).chain([String::new()]).collect::<Vec<_>>();
        let (theirs, ours) = (lines(&expected.body), lines(&shown.body));
        let at =
            theirs.iter().zip(&ours).position(|(one, other)| one != other).unwrap_or(theirs.len().min(ours.len()) - 1);
        told.push(format!("body, line {}: {:?} and not {:?}", at + 1, ours[at], theirs[at]));
    }
    (!told.is_empty()).then(|| told.join("; "))
}

/// A request, as a person wants to read it when it went wrong.
fn in_words(ask: &Ask) -> String {
    let short = |text: &str| text.chars().take(80).collect::<String>();
    let headers = ask.headers.iter().map(|(name, value)| format!("{name}: {}", short(&String::from_utf8_lossy(value))));
    let headers: Vec<_> = headers.collect();
    format!("{} by {}, {headers:?}, {:?}", short(&ask.line), ask.person.unwrap_or("nobody"), short(&ask.body))
}

async fn all_alike(places: &[Place], asks: &[Ask]) {
    assert_eq!(places.iter().map(|place| place.name).collect::<Vec<_>>(), ["axum", "actix", "rocket"]);
    let mut wrong = Vec::new();
    for ask in asks {
        let expected = places[0].asked(ask).await;
        assert!(expected.status >= 200, "no answer: {}", in_words(ask));
        for place in &places[1..] {
            let shown = place.asked(ask).await;
            let known = ask.otherwise.iter().find(|known| known.framework == place.name);
            let told = match (known, difference(&place.like(expected.clone(), &shown), &shown)) {
                (None, difference) => difference,
                (Some(known), None) => Some(format!("is equal now: take {:?} out", known.told)),
                (Some(known), Some(_)) => match known.instead {
                    Instead::Status(status) if status == shown.status => None,
                    Instead::Status(status) => Some(format!("status {} and not {status}", shown.status)),
                    Instead::As(line) => {
                        let there = place.asked(&ask.instead(line)).await;
                        difference(&there.without_way_back(), &shown.without_way_back())
                    }
                },
            };
            if let Some(told) = told {
                wrong.push(format!("{}: {}: {told}", place.name, in_words(ask)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_route_is_the_same_everywhere() {
    all_alike(&places(Setup::new).await, &ask::routes()).await;
}

#[tokio::test]
async fn unknown_and_odd_addresses_are_the_same_everywhere() {
    all_alike(&places(Setup::new).await, &ask::spellings()).await;
}

#[tokio::test]
async fn methods_that_are_not_there_are_refused_alike_everywhere() {
    all_alike(&places(Setup::new).await, &ask::methods()).await;
}

#[tokio::test]
async fn forms_are_taken_and_refused_alike_everywhere() {
    all_alike(&places(Setup::new).await, &ask::forms()).await;
}

#[tokio::test]
async fn odd_and_repeated_headers_are_read_alike_everywhere() {
    all_alike(&places(Setup::new).await, &ask::headers()).await;
}

#[tokio::test]
async fn trouble_with_the_provider_is_told_alike_everywhere() {
    all_alike(&places(|| Setup::new().provider_is_down()).await, &ask::trouble()).await;
}

#[test]
fn there_are_more_than_enough_requests_and_every_difference_is_in_the_readme() {
    let asks = [ask::routes(), ask::spellings(), ask::methods(), ask::forms(), ask::headers(), ask::trouble()].concat();
    let readme = include_str!("../../README.md");
    assert!(
        asks.len() >= 60 && readme.contains(&format!("The same {} requests", asks.len())),
        "{} requests",
        asks.len()
    );
    let told = asks.iter().flat_map(|ask| &ask.otherwise).map(|known| known.told).chain(ask::EVERYWHERE);
    let untold: BTreeSet<_> = told.filter(|told| !readme.contains(&format!("\n| {told} |"))).collect();
    assert!(untold.is_empty(), "not in the README's table: {untold:#?}");
}

#[test]
fn a_difference_is_noticed() {
    let headers = BTreeMap::from([("vary".to_owned(), vec!["Cookie".to_owned()])]);
    let one = Shown { status: 200, headers, body: "a\nb".to_owned() };
    assert_eq!(difference(&one, &one), None);
    for other in [
        Shown { status: 302, ..one.clone() },
        Shown { headers: BTreeMap::new(), ..one.clone() },
        Shown { headers: [("vary".to_owned(), vec!["Cookie".to_owned(); 2])].into(), ..one.clone() },
        Shown { body: "a\nc".to_owned(), ..one.clone() },
        Shown { body: "a\nb\n".to_owned(), ..one.clone() },
        Shown { body: "a".to_owned(), ..one.clone() },
    ] {
        assert!(difference(&one, &other).is_some(), "{other:?}");
    }
}
