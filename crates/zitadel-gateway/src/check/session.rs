//! Cookies and the session secret.

use std::collections::BTreeMap;

use url::Url;

use super::{Context, code::Code, report::Report};

/// Bits that a text seems to hold by the frequency of its bytes. 32 random hexadecimal digits have about 115, because
/// few repeat by chance; a key for AES should have 128.
const MIN_BITS: f64 = 96.0;

/// Settings whose values are secrets of their own.
const OTHER_SECRETS: [&str; 5] = [
    "ZITADEL_CLIENT_SECRET",
    "ZITADEL_SERVICE_ACCOUNT_SECRET",
    "ZITADEL_SERVICE_ACCOUNT_TOKEN",
    "SESSION_SALT",
    "SESSION_STORE",
];

pub(super) fn check(context: &Context, report: &mut Report) {
    if let Some(url) = context.redirect_uri().and_then(|uri| Url::parse(&uri).ok()) {
        match url.scheme() {
            "https" => report.add(Code::CookiesOk, "The gateway is https for browsers."),
            _ => report.add(Code::CookiesLoopback, "The gateway is http on loopback for browsers."),
        }
    }
    let Some(secret) = context.secret("SESSION_SECRET") else { return };
    if let Some(other) = OTHER_SECRETS.iter().find(|name| context.secret(name).is_some_and(|other| other == secret)) {
        report.add(Code::SessionSecretReused, format!("SESSION_SECRET has the value of {other}."));
    } else if !looks_random(&secret) {
        report.add(Code::SessionSecretWeak, "SESSION_SECRET repeats itself, or is a sequence.");
    } else {
        report.add(Code::SessionSecretOk, "SESSION_SECRET looks random.");
    }
}

/// Whether a text is neither repeated, nor a sequence, nor made of few different bytes. No test can show that a text is random.
fn looks_random(text: &str) -> bool {
    let bytes = text.as_bytes();
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let steps = pairs.filter(|(one, next)| one.abs_diff(**next) <= 1).count();
    let is_sequence = steps * 2 > bytes.len();
    let repeats_after = |period: usize| bytes.iter().zip(bytes.iter().skip(period)).all(|(one, other)| one == other);
    let is_repeated = (1..=bytes.len() / 2).any(repeats_after);
    !is_sequence && !is_repeated && bits(bytes) >= MIN_BITS
}

/// Shannon's entropy of the bytes, times their number.
fn bits(bytes: &[u8]) -> f64 {
    let mut counts = BTreeMap::new();
    for byte in bytes {
        *counts.entry(byte).or_insert(0_u32) += 1;
    }
    let total = f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    counts.values().map(|count| -f64::from(*count) * (f64::from(*count) / total).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_texts_pass_and_patterns_do_not() {
        for random in [
            "fAYMQ2hKvP1nD7wXjRcE0uLs9TzoB4Gi",
            // openssl rand -hex 16
            "9f86d081884c7d659a2feaa0c55ad015",
            "3a7bd3e2360a3d29eea436fcfb7e44c7",
            // openssl rand -base64 48
            "kq1y3bU6mJ0q6v5X8b2h1oQ4wz7Rr9Tn+Jc0LxPEsdM2YfGiAaVHuK/NtBe5CZlS",
        ] {
            assert!(looks_random(random), "{random}");
        }
        for pattern in [
            "abcdefghijklmnopqrstuvwxyz012345",
            "0123456789012345678901234567890123456789",
            "x7Kq2mPaz9x7Kq2mPaz9x7Kq2mPaz9x7Kq2mPaz9",
            "aaaaaaaabbbbbbbbccccccccddddddddeeeeffffgghh",
            "10100101101001011010010110010101",
        ] {
            assert!(!looks_random(pattern), "{pattern}");
        }
    }
}
