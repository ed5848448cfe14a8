//! `PackedToken`: a token in as few bytes as possible, without loss.

use crate::{
    protocol::AccessTokenKind,
    secret::{Secret, wipe},
};

/// A token, stored as the bytes its base64url text stands for.
///
/// ZITADEL's tokens are base64url (opaque) or three such parts with dots (JWT): as bytes they are a quarter
/// smaller, and a cookie is base64url again. A token is packed only if unpacking gives the very same text; anything else
/// stays text.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum PackedToken {
    Text(Vec<u8>),
    Opaque(Vec<u8>),
    Jwt(JwtBytes),
}

/// The three parts of a JWT, one after the other.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct JwtBytes {
    bytes: Vec<u8>,
    /// Where the payload and the signature begin.
    cuts: (usize, usize),
}

impl JwtBytes {
    pub(crate) fn new(header: &[u8], payload: &[u8], signature: &[u8]) -> Self {
        let cuts = (header.len(), header.len() + payload.len());
        Self { bytes: [header, payload, signature].concat(), cuts }
    }

    /// From a buffer that holds all three, and where payload and signature begin.
    pub(crate) const fn whole(bytes: Vec<u8>, payload: usize, signature: usize) -> Self {
        Self { bytes, cuts: (payload, signature) }
    }

    /// Header, payload, signature.
    pub(crate) fn parts(&self) -> (&[u8], &[u8], &[u8]) {
        let (described, signature) = self.bytes.split_at_checked(self.cuts.1).unwrap_or_default();
        let (header, payload) = described.split_at_checked(self.cuts.0).unwrap_or_default();
        (header, payload, signature)
    }
}

impl PackedToken {
    pub(crate) fn pack(token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let packed = match parts.as_slice() {
            [opaque] => decode(opaque).map(Self::Opaque),
            [header, payload, signature] => decode(header)
                .and_then(|header| Some(Self::Jwt(JwtBytes::new(&header, &decode(payload)?, &decode(signature)?)))),
            _ => None,
        };
        match packed {
            Some(packed) if packed.unpack().expose() == token => packed,
            _ => Self::Text(token.as_bytes().to_vec()),
        }
    }

    /// The token exactly as the provider issued it.
    pub(crate) fn unpack(&self) -> Secret<String> {
        Secret::new(match self {
            Self::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Self::Opaque(bytes) => encode(bytes),
            Self::Jwt(jwt) => {
                let (header, payload, signature) = jwt.parts();
                let mut text = encode(header);
                for part in [payload, signature] {
                    text.push('.');
                    base64_simd::URL_SAFE_NO_PAD.encode_append(part, &mut text);
                }
                text
            }
        })
    }

    pub(crate) const fn kind(&self) -> AccessTokenKind {
        match self {
            Self::Jwt(_) => AccessTokenKind::Jwt,
            Self::Text(_) | Self::Opaque(_) => AccessTokenKind::Opaque,
        }
    }

    /// The claims inside, as sent; empty for a token that has none.
    pub(crate) fn payload(&self) -> &[u8] {
        match self {
            Self::Jwt(jwt) => jwt.parts().1,
            Self::Text(_) | Self::Opaque(_) => &[],
        }
    }
}

impl Drop for PackedToken {
    fn drop(&mut self) {
        match self {
            Self::Text(bytes) | Self::Opaque(bytes) => wipe(bytes),
            Self::Jwt(JwtBytes { bytes, cuts }) => {
                // Without its signature the token is no longer a credential.
                if let Some(signature) = bytes.get_mut(cuts.1..) {
                    wipe(signature);
                }
            }
        }
    }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).ok()
}

fn encode(bytes: &[u8]) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_opaque_token_shrinks_by_a_quarter() {
        let token = "A".repeat(104);
        let PackedToken::Opaque(bytes) = &PackedToken::pack(&token) else { panic!("not packed") };
        assert_eq!(bytes.len(), 78);
    }

    #[test]
    fn text_whose_base64_is_not_canonical_stays_text() {
        // `B` has trailing bits that decode to nothing: unpacked it would be `A`.
        for token in ["AB", "a+b", "a=", "..", "a.b.c.d", "", "a.b.c", "ä"] {
            assert_eq!(PackedToken::pack(token).unpack().expose(), token);
        }
    }

    proptest! {
        #[test]
        fn every_token_is_unpacked_exactly(token in "[A-Za-z0-9_.~+/=-]{0,300}") {
            let unpacked = PackedToken::pack(&token).unpack();
            prop_assert_eq!(unpacked.expose(), &token);
        }
    }
}
