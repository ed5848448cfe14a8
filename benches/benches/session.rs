//! Opening and sealing a session, compared with the minimal cost of any sealed cookie and with `cookie`'s `PrivateJar`.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use benches::{PlainSession, criterion, ratio, samples};
use cookie::{Cookie, CookieJar, Key};
use zitadel_core::internals::Opened;

fn main() {
    let mut criterion = criterion();
    let samples = samples();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    let jar_key = Key::from(&[7; 64]);
    for sample in &samples {
        let opened = Opened::open(&sample.zitadel, sample.sealed()).unwrap();

        // The reference: the fastest implementations of base64 and AEAD over the same bytes, and a decoder over the same
        // session; without key id, derived key, compression and purpose.
        let mut bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(sample.sealed()).unwrap();
        bytes.truncate(bytes.len() - 12 - 16);
        let plain = bytes.clone();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key([1; 12]), Aad::from("session"), &mut bytes).unwrap();
        bytes.extend_from_slice(&[1; 12]);
        let reference = base64_simd::URL_SAFE_NO_PAD.encode_to_string(&bytes);
        let encoded = opened.encoded();

        let json = serde_json::to_string(&PlainSession::from(&opened)).unwrap();
        let mut jar = CookieJar::new();
        jar.private_mut(&jar_key).add(Cookie::new("session", json.clone()));
        let private = jar.get("session").unwrap().clone();
        // The header that a browser sends, with two other cookies around ours.
        let line = format!("theme=dark; {}; consent=yes", private.encoded());
        let private = private.value();
        let head = sample.head();

        let mut group = criterion.benchmark_group(format!("open-{}", sample.name));
        group.bench_function("ours", |b| b.iter(|| Opened::open(&sample.zitadel, black_box(sample.sealed())).unwrap()));
        group.bench_function("reference", |b| {
            b.iter(|| {
                let mut bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(black_box(&reference)).unwrap();
                let length = bytes.len() - 12;
                let (sealed, nonce) = bytes.split_at_mut(length);
                let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
                let message = key.open_in_place(nonce, Aad::from("session"), sealed).unwrap();
                black_box(&*message);
                Opened::decode(black_box(&encoded)).unwrap()
            });
        });
        group.bench_function("private-jar", |b| {
            b.iter(|| {
                let mut jar = CookieJar::new();
                jar.add_original(Cookie::new("session", black_box(private).to_owned()));
                let cookie = jar.private(&jar_key).get("session").unwrap();
                serde_json::from_str::<PlainSession>(cookie.value()).unwrap()
            });
        });
        group.finish();

        let mut group = criterion.benchmark_group(format!("open-request-{}", sample.name));
        group.bench_function("ours", |b| b.iter(|| Opened::find(&sample.zitadel, black_box(&head)).unwrap()));
        group.bench_function("private-jar", |b| {
            b.iter(|| {
                let mut jar = CookieJar::new();
                for cookie in Cookie::split_parse_encoded(black_box(&line)).flatten() {
                    jar.add_original(cookie.into_owned());
                }
                let cookie = jar.private(&jar_key).get("session").unwrap();
                serde_json::from_str::<PlainSession>(cookie.value()).unwrap()
            });
        });
        group.finish();

        let mut group = criterion.benchmark_group(format!("seal-{}", sample.name));
        group.bench_function("ours", |b| b.iter(|| black_box(&opened).seal(&sample.zitadel)));
        group.bench_function("reference", |b| {
            b.iter(|| {
                black_box(opened.encoded());
                let mut bytes = black_box(&plain).clone();
                key.seal_in_place_append_tag(Nonce::assume_unique_for_key([1; 12]), Aad::from("session"), &mut bytes)
                    .unwrap();
                bytes.extend_from_slice(&[1; 12]);
                base64_simd::URL_SAFE_NO_PAD.encode_to_string(&bytes)
            });
        });
        group.bench_function("private-jar", |b| {
            b.iter(|| {
                let json = serde_json::to_string(&PlainSession::from(black_box(&opened))).unwrap();
                let mut jar = CookieJar::new();
                jar.private_mut(&jar_key).add(Cookie::new("session", json));
                jar
            });
        });
        group.finish();
        eprintln!("{}: cookie {} bytes, PrivateJar {} bytes", sample.name, sample.cookie.len(), private.len());
    }
    criterion.final_summary();
    for name in ["small", "ordinary", "large"] {
        let id = |verb: &str, who: &str| format!("{verb}-{name}/{who}");
        ratio(&format!("open {name} ÷ reference"), &id("open", "ours"), &id("open", "reference"), "at most 2.5");
        ratio(&format!("open {name} ÷ PrivateJar"), &id("open", "ours"), &id("open", "private-jar"), "at most 0.33");
        let (ours, theirs) = (id("open-request", "ours"), id("open-request", "private-jar"));
        ratio(&format!("open {name} ÷ PrivateJar, from the header"), &ours, &theirs, "at most 0.33");
        ratio(&format!("seal {name} ÷ reference"), &id("seal", "ours"), &id("seal", "reference"), "");
        ratio(&format!("seal {name} ÷ PrivateJar"), &id("seal", "ours"), &id("seal", "private-jar"), "");
    }
}
