//! Data for a session that does not fit into one cookie.

/// As many bytes, which cannot be compressed.
#[must_use]
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [_, _, _, byte, ..] = state.to_le_bytes();
        byte
    };
    std::iter::repeat_with(next).take(bytes).collect()
}
