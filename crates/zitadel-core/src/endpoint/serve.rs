//! The paths, methods and bodies of the engine's endpoints, and which flow serves each.

use std::sync::Arc;

use super::Endpoint;
use crate::{
    answer::{ErrorCode, ErrorPage, html, login_pages},
    config::LoginConfig,
    engine::LoginEngine,
    flow::{back_channel_logout, callback, form, login, logout, logout_callback, session_endpoint, step_up, user_info},
    http::{Reply, RequestHead, same_origin},
    protocol::LoginOptions,
    session::Session,
    telemetry::{self, Flow},
};

impl Endpoint {
    const ALL: [Self; 12] = [
        Self::Login,
        Self::LoginPost,
        Self::StepUp,
        Self::Callback,
        Self::Logout,
        Self::LogoutCallback,
        Self::BackChannelLogout,
        Self::UserInfo,
        Self::Session,
        Self::Error,
        Self::LoggedOut,
        Self::LogoutError,
    ];

    /// Where it is mounted; `None` if a page of the application takes its place.
    fn path(self, config: &LoginConfig) -> Option<&str> {
        let (paths, pages) = (&config.paths, &config.pages);
        let built_in = |page: &Option<String>, path| page.is_none().then_some(path);
        let path: &String = match self {
            // With a login page of the application elsewhere, this stays the link that logs in without a page.
            Self::Login => (pages.login_path.as_deref() != Some(&paths.login)).then_some(&paths.login)?,
            Self::LoginPost => &paths.login_post,
            Self::StepUp => &paths.step_up,
            Self::Callback => &config.callback_path,
            Self::Logout => &paths.logout,
            Self::LogoutCallback => &config.logout_callback_path,
            Self::BackChannelLogout => &paths.back_channel_logout,
            Self::UserInfo => &paths.user_info,
            Self::Session => &paths.session,
            Self::Error => built_in(&pages.error_path, &paths.error)?,
            Self::LoggedOut => built_in(&pages.logged_out_path, &paths.logged_out)?,
            Self::LogoutError => built_in(&pages.logout_error_path, &paths.logout_error)?,
        };
        Some(path)
    }

    /// `HEAD` is not among the methods of a callback: it would consume the pending login, and the response
    /// would not be shown.
    const fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Login | Self::StepUp | Self::Callback | Self::LogoutCallback => &["GET"],
            Self::LoginPost | Self::BackChannelLogout => &["POST"],
            Self::Logout => &["POST", "GET", "HEAD"],
            Self::UserInfo | Self::Session | Self::Error | Self::LoggedOut | Self::LogoutError => &["GET", "HEAD"],
        }
    }

    /// What is measured as; `None` for a page, which waits for nothing.
    const fn flow(self) -> Option<Flow> {
        match self {
            Self::Login | Self::LoginPost | Self::StepUp => Some(Flow::Login),
            Self::Callback => Some(Flow::Callback),
            Self::Logout => Some(Flow::Logout),
            Self::LogoutCallback => Some(Flow::LogoutCallback),
            Self::BackChannelLogout => Some(Flow::BackChannelLogout),
            Self::UserInfo => Some(Flow::UserInfo),
            Self::Session => Some(Flow::Session),
            Self::Error | Self::LoggedOut | Self::LogoutError => None,
        }
    }
}

/// The endpoints of an application and their paths.
pub(crate) fn endpoints(config: &LoginConfig) -> impl Iterator<Item = (Endpoint, &str)> {
    Endpoint::ALL.into_iter().filter_map(|endpoint| Some((endpoint, endpoint.path(config)?)))
}

/// The endpoint at exactly this path. Some adapters ask for every request.
pub(crate) fn match_endpoint(config: &LoginConfig, path: &str) -> Option<Endpoint> {
    Endpoint::ALL.into_iter().find(|endpoint| endpoint.path(config) == Some(path))
}

