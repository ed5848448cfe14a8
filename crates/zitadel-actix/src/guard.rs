//! Routing guards: they choose between several routes by the user of a request.
//!
//! They choose, they do not protect: where no guard matches, the answer is 404, not a redirect to login. They read the
//! result of [`authenticate`](crate::authenticate()) further out, and match nothing where that is missing. Inside a
//! [`Protected`](crate::Protected) it is always there. An anonymous request that no guard of its entries (a route, a
//! resource, a scope) matches is redirected to login; within a public resource or scope there is nothing after the
//! last route, so that the answer is 405 or 404.
//!
//! One address with two pages; the one for anonymous requests is public, so both are:
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
//!         .route(web::get().guard(guard::has_user()).to(dashboard))
//!         .route(web::get().to(landing))
//!         .public(),
//! )
//! # }
//! ```

use actix_web::guard::{Guard, GuardContext};
use zitadel_core::{Authentication, Requirement};

/// Matches requests of a user.
#[must_use = "a guard does nothing until a route has it"]
pub fn has_user() -> impl Guard {
    meets(Requirement::user())
}

/// Matches requests that meet this requirement.
#[must_use = "a guard does nothing until a route has it"]
pub fn meets(requirement: Requirement<'static>) -> impl Guard {
    RequirementGuard(requirement)
}

/// Matches requests of a user who holds this role.
#[must_use = "a guard does nothing until a route has it"]
pub fn has_role(key: &'static str) -> impl Guard {
    meets(Requirement::user().role(key))
}

struct RequirementGuard(Requirement<'static>);

impl Guard for RequirementGuard {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        let extensions = context.req_data();
        extensions.get::<Authentication>().is_some_and(|authentication| authentication.authorize(&self.0).is_ok())
    }
}

/// Marks anonymous requests for whose path the application has no route.
pub(crate) struct UnknownPath;

/// The guard of the protected scope of a [`Protected`](crate::Protected): unknown paths do not match, so that they are 404
/// for everyone. What matches still has to pass `require_user`: a mistake here hides a page and opens none.
pub(crate) fn known_path_or_user() -> impl Guard {
    KnownPathOrUser
}

struct KnownPathOrUser;

impl Guard for KnownPathOrUser {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        context.req_data().get::<UnknownPath>().is_none() || RequirementGuard(Requirement::user()).check(context)
    }
}
