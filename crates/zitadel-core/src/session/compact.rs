//! The compact form of a session, so that an ordinary ZITADEL session is one cookie.
//!
//! `postcard` (no field names) around two parts. What is secret — opaque tokens and signatures — is random
//! and lies there as raw bytes. What *describes* the user — the texts of JWTs and the claims taken from them —
//! repeats itself a lot and is compressed with LZ4 and a fixed dictionary of the words ZITADEL uses.
//! Secrets are kept out of the compressed part on purpose: the length of a compressed text says something
//! about its contents.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Session, SessionId,
    chunk::TooLarge,
    lifetime::Times,
    token::{JwtBytes, PackedToken},
};
use crate::{table::Text, time::Timestamp, user::Claims};

/// Words that ID tokens and claims of ZITADEL contain, most frequent last (LZ4 looks back). Part of the
/// format: a change needs a new version in `seal.rs`, or sessions of before the update do not open.
const DICTIONARY: &[u8] = br#"phone_number_verifiedmiddle_namezoneinfobirthdatewebsitehttps://.zitadel.cloud/assets/v1/users//avatar?v=urn:zitadel:iam:user:metadataurn:zitadel:iam:user:resourceowner","en","de","fr","male","female"usereditorvieweradminlocalhost.example.com"https://http://localhost:http://127.0.0.1:{"alg":"ES256","kid":"{"alg":"EdDSA","kid":"{"alg":"RS256","kid":"","typ":"JWT"}{"iss":"https://","sub":"","aud":["","",""],"exp":17,"iat":17,"auth_time":17,"nonce":"","amr":["pwd"],"azp":"","client_id":"","at_hash":"","sid":""}{"amr":["user","mfa"]["pwd","mfa"],"at_hash":"","aud":["","","","auth_time":17,"azp":"","client_id":"","email":"@","email_verified":true,"exp":17,"family_name":"","gender":"","given_name":"","iat":17,"iss":"https://","jti":"V2_-at_","locale":"en","name":"","nbf":17,"nickname":"","nonce":"","phone_number":"+","picture":"","preferred_username":"","sid":"V1_","sub":"","updated_at":17,"urn:zitadel:iam:org:id":"","urn:zitadel:iam:org:domain:primary":"","urn:zitadel:iam:org:project:":roles":{"admin":{"":""},"user":{"":""}},"urn:zitadel:iam:org:project:roles":{"":{"":"}},"urn:zitadel:iam:org:projects:roles":{"":{"":""}},"urn:zitadel:iam:user:metadata":{"":""},"urn:zitadel:iam:user:resourceowner:id":"","urn:zitadel:iam:user:resourceowner:name":"","urn:zitadel:iam:user:resourceowner:primary_domain":""}"#;

/// Decompressed descriptions larger than this are not ours: 256 KiB.
const MAX_DESCRIPTION: usize = 256 * 1024;

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    id: SessionId,
    started: Timestamp,
    touched: Timestamp,
    idle_seconds: u64,
    expires: Timestamp,
    refresh_at: Option<Timestamp>,
    access_expires: Option<Timestamp>,
    refresh_count: u32,
    #[serde(borrow)]
    access_token: WireToken<'a>,
    #[serde(borrow)]
    refresh_token: Option<WireToken<'a>>,
    #[serde(borrow)]
    id_token: WireToken<'a>,
    description_length: usize,
    #[serde(borrow)]
    description: &'a [u8],
}

