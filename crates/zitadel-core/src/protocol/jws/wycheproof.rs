//! The vectors for JSON Web Signatures of project Wycheproof (`testdata/README.md`): forged and damaged tokens, and valid ones.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;

const VECTORS: &[u8] = include_bytes!("testdata/json_web_signature_test.json");

/// Valid tokens that are refused on purpose, with the reason. Each must be refused, or the list is out of date.
const EXCEPTIONS: &[(u64, &str)] =
    &[(347, "the JWK's `alg` is `ES521`, which is no algorithm: RFC 7518 §3.1 calls it `ES512`"), (351, "the same")];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    /// Asymmetric keys.
    public: Option<Value>,
    /// Symmetric keys have no public part.
    private: Option<Value>,
    tests: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    tc_id: u64,
    comment: String,
    jws: String,
    result: ExpectedResult,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ExpectedResult {
    Valid,
    Invalid,
    /// May be accepted or refused.
    Acceptable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Accepted,
    Refused,
    /// Its key is for an algorithm that is not one of the seven.
    RefusedAlgorithm,
    /// In [`EXCEPTIONS`].
    RefusedException,
}

/// Whether no token can be verified with this key, whatever its label says: HMAC and RSASSA-PSS.
fn is_for_refused_algorithm(jwk: &Value) -> bool {
    let text = |member| jwk.get(member).and_then(Value::as_str).unwrap_or_default();
    text("kty") == "oct" || text("alg").starts_with("PS")
}

#[test]
fn every_vector_is_judged_as_it_is_labelled() {
    let file: File = serde_json::from_slice(VECTORS).unwrap();
    let mut counts: BTreeMap<(ExpectedResult, Outcome), usize> = BTreeMap::new();
    for group in &file.test_groups {
        let jwk = group.public.as_ref().or(group.private.as_ref()).unwrap();
        let keys = KeySet::parse(serde_json::json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
        assert_eq!(keys.len() + keys.skipped(), 1);
        for Vector { tc_id, comment, jws, result } in &group.tests {
            let accepted = verify(jws, &keys, None);
            let exception = EXCEPTIONS.iter().find(|(id, _)| id == tc_id);
            let outcome = match (accepted.is_ok(), exception) {
                (true, _) => Outcome::Accepted,
                (false, _) if is_for_refused_algorithm(jwk) => Outcome::RefusedAlgorithm,
                (false, Some(_)) => Outcome::RefusedException,
                (false, None) => Outcome::Refused,
            };
            let as_labelled = match result {
                ExpectedResult::Valid => outcome != Outcome::Refused,
                ExpectedResult::Invalid => outcome != Outcome::Accepted,
                ExpectedResult::Acceptable => true,
            };
            assert!(as_labelled, "{tc_id} ({comment}) is {result:?}: {:?}", accepted.err());
            assert!(!is_for_refused_algorithm(jwk) || keys.len() == 0, "{tc_id}: its key is used");
            *counts.entry((*result, outcome)).or_default() += 1;
        }
    }
    let expected = BTreeMap::from([
        ((ExpectedResult::Valid, Outcome::Accepted), 18),
        ((ExpectedResult::Valid, Outcome::RefusedAlgorithm), 26),
        ((ExpectedResult::Valid, Outcome::RefusedException), 2),
        ((ExpectedResult::Invalid, Outcome::Refused), 266),
        ((ExpectedResult::Invalid, Outcome::RefusedAlgorithm), 89),
    ]);
    assert_eq!(counts, expected);
    assert_eq!(counts.values().sum::<usize>(), file.number_of_tests);
    assert_eq!(file.number_of_tests, 401);
}
