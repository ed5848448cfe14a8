//! Unguessable values and ids in the shapes ZITADEL gives them.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// Bytes in an authorization code: 37 bytes are the 50 characters a ZITADEL code has.
pub(crate) const CODE_BYTES: usize = 37;
/// Bytes in an opaque access token or a refresh token: 78 bytes are ZITADEL's 104 characters.
pub(crate) const TOKEN_BYTES: usize = 78;

/// Fills an array from the operating system's generator.
#[expect(
    clippy::expect_used,
    reason = "a system without randomness cannot sign anyone in, and nothing can be done about it"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system provides randomness");
    bytes
}

/// `N` random bytes as base64url without padding.
pub(crate) fn base64url<const N: usize>() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes::<N>())
}

/// A client secret: 64 letters and digits, as ZITADEL generates them.
pub(crate) fn client_secret() -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut secret = String::with_capacity(64);
    while secret.len() < 64 {
        for byte in bytes::<64>() {
            // 248 is the largest multiple of 62 in a byte: no letter is likelier than another.
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

/// Whether `text` has the shape of a value made by [`base64url`] from `bytes` bytes.
pub(crate) fn is_base64url(text: &str, bytes: usize) -> bool {
    text.len() == (bytes * 8).div_ceil(6)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Counts up 18-digit ids the way ZITADEL's generator (Sonyflake) does: time, then a sequence, then the machine.
#[derive(Debug)]
pub(crate) struct Ids {
    last: u64,
    machine: u64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        // The smallest value whose id has 18 digits, should the clock say so early a time.
        Self { last: 100_000_000_000_000_000 >> 16, machine: u64::from(u16::from_be_bytes(bytes())) }
    }

    /// The next id. Never repeats, whatever happens to the clock.
    pub(crate) fn next(&mut self, unix: u64) -> String {
        // Ten-millisecond ticks since ZITADEL's epoch, 2019-04-29.
        let ticks = unix.saturating_sub(1_556_496_000) * 100;
        self.last = (ticks << 8).max(self.last + 1);
        ((self.last << 16) | self.machine).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_eighteen_digits_and_never_repeat() {
        let mut ids = Ids::new();
        let first = ids.next(1_790_000_000);
        let second = ids.next(1_790_000_000);
        let earlier = ids.next(1_780_000_000);
        assert_eq!((first.len(), second.len(), earlier.len()), (18, 18, 18));
        assert!(first < second && second < earlier);
        let mut ids = Ids::new();
        let (first, second) = (ids.next(0), ids.next(0));
        assert_eq!((first.len(), second.len()), (18, 18));
        assert!(first < second);
    }

    #[test]
    fn codes_and_tokens_have_the_lengths_and_the_alphabet_of_zitadel() {
        let code = base64url::<CODE_BYTES>();
        let token = base64url::<TOKEN_BYTES>();
        assert_eq!((code.len(), token.len()), (50, 104));
        assert!(is_base64url(&code, CODE_BYTES) && is_base64url(&token, TOKEN_BYTES));
        assert!(!is_base64url(&code, TOKEN_BYTES) && !is_base64url("a.b", 2));
    }

    #[test]
    fn a_client_secret_is_64_letters_and_digits() {
        let secret = client_secret();
        assert_eq!(secret.len(), 64);
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(secret, client_secret());
    }
}
