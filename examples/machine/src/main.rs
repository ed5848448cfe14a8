//! `cargo run -p example-machine`: a program without a user calls an API, with an access token of its own service account, and with one of a
//! gateway. Without settings the provider, the API and the gateway are started, too.
//!
//! With settings it calls the API whose URL is its argument: `cargo run -p example-machine -- https://api.example.com/orders`.
//!
//! | the token is from | settings |
//! |---|---|
//! | ZITADEL | `ZITADEL_DOMAIN` and `ZITADEL_SERVICE_ACCOUNT_…` |
//! | a gateway | `GATEWAY_URL`, its origin, and `GATEWAY_SECRET_FILE`, a file with the secret that this program has there |

mod development;
mod gateway_tokens;

use std::{env, error::Error, fs, process::ExitCode};

use example_start::{log, runtime};
use reqwest_middleware::ClientBuilder;
use url::Url;
use zitadel_axum::{
    Config,
    core::{ServiceAccount, TokenSource},
};
use zitadel_reqwest::BearerAuth;

use crate::{development::Development, gateway_tokens::GatewayTokens};

fn main() -> ExitCode {
    example_start::main(|| {
        log();
        runtime()?.block_on(run(env::args().nth(1))).map_err(|error| error.to_string())
    })
}

async fn run(url: Option<String>) -> Result<(), Box<dyn Error>> {
    match (url, gateway()?) {
        (Some(url), Some(tokens)) => call(tokens, &url, "with a token of the gateway").await,
        (Some(url), None) => {
            call(ServiceAccount::from_config(Config::from_env()?)?, &url, "as the service account").await
        }
        (None, None) if zitadel_emulator::is_wanted() => {
            let development = Development::start().await?;
            let account = ServiceAccount::from_config(development.config.clone())?;
            call(account, &development.url, "as the service account").await?;
            let tokens = GatewayTokens::new(&development.gateway, &development.gateway_secret)?;
            call(tokens, &development.url, "with a token of the gateway").await
        }
        (None, _) => Err("give the URL of the API to call: cargo run -p example-machine -- https://…".into()),
    }
}

/// The gateway that is configured, if one is.
fn gateway() -> Result<Option<GatewayTokens>, Box<dyn Error>> {
    let value = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let Some(url) = value("GATEWAY_URL") else { return Ok(None) };
    let url = Url::parse(url.trim()).map_err(|error| format!("GATEWAY_URL: is not a URL: {error}"))?;
    if url.scheme() != "https" && !["localhost", "127.0.0.1", "[::1]"].contains(&url.host_str().unwrap_or_default()) {
        return Err("GATEWAY_URL: is not https, and not on this machine".into());
    }
    let path = value("GATEWAY_SECRET_FILE").ok_or("GATEWAY_SECRET_FILE: is missing; set the path of a file")?;
    let secret = fs::read_to_string(path).map_err(|error| format!("GATEWAY_SECRET_FILE: {}", error.kind()))?;
    Ok(Some(GatewayTokens::new(&url.origin().ascii_serialization(), secret.trim_end_matches(['\r', '\n']))?))
}

async fn call(tokens: impl TokenSource, url: &str, how: &str) -> Result<(), Box<dyn Error>> {
    let url = Url::parse(url).map_err(|error| format!("the argument is not a URL: {error}"))?;

    // One client for the whole program. The token goes to this origin and to no other one.
    let auth = BearerAuth::to([url.origin().ascii_serialization()])?.with(tokens);
    let client = ClientBuilder::new(reqwest::Client::new()).with(auth).build();

    let without = reqwest::get(url.clone()).await?;
    print(&format!("GET {url} without a token: {}", without.status()));
    let response = client.get(url.clone()).send().await?;
    print(&format!("GET {url} {how}: {}", response.status()));
    let is_success = response.status().is_success();
    print(&response.text().await?);
    if is_success { Ok(()) } else { Err("the API did not accept the token".into()) }
}

#[expect(clippy::print_stdout, reason = "what the program is for")]
fn print(text: &str) {
    println!("{text}");
}