/// Of a JWT only the signature is here; header and payload are the next pieces of the description.
#[derive(Serialize, Deserialize)]
enum WireToken<'a> {
    Text(&'a [u8]),
    Opaque(&'a [u8]),
    Jwt { header: usize, payload: usize, signature: &'a [u8] },
}

#[derive(Serialize, Deserialize)]
struct Described {
    claims: Claims,
    provider_session: Option<Text>,
    authenticated_at: Option<Timestamp>,
}

/// The description as it is written: the pieces of the JWTs, then the claims.
#[derive(Serialize)]
struct DescribedRef<'a> {
    claims: &'a Claims,
    provider_session: Option<&'a str>,
    authenticated_at: Option<Timestamp>,
}

/// Encodes a session.
///
/// # Errors
///
/// [`TooLarge`] if its description is larger than [`MAX_DESCRIPTION`].
pub(crate) fn encode(session: &Session) -> Result<Vec<u8>, TooLarge> {
    let mut description = Vec::with_capacity(2048);
    // The ID token first: decoding makes its buffer out of the whole description.
    let id_token = wire(&session.id_token, &mut description);
    let access_token = wire(&session.access_token, &mut description);
    let refresh_token = session.refresh_token.as_ref().map(|token| wire(token, &mut description));
    let described = DescribedRef {
        claims: &session.claims,
        provider_session: session.provider_session.as_deref(),
        authenticated_at: session.authenticated_at,
    };
    let description = postcard::to_extend(&described, description).map_err(|_| TooLarge { needed: usize::MAX })?;
    if description.len() > MAX_DESCRIPTION {
        return Err(TooLarge { needed: description.len() });
    }
    let times = &session.times;
    let wire = Wire {
        id: session.id,
        started: times.started,
        touched: times.touched,
        idle_seconds: times.idle.as_secs(),
        expires: times.expires,
        refresh_at: times.refresh_at,
        access_expires: times.access_expires,
        refresh_count: session.refresh_count,
        access_token,
        refresh_token,
        id_token,
        description_length: description.len(),
        description: &lz4_flex::block::compress_with_dict(&description, DICTIONARY),
    };
    postcard::to_allocvec(&wire).map_err(|_| TooLarge { needed: usize::MAX })
}

/// Decodes what [`encode`] made; the bytes come out of a seal, so nobody else wrote them.
pub(crate) fn decode(bytes: &[u8]) -> Option<Session> {
    let wire: Wire<'_> = postcard::from_bytes(bytes).ok()?;
    if wire.description_length > MAX_DESCRIPTION {
        return None;
    }
    let mut description =
        lz4_flex::block::decompress_with_dict(wire.description, wire.description_length, DICTIONARY).ok()?;
    let id_token = match wire.id_token {
        WireToken::Jwt { header, payload, .. } => header.checked_add(payload)?,
        WireToken::Text(_) | WireToken::Opaque(_) => 0,
    };
    let mut rest = description.get(id_token..)?;
    let access_token = wire.access_token.take(&mut rest)?;
    let refresh_token = match wire.refresh_token {
        Some(token) => Some(token.take(&mut rest)?),
        None => None,
    };
    let described: Described = postcard::from_bytes(rest).ok()?;
    let id_token = match wire.id_token {
        WireToken::Jwt { header, signature, .. } => {
            description.truncate(id_token);
            description.extend_from_slice(signature);
            PackedToken::Jwt(JwtBytes::whole(description, header, id_token))
        }
        token => token.take(&mut [].as_slice())?,
    };
    Some(Session {
        id: wire.id,
        times: Times {
            started: wire.started,
            touched: wire.touched,
            idle: std::time::Duration::from_secs(wire.idle_seconds),
            expires: wire.expires,
            refresh_at: wire.refresh_at,
            access_expires: wire.access_expires,
        },
        refresh_count: wire.refresh_count,
        access_token,
        refresh_token,
        id_token,
        provider_session: described.provider_session,
        authenticated_at: described.authenticated_at,
        claims: Arc::new(described.claims),
    })
}

fn wire<'a>(token: &'a PackedToken, description: &mut Vec<u8>) -> WireToken<'a> {
    match token {
        PackedToken::Text(bytes) => WireToken::Text(bytes),
        PackedToken::Opaque(bytes) => WireToken::Opaque(bytes),
        PackedToken::Jwt(jwt) => {
            let (header, payload, signature) = jwt.parts();
            description.extend_from_slice(header);
            description.extend_from_slice(payload);
            WireToken::Jwt { header: header.len(), payload: payload.len(), signature }
        }
    }
}

impl WireToken<'_> {
    fn take(self, description: &mut &[u8]) -> Option<PackedToken> {
        Some(match self {
            Self::Text(bytes) => PackedToken::Text(bytes.to_vec()),
            Self::Opaque(bytes) => PackedToken::Opaque(bytes.to_vec()),
            Self::Jwt { header, payload, signature } => {
                let (header, rest) = description.split_at_checked(header)?;
                let (payload, rest) = rest.split_at_checked(payload)?;
                *description = rest;
                PackedToken::Jwt(JwtBytes::new(header, payload, signature))
            }
        })
    }
}
