//! Verification with the provider's keys, which may have been rotated.

use crate::{error::Failure, protocol::key_set::KeySet, provider::Provider};

/// Verifies with the provider's keys, and once more with newer ones if those may help; where none may be fetched yet, `pause`
/// says what that means.
pub(super) async fn verify_with_keys<T, E: Into<Failure>>(
    provider: &Provider,
    verify: impl Fn(&KeySet) -> Result<T, E>,
    may_be_key_rotation: impl Fn(&E) -> bool,
    pause: impl Fn(E) -> E,
) -> Result<T, Failure> {
    let keys = provider.keys().await?;
    match verify(&keys) {
        Err(error) if may_be_key_rotation(&error) => match provider.keys_newer_than(&keys).await? {
            Some(newer) => verify(&newer).map_err(E::into),
            None => Err(pause(error).into()),
        },
        verified => verified.map_err(E::into),
    }
}
