//! XAES-256-GCM: AES-256-GCM with 24-byte nonces.
//!
//! Plain GCM has 12-byte nonces; drawn at random, one key may seal only about 2³² messages (NIST SP 800-38D
//! §8.3), a limit that an application would have to count. XAES derives a key per message from the first half
//! of a 24-byte nonce, so that no count is needed. Specification: C2SP `XAES-256-GCM.md`; its vectors are the tests.

use aes::{
    Aes256Enc, Block,
    cipher::{BlockCipherEncrypt as _, KeyInit as _},
};
use aes_gcm::{
    AesGcm,
    aead::{AeadInOut as _, Nonce, Tag, consts::U12},
};

use crate::secret::wipe;

pub(crate) const NONCE_LENGTH: usize = 24;
pub(crate) const TAG_LENGTH: usize = 16;

/// GCM runs its cipher forwards only; the other half of the key schedule would be computed in vain for every message.
type Aes256Gcm = AesGcm<Aes256Enc, U12>;

/// A key, with everything computed that does not depend on the nonce.
pub(crate) struct Xaes {
    cipher: Aes256Enc,
    /// K1 of CMAC (NIST SP 800-38B §6.1).
    subkey: [u8; 16],
}

/// The message was not sealed with this key, nonce and associated data. There is deliberately no detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forged;

impl Xaes {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let cipher = Aes256Enc::new(key.into());
        let mut block = Block::default();
        cipher.encrypt_block(&mut block);
        let l = u128::from_be_bytes(block.into());
        // Doubling in GF(2¹²⁸); the multiplication keeps it free of branches on secret bits.
        let subkey = (l << 1) ^ ((l >> 127) * 0b1000_0111);
        Self { cipher, subkey: subkey.to_be_bytes() }
    }

    /// Encrypts in place; the tag is returned.
    pub(crate) fn seal(&self, nonce: &[u8; NONCE_LENGTH], aad: &[u8], message: &mut [u8]) -> Option<[u8; TAG_LENGTH]> {
        let (cipher, nonce) = self.derive(nonce);
        cipher.encrypt_inout_detached(&nonce, aad, message.into()).ok().map(Into::into)
    }

    /// Decrypts in place. After `Forged` the buffer holds garbage that must not be used.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        aad: &[u8],
        sealed: &mut [u8],
        tag: [u8; TAG_LENGTH],
    ) -> Result<(), Forged> {
        let (cipher, nonce) = self.derive(nonce);
        cipher.decrypt_inout_detached(&nonce, aad, sealed.into(), &Tag::<Aes256Gcm>::from(tag)).map_err(|_| Forged)
    }

    fn derive(&self, nonce: &[u8; NONCE_LENGTH]) -> (Aes256Gcm, Nonce<Aes256Gcm>) {
        let (derivation, rest) = nonce.split_at(12);
        let mut key = [0; 32];
        for (half, counter) in key.chunks_exact_mut(16).zip(1_u8..) {
            let mut block = [0; 16];
            for (byte, (prefix, subkey)) in
                block.iter_mut().zip([0, counter, b'X', 0].iter().chain(derivation).zip(self.subkey))
            {
                *byte = prefix ^ subkey;
            }
            let mut block = Block::from(block);
            self.cipher.encrypt_block(&mut block);
            half.copy_from_slice(&block);
        }
        let cipher = Aes256Gcm::new((&key).into());
        wipe(&mut key);
        let mut short = [0; 12];
        short.copy_from_slice(rest);
        (cipher, short.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE_TEXT: &[u8; 24] = b"ABCDEFGHIJKLMNOPQRSTUVWX";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn sealed(key: &[u8; 32], aad: &[u8]) -> String {
        let mut message = *b"XAES-256-GCM";
        let tag = Xaes::new(key).seal(NONCE_TEXT, aad, &mut message).unwrap();
        hex(&message) + &hex(&tag)
    }

    #[test]
    fn the_vector_with_a_clear_top_bit_matches() {
        assert_eq!(sealed(&[1; 32], b""), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
    }

    #[test]
    fn the_vector_with_a_set_top_bit_matches() {
        let aad = b"c2sp.org/XAES-256-GCM";
        assert_eq!(sealed(&[3; 32], aad), "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
    }

    /// C2SP's accumulated vector: ten thousand messages of random lengths from one SHAKE128 stream.
    #[test]
    fn the_accumulated_vector_matches() {
        use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};
        let mut random = sha3::Shake128::default().finalize_xof();
        let mut all = sha3::Shake128::default();
        let mut take = |length: usize| {
            let mut bytes = vec![0; length];
            random.read(&mut bytes);
            bytes
        };
        for _ in 0..10_000 {
            let key: [u8; 32] = take(32).try_into().unwrap();
            let nonce: [u8; 24] = take(24).try_into().unwrap();
            let length = take(1)[0];
            let mut message = take(length.into());
            let length = take(1)[0];
            let aad = take(length.into());
            let plain = message.clone();
            let xaes = Xaes::new(&key);
            let tag = xaes.seal(&nonce, &aad, &mut message).unwrap();
            all.update(&message);
            all.update(&tag);
            xaes.open(&nonce, &aad, &mut message, tag).unwrap();
            assert_eq!(message, plain);
        }
        let mut digest = [0; 32];
        all.finalize_xof().read(&mut digest);
        assert_eq!(hex(&digest), "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
    }

    #[test]
    fn one_changed_bit_anywhere_is_noticed() {
        let xaes = Xaes::new(&[7; 32]);
        let mut message = *b"attack at dawn";
        let tag = xaes.seal(NONCE_TEXT, b"aad", &mut message).unwrap();
        for position in 0..message.len() {
            let mut changed = message;
            changed[position] ^= 1;
            assert_eq!(xaes.open(NONCE_TEXT, b"aad", &mut changed, tag), Err(Forged));
        }
        assert_eq!(xaes.open(NONCE_TEXT, b"other", &mut message.clone(), tag), Err(Forged));
        let mut other = *NONCE_TEXT;
        other[23] ^= 1;
        assert_eq!(xaes.open(&other, b"aad", &mut message.clone(), tag), Err(Forged));
    }
}
