//! `zitadel-gateway check`: verifies the settings against the live provider, and says what to change where.
//!
//! It logs nobody in and changes nothing: it reads the discovery document and the key set, asks the authorization, end-session, token
//! and introspection endpoints questions whose refusals differ, gets a token for the service account, and writes one value to the
//! store, which it removes. What cannot be known in this way is reported as unknown, and never as right.
//!
//! It is a client of its own, with the transport that the gateway has (proxies, root certificates, limits), but with requests and
//! judgments that the engine has no part in; only client assertions and tokens of the service account come from the engine.

mod client;
mod clock;
mod code;
mod discovery;
mod provider;
mod proxy;
mod redirect_uris;
mod report;
mod service_account;
mod session;
mod spa;
mod store;
mod tokens;

use std::{env, fmt, fs, process::ExitCode, sync::Arc};

use clap::Args;
use url::Url;
use zitadel_axum::core::{
    config::env as variables,
    environment::{Clock, ReqwestTransport, RootCertificates, SystemClock, Transport},
};

pub use self::{
    code::{Code, Severity},
    report::{Finding, exit_status, to_json, to_text},
};
use self::{provider::Provider, report::Report};
use crate::{args::ServeArgs, settings::Settings};

/// The options of `zitadel-gateway check`: those of the gateway that is checked, and how to print.
#[derive(Args, Clone, Debug, Default)]
#[non_exhaustive]
pub struct CheckArgs {
    /// Those of the gateway.
    #[command(flatten)]
    pub serve: ServeArgs,

    /// Prints JSON: `{"findings": [{"code", "severity", "sentence", "change"}], "status"}`
    #[arg(long)]
    pub json: bool,
}

/// What the check reaches the outside with. `Default` is the network and the clock of this machine.
#[derive(Clone)]
pub struct CheckEnvironment {
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
}

impl Default for CheckEnvironment {
    fn default() -> Self {
        Self { transport: None, clock: Arc::new(SystemClock) }
    }
}

impl CheckEnvironment {
    /// Another way to the provider. Default: HTTP, with the root certificates of `ZITADEL_CA_FILE` in addition.
    #[must_use]
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    /// Another clock.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }
}

impl fmt::Debug for CheckEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckEnvironment").finish_non_exhaustive()
    }
}

/// Checks the settings of this process and prints what it finds. The status is 0 without warnings and errors, 1 with warnings, 2
/// with errors.
pub async fn run(args: CheckArgs) -> ExitCode {
    let json = args.json;
    let found = findings(args.serve, |name| env::var(name).ok(), CheckEnvironment::default()).await;
    let text = if json { format!("{:#}\n", to_json(&found)) } else { to_text(&found) };
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    {
        print!("{text}");
    }
    report::exit_code(&found)
}

/// Checks settings: options, and variables by name.
pub async fn findings(
    args: ServeArgs,
    variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    environment: CheckEnvironment,
) -> Vec<Finding> {
    let mut report = Report::default();
    let settings = match Settings::new(args, &variable) {
        Ok(settings) => settings,
        Err(problems) => {
            for problem in problems.problems() {
                report.add(Code::SettingsInvalid, problem);
            }
            report.add(Code::NotChecked, "ZITADEL was not asked: first, the settings must be complete.");
            return report.into_findings();
        }
    };
    report.add(Code::SettingsOk, "All settings can be read.");
    let transport = environment.transport.unwrap_or_else(|| transport(&variable));
    let context = Context { settings, variable: Box::new(variable), transport, clock: environment.clock };
    check_provider(&context, &mut report).await;
    session::check(&context, &mut report);
    store::check(&context, &mut report).await;
    proxy::check(&context, &mut report);
    spa::check(&context, &mut report);
    report.into_findings()
}

async fn check_provider(context: &Context, report: &mut Report) {
    let issuer = context.settings.config.issuer();
    let Ok(issuer_url) = Url::parse(issuer) else { return };
    let internal = context.variable(variables::ZITADEL_INTERNAL_URL).and_then(|text| Url::parse(text.trim()).ok());
    let provider = Provider { issuer: issuer_url, internal, transport: context.transport.clone() };
    let Some(metadata) = discovery::check(&provider, issuer, context, report).await else {
        report
            .add(Code::NotChecked, "The application, its tokens and the service account need the discovery document.");
        return;
    };
    redirect_uris::check(context, &provider, &metadata, report).await;
    client::check(context, &provider, &metadata, report).await;
    tokens::check(context, &provider, &metadata, report).await;
    service_account::check(context, &provider, &metadata, report).await;
}

/// The settings are valid, so the file has certificates; if it was removed since, those of the system are left.
fn transport(variable: &impl Fn(&str) -> Option<String>) -> Arc<dyn Transport> {
    let path = variable(variables::ZITADEL_CA_FILE).filter(|path| !path.is_empty());
    let pem = path.and_then(|path| fs::read(path).ok());
    let transport = ReqwestTransport::new();
    match pem.and_then(|pem| RootCertificates::from_pem(&pem).ok()) {
        Some(certificates) => Arc::new(transport.root_certificates(certificates)),
        None => Arc::new(transport),
    }
}

/// The value of a variable, by its name.
type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What every check may use.
struct Context {
    settings: Settings,
    variable: Box<Variable>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl Context {
    /// The value of a variable; one that is empty counts as not set.
    fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.trim().is_empty())
    }

    /// The value of a variable, or of the file that the variable with `_FILE` names.
    fn secret(&self, name: &str) -> Option<String> {
        let from_file = || {
            let path = self.variable(&format!("{name}_FILE"))?;
            let text = fs::read_to_string(path).ok()?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        };
        self.variable(name).or_else(from_file)
    }

    fn client_id(&self) -> &str {
        self.settings.config.login_client().map_or("", |client| client.id())
    }

    fn redirect_uri(&self) -> Option<String> {
        let uri = self.variable(variables::ZITADEL_CALLBACK_URL);
        uri.or_else(|| self.variable(variables::ZITADEL_REDIRECT_URL)).map(|uri| uri.trim().to_owned())
    }

    /// The scopes of a login, separated by one space.
    fn login_scopes(&self) -> String {
        let default = || {
            let scopes = variables::ALL.iter().find(|known| known.name == variables::ZITADEL_SCOPES);
            scopes.and_then(|known| known.default).unwrap_or_default().to_owned()
        };
        let scopes = self.variable(variables::ZITADEL_SCOPES).unwrap_or_else(default);
        scopes.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