/// Serves a request to an endpoint. The body is read only where a form is posted: another body may never end (that of a
/// WebSocket is the connection).
pub(crate) async fn serve<B: AsRef<[u8]>>(
    engine: &Arc<LoginEngine>,
    endpoint: Endpoint,
    head: &RequestHead,
    body: impl Future<Output = Option<B>>,
) -> Reply {
    let body = match head.method() {
        "POST" => body.await,
        _ => return measured(engine, endpoint, dispatch(engine, endpoint, head, b"")).await,
    };
    if endpoint == Endpoint::BackChannelLogout {
        // From the provider: without cookies, and without evidence of the same origin.
        let reply = back_channel_logout::back_channel_logout(engine, head, body.as_ref().map(AsRef::as_ref));
        return measured(engine, endpoint, reply).await;
    }
    match body {
        Some(form) => measured(engine, endpoint, dispatch(engine, endpoint, head, form.as_ref())).await,
        None => engine.error_reply(head, ErrorCode::RequestTooLarge),
    }
}

/// Without the time that a client takes to send its form.
async fn measured(engine: &LoginEngine, endpoint: Endpoint, reply: impl Future<Output = Reply>) -> Reply {
    match endpoint.flow() {
        Some(flow) => engine.environment.measure(flow, reply).await,
        None => reply.await,
    }
}

async fn dispatch(engine: &Arc<LoginEngine>, endpoint: Endpoint, head: &RequestHead, form: &[u8]) -> Reply {
    if let Some(reply) = refuse(engine, endpoint, head) {
        return reply;
    }
    if matches!(endpoint, Endpoint::Login | Endpoint::StepUp | Endpoint::Logout)
        && let Some(reply) = engine.redirect_to_own_host(head)
    {
        return reply;
    }
    match endpoint {
        Endpoint::Login => start_login(engine, head, head.query()).await,
        Endpoint::LoginPost => start_login(engine, head, str::from_utf8(form).ok()).await,
        Endpoint::StepUp => step_up::step_up(engine, head).await,
        Endpoint::Callback => callback::callback(engine, head).await.0,
        Endpoint::Logout if head.method() == "POST" => {
            logout::logout(engine, head, form::everywhere(str::from_utf8(form).ok())).await
        }
        Endpoint::Logout => login_pages::confirm_logout_page(&engine.config.pages, &engine.config.paths.logout),
        // Another method than POST, which was refused above.
        Endpoint::BackChannelLogout => engine.json_reply(ErrorCode::MethodNotAllowed),
        Endpoint::LogoutCallback => logout_callback::logout_callback(engine, head).await,
        Endpoint::UserInfo => user_info::user_info(engine, head).await,
        Endpoint::Session => session_endpoint::session(engine, head).await,
        Endpoint::Error => error_page(engine, head, "error"),
        Endpoint::LoggedOut => login_pages::logged_out_page(engine.config.login_path()),
        Endpoint::LogoutError => error_page(engine, head, "reason"),
    }
}

/// The endpoint [`Callback`](Endpoint::Callback), and the session that the browser has since, if this completed a login.
pub(crate) async fn finish_login(engine: &Arc<LoginEngine>, head: &RequestHead) -> (Reply, Option<Arc<Session>>) {
    match refuse(engine, Endpoint::Callback, head) {
        Some(reply) => (reply, None),
        None => engine.environment.measure(Flow::Callback, callback::callback(engine, head)).await,
    }
}

/// The answer to another method, and to an unsafe request from another site.
fn refuse(engine: &LoginEngine, endpoint: Endpoint, head: &RequestHead) -> Option<Reply> {
    let methods = endpoint.methods();
    if !methods.contains(&head.method()) {
        let reply = engine.error_reply(head, ErrorCode::MethodNotAllowed);
        return Some(reply.with("allow", methods.join(", ")));
    }
    if engine.is_cross_site(head) {
        telemetry::cross_site_request_refused(same_origin::is_at_other_origin(head, &engine.config.public_origin));
        return Some(engine.error_reply(head, ErrorCode::CrossSite));
    }
    None
}

async fn start_login(engine: &Arc<LoginEngine>, head: &RequestHead, form: Option<&str>) -> Reply {
    let options = LoginOptions { persistent: form::remember(form), ..LoginOptions::default() };
    login::login(engine, head, &options, form::return_to(form, &engine.config.public_origin)).await
}

/// The page for the code in a parameter of the query.
fn error_page(engine: &LoginEngine, head: &RequestHead, parameter: &str) -> Reply {
    let code = form::value(head.query(), parameter).unwrap_or_default();
    let page = ErrorPage::from_code(&code).with_retry_url(engine.config.login_path().to_owned());
    html::error_page(engine.config.pages.render_error, 200, &page)
}
