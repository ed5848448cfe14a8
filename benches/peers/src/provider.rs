//! The provider: an emulator that listens on loopback, with a thread of its own.

use base64_simd::URL_SAFE_NO_PAD;
use tokio::runtime::Runtime;
use zitadel_emulator::{AccessTokenType, AuthMethod, Emulator, EndpointName, SigningAlgorithm};

pub(crate) struct Provider {
    pub(crate) emulator: Emulator,
    _runtime: Runtime,
}

impl Provider {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let settings = Emulator::builder().signing_algorithm(SigningAlgorithm::Rs256);
        let emulator = runtime.block_on(settings.start()).unwrap();
        Self { emulator, _runtime: runtime }
    }

    /// The settings of an application that may introspect, too.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        self.emulator.client().set_auth_method(AuthMethod::Basic);
        self.emulator.env_for("http://localhost:3000")
    }

    /// An access token that nobody has presented yet.
    pub(crate) fn token(&self, kind: AccessTokenType) -> String {
        self.emulator.client().set_access_token_type(kind);
        self.emulator.access_token_for("alice")
    }

    pub(crate) fn key_fetches(&self) -> usize {
        self.emulator.count(EndpointName::Keys)
    }
}

/// A token like this one whose signature is wrong, different for each number; with a `kid`, one that the provider never had.
pub(crate) fn forged(token: &str, number: u64, kid: Option<&str>) -> String {
    let mut parts = token.split('.');
    let (header, payload) = (parts.next().unwrap(), parts.next().unwrap());
    let mut payload = URL_SAFE_NO_PAD.decode_to_vec(payload).unwrap();
    // Still JSON: the end of the object, and one more member.
    payload.pop();
    payload.extend(format!(r#","forged":{number}}}"#).bytes());
    let header = kid.map_or_else(
        || header.to_owned(),
        |kid| URL_SAFE_NO_PAD.encode_to_string(format!(r#"{{"alg":"RS256","kid":"{kid}","typ":"JWT"}}"#)),
    );
    let mut signature = random_bytes(number, 256);
    // Below every modulus, so that it is computed with.
    signature[0] &= 0x7f;
    format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode_to_string(payload), URL_SAFE_NO_PAD.encode_to_string(signature))
}

/// Bytes that are different for each number (SplitMix64).
pub(crate) fn random_bytes(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub(crate) fn random_text(number: u64, length: usize) -> String {
    URL_SAFE_NO_PAD.encode_to_string(random_bytes(number, length))
}
