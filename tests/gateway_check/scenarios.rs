//! For each code a configuration that provokes it.

use zitadel_core::environment::TransportError;
use zitadel_emulator::{AuthMethod, ClientKind, EndpointName, Fault, GrantType};
use zitadel_gateway::check::Code;
use zitadel_redb::RedbStore;

use crate::{
    case::{Case, Folder},
    scripted_transport::oauth_error,
};

const ROLES: &str = "urn:zitadel:iam:org:projects:roles";

pub(crate) async fn provoking(code: Code) -> Case {
    let case = Case::good().await;
    match code {
        Code::SettingsOk
        | Code::DiscoveryOk
        | Code::ConnectionLoopback
        | Code::ClockOk
        | Code::RedirectUriOk
        | Code::PostLogoutUriOk
        | Code::ClientAuthenticationOk
        | Code::RefreshGrantOk
        | Code::AccessTokenTypeUnknown
        | Code::IntrospectionOk
        | Code::RoleScopeOk
        | Code::RoleAssertionUnknown
        | Code::ServiceAccountOk
        | Code::MachineTokensOk
        | Code::CookiesLoopback
        | Code::SessionSecretOk
        | Code::StoreInProcess
        | Code::PublicOriginOk
        | Code::TrustedProxiesOk
        | Code::SpaOff => case,
        Code::SettingsInvalid | Code::NotChecked => case.without("SESSION_SECRET"),
        Code::DiscoveryUnreachable => case.set("ZITADEL_DOMAIN", "http://127.0.0.1:1"),
        Code::DiscoveryCertificate => case.unreachable(TransportError::Certificate),
        Code::DiscoveryRefused => faulty(case, EndpointName::Discovery, Fault::Html),
        Code::DiscoveryIssuer => faulty(case, EndpointName::Discovery, Fault::WrongIssuer),
        Code::DiscoveryIncomplete => case.without_metadata("token_endpoint"),
        Code::EndSessionUnsupported => case.without_metadata("end_session_endpoint"),
        Code::KeysUnavailable => faulty(case, EndpointName::Keys, Fault::NoKeys),
        Code::ConnectionEncrypted | Code::CookiesOk => Case::with_tls(),
        Code::ConnectionUnencrypted => Case::with_internal_address("http://zitadel:8080"),
        Code::ClockSkew => case.clock_ahead_by(30),
        Code::ClockWrong => case.clock_ahead_by(120),
        Code::ClockUnknown => case.answering(|_, mut response| {
            response.headers_mut().remove("date");
            response
        }),
        Code::ClientUnknown => case.client(|client| client.active = false),
        Code::RedirectUriUnregistered => case.set("ZITADEL_CALLBACK_URL", "http://localhost:8000/auth/other"),
        Code::RedirectUriHttp => case.client(|client| client.kind = ClientKind::UserAgent),
        Code::ResponseTypeRefused => case.answering(|uri, response| match uri.path().ends_with("/authorize") {
            true => oauth_error("unauthorized_client"),
            false => response,
        }),
        Code::AuthorizationRefused => case.answering(|uri, response| match uri.path().ends_with("/authorize") {
            true => oauth_error("invalid_scope"),
            false => response,
        }),
        Code::RedirectUriUnknown => faulty(case, EndpointName::Authorize, Fault::Status(503)),
        Code::PostLogoutUriUnregistered => {
            case.set("ZITADEL_POST_LOGOUT_URL", "http://localhost:8000/auth/logout/other")
        }
        Code::PostLogoutUriUnknown => faulty(case, EndpointName::EndSession, Fault::Status(503)),
        Code::ClientAuthenticationRefused => {
            case.emulator.client().set_auth_method(AuthMethod::Basic);
            case
        }
        Code::ClientSecretUnused => case.set("ZITADEL_CLIENT_SECRET", "xQ2v8KpL0sWm4ZrT6yBn1DfHjC3gUe7A"),
        Code::ClientAuthenticationUnknown | Code::RefreshGrantUnknown | Code::ServiceAccountUnknown => {
            faulty(case, EndpointName::Token, Fault::Status(503))
        }
        Code::CodeGrantRefused => case.client(|client| client.grant_types = vec![GrantType::RefreshToken]),
        Code::RefreshGrantOff => case.client(|client| client.grant_types = vec![GrantType::AuthorizationCode]),
        Code::OfflineAccessMissing => case.set("ZITADEL_SCOPES", &format!("openid profile {ROLES}")),
        Code::IntrospectionUnconfigured => case.without("ZITADEL_APP_KEY"),
        Code::IntrospectionRefused => {
            case.api.update(|api| api.keys.clear());
            case
        }
        Code::IntrospectionUnknown => faulty(case, EndpointName::Introspect, Fault::Status(503)),
        Code::RoleScopeMissing => case.set("ZITADEL_SCOPES", "openid offline_access"),
        Code::ServiceAccountOff => {
            case.without("ZITADEL_SERVICE_ACCOUNT_KEY").options(|args| args.machine_token_callers_file = None)
        }
        Code::ServiceAccountRefused => {
            case.robot.update(|robot| robot.keys.clear());
            case
        }
        Code::ServiceAccountAudience => open(case.set("ZITADEL_SERVICE_ACCOUNT_SCOPES", "openid")),
        Code::MachineTokensOpen => open(case),
        Code::MachineTokensUnused => case.options(|args| args.machine_token_callers_file = None),
        Code::SessionSecretWeak => case.set("SESSION_SECRET", "abcdefghijklmnopqrstuvwxyz012345"),
        Code::SessionSecretReused => {
            let secret = case.variables["SESSION_SECRET"].clone();
            case.set("SESSION_SALT", &secret)
        }
        Code::StoreOk => {
            let (url, folder) = file();
            let mut case = case.set("SESSION_STORE", &url);
            case.kept.push(Box::new(folder));
            case
        }
        Code::StoreInUse => {
            let (url, folder) = file();
            let open = RedbStore::from_url(&url).unwrap();
            let mut case = case.set("SESSION_STORE", &url);
            case.kept.push(Box::new((open, folder)));
            case
        }
        Code::SessionsInProcess => case.set("SESSION_MODE", "stored"),
        Code::StoreFailed => case.set("SESSION_STORE", "redis://127.0.0.1:1/"),
        Code::PublicOriginDiffers => case.options(|args| args.port = Some("9000".to_owned())),
        Code::TrustedProxiesWide => trusting(case, "10.0.0.0/8"),
        Code::TrustedProxiesEveryone => trusting(case, "127.0.0.1,0.0.0.0/0"),
        Code::TrustedProxiesMissing => case.options(|args| args.host = Some("0.0.0.0".to_owned())),
        Code::SpaSameSite => case.options(|args| args.spa_origin = Some("http://localhost:5173".to_owned())),
        Code::SpaCrossSite => case.options(|args| args.spa_origin = Some("http://127.0.0.1:5173".to_owned())),
        Code::TokenInFragment => case.options(|args| {
            args.spa_origin = Some("http://localhost:5173".to_owned());
            args.danger_token_in_fragment = Some("true".to_owned());
        }),
        other => panic!("{} has no scenario", other.name()),
    }
}

/// The other warnings and errors of the same configuration, in the order of the checks.
pub(crate) fn consequences(code: Code) -> &'static [Code] {
    match code {
        Code::NotChecked => &[Code::SettingsInvalid],
        // ZITADEL takes no assertion from the future.
        Code::ClockSkew | Code::ClockWrong => &[Code::ServiceAccountRefused],
        // An application that is not active cannot do anything.
        Code::ClientUnknown => &[Code::ClientAuthenticationRefused],
        Code::ServiceAccountAudience => &[Code::MachineTokensOpen],
        _ => &[],
    }
}

fn faulty(case: Case, endpoint: EndpointName, fault: Fault) -> Case {
    case.emulator.fault(endpoint, fault);
    case
}

fn open(case: Case) -> Case {
    case.options(|args| {
        args.machine_token_callers_file = None;
        args.danger_open_machine_token = Some("true".to_owned());
    })
}

fn trusting(case: Case, blocks: &str) -> Case {
    case.options(|args| args.forward_auth.trusted_proxies = Some(blocks.to_owned()))
}

/// A store in a file, and its folder, which is removed when that is dropped.
fn file() -> (String, Folder) {
    let folder = Folder::new();
    (format!("redb:{}", folder.path("store.redb")), folder)
}
