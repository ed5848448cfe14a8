//! A page that each framework serves with the adapter, and the same page without it; in process, without a socket.

mod actix;
mod axum;
mod rocket;

use crate::Sample;

const HELLO: &str = "Hello, user whose name takes a few more bytes";
const URI: &str = "/profile?tab=roles";

/// A framework with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framework {
    /// axum
    Axum,
    /// actix-web
    Actix,
    /// Rocket
    Rocket,
}

/// Who requests the page, and what serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Case {
    /// The framework alone, with the headers of a signed-in user.
    Bare,
    /// A protected page whose handler takes the `User`, with a session cookie that is cached, as it is after the first
    /// request of a session.
    SignedIn,
    /// The framework alone, with the headers of an anonymous user.
    BareAnonymous,
    /// A public page without a cookie.
    Anonymous,
    /// The framework alone, with the headers of a program that presents an access token.
    BareApi,
    /// A handler that takes a `Bearer`, which authenticates by itself (in Rocket: below the fairing), with a JWT that was verified
    /// before.
    Bearer,
    /// A protected route whose handler takes nothing, with the same token.
    BearerProtected,
}

impl Framework {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Axum, Self::Actix, Self::Rocket];

    /// Its name in the results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix-web",
            Self::Rocket => "Rocket",
        }
    }

    /// What serves one request, with the status checked.
    #[must_use]
    pub fn page(self, case: Case, sample: &Sample) -> Box<dyn FnMut()> {
        match self {
            Self::Axum => axum::page(case, sample),
            Self::Actix => actix::page(case, sample),
            Self::Rocket => rocket::page(case, sample),
        }
    }
}

impl Case {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Bare,
        Self::SignedIn,
        Self::BareAnonymous,
        Self::Anonymous,
        Self::BareApi,
        Self::Bearer,
        Self::BearerProtected,
    ];

    /// Its name in the results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::SignedIn => "signed-in",
            Self::BareAnonymous => "bare-anonymous",
            Self::Anonymous => "anonymous",
            Self::BareApi => "bare-api",
            Self::Bearer => "bearer",
            Self::BearerProtected => "bearer-protected",
        }
    }

    /// The headers of a browser, with its session or without; or those of a program with an access token.
    fn headers(self, sample: &Sample) -> Vec<(&'static str, String)> {
        if matches!(self, Self::BareApi | Self::Bearer | Self::BearerProtected) {
            return sample.api_headers().into();
        }
        let is_signed_in = matches!(self, Self::Bare | Self::SignedIn);
        sample.headers().into_iter().filter(|(name, _)| is_signed_in || *name != "cookie").collect()
    }
}
