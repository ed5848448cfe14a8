//! The same request to the application of every framework, and the same response: status, headers, body.
//!
//! Behaviours assert only what they are about; here whole responses are compared. axum's response is the reference. Where
//! a framework cannot give the same one, the request has an exception, with the row of docs/differences.md that explains
//! it.
#![expect(clippy::indexing_slicing, reason = "a broken expectation ends the test")]

mod app;
mod differences;
mod request;
mod requests;
mod response;

use std::collections::BTreeSet;

use app::App;
use behaviours::{Setup, subject};
use request::{Expected, ParityRequest};

macro_rules! apps {
    ($start:ident, $setup:expr, $($framework:ident)*) => {
        vec![$(App { framework: subject::$framework::NAME, subject: subject::$framework::$start($setup).await }),*]
    };
}

/// The samples. The first is the reference.
async fn samples(setup: fn() -> Setup) -> Vec<App> {
    apps!(with, setup(), axum actix rocket)
}

/// The minimal applications. The first is the reference.
async fn minimal_apps() -> Vec<App> {
    apps!(minimal, Setup::new(), axum actix rocket)
}

/// A request for a message.
fn describe(request: &ParityRequest) -> String {
    let short = |text: &str| text.chars().take(80).collect::<String>();
    let headers = request.headers.iter();
    let headers: Vec<_> =
        headers.map(|(name, value)| format!("{name}: {}", short(&String::from_utf8_lossy(value)))).collect();
    let user = request.user.unwrap_or("an anonymous user");
    format!("{} by {user}, {headers:?}, {:?}", short(&request.line), short(&request.body))
}

/// What is wrong with the response of an application to a request, where the reference gives `reference`.
async fn problem(app: &App, request: &ParityRequest, reference: &response::Response) -> Option<String> {
    let actual = app.send(request).await;
    let exception = request.exceptions.iter().find(|exception| exception.framework == app.framework);
    let difference = reference.clone().expected_of(app.framework, &actual).difference(&actual);
    let Some(exception) = exception else { return difference };
    if difference.is_none() {
        return Some(format!("no longer differs: remove the exception {:?}", exception.row));
    }
    match exception.expected {
        Expected::Status(status) if status == actual.status => None,
        Expected::Status(status) => Some(format!("status {} instead of {status}", actual.status)),
        Expected::As(line) => {
            let expected = app.send(&request.with_line(line)).await;
            expected.without_return_address().difference(&actual.without_return_address())
        }
    }
}

async fn assert_parity(apps: &[App], requests: &[ParityRequest]) {
    assert_eq!(apps.iter().map(|app| app.framework).collect::<Vec<_>>(), ["axum", "actix", "rocket"]);
    let mut problems = Vec::new();
    for request in requests {
        let reference = apps[0].send(request).await;
        for app in &apps[1..] {
            if let Some(problem) = problem(app, request, &reference).await {
                problems.push(format!("{}: {}: {problem}", app.framework, describe(request)));
            }
        }
    }
    assert!(problems.is_empty(), "{} differences:\n{}", problems.len(), problems.join("\n"));
}

#[tokio::test]
async fn routes_are_the_same() {
    assert_parity(&samples(Setup::new).await, &requests::routes()).await;
}

#[tokio::test]
async fn unknown_and_unusual_paths_are_the_same() {
    assert_parity(&samples(Setup::new).await, &requests::spellings()).await;
}

#[tokio::test]
async fn unsupported_methods_are_the_same() {
    assert_parity(&samples(Setup::new).await, &requests::methods()).await;
}

#[tokio::test]
async fn forms_are_the_same() {
    assert_parity(&samples(Setup::new).await, &requests::forms()).await;
}

#[tokio::test]
async fn unusual_and_repeated_headers_are_the_same() {
    assert_parity(&samples(Setup::new).await, &requests::headers()).await;
}

#[tokio::test]
async fn responses_without_the_provider_are_the_same() {
    assert_parity(&samples(|| Setup::new().provider_is_down()).await, &requests::without_provider()).await;
}

#[tokio::test]
async fn routes_of_a_minimal_application_are_the_same() {
    assert_parity(&minimal_apps().await, &requests::minimal()).await;
}

#[test]
fn table_of_differences_has_exactly_the_rows_of_the_exceptions() {
    let requests = requests::all();
    let exceptions = requests.iter().flat_map(|request| &request.exceptions).map(|exception| exception.row);
    let expected: BTreeSet<_> = exceptions.chain([differences::ADDED.row, differences::WITHOUT_ROUTE.row]).collect();
    let documented: BTreeSet<_> = differences::rows().collect();
    assert_eq!(documented, expected, "docs/differences.md, and the exceptions of the requests");
}
