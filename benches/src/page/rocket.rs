use std::hint::black_box;

use rocket::{Config, config::LogLevel, get, http::Header, local::asynchronous::Client, routes};
use zitadel_rocket::{Bearer, Protected, PublicExt as _, User};

use super::{Case, HELLO, URI};
use crate::Sample;

#[get("/profile")]
const fn bare() -> &'static str {
    HELLO
}

#[get("/profile")]
#[expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]
fn protected(user: User) -> &'static str {
    if user.subject().is_empty() { "" } else { HELLO }
}

#[get("/profile")]
#[expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]
fn public(user: Option<User>) -> &'static str {
    if user.is_some() { "" } else { HELLO }
}

#[get("/profile")]
#[expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]
fn bearer(caller: Bearer) -> &'static str {
    if caller.subject().is_empty() { "" } else { HELLO }
}

pub(super) fn page(case: Case, sample: &Sample) -> Box<dyn FnMut()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let quiet = rocket::custom(Config { log_level: LogLevel::Off, ..Config::release_default() });
    let guarded = Protected::new(sample.zitadel.clone());
    let rocket = match case {
        Case::Bare | Case::BareAnonymous | Case::BareApi => quiet.mount("/", routes![bare]),
        Case::SignedIn => quiet.attach(guarded.mount("/", routes![protected])),
        Case::Bearer => quiet.attach(guarded.mount("/", routes![bearer].public())),
        Case::BearerProtected => quiet.attach(guarded.mount("/", routes![bare])),
        Case::Anonymous => quiet.attach(guarded.mount("/", routes![public].public())),
    };
    let client = runtime.block_on(Client::untracked(rocket)).unwrap();
    let headers = case.headers(sample);
    Box::new(move || {
        let request = headers
            .iter()
            .fold(client.get(URI), |request, (name, value)| request.header(Header::new(*name, value.clone())));
        let response = runtime.block_on(request.dispatch());
        assert_eq!(response.status().code, 200);
        black_box(&response);
    })
}
