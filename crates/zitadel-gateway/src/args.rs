//! `ServeArgs`: the gateway's own settings as command-line options, each with its variable.
//!
//! Values are texts here and are checked by [`Settings::new`](crate::Settings::new), together with the variables of login, so that one
//! start lists everything that is wrong. An empty value counts as not set.

use clap::Args;

use crate::forward_auth::ForwardAuthArgs;

/// The settings of the gateway itself, as they were given. `Default` sets none.
#[derive(Args, Clone, Debug, Default)]
#[non_exhaustive]
pub struct ServeArgs {
    /// The port to listen on, 0 to 65535; 0 for any free port [default: 8000]
    #[arg(long, env = "PORT", value_name = "PORT")]
    pub port: Option<String>,

    /// The address to listen on: an IP address or `localhost`. With `0.0.0.0` or `::` other machines can connect [default: 127.0.0.1]
    #[arg(long, env = "HOST", value_name = "ADDRESS")]
    pub host: Option<String>,

    /// The origin of a single-page application, `scheme://host[:port]`, https or http on loopback. A login without `callbackUrl`
    /// returns there with a one-time code, and scripts of this origin may redeem it. It must be same-site with the gateway: the
    /// session cookie is sent along
    #[arg(long, env = "SPA_ORIGIN", value_name = "ORIGIN")]
    pub spa_origin: Option<String>,

    /// Compatibility with ZitAuth: `true` sends the access token to the single-page application in the fragment of the URL, where
    /// the browser's history and every script of the page can read it, instead of a one-time code [default: false]
    #[arg(
        long,
        env = "DANGER_TOKEN_IN_FRAGMENT",
        value_name = "BOOL",
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub danger_token_in_fragment: Option<String>,

    /// The path of a JSON file that lists who may ask for machine tokens, with which audiences and scopes; the README of the crate
    /// describes it. Needs a service account with a key or a secret (ZITADEL_SERVICE_ACCOUNT_…). Without the file nobody gets one
    #[arg(long, env = "MACHINE_TOKEN_CALLERS_FILE", value_name = "PATH")]
    pub machine_token_callers_file: Option<String>,

    /// Compatibility with ZitAuth: `true` gives every client a machine token with the scopes of the service account
    /// [default: false]
    #[arg(
        long,
        env = "DANGER_OPEN_MACHINE_TOKEN",
        value_name = "BOOL",
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub danger_open_machine_token: Option<String>,

    /// Forward-auth.
    #[command(flatten)]
    pub forward_auth: ForwardAuthArgs,
}
