//! Proof key for code exchange (RFC 7636), S256 only.
//!
//! ZITADEL enforces the verifier only if a challenge was sent, and takes a missing method for `plain`; so both
//! are always sent, for clients with a secret too (RFC 9700 §2.1.1).

use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};

use super::base64url;
use crate::secret::Secret;

/// The secret half: 32 random bytes as 43 characters (§4.1). Never leaves the server but towards the token endpoint.
#[derive(Clone, Debug)]
pub(crate) struct CodeVerifier(Secret<String>);

impl CodeVerifier {
    /// From 32 random bytes.
    pub(crate) fn new(random: &[u8; 32]) -> Self {
        Self(Secret::new(base64url::encode(random)))
    }

    /// The text for `code_verifier`.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The public half for the authorization request (§4.2): `code_challenge` and the method S256.
    pub(crate) fn challenge(&self) -> PkceCodeChallenge {
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(self.expose().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const OCTETS: [u8; 32] = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
        240, 91, 88, 5, 88, 83, 132, 141, 121,
    ];

    #[test]
    fn rfc_7636_appendix_b() {
        let verifier = CodeVerifier::new(&OCTETS);
        assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier.challenge().as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(verifier.challenge().method().as_str(), "S256");
    }

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(format!("{:?}", CodeVerifier::new(&OCTETS)), "CodeVerifier([secret])");
    }
}
