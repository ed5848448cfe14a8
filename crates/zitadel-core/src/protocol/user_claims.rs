//! Claims of the ID token and of userinfo → [`Claims`] of a user.
//!
//! 1. `sub` is the ID token's. Otherwise userinfo wins, claim by claim: it is fresher, and ZITADEL leaves profile,
//!    e-mail and roles out of the ID token unless the application is set to assert them there.
//! 2. If userinfo was fetched, the roles are userinfo's alone: a role that was removed is absent there, and the ID
//!    token, which after a refresh may be an old one, would bring it back. (ZITADEL puts no role into the ID token
//!    that is not in userinfo.)
//! 3. Claims that belong together come from one source: `email_verified` from the one that gave the e-mail address,
//!    `phone_number_verified` from that of the number, name and domain of an organization from that of its id. Otherwise
//!    an old "verified" would be said of a new address.
//! 4. A claim of the wrong type is absent, as are null and the empty text. The text `"true"`
//!    is not true (OIDC Core §5.1); absent is false (ZITADEL leaves false out).
//! 5. Metadata values are base64url without padding; padding and the standard alphabet are understood too (ZITADEL's
//!    documentation says base64). A value that is neither is left out.
//! 6. Claims about the token instead of the user (`aud`, `nonce`, `at_hash`, …) are dropped; every other claim is kept
//!    as JSON text.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{base64url, role, strict_json};
use crate::{
    claims::{Claims, Organization},
    table::{Table, Text},
};

const METADATA: &str = "urn:zitadel:iam:user:metadata";
const RESOURCE_OWNER_PREFIX: &str = "urn:zitadel:iam:user:resourceowner:";
const RESOURCE_OWNER_ID: &str = "urn:zitadel:iam:user:resourceowner:id";
const RESOURCE_OWNER_NAME: &str = "urn:zitadel:iam:user:resourceowner:name";
const RESOURCE_OWNER_DOMAIN: &str = "urn:zitadel:iam:user:resourceowner:primary_domain";

/// Claims a [`Claims`] has a field for.
const TYPED: [&str; 13] = [
    "name",
    "given_name",
    "family_name",
    "nickname",
    "preferred_username",
    "picture",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "gender",
    "locale",
    "updated_at",
];

/// Claims about the token instead of the user.
const PROTOCOL: [&str; 18] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "azp",
    "client_id",
    "sid",
    "auth_time",
    "amr",
    "acr",
    "act",
];

/// The claims about the user, from both sources. Both are equally fresh: after a refresh without a new ID token, `id_token`
/// is [`identity_only`] where there is userinfo.
pub(crate) fn user_claims(id_token: &Map<String, Value>, user_info: Option<&Map<String, Value>>) -> Claims {
    let mut merged = Cow::Borrowed(id_token);
    if let Some(user_info) = user_info {
        let merged = merged.to_mut();
        merged.retain(|name, _| !role::is_role_claim(name));
        merged.extend(user_info.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    // The source that gave this claim: rule 3.
    let source = |name: &str| user_info.filter(|claims| text(claims, name).is_some()).unwrap_or(id_token);
    let organization = source(RESOURCE_OWNER_ID);
    let text = |name: &str| text(source(name), name);
    Claims {
        subject: strict_json::text(id_token, "sub").unwrap_or_default().into(),
        name: text("name"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        nickname: text("nickname"),
        preferred_username: text("preferred_username"),
        picture: text("picture"),
        email: text("email"),
        email_verified: flag(source("email"), "email_verified"),
        phone_number: text("phone_number"),
        phone_number_verified: flag(source("phone_number"), "phone_number_verified"),
        gender: text("gender"),
        locale: text("locale"),
        updated_at: merged.get("updated_at").and_then(Value::as_u64),
        organization: self::text(organization, RESOURCE_OWNER_ID).map(|id| Organization {
            id,
            name: self::text(organization, RESOURCE_OWNER_NAME),
            primary_domain: self::text(organization, RESOURCE_OWNER_DOMAIN),
        }),
        roles: role::roles(&merged),
        metadata: merged.get(METADATA).map(metadata).unwrap_or_default(),
        extra: extra(&merged),
    }
}

/// Of the claims of an older ID token, who the user is: a claim that fresher userinfo no longer has must not survive there.
#[cfg(feature = "login")]
pub(crate) fn identity_only(id_token: &Map<String, Value>) -> Map<String, Value> {
    id_token.get_key_value("sub").map(|(name, value)| (name.clone(), value.clone())).into_iter().collect()
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<Text> {
    strict_json::text(claims, name).filter(|text| !text.is_empty()).map(Text::new)
}

fn flag(claims: &Map<String, Value>, name: &str) -> bool {
    claims.get(name).is_some_and(|value| value == true)
}

fn metadata(claim: &Value) -> Table<Vec<u8>> {
    let entries = claim.as_object().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.as_str(), decode(value.as_str()?)?))).collect()
}

fn decode(value: &str) -> Option<Vec<u8>> {
    let value = value.trim_end_matches('=');
    base64url::decode(value).or_else(|| base64_simd::STANDARD_NO_PAD.decode_to_vec(value).ok())
}

fn extra(claims: &Map<String, Value>) -> Table<String> {
    let known = |name: &str| {
        TYPED.contains(&name)
            || PROTOCOL.contains(&name)
            || name == METADATA
            || name.starts_with(RESOURCE_OWNER_PREFIX)
            || role::is_role_claim(name)
    };
    let rest = claims.iter().filter(|(name, value)| !known(name) && !value.is_null());
    rest.map(|(name, value)| (name.as_str(), value.to_string())).collect()
}

#[cfg(test)]
mod tests;
