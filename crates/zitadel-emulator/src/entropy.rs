//! Random values and ids in ZITADEL's formats.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// Bytes of an authorization code: 37 bytes encode to 50 characters, as in ZITADEL.
pub(crate) const CODE_BYTES: usize = 37;
/// Bytes of an authorization code of the version-1 login: 34 bytes encode to 46 characters.
pub(crate) const V1_CODE_BYTES: usize = 34;
/// Bytes of an opaque access token or a refresh token: 78 bytes encode to 104 characters, as in ZITADEL.
pub(crate) const TOKEN_BYTES: usize = 78;
/// Bytes of a personal access token: 53 bytes encode to 71 characters, as in ZITADEL.
pub(crate) const PERSONAL_TOKEN_BYTES: usize = 53;

/// Returns random bytes from the operating system's generator.
#[expect(clippy::expect_used, reason = "without a random number generator no token can be issued")]
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system provides randomness");
    bytes
}

/// `N` random bytes as base64url without padding.
pub(crate) fn random_base64url<const N: usize>() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<N>())
}

/// A client secret: 64 alphanumeric characters, as in ZITADEL.
pub(crate) fn client_secret() -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut secret = String::with_capacity(64);
    while secret.len() < 64 {
        for byte in random_bytes::<64>() {
            // 248 is the largest multiple of 62 that fits into a byte, so all characters are equally likely.
            if byte < 248
                && secret.len() < 64
                && let Some(letter) = ALPHABET.get(usize::from(byte % 62))
            {
                secret.push(char::from(*letter));
            }
        }
    }
    secret
}

/// A user code (RFC 8628 §6.1): eight letters of a set without vowels, in two groups, as in ZITADEL.
pub(crate) fn user_code() -> String {
    const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    let mut code = String::with_capacity(9);
    while code.len() < 9 {
        let [byte] = random_bytes();
        if code.len() == 4 {
            code.push('-');
        }
        // 240 is the largest multiple of 20 that fits into a byte, so all letters are equally likely.
        if byte < 240
            && let Some(letter) = ALPHABET.get(usize::from(byte % 20))
        {
            code.push(char::from(*letter));
        }
    }
    code
}

/// Whether `text` has the length and alphabet of `bytes` bytes encoded as base64url.
pub(crate) fn is_base64url(text: &str, bytes: usize) -> bool {
    text.len() == (bytes * 8).div_ceil(6)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Generates 18-digit ids like ZITADEL's generator (Sonyflake): time, sequence, machine id.
#[derive(Debug)]
pub(crate) struct IdGenerator {
    last: u64,
    machine: u64,
}

impl IdGenerator {
    pub(crate) fn new() -> Self {
        // The smallest value with an 18-digit id, for clocks set to an early time.
        Self { last: 100_000_000_000_000_000 >> 16, machine: u64::from(u16::from_be_bytes(random_bytes())) }
    }

    /// Returns the next id. Ids are unique and increasing, even if the clock moves back.
    pub(crate) fn next(&mut self, unix_time: u64) -> String {
        // Ten-millisecond ticks since ZITADEL's epoch, 2019-04-29.
        let ticks = unix_time.saturating_sub(1_556_496_000) * 100;
        self.last = (ticks << 8).max(self.last + 1);
        ((self.last << 16) | self.machine).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_eighteen_digits_and_never_repeat() {
        let mut ids = IdGenerator::new();
        let first = ids.next(1_790_000_000);
        let second = ids.next(1_790_000_000);
        let earlier = ids.next(1_780_000_000);
        assert_eq!((first.len(), second.len(), earlier.len()), (18, 18, 18));
        assert!(first < second && second < earlier);
        let mut ids = IdGenerator::new();
        let (first, second) = (ids.next(0), ids.next(0));
        assert_eq!((first.len(), second.len()), (18, 18));
        assert!(first < second);
    }

    #[test]
    fn codes_and_tokens_have_zitadels_length_and_alphabet() {
        let code = random_base64url::<CODE_BYTES>();
        let token = random_base64url::<TOKEN_BYTES>();
        assert_eq!((code.len(), token.len()), (50, 104));
        assert!(is_base64url(&code, CODE_BYTES) && is_base64url(&token, TOKEN_BYTES));
        assert!(!is_base64url(&code, TOKEN_BYTES) && !is_base64url("a.b", 2));
    }

    #[test]
    fn a_client_secret_has_64_alphanumeric_characters() {
        let secret = client_secret();
        assert_eq!(secret.len(), 64);
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(secret, client_secret());
    }
}
