//! The JSON of the samples' APIs.

use serde_json::{Map, Value, json};
use zitadel_core::{AccessTokenKind, User};

/// Who sent a request, as JSON: subject, roles with the organizations that granted them, and the kind of
/// credential (`session`, or `jwt` or `opaque` for an access token). No token.
#[must_use]
pub fn user(user: &User) -> String {
    let mut roles = Map::new();
    for (key, organization, _) in user.roles().grants() {
        let organizations = roles.entry(key).or_insert_with(|| json!([]));
        if let Value::Array(organizations) = organizations {
            organizations.push(organization.into());
        }
    }
    let credential = match user.access_token_info().map(|token| token.kind()) {
        None => "session",
        Some(AccessTokenKind::Jwt) => "jwt",
        Some(AccessTokenKind::Opaque) => "opaque",
    };
    json!({ "sub": user.subject(), "roles": roles, "credential": credential }).to_string()
}
