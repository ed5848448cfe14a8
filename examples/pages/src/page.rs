//! One struct per template; `notice.html` is every page with a short message and a button.

use std::borrow::Cow;

use askama::Template;
use zitadel_core::{ErrorPage, User};

use crate::view::{Fact, Grant, Moment, Person, Session, UserSession};

/// Inlined into every page; see `csp.rs`.
pub(crate) const STYLE: &str = include_str!("../templates/style.css");
/// Inlined into every page; optional, every page works without it.
pub(crate) const SCRIPT: &str = include_str!("../templates/script.js");
/// The role that `/admin` requires.
const ADMIN: &str = "admin";

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    pub(crate) person: Option<Person>,
}

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct Login<'a> {
    pub(crate) callback_url: Option<&'a str>,
    pub(crate) error: Option<ErrorPage>,
}

#[derive(Template)]
#[template(path = "profile.html")]
pub(crate) struct Profile {
    pub(crate) person: Person,
    pub(crate) updated: Option<Moment>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) metadata: Vec<Fact>,
    pub(crate) claims: Vec<Fact>,
    /// `None` for a user who was authenticated without a session.
    pub(crate) session: Option<Session>,
    /// None if sessions are kept in cookies.
    pub(crate) sessions: Vec<UserSession>,
}

impl Profile {
    pub(crate) fn new(user: &User, sessions: &[zitadel_core::UserSession]) -> Self {
        let claims = user.session().map(zitadel_core::SessionInfo::id_token_claims).unwrap_or_default();
        Self {
            person: Person::new(user),
            updated: user.updated_at().map(Moment::new),
            grants: Grant::all(user),
            metadata: user.metadata().map(|(key, value)| Fact::from_bytes(key, value)).collect(),
            claims: claims.iter().map(|(name, value)| Fact::from_claim(name, value)).collect(),
            session: user.session().map(Session::new),
            sessions: sessions.iter().map(UserSession::new).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "admin.html")]
pub(crate) struct Admin {
    pub(crate) person: Person,
    /// The grants of the role `admin`: any one of them is enough.
    pub(crate) keys: Vec<Grant>,
    pub(crate) others: Vec<Grant>,
}

impl Admin {
    pub(crate) fn from_user(user: &User) -> Self {
        Self::new(Person::new(user), Grant::all(user))
    }

    pub(crate) fn new(person: Person, grants: Vec<Grant>) -> Self {
        let (keys, others) = grants.into_iter().partition(|grant| grant.role == ADMIN);
        Self { person, keys, others }
    }
}

/// A form to ZITADEL, submitted by the script or by its button.
#[derive(Template)]
#[template(path = "end_session.html")]
pub(crate) struct EndSession<'a> {
    pub(crate) action: &'a str,
    pub(crate) fields: Vec<(&'a str, &'a str)>,
}

/// A short message and a button.
#[derive(Template)]
#[template(path = "notice.html")]
pub(crate) struct Notice {
    /// Above the heading, for example `Error 403`.
    pub(crate) label: String,
    pub(crate) title: &'static str,
    pub(crate) message: Cow<'static, str>,
    pub(crate) tone: Tone,
    /// From the closed list of [`ErrorPage`]; for developers.
    pub(crate) code: Option<&'static str>,
    pub(crate) incident: Option<String>,
    /// Target and text of the main button.
    pub(crate) next_step: (String, &'static str),
    /// Text of the logout button; `None` where a logout would not help.
    pub(crate) logout: Option<&'static str>,
}

/// The color of a notice.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Success,
    Error,
    Neutral,
}

impl Notice {
    pub(crate) fn from_page(page: &ErrorPage) -> Self {
        let next_step = match page.retry_url().filter(|path| is_local(path)) {
            Some(path) => (path.to_owned(), "Start again"),
            None => ("/".to_owned(), "Go to the start page"),
        };
        Self {
            label: format!("Error {}", page.status()),
            title: page.title(),
            message: page.message().to_owned().into(),
            tone: Tone::Error,
            code: Some(page.code()).filter(|code| *code != "unknown"),
            incident: page.incident().map(str::to_owned),
            next_step,
            logout: (page.code() == "forbidden").then_some("Sign out"),
        }
    }

    pub(crate) fn from_code(code: &str) -> Self {
        let page = ErrorPage::from_code(code);
        Self {
            label: "Sign-in failed".to_owned(),
            next_step: ("/auth/login".to_owned(), "Start again"),
            ..Self::from_page(&page)
        }
    }

    pub(crate) fn logout() -> Self {
        Self {
            label: "Sign-out".to_owned(),
            title: "Do you want to sign out?",
            message: "Your session ends here and, as far as it supports that, at the identity provider.".into(),
            tone: Tone::Neutral,
            next_step: ("/".to_owned(), "Stay signed in"),
            logout: Some("Sign out"),
            ..Self::not_found()
        }
    }

    pub(crate) fn logged_out() -> Self {
        Self {
            label: "Good-bye".to_owned(),
            title: "You are signed out",
            message: "Your session has ended. If you share this computer, you can leave it now.".into(),
            tone: Tone::Success,
            ..Self::not_found()
        }
    }

    /// The application's own session has ended already when ZITADEL redirects back; every message says so first.
    pub(crate) fn logout_error(reason: &str) -> Self {
        let message = match reason {
            "state_mismatch" => {
                "Your session here has ended. The response from ZITADEL does not belong to a sign-out that was started in \
                 this browser, so it is not known whether you are signed out there, too."
            }
            "store_unavailable" => {
                "Your session here has ended. The other servers of this site could not be told, and you may \
                 still be signed in at ZITADEL. Sign in and out again in a minute if you share this computer."
            }
            "temporarily_unavailable" | "provider_unavailable" | "server_error" => {
                "Your session here has ended. ZITADEL could not be reached, so you may still be signed in there. Try \
                 again in a minute if you share this computer."
            }
            _ => {
                "Your session here has ended. Whether you are also signed out at ZITADEL could not be confirmed. Close \
                 the browser if you share this computer."
            }
        };
        let page = ErrorPage::from_code(reason);
        Self {
            label: "Sign-out".to_owned(),
            title: "Sign-out was not confirmed",
            message: message.into(),
            tone: Tone::Error,
            code: Some(page.code()).filter(|code| *code != "unknown"),
            logout: Some("Sign out again"),
            ..Self::not_found()
        }
    }

    pub(crate) fn not_found() -> Self {
        Self {
            label: "Error 404".to_owned(),
            title: "Page not found",
            message: "The address may be mistyped, or the page has moved.".into(),
            tone: Tone::Neutral,
            code: None,
            incident: None,
            next_step: ("/".to_owned(), "Go to the start page"),
            logout: None,
        }
    }
}

/// The engine returns local paths only. Checked again, because a link to another site would be dangerous.
pub(crate) fn is_local(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\t', '\r', '\n'])
}
