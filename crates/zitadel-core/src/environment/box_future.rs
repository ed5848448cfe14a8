//! `BoxFuture`: what object-safe async traits return.

use std::pin::Pin;

/// A boxed future, as object-safe async traits need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
