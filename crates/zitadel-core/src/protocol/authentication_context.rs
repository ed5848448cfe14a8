//! How a user authenticated: `acr` and `amr` of an ID token, an access token or an introspection response.
//!
//! 1. `acr` is a text (OIDC Core §2); the empty one counts as absent.
//! 2. `amr` is a list of texts (RFC 8176); what else is in the list is left out, and anything but a list counts as absent.

use serde_json::{Map, Value};

use super::strict_json;
use crate::claims::AuthenticationContext;

pub(crate) fn authentication_context(claims: &Map<String, Value>) -> AuthenticationContext {
    let acr = strict_json::text(claims, "acr").filter(|class| !class.is_empty());
    let amr = claims.get("amr").and_then(Value::as_array);
    let methods = amr.into_iter().flatten().filter_map(Value::as_str).filter(|method| !method.is_empty());
    AuthenticationContext { acr: acr.map(Into::into), amr: methods.map(Into::into).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_texts_count() {
        let context = |claims: Value| authentication_context(claims.as_object().unwrap());
        let both = context(json!({ "acr": "urn:mfa", "amr": ["pwd", 7, "", null, "mfa"] }));
        assert_eq!((both.acr.as_deref(), both.amr), (Some("urn:mfa"), vec!["pwd".into(), "mfa".into()]));
        for claims in [json!({}), json!({ "acr": "", "amr": "mfa" }), json!({ "acr": 2, "amr": { "0": "mfa" } })] {
            assert!(context(claims.clone()).is_empty(), "{claims}");
        }
    }
}
