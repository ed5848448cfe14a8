//! The compact form of a session, so that an ordinary ZITADEL session is one cookie.
//!
//! `postcard` (no field names) around two parts. The secrets (opaque tokens and signatures) are random and are kept as
//! raw bytes. The *profile* (the texts of JWTs and the claims taken from them) is repetitive and is compressed with LZ4
//! and a fixed dictionary of the words ZITADEL uses. Secrets stay out of the compressed part on purpose: the length of a
//! compressed text depends on its contents.
//!
//! A large session, as that of a user with hundreds of roles, is written smaller and read more slowly: roles that a
//! JWT contains are not written a second time, and what LZ4 wrote is compressed by DEFLATE, whose Huffman codes suit it
//! (a third to a half smaller than either alone). A response of nginx has 4 KiB for all headers by default, and there
//! two cookies are an error 502. The *packing* in the supplement says so.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Session, SessionId,
    authentication::SessionAuthentication,
    chunk::SessionTooLarge,
    packed_token::{JwtBytes, PackedToken},
    seal::Sealable,
    stale_claims::StaleClaims,
    state::Times,
};
use crate::{
    claims::{AuthenticationContext, Claims},
    protocol::role,
    roles::Roles,
    table::Text,
    time::Timestamp,
};

/// Words that ID tokens and claims of ZITADEL contain, most frequent last (LZ4 looks back). Part of the
/// format: a change needs a new version in `seal.rs`, or sessions of before the update do not open.
const DICTIONARY: &[u8] = br#"phone_number_verifiedmiddle_namezoneinfobirthdatewebsitehttps://.zitadel.cloud/assets/v1/users//avatar?v=urn:zitadel:iam:user:metadataurn:zitadel:iam:user:resourceowner","en","de","fr","male","female"usereditorvieweradminlocalhost.example.com"https://http://localhost:http://127.0.0.1:{"alg":"ES256","kid":"{"alg":"EdDSA","kid":"{"alg":"RS256","kid":"","typ":"JWT"}{"iss":"https://","sub":"","aud":["","",""],"exp":17,"iat":17,"auth_time":17,"nonce":"","amr":["pwd"],"azp":"","client_id":"","at_hash":"","sid":""}{"amr":["user","mfa"]["pwd","mfa"],"at_hash":"","aud":["","","","auth_time":17,"azp":"","client_id":"","email":"@","email_verified":true,"exp":17,"family_name":"","gender":"","given_name":"","iat":17,"iss":"https://","jti":"V2_-at_","locale":"en","name":"","nbf":17,"nickname":"","nonce":"","phone_number":"+","picture":"","preferred_username":"","sid":"V1_","sub":"","updated_at":17,"urn:zitadel:iam:org:id":"","urn:zitadel:iam:org:domain:primary":"","urn:zitadel:iam:org:project:":roles":{"admin":{"":""},"user":{"":""}},"urn:zitadel:iam:org:project:roles":{"":{"":"}},"urn:zitadel:iam:org:projects:roles":{"":{"":""}},"urn:zitadel:iam:user:metadata":{"":""},"urn:zitadel:iam:user:resourceowner:id":"","urn:zitadel:iam:user:resourceowner:name":"","urn:zitadel:iam:user:resourceowner:primary_domain":""}"#;

/// Largest profile before compression: 256 KiB.
const MAX_PROFILE: usize = 256 * 1024;

/// Size of a compressed profile, in bytes, from which on a session is large. Ordinary ones have half of it.
const LARGE: usize = 1024;

/// The packing of a large session, a sum of these. An ordinary one has none: it is written as it was before there was one.
mod packing {
    /// DEFLATE after LZ4.
    pub(super) const DEFLATED: u8 = 1;
    /// The roles are those of the ID token.
    pub(super) const ROLES_IN_ID_TOKEN: u8 = 2;
    /// The roles are those of the access token.
    pub(super) const ROLES_IN_ACCESS_TOKEN: u8 = 4;
}

