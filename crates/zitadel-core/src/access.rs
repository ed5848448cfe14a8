//! PURE: who came × what is required → in, or why not.

use crate::{
    boundary::authentication::{Identity, Required},
    error::Refusal,
    user::User,
};

/// Decides; says nothing. `Err` is why not.
pub(crate) fn decide<'a>(identity: &'a Identity, required: Required<'_>) -> Result<Option<&'a User>, Refusal> {
    let user = match (identity, required) {
        // A public route serves everyone; credentials that count for nothing are simply not used.
        (Identity::Anonymous | Identity::Refused(_), Required::Nothing) => return Ok(None),
        (Identity::Anonymous, Required::User | Required::Role(_)) => return Err(Refusal::Unauthenticated),
        (Identity::Refused(refusal), Required::User | Required::Role(_)) => return Err(*refusal),
        (Identity::Session(user), _) => user,
    };
    match required {
        Required::Role(key) if !user.roles().has(key) => Err(Refusal::Forbidden),
        Required::Nothing | Required::User | Required::Role(_) => Ok(Some(user)),
    }
}
