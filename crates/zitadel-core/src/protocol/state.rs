//! The `state` parameter (RFC 6749 §10.12): binds a response to the browser that sent the request.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;

use super::base64url;
use crate::secret::Secret;

/// How many characters of the `state` name the cookie of a pending login.
const COOKIE_SUFFIX_LENGTH: usize = 8;

/// 32 random bytes, new for every login and logout. Kept in a sealed cookie as raw bytes, because base64 would make
/// them a third longer.
#[derive(Clone)]
pub(crate) struct State(Secret<[u8; 32]>);

impl State {
    /// From 32 random bytes.
    pub(crate) const fn new(random: [u8; 32]) -> Self {
        Self(Secret::new(random))
    }

    /// The parameter: 43 characters.
    pub(crate) fn text(&self) -> String {
        base64url::encode(self.0.expose())
    }

    /// Whether a response carries this `state`; compared in constant time.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.text().as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// The suffix that names the cookie of this login.
    pub(crate) fn cookie_suffix(&self) -> String {
        self.text().chars().take(COOKIE_SUFFIX_LENGTH).collect()
    }
}

/// The cookie suffix of a `state` in a response; `None` if it cannot be one of ours.
pub(crate) fn cookie_suffix(state: &str) -> Option<&str> {
    let suffix = state.get(..COOKIE_SUFFIX_LENGTH)?;
    suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).then_some(suffix)
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        secret_bytes::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        secret_bytes::deserialize(deserializer).map(Self)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State([secret])")
    }
}

/// 32 secret bytes as they are, for a cookie that is sealed.
pub(crate) mod secret_bytes {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::secret::Secret;

    pub(crate) fn serialize<S: Serializer>(secret: &Secret<[u8; 32]>, to: S) -> Result<S::Ok, S::Error> {
        secret.expose().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret<[u8; 32]>, D::Error> {
        <[u8; 32]>::deserialize(from).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_matches_its_own_text_only() {
        let state = State::new([7; 32]);
        assert_eq!(state.text().len(), 43);
        assert!(state.matches(&state.text()));
        for other in ["", "x", &state.text()[1..], &format!("{}x", state.text())] {
            assert!(!state.matches(other), "{other}");
        }
    }

    #[test]
    fn the_cookie_suffix_of_the_response_is_that_of_the_request() {
        let state = State::new([200; 32]);
        assert_eq!(cookie_suffix(&state.text()), Some(state.cookie_suffix().as_str()));
    }

    #[test]
    fn a_state_that_cannot_be_ours_names_no_cookie() {
        for state in ["short", "a bcdefgh", ";;;;;;;;;", "ääääx", ""] {
            assert_eq!(cookie_suffix(state), None, "{state}");
        }
    }
}
