//! `cargo run -p example-machine`: a service account calls an API. Without settings the provider and the API are started, too.
//!
//! With `ZITADEL_DOMAIN` and `ZITADEL_SERVICE_ACCOUNT_…` it calls the API whose URL is its argument:
//! `cargo run -p example-machine -- https://api.example.com/orders`.

mod development;

use std::{error::Error, process::ExitCode};

use example_start::log;
use reqwest_middleware::ClientBuilder;
use url::Url;
use zitadel_axum::{Config, core::ServiceAccount};
use zitadel_reqwest::BearerAuth;

use crate::development::Development;

fn main() -> ExitCode {
    example_start::main(|| {
        log();
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("the tokio runtime cannot be created: {error}"))?
            .block_on(run(std::env::args().nth(1)))
            .map_err(|error| error.to_string())
    })
}

async fn run(url: Option<String>) -> Result<(), Box<dyn Error>> {
    match url {
        Some(url) => call(Config::from_env()?, &url).await,
        None if zitadel_emulator::is_wanted() => {
            let development = Development::start().await?;
            call(development.config.clone(), &development.url).await
        }
        None => Err("give the URL of the API to call: cargo run -p example-machine -- https://…".into()),
    }
}

async fn call(config: Config, url: &str) -> Result<(), Box<dyn Error>> {
    let url = Url::parse(url).map_err(|error| format!("the argument is not a URL: {error}"))?;

    // One client for the whole program. The token goes to this origin and to no other one.
    let account = ServiceAccount::from_config(config)?;
    let auth = BearerAuth::to([url.origin().ascii_serialization()])?.with(account);
    let client = ClientBuilder::new(reqwest::Client::new()).with(auth).build();

    let without = reqwest::get(url.clone()).await?;
    print(&format!("GET {url} without a token: {}", without.status()));
    let response = client.get(url.clone()).send().await?;
    print(&format!("GET {url} as the service account: {}", response.status()));
    let is_success = response.status().is_success();
    print(&response.text().await?);
    if is_success { Ok(()) } else { Err("the API did not accept the token".into()) }
}

#[expect(clippy::print_stdout, reason = "what the program is for")]
fn print(text: &str) {
    println!("{text}");
}
