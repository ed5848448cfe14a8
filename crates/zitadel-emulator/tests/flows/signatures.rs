//! An independent implementation (`jsonwebtoken`) verifies what the emulator signs.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
use serde_json::Value;
use zitadel_emulator::{AccessTokenType, Emulator, SigningAlgorithm};

use crate::browser::*;

#[test]
fn tokens_of_every_algorithm_verify_with_the_published_keys() {
    for (ours, theirs) in [
        (SigningAlgorithm::Rs256, Algorithm::RS256),
        (SigningAlgorithm::Rs384, Algorithm::RS384),
        (SigningAlgorithm::Rs512, Algorithm::RS512),
        (SigningAlgorithm::Es256, Algorithm::ES256),
        (SigningAlgorithm::Es384, Algorithm::ES384),
        (SigningAlgorithm::EdDsa, Algorithm::EdDSA),
    ] {
        let emulator = Emulator::builder().signing_algorithm(ours).build();
        emulator.client().set_access_token_type(AccessTokenType::Jwt);
        let tokens = sign_in(&emulator, "alice", &[]);
        let set: JwkSet = serde_json::from_value(get(&emulator, "/oauth/v2/keys").json()).unwrap();
        for token in ["id_token", "access_token"] {
            let key = set.find(part(&tokens[token], 0)["kid"].as_str().unwrap()).unwrap();
            let mut rules = Validation::new(theirs);
            rules.set_audience(&[emulator.client().id()]);
            rules.set_issuer(&[emulator.issuer()]);
            let key = DecodingKey::from_jwk(key).unwrap();
            let verified = decode::<Value>(tokens[token].as_str().unwrap(), &key, &rules);
            assert_eq!(verified.unwrap().claims, claims(&tokens[token]), "{ours:?} {token}");
        }
    }
}

#[test]
fn es512_which_the_referee_lacks_verifies_with_aws_lc() {
    use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

    let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::Es512).build();
    let token = sign_in(&emulator, "alice", &[])["id_token"].as_str().unwrap().to_owned();
    let key = get(&emulator, "/oauth/v2/keys").json()["keys"][0].clone();
    assert_eq!((key["crv"].as_str(), key["alg"].as_str()), (Some("P-521"), Some("ES512")));
    let coordinate = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert_eq!((point.len(), signature.len()), (133, 132));
    UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point).verify(message.as_bytes(), &signature).unwrap();
}
