//! Routing guards: which of several routes answers, depending on who is there.
//!
//! They choose, they never protect: where no guard fits, the answer is 404, not a way to sign in. They read what
//! [`authenticate`](crate::authenticate) found out further out, and fit nobody where it is missing. Inside a
//! [`Protected`](crate::Protected) it is always there. A visitor whom the guards of what is filed in it (a route, a
//! resource, a scope) do not fit is sent to sign in; within a public resource or scope there is nothing behind the
//! last route, so that the answer is 405 or 404.
//!
//! One address, two pages; what a visitor may see is public, so both are:
//!
//! ```
//! use actix_web::web;
//! use zitadel_actix::{Protected, PublicExt as _, User, Zitadel, guard};
//!
//! async fn dashboard(user: User) -> String {
//!     format!("Hello {}", user.subject())
//! }
//!
//! async fn landing() -> &'static str {
//!     "Sign in to see your dashboard"
//! }
//!
//! # fn app(zitadel: Zitadel) -> Protected {
//! Protected::new(zitadel).service(
//!     web::resource("/")
//!         .route(web::get().guard(guard::signed_in()).to(dashboard))
//!         .route(web::get().to(landing))
//!         .public(),
//! )
//! # }
//! ```

use std::rc::Rc;

use actix_web::guard::{Guard, GuardContext};
use zitadel_core::{Required, Visitor};

/// Fits requests of signed-in users.
#[must_use = "a guard does nothing until a route has it"]
pub fn signed_in() -> impl Guard {
    Is(Required::User)
}

/// Fits requests of users who hold this role.
#[must_use = "a guard does nothing until a route has it"]
pub fn has_role(key: &'static str) -> impl Guard {
    Is(Required::Role(key))
}

struct Is(Required<'static>);

impl Guard for Is {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        context.req_data().get::<Rc<Visitor>>().is_some_and(|visitor| visitor.admitted(self.0).is_some())
    }
}

/// Set for visitors where the application has no route of the request's path.
pub(crate) struct UnknownPath;

/// The way into the closed side of a [`Protected`](crate::Protected). Unknown paths leave here, so that they are 404 for
/// everyone. What is let in still has to pass `require_user`: a mistake here hides a page and opens none.
pub(crate) fn known_or_signed_in() -> impl Guard {
    KnownOrSignedIn
}

struct KnownOrSignedIn;

impl Guard for KnownOrSignedIn {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        context.req_data().get::<UnknownPath>().is_none() || Is(Required::User).check(context)
    }
}
