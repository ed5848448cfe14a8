//! base64url without padding (RFC 4648 §5, RFC 7515 §2), strict: one text per sequence of bytes.

use base64_simd::URL_SAFE_NO_PAD;

/// The text of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// The bytes of `text`; `None` for padding, other alphabets, white space or trailing bits that are not zero
/// (so that a token cannot be written in two ways).
pub(crate) fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text.as_ref()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_text_per_sequence_of_bytes() {
        assert_eq!(encode(&[0xfb, 0xff, 0x01]), "-_8B");
        assert_eq!(decode("-_8B").unwrap(), [0xfb, 0xff, 0x01]);
        assert_eq!(decode("AA").unwrap(), [0]);
        for refused in ["AB", "AA==", "+/8B", "AAB", "A", " AA", "AA\n", "ä"] {
            assert_eq!(decode(refused), None, "{refused}");
        }
    }
}
