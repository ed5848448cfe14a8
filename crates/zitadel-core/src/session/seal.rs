//! Sealing: authenticated encryption of what is given to a browser or a store and must be trusted when it comes back.
//!
//! A sealed value is `version ‖ key id ‖ nonce ‖ ciphertext ‖ tag`, base64url without padding. Its purpose, the version
//! and the name of the cookie are bound as associated data, so that a value sealed for one purpose opens for no other,
//! and a cookie that was renamed does not open. Issuer and client are bound through the keys.

use std::{borrow::Cow, fmt, ops::Deref};

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use super::xaes::{TAG_LENGTH, Xaes};
use crate::secret::{Secret, wipe};

pub(crate) use super::xaes::NONCE_LENGTH;

const VERSION: u8 = 1;
const HEADER: usize = 1 + 4 + NONCE_LENGTH;
const DEFAULT_SALT: &[u8] = b"zitadel-core session keys v1";

/// What a value is sealed for; each purpose has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    Login,
    Logout,
    /// A refreshed session in the store, for requests that still carry the cookie of the one it replaced.
    Successor,
    /// What became of a login, in the store.
    LoginOutcome,
    /// The cookie of a session whose body is in the store.
    Reference,
    /// The body of a session, in the store.
    Body,
    /// The sessions of a user, in the store.
    SessionList,
}

impl Purpose {
    const ALL: [Self; 8] = [
        Self::Session,
        Self::Login,
        Self::Logout,
        Self::Successor,
        Self::LoginOutcome,
        Self::Reference,
        Self::Body,
        Self::SessionList,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::Successor => "successor",
            Self::LoginOutcome => "login outcome",
            Self::Reference => "session reference",
            Self::Body => "session body",
            Self::SessionList => "session list",
        }
    }
}

/// Why a value did not open; for the log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("it is not a sealed value")]
    Malformed,
    #[error("it was sealed with a key that is not configured")]
    UnknownKey,
    #[error("it was changed, or sealed for something else")]
    Forged,
}

/// A value that can be sealed: how it becomes bytes, and comes back.
pub(crate) trait Sealable: Sized {
    /// Why a value cannot be encoded.
    type Error;

    /// The bytes; wiped when dropped, because they hold secrets.
    fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Self::Error>;

    /// The value of bytes that came out of a seal; `None` if they are of another format.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

/// The keys derived from the session secrets: the first seals, all of them open.
pub(crate) struct Keyring {
    keys: Vec<Key>,
}

struct Key {
    id: [u8; 4],
    /// For nonces that are derived from messages.
    nonces: Zeroizing<[u8; 32]>,
    purposes: [Xaes; Purpose::ALL.len()],
}

impl Keyring {
    /// Derives the keys: HKDF-SHA256 (RFC 5869), one per purpose, and an id that says nothing about them. They are
    /// bound to the issuer and the client: two applications, or two stages of one, that share a secret by mistake
    /// do not accept each other's sessions.
    pub(crate) fn derive(
        secrets: &[Secret<String>],
        salt: Option<&Secret<String>>,
        issuer: &str,
        client_id: &str,
    ) -> Self {
        let salt = salt.map_or(DEFAULT_SALT, |salt| salt.expose().as_bytes());
        let keys = secrets
            .iter()
            .map(|secret| {
                let hkdf = Hkdf::<Sha256>::new(Some(salt), secret.expose().as_bytes());
                let mut id = [0; 4];
                let expand = |label: &str, out: &mut [u8]| expand(&hkdf, [label, issuer, client_id], out);
                expand("key id", &mut id);
                let mut nonces = Zeroizing::new([0; 32]);
                expand("nonces", nonces.as_mut_slice());
                let purposes = Purpose::ALL.map(|purpose| {
                    let mut key = Zeroizing::new([0; 32]);
                    expand(purpose.label(), key.as_mut_slice());
                    Xaes::new(&key)
                });
                Key { id, nonces, purposes }
            })
            .collect();
        Self { keys }
    }