/// How hard DEFLATE tries, of 10: the time is spent once for a login or a refresh.
const DEFLATE_LEVEL: u8 = 9;

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    id: SessionId,
    started: Timestamp,
    renewed: Timestamp,
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
    profile_length: usize,
    #[serde(borrow)]
    profile: &'a [u8],
}

/// What was added since version 1 began; behind [`Wire`], where earlier releases read nothing. Absent if it is empty.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct Supplement {
    refreshed_at: Option<Timestamp>,
    stale_claims: Option<StaleClaims>,
    /// See `packing`.
    packing: u8,
    is_persistent: bool,
}

/// Of a JWT only the signature is here; header and payload are the next parts of the profile.
#[derive(Serialize, Deserialize)]
enum WireToken<'a> {
    Text(&'a [u8]),
    Opaque(&'a [u8]),
    Jwt { header: usize, payload: usize, signature: &'a [u8] },
}

/// Behind it may be an [`AuthenticationContext`], where earlier releases read nothing: that of the login, if the ID token says
/// something else.
#[derive(Serialize, Deserialize)]
struct Profile {
    claims: Claims,
    provider_session: Option<Text>,
    authenticated_at: Option<Timestamp>,
}

/// The end of the profile as it is written, after the texts of the JWTs.
#[derive(Serialize)]
struct ProfileRef<'a> {
    claims: &'a Claims,
    provider_session: Option<&'a str>,
    authenticated_at: Option<Timestamp>,
}

impl Sealable for Session {
    type Error = SessionTooLarge;

    fn encode(&self) -> Result<Zeroizing<Vec<u8>>, SessionTooLarge> {
        encode(self).map(Zeroizing::new)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        decode(bytes)
    }
}

/// Encodes a session.
///
/// # Errors
///
/// [`SessionTooLarge`] if the profile is larger than [`MAX_PROFILE`].
fn encode(session: &Session) -> Result<Vec<u8>, SessionTooLarge> {
    let mut profile = Vec::with_capacity(2048);
    // The ID token first: decoding makes its buffer out of the whole profile.
    let id_token = wire(&session.id_token, &mut profile);
    let access_token = wire(&session.access_token, &mut profile);
    let refresh_token = session.refresh_token.as_ref().map(|token| wire(token, &mut profile));
    let (mut length, mut compressed) = compress(&profile, session, &session.claims)?;
    let mut packing = 0;
    if compressed.len() > LARGE {
        packing = packing::DEFLATED;
        let holders =
            [(packing::ROLES_IN_ID_TOKEN, &session.id_token), (packing::ROLES_IN_ACCESS_TOKEN, &session.access_token)];
        if let Some((holder, _)) = holders.into_iter().find(|(_, token)| roles(token) == session.claims.roles) {
            packing += holder;
            let claims = Claims { roles: Roles::default(), ..Claims::clone(&session.claims) };
            (length, compressed) = compress(&profile, session, &claims)?;
        }
        compressed = miniz_oxide::deflate::compress_to_vec(&compressed, DEFLATE_LEVEL);
    }
    let times = &session.times;
    let wire = Wire {
        id: session.id,
        started: times.started_at,
        renewed: times.renewed_at,
        idle_seconds: times.idle_timeout.as_secs(),
        expires: times.expires_at,
        refresh_at: times.refresh_at,
        access_expires: times.access_token_expires_at,
        refresh_count: session.refresh_count,
        access_token,
        refresh_token,
        id_token,
        profile_length: length,
        profile: &compressed,
    };
    let supplement = Supplement {
        refreshed_at: times.refreshed_at,
        stale_claims: times.stale_claims,
        packing,
        is_persistent: times.is_persistent,
    };
    let mut bytes = postcard::to_allocvec(&wire).map_err(|_| SessionTooLarge { needed: usize::MAX })?;
    if supplement != Supplement::default() {
        bytes = postcard::to_extend(&supplement, bytes).map_err(|_| SessionTooLarge { needed: usize::MAX })?;
    }
    Ok(bytes)
}

/// The roles in a token.
fn roles(token: &PackedToken) -> Roles {
    serde_json::from_slice(token.payload()).map(|claims| role::roles(&claims)).unwrap_or_default()
}

/// The profile from the texts of the JWTs and these claims: its length, and LZ4 of it.
fn compress(texts: &[u8], session: &Session, claims: &Claims) -> Result<(usize, Vec<u8>), SessionTooLarge> {
    let fields = ProfileRef {
        claims,
        provider_session: session.provider_session.as_deref(),
        authenticated_at: session.authenticated_at,
    };
    let too_large = |_| SessionTooLarge { needed: usize::MAX };
    let mut profile = postcard::to_extend(&fields, texts.to_vec()).map_err(too_large)?;
    if let Some(context) = session.authentication.kept() {
        profile = postcard::to_extend(context, profile).map_err(too_large)?;
    }
    if profile.len() > MAX_PROFILE {
        return Err(SessionTooLarge { needed: profile.len() });
    }
    Ok((profile.len(), lz4_flex::block::compress_with_dict(&profile, DICTIONARY)))
}

/// Decodes what [`encode`] made; the bytes come out of a seal, so they were written here.
fn decode(bytes: &[u8]) -> Option<Session> {
    let (wire, rest): (Wire<'_>, _) = postcard::take_from_bytes(bytes).ok()?;
    let supplement: Supplement =
        if rest.is_empty() { Supplement::default() } else { postcard::from_bytes(rest).ok()? };
    let packing = supplement.packing;
    if wire.profile_length > MAX_PROFILE {
        return None;
    }
    let mut compressed = Cow::Borrowed(wire.profile);
    if packing & packing::DEFLATED != 0 {
        compressed = miniz_oxide::inflate::decompress_to_vec_with_limit(&compressed, MAX_PROFILE).ok()?.into();
    }
    let mut profile = lz4_flex::block::decompress_with_dict(&compressed, wire.profile_length, DICTIONARY).ok()?;
    let id_token = match wire.id_token {
        WireToken::Jwt { header, payload, .. } => header.checked_add(payload)?,
        WireToken::Text(_) | WireToken::Opaque(_) => 0,
    };
    let mut rest = profile.get(id_token..)?;
    let access_token = wire.access_token.take(&mut rest)?;
    let refresh_token = match wire.refresh_token {
        Some(token) => Some(token.take(&mut rest)?),
        None => None,
    };
    let (profile_fields, rest): (Profile, _) = postcard::take_from_bytes(rest).ok()?;
    let kept = match rest {
        [] => None,
        rest => Some(postcard::from_bytes::<AuthenticationContext>(rest).ok()?),
    };
    let id_token = match wire.id_token {
        WireToken::Jwt { header, signature, .. } => {
            profile.truncate(id_token);
            profile.extend_from_slice(signature);
            PackedToken::Jwt(JwtBytes::whole(profile, header, id_token))
        }
        token => token.take(&mut [].as_slice())?,
    };
    let mut session = Session {
        id: wire.id,
        times: Times {
            started_at: wire.started,
            renewed_at: wire.renewed,
            idle_timeout: std::time::Duration::from_secs(wire.idle_seconds),
            expires_at: wire.expires,
            refresh_at: wire.refresh_at,
            access_token_expires_at: wire.access_expires,
            refreshed_at: supplement.refreshed_at,
            stale_claims: supplement.stale_claims,
            is_persistent: supplement.is_persistent,
        },
        refresh_count: wire.refresh_count,
        access_token,
        refresh_token,
        id_token,
        provider_session: profile_fields.provider_session,
        authenticated_at: profile_fields.authenticated_at,
        authentication: SessionAuthentication::new(kept),
        claims: Arc::default(),
    };
    let mut claims = profile_fields.claims;
    if packing & packing::ROLES_IN_ID_TOKEN != 0 {
        claims.roles = roles(&session.id_token);
    } else if packing & packing::ROLES_IN_ACCESS_TOKEN != 0 {
        claims.roles = roles(&session.access_token);
    }
    session.claims = Arc::new(claims);
    Some(session)
}

fn wire<'a>(token: &'a PackedToken, profile: &mut Vec<u8>) -> WireToken<'a> {
    match token {
        PackedToken::Text(bytes) => WireToken::Text(bytes),
        PackedToken::Opaque(bytes) => WireToken::Opaque(bytes),
        PackedToken::Jwt(jwt) => {
            let (header, payload, signature) = jwt.parts();
            profile.extend_from_slice(header);
            profile.extend_from_slice(payload);
            WireToken::Jwt { header: header.len(), payload: payload.len(), signature }
        }
    }
}

