//! Published test vectors: RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A, OpenID Connect Core appendix A.3.

use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};

use super::*;

fn bytes(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn key(algorithm: SigningAlgorithm, pair: KeyPair) -> SigningKey {
    let key = SigningKey::new("1".to_owned(), algorithm);
    assert!(key.pair.set(pair).is_ok());
    key
}

const RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RSA_D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";
const RSA_P: &str = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc";
const RSA_Q: &str = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc";
const RSA_DP: &str = "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0";
const RSA_DQ: &str = "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU";
const RSA_QI: &str = "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U";
const RSA_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

#[test]
fn rs256_signature_and_jwk_match_rfc_7515_appendix_a_2() {
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: bytes(RSA_N), e: bytes("AQAB") },
        d: bytes(RSA_D),
        p: bytes(RSA_P),
        q: bytes(RSA_Q),
        dP: bytes(RSA_DP),
        dQ: bytes(RSA_DQ),
        qInv: bytes(RSA_QI),
    };
    let key = key(SigningAlgorithm::Rs256, KeyPair::Rsa(RsaKeyPair::from_components(&components).unwrap()));
    let input = format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}");
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes())), RSA_SIGNATURE);
    assert!(key.verify(input.as_bytes(), &bytes(RSA_SIGNATURE)));
    let published = format!(r#"{{"use":"sig","kty":"RSA","kid":"1","alg":"RS256","n":"{RSA_N}","e":"AQAB"}}"#);
    assert_eq!(key.jwk().to_string(), published);
}

#[test]
fn es256_verification_and_jwk_match_rfc_7515_appendix_a_3() {
    let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    let point = [vec![4], bytes(x), bytes(y)].concat();
    let private = bytes("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(curve, &private, &point).unwrap();
    let key = key(SigningAlgorithm::Es256, KeyPair::Ec(pair));
    let input = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}");
    let published = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    assert!(key.verify(input.as_bytes(), &bytes(published)));
    assert!(key.verify(input.as_bytes(), &key.sign(input.as_bytes())));
    let jwk = format!(r#"{{"use":"sig","kty":"EC","kid":"1","crv":"P-256","alg":"ES256","x":"{x}","y":"{y}"}}"#);
    assert_eq!(key.jwk().to_string(), jwk);
}

#[test]
fn eddsa_signature_and_jwk_match_rfc_8037_appendix_a() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let seed = bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &bytes(x)).unwrap();
    let key = key(SigningAlgorithm::EdDsa, KeyPair::Ed(pair));
    let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let published = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(key.sign(input)), published);
    let jwk = format!(r#"{{"use":"sig","kty":"OKP","kid":"1","crv":"Ed25519","alg":"EdDSA","x":"{x}"}}"#);
    assert_eq!(key.jwk().to_string(), jwk);
}

#[test]
fn at_hash_matches_appendix_a_3_of_openid_connect_core() {
    let hash = SigningAlgorithm::Rs256.left_half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
    assert_eq!(hash, "77QmUPtjPfzWtF2AnpK9RQ");
}

#[test]
fn every_algorithm_verifies_only_its_own_signatures() {
    for algorithm in SigningAlgorithm::ALL {
        let key = SigningKey::new("1".to_owned(), algorithm);
        let mut signature = key.sign(b"message");
        assert!(key.verify(b"message", &signature), "{algorithm:?}");
        assert!(!key.verify(b"massage", &signature), "{algorithm:?}");
        signature[0] ^= 1;
        assert!(!key.verify(b"message", &signature), "{algorithm:?}");
    }
}

#[test]
fn debug_output_contains_no_key_material() {
    let key = SigningKey::new("1".to_owned(), SigningAlgorithm::EdDsa);
    key.key_pair();
    assert_eq!(format!("{key:?}"), r#"SigningKey { id: "1", algorithm: EdDsa, .. }"#);
}

#[test]
fn the_rsa_keys_have_different_sizes() {
    let bits = |algorithm| {
        let jwk = SigningKey::new("1".to_owned(), algorithm).jwk();
        BASE64_URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap().len() * 8
    };
    assert_eq!((bits(SigningAlgorithm::Rs256), bits(SigningAlgorithm::Rs512)), (2048, 3072));
}