    /// Encodes and seals a value. `nonce` is random and used once.
    pub(crate) fn seal_value<T: Sealable>(
        &self,
        purpose: Purpose,
        name: &str,
        value: &T,
        nonce: &[u8; NONCE_LENGTH],
    ) -> Result<String, T::Error> {
        Ok(self.seal(purpose, name, &value.encode()?, nonce))
    }

    /// The same with a nonce that is derived from the value under a key of its own, as SIV modes do (RFC 5297 §3): a replica that
    /// seals the same value for the same purpose gets the same text, and two values never share a nonce. It shows
    /// that a value is sealed again, and nothing else.
    pub(crate) fn seal_value_repeatably<T: Sealable>(
        &self,
        purpose: Purpose,
        name: &str,
        value: &T,
    ) -> Result<String, T::Error> {
        let message = value.encode()?;
        Ok(self.seal(purpose, name, &message, &self.nonce_of(purpose, name, &message)))
    }

    /// HKDF of the message with the key as its salt: HMAC-SHA256, a pseudorandom function of the message.
    fn nonce_of(&self, purpose: Purpose, name: &str, message: &[u8]) -> [u8; NONCE_LENGTH] {
        let mut nonce = [0; NONCE_LENGTH];
        if let Some(key) = self.keys.first() {
            let hkdf = Hkdf::<Sha256>::new(Some(key.nonces.as_slice()), message);
            if hkdf.expand(&associated(purpose, name, &mut [0; 96]), &mut nonce).is_err() {
                unreachable!("24 bytes are within HKDF's limit");
            }
        }
        nonce
    }

    /// Opens and decodes what [`seal_value`](Self::seal_value) made.
    pub(crate) fn open_value<T: Sealable>(
        &self,
        purpose: Purpose,
        name: &str,
        sealed: impl AsRef<[u8]>,
    ) -> Result<T, OpenError> {
        T::decode(&self.open(purpose, name, sealed)?).ok_or(OpenError::Malformed)
    }

    /// Seals with the first key; the result is base64url text.
    fn seal(&self, purpose: Purpose, name: &str, message: &[u8], nonce: &[u8; NONCE_LENGTH]) -> String {
        let mut sealed = Vec::with_capacity(HEADER + message.len() + TAG_LENGTH);
        // Configuration guarantees a first key; without one nothing is sealed and nothing opens.
        if let Some(key) = self.keys.first() {
            sealed.push(VERSION);
            sealed.extend_from_slice(&key.id);
            sealed.extend_from_slice(nonce);
            sealed.extend_from_slice(message);
            let tag = sealed
                .get_mut(HEADER..)
                .and_then(|body| key.of(purpose).seal(nonce, &associated(purpose, name, &mut [0; 96]), body));
            match tag {
                Some(tag) => sealed.extend_from_slice(&tag),
                // Only messages of 64 GiB get here: leave no plain text.
                None => sealed.zeroize(),
            }
        }
        base64_simd::URL_SAFE_NO_PAD.encode_to_string(&sealed)
    }

    /// Opens what [`seal`](Self::seal) made with any configured key.
    fn open(&self, purpose: Purpose, name: &str, sealed: impl AsRef<[u8]>) -> Result<OpenedBytes, OpenError> {
        let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(sealed.as_ref()).map_err(|_| OpenError::Malformed)?;
        let mut bytes = OpenedBytes(bytes);
        let (header, body) = bytes.0.split_at_mut_checked(HEADER).ok_or(OpenError::Malformed)?;
        let length = body.len().checked_sub(TAG_LENGTH).ok_or(OpenError::Malformed)?;
        let (body, tag) = body.split_at_mut_checked(length).ok_or(OpenError::Malformed)?;
        let tag: [u8; TAG_LENGTH] = (&*tag).try_into().map_err(|_| OpenError::Malformed)?;
        let (&mut [version, ref id @ ..], nonce) = header.split_first_chunk_mut::<5>().ok_or(OpenError::Malformed)?;
        let nonce: &[u8; NONCE_LENGTH] = (&*nonce).try_into().map_err(|_| OpenError::Malformed)?;
        if version != VERSION {
            return Err(OpenError::Malformed);
        }
        let key = self.keys.iter().find(|key| key.id == *id).ok_or(OpenError::UnknownKey)?;
        key.of(purpose)
            .open(nonce, &associated(purpose, name, &mut [0; 96]), body, tag)
            .map_err(|_| OpenError::Forged)?;
        bytes.0.truncate(HEADER + length);
        Ok(bytes)
    }
}

/// A message, decrypted in place behind its header; wiped when dropped.
struct OpenedBytes(Vec<u8>);

impl Drop for OpenedBytes {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl Deref for OpenedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.get(HEADER..).unwrap_or_default()
    }
}

