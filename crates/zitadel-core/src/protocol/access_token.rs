//! Access tokens (RFC 6749 §1.4), as far as an application that signs people in looks at them.

/// The form of access token that the provider issues to this application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a token either contains claims or it does not")]
pub enum AccessTokenKind {
    /// A signed JSON Web Token that an API can verify locally (RFC 9068).
    Jwt,
    /// A reference that only the provider can resolve (introspection, RFC 7662).
    Opaque,
}
