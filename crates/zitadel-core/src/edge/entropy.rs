//! `Entropy`: where randomness comes from.

/// Fills buffers with bytes nobody can predict.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the whole buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness, through the buffered generator of aws-lc (a per-thread CTR-DRBG that
/// is seeded by the system and survives forks): a system call per nonce would cost more than sealing.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to hold")]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    ///
    /// If the system has no randomness to give. There is nothing safe to do without.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    #[expect(clippy::expect_used, reason = "documented: nothing can be kept safe without randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}
