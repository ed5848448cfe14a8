//! `Entropy`: where randomness comes from.

use std::sync::Arc;

/// Fills buffers with unpredictable bytes.
///
/// # Security
///
/// It makes nonces, `state` values and code verifiers: an implementation that can be predicted is for tests only.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the whole buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness, through the buffered generator of aws-lc (a per-thread CTR-DRBG that
/// is seeded by the system and survives forks): a system call per nonce would cost more than sealing.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has no state")]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    ///
    /// If the system has no randomness: nothing is safe without it.
    #[expect(clippy::disallowed_methods, reason = "the one implementation that reads the system's randomness")]
    #[expect(clippy::expect_used, reason = "documented: nothing is safe without randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}

impl<E: Entropy + ?Sized> Entropy for Arc<E> {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}
