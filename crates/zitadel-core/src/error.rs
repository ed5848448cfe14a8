//! stub: the helper-visible part of `Refusal`.

/// Everything an outsider can be told. Closed, small, no payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// stub
    Unauthenticated,
}