impl Key {
    const fn of(&self, purpose: Purpose) -> &Xaes {
        let [session, login, logout, successor, login_outcome, reference, body, session_list] = &self.purposes;
        match purpose {
            Purpose::Session => session,
            Purpose::Login => login,
            Purpose::Logout => logout,
            Purpose::Successor => successor,
            Purpose::LoginOutcome => login_outcome,
            Purpose::Reference => reference,
            Purpose::Body => body,
            Purpose::SessionList => session_list,
        }
    }
}

fn expand(hkdf: &Hkdf<Sha256>, [label, issuer, client_id]: [&str; 3], out: &mut [u8]) {
    // A zero byte between the parts: none of them has one.
    let info: [&[u8]; 6] =
        [b"zitadel-core/v1\0", label.as_bytes(), b"\0", issuer.as_bytes(), b"\0", client_id.as_bytes()];
    // Fails only above 8,160 bytes; an all-zero key must never be used.
    if hkdf.expand_multi_info(&info, out).is_err() {
        unreachable!("a key of 32 bytes is within HKDF's limit");
    }
}

/// The associated data of a sealed value. Our names are short, so that nothing is allocated for them.
fn associated<'b>(purpose: Purpose, name: &str, buffer: &'b mut [u8; 96]) -> Cow<'b, [u8]> {
    // No part can be confused with the next one: labels are fixed words, the name comes last.
    let parts = [&[VERSION], purpose.label().as_bytes(), b"\0", name.as_bytes()];
    let length = parts.iter().map(|part| part.len()).sum();
    let Some(filled) = buffer.get_mut(..length) else { return Cow::Owned(parts.concat()) };
    for (byte, part) in filled.iter_mut().zip(parts.into_iter().flatten()) {
        *byte = *part;
    }
    Cow::Borrowed(filled)
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("keys", &self.keys.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::environment::{Entropy as _, SystemEntropy};

    fn keyring(secrets: &[&str]) -> Keyring {
        let secrets: Vec<_> = secrets.iter().map(|text| Secret::from(*text)).collect();
        Keyring::derive(&secrets, None, "https://issuer.example", "client")
    }

    fn seal(keyring: &Keyring, message: &[u8]) -> String {
        let mut nonce = [0; NONCE_LENGTH];
        SystemEntropy.fill(&mut nonce);
        keyring.seal(Purpose::Session, "cookie", message, &nonce)
    }

    #[test]
    fn what_was_sealed_opens_and_is_never_sealed_the_same_way_twice() {
        let keyring = keyring(&["one"]);
        let (a, b) = (seal(&keyring, b"message"), seal(&keyring, b"message"));
        assert_ne!(a, b);
        assert_eq!(keyring.open(Purpose::Session, "cookie", &a).unwrap()[..], b"message"[..]);
        assert_eq!(keyring.open(Purpose::Session, "cookie", &b).unwrap()[..], b"message"[..]);
    }

    #[test]
    fn repeatable_text_differs_with_every_part_and_opens() {
        let seal = |secret, purpose, name, message: &str| {
            let keyring = keyring(&[secret]);
            let sealed = keyring.seal_value_repeatably(purpose, name, &Text(message.to_owned())).unwrap();
            assert_eq!(keyring.open_value::<Text>(purpose, name, &sealed).unwrap().0, message);
            sealed
        };
        let sealed = seal("one", Purpose::Session, "cookie", "message");
        assert_eq!(sealed, seal("one", Purpose::Session, "cookie", "message"));
        let others = [
            seal("two", Purpose::Session, "cookie", "message"),
            seal("one", Purpose::Login, "cookie", "message"),
            seal("one", Purpose::Session, "cookie2", "message"),
            seal("one", Purpose::Session, "cookie", "messagf"),
        ];
        let nonce = |sealed: &str| sealed[7..38].to_owned();
        for other in &others {
            assert_ne!(nonce(&sealed), nonce(other));
        }
    }

    struct Text(String);

    impl Sealable for Text {
        type Error = std::convert::Infallible;
        fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Self::Error> {
            Ok(Zeroizing::new(self.0.clone().into_bytes()))
        }
        fn decode(bytes: &[u8]) -> Option<Self> {
            String::from_utf8(bytes.to_vec()).ok().map(Self)
        }
    }

    #[test]
    fn a_value_opens_for_its_own_purpose_and_name_only() {
        let keyring = keyring(&["one"]);
        let sealed = seal(&keyring, b"message");
        assert_eq!(keyring.open(Purpose::Login, "cookie", &sealed).err(), Some(OpenError::Forged));
        assert_eq!(keyring.open(Purpose::Session, "cookie2", &sealed).err(), Some(OpenError::Forged));
    }

    #[test]
    fn a_previous_secret_still_opens_and_does_not_seal() {
        let old = keyring(&["old"]);
        let both = keyring(&["new", "old"]);
        let new = keyring(&["new"]);
        let sealed_before = seal(&old, b"message");
        assert!(both.open(Purpose::Session, "cookie", &sealed_before).is_ok());
        assert_eq!(new.open(Purpose::Session, "cookie", &sealed_before).err(), Some(OpenError::UnknownKey));
        assert!(new.open(Purpose::Session, "cookie", seal(&both, b"message")).is_ok());
    }

    #[test]
    fn the_salt_changes_every_key() {
        let secret = [Secret::from("one")];
        let salted = Keyring::derive(&secret, Some(&Secret::from("salt")), "https://issuer.example", "client");
        let sealed = seal(&salted, b"message");
        assert_eq!(keyring(&["one"]).open(Purpose::Session, "cookie", &sealed).err(), Some(OpenError::UnknownKey));
    }

    #[test]
    fn another_issuer_or_client_opens_nothing() {
        let secret = [Secret::from("one")];
        let sealed = seal(&keyring(&["one"]), b"message");
        for (issuer, client) in [("https://other.example", "client"), ("https://issuer.example", "other")] {
            let other = Keyring::derive(&secret, None, issuer, client);
            assert_eq!(other.open(Purpose::Session, "cookie", &sealed).err(), Some(OpenError::UnknownKey));
        }
    }

    #[test]
    fn a_truncated_or_foreign_value_is_malformed() {
        let keyring = keyring(&["one"]);
        let sealed = seal(&keyring, b"message");
        for length in 0..sealed.len() {
            assert!(keyring.open(Purpose::Session, "cookie", &sealed[..length]).is_err());
        }
        assert_eq!(keyring.open(Purpose::Session, "cookie", "not base64!").err(), Some(OpenError::Malformed));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in ".{0,200}") {
            prop_assert!(keyring(&["one"]).open(Purpose::Session, "cookie", &text).is_err());
        }

        #[test]
        fn any_message_comes_back(message in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let keyring = keyring(&["one"]);
            let sealed = seal(&keyring, &message);
            let opened = keyring.open(Purpose::Session, "cookie", &sealed).unwrap();
            prop_assert_eq!(&*opened, message.as_slice());
        }
    }
}
