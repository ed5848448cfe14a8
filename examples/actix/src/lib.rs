//! A profile app on actix-web.
