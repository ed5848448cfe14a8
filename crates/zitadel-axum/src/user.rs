//! `User`, `Role`, `Authorized`, `Bearer`, `AccessToken` and `Denied`: what handlers ask for, and what they get instead.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderValue, header::AUTHORIZATION, request::Parts},
    response::{IntoResponse, Response},
};
use zitadel_core::{Authentication, Policy, Requirement, RoleKey, Zitadel};

use crate::{enforce::authentication, translate};

zitadel_core::adapter_types! {
    /// Outside of a [`Protected`](crate::Protected) and of [`authenticate`](crate::authenticate()) nothing authenticates
    /// the request: `User` answers 500 then, `Option<User>` is `None`, and the log says what to change.
    ///
    /// ```
    /// use zitadel_axum::User;
    ///
    /// async fn profile(user: User) -> String {
    ///     format!("Hello {}", user.name().unwrap_or("you"))
    /// }
    ///
    /// async fn home(user: Option<User>) -> String {
    ///     user.map_or_else(|| "Hello stranger".to_owned(), |user| format!("Hello {}", user.subject()))
    /// }
    /// # let _ = (profile, home);
    /// ```
    User,
    /// ```
    /// use zitadel_axum::{Role, RoleKey};
    ///
    /// struct Admin;
    /// impl RoleKey for Admin {
    ///     const KEY: &'static str = "admin";
    /// }
    ///
    /// async fn admin(admin: Role<Admin>) -> String {
    ///     format!("{} is an administrator", admin.subject())
    /// }
    /// # let _ = admin;
    /// ```
    Role,
    /// ```
    /// use std::time::Duration;
    ///
    /// use zitadel_axum::{Authorized, Policy, Requirement};
    ///
    /// struct Payments;
    /// impl Policy for Payments {
    ///     const REQUIREMENT: Requirement<'static> = Requirement::user().role("accountant").max_age(Duration::from_secs(300));
    /// }
    ///
    /// async fn payments(user: Authorized<Payments>) -> String {
    ///     format!("{} signed in a moment ago", user.subject())
    /// }
    /// # let _ = payments;
    /// ```
    Authorized,
    /// ```
    /// use zitadel_axum::Bearer;
    ///
    /// async fn orders(caller: Bearer) -> String {
    ///     let client = caller.access_token_info().and_then(|token| token.client_id().map(str::to_owned));
    ///     format!("the orders of {}, asked for by {client:?}", caller.subject())
    /// }
    /// # let _ = orders;
    /// ```
    ///
    /// It also works without a [`Protected`](crate::Protected) and without [`authenticate`](crate::authenticate()), in a router that is
    /// an API and nothing else: give it the [`Zitadel`](crate::Zitadel) as an extension. Each handler is then protected by its own
    /// argument, and one that has none is open.
    ///
    /// ```
    /// use axum::{Extension, Router, routing::get};
    /// use zitadel_axum::{Bearer, Zitadel};
    ///
    /// # async fn orders(_: Bearer) {}
    /// fn app(zitadel: Zitadel) -> Router {
    ///     Router::new().route("/orders", get(orders)).layer(Extension(zitadel))
    /// }
    /// # let _ = app;
    /// ```
    Bearer,
    /// ```
    /// use zitadel_axum::{AccessToken, Denied};
    /// # async fn get_orders(_: &str) -> (u16, String) { (200, String::new()) }
    ///
    /// async fn orders(token: AccessToken) -> Result<String, Denied> {
    ///     let (status, orders) = get_orders(token.expose()).await;
    ///     if status != 401 {
    ///         return Ok(orders);
    ///     }
    ///     let newer = token.after_rejection().await?;
    ///     Ok(get_orders(newer.expose()).await.1)
    /// }
    /// # let _ = orders;
    /// ```
    AccessToken,
    /// It is the rejection of [`User`], [`Role`], [`Authorized`], [`Bearer`] and [`AccessToken`]; take `Result<User, Denied>` to answer in another way.
    Denied,
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        translate::response(self.to_reply())
    }
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denied> {
        authorize(parts, const { &Requirement::user() }).map(Self::new)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for User {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(authorize(parts, const { &Requirement::user() }).ok().map(Self::new))
    }
}

impl<S: Sync, R: RoleKey> FromRequestParts<S> for Role<R> {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denied> {
        authorize(parts, const { &Requirement::user().role(R::KEY) }).map(Self::new)
    }
}

impl<S: Sync, R: RoleKey> OptionalFromRequestParts<S> for Role<R> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(authorize(parts, const { &Requirement::user().role(R::KEY) }).ok().map(Self::new))
    }
}

impl<S: Sync, P: Policy> FromRequestParts<S> for Authorized<P> {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denied> {
        authorize(parts, const { &P::REQUIREMENT }).map(Self::new)
    }
}

impl<S: Sync, P: Policy> OptionalFromRequestParts<S> for Authorized<P> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(authorize(parts, const { &P::REQUIREMENT }).ok().map(Self::new))
    }
}

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denied> {
        bearer(parts).await
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Bearer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(bearer(parts).await.ok())
    }
}

async fn bearer(parts: &Parts) -> Result<Bearer, Denied> {
    const BEARER: &Requirement<'static> = &Requirement::bearer();
    let authentication = match (parts.extensions.get::<Authentication>(), parts.extensions.get::<Zitadel>()) {
        (Some(authentication), _) => return Ok(Bearer::new(authentication.authorize(BEARER)?)),
        (None, None) => return Err(zitadel_core::Denied::misconfigured(NO_BEARER).into()),
        (None, Some(zitadel)) => {
            // Most requests: nothing but the token is looked at.
            let lines = parts.headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
            if let Some(user) = zitadel.known_bearer(lines) {
                return Ok(Bearer::new(&user));
            }
            let head = translate::head(&parts.method, &parts.uri, &parts.headers, &parts.extensions);
            match zitadel.authenticate_cached(head) {
                Ok(authentication) => authentication,
                Err(head) => Box::pin(zitadel.authenticate(head)).await,
            }
        }
    };
    Ok(Bearer::new(authentication.authorize(BEARER)?))
}

const NO_BEARER: &str = "nothing authenticates this request: put the route into a `Protected`, or give the router \
                         `.layer(axum::Extension(zitadel))`, with which `Bearer` checks access tokens by itself";

impl<S: Sync> FromRequestParts<S> for AccessToken {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denied> {
        Ok(Self::of(authentication(&parts.extensions)?).await?)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for AccessToken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        match authentication(&parts.extensions) {
            Ok(authentication) => Ok(Self::of(authentication).await.ok()),
            Err(_) => Ok(None),
        }
    }
}

fn authorize<'p>(parts: &'p Parts, requirement: &Requirement<'_>) -> Result<&'p zitadel_core::User, Denied> {
    Ok(authentication(&parts.extensions)?.authorize(requirement)?)
}