impl WireToken<'_> {
    fn take(self, profile: &mut &[u8]) -> Option<PackedToken> {
        Some(match self {
            Self::Text(bytes) => PackedToken::Text(bytes.to_vec()),
            Self::Opaque(bytes) => PackedToken::Opaque(bytes.to_vec()),
            Self::Jwt { header, payload, signature } => {
                let (header, rest) = profile.split_at_checked(header)?;
                let (payload, rest) = rest.split_at_checked(payload)?;
                *profile = rest;
                PackedToken::Jwt(JwtBytes::new(header, payload, signature))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Claims `{"amr":["pwd"]}`, without a signature that anything would verify.
    const ID_TOKEN: &str = "e30.eyJhbXIiOlsicHdkIl19.AAAA";

    fn example() -> Session {
        let now = Timestamp::from_unix(1_000_000);
        let mut session =
            super::super::examples::session(Claims::default(), None, AuthenticationContext::default(), now);
        session.id_token = PackedToken::pack(ID_TOKEN);
        session.authentication = SessionAuthentication::default();
        session
    }

    #[test]
    fn what_was_added_comes_back_and_earlier_releases_do_not_see_it() {
        let now = Timestamp::from_unix(1_000_000);
        let mut session = example();
        let before = encode(&session).unwrap();
        session.times.refreshed_at = Some(now);
        session.times.stale_claims = Some(StaleClaims::after_refresh(None, now, Duration::from_secs(60)));
        let bytes = encode(&session).unwrap();
        assert!(decode(&bytes).unwrap() == session);
        let (_, rest) = postcard::take_from_bytes::<Wire<'_>>(&before).unwrap();
        assert!(rest.is_empty(), "a session without them has the same form as before");
        assert!(bytes.starts_with(&before) && bytes.len() - before.len() <= 32);
    }

    #[test]
    fn methods_of_the_login_come_back_and_earlier_releases_do_not_see_them() {
        let session = example();
        let before = encode(&session).unwrap();
        assert_eq!(decode(&before).unwrap().authentication_context().amr, ["pwd"], "those of the ID token");
        let mut refreshed = session.clone();
        let login = AuthenticationContext { acr: Some("urn:mfa".into()), amr: vec!["user".into(), "mfa".into()] };
        refreshed.authentication = SessionAuthentication::new(Some(login.clone()));
        let bytes = encode(&refreshed).unwrap();
        assert!(decode(&bytes).unwrap() == refreshed);
        assert_eq!(*decode(&bytes).unwrap().authentication_context(), login);
        let profile = |bytes: &[u8]| {
            let wire: Wire<'_> = postcard::from_bytes(bytes).unwrap();
            lz4_flex::block::decompress_with_dict(wire.profile, wire.profile_length, DICTIONARY).unwrap()
        };
        let (before, after) = (profile(&before), profile(&bytes));
        assert!(after.len() > before.len() && after.starts_with(&before), "it is behind what earlier releases read");
    }
}
