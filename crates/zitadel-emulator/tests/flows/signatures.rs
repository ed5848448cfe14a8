//! Verification of the emulator's signatures with an independent implementation (`jsonwebtoken`).

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
use serde_json::Value;
use zitadel_emulator::{AccessTokenType, Emulator, SigningAlgorithm};

use crate::support::*;

#[test]
fn tokens_of_every_algorithm_verify_with_the_published_keys() {
    for (algorithm, expected) in [
        (SigningAlgorithm::Rs256, Algorithm::RS256),
        (SigningAlgorithm::Rs384, Algorithm::RS384),
        (SigningAlgorithm::Rs512, Algorithm::RS512),
        (SigningAlgorithm::Es256, Algorithm::ES256),
        (SigningAlgorithm::Es384, Algorithm::ES384),
        (SigningAlgorithm::EdDsa, Algorithm::EdDSA),
    ] {
        let emulator = Emulator::builder().signing_algorithm(algorithm).build();
        emulator.client().set_access_token_type(AccessTokenType::Jwt);
        let tokens = login(&emulator, "alice", &[]);
        let set: JwkSet = serde_json::from_value(get(&emulator, "/oauth/v2/keys").json()).unwrap();
        for token in ["id_token", "access_token"] {
            let key = set.find(token_part(&tokens[token], 0)["kid"].as_str().unwrap()).unwrap();
            let mut validation = Validation::new(expected);
            validation.set_audience(&[emulator.client().id()]);
            validation.set_issuer(&[emulator.issuer()]);
            let key = DecodingKey::from_jwk(key).unwrap();
            let verified = decode::<Value>(tokens[token].as_str().unwrap(), &key, &validation);
            assert_eq!(verified.unwrap().claims, claims(&tokens[token]), "{algorithm:?} {token}");
        }
    }
}

#[test]
fn es512_verifies_with_aws_lc_because_jsonwebtoken_lacks_it() {
    use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

    let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::Es512).build();
    let token = login(&emulator, "alice", &[])["id_token"].as_str().unwrap().to_owned();
    let key = get(&emulator, "/oauth/v2/keys").json()["keys"][0].clone();
    assert_eq!((key["crv"].as_str(), key["alg"].as_str()), (Some("P-521"), Some("ES512")));
    let coordinate = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert_eq!((point.len(), signature.len()), (133, 132));
    UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point).verify(message.as_bytes(), &signature).unwrap();
}
