//! `Code`: everything that the check can find, each with its severity and what to change where.
//!
//! `docs/gateway-check.md` has the same table; a test compares the two.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "the statuses of the program follow from these four")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// It cannot be known from here; the finding says how to find out.
    Unknown,
    /// It works, with a risk or a limit.
    Warning,
    /// Logins, tokens or requests fail.
    Error,
}

impl Severity {
    /// One word: `ok`, `unknown`, `warning`, `error`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($variant:ident = $name:literal, $severity:ident, $meaning:literal, $change:literal;)*) => {
        /// What the check can find. The name of a code is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the checks.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How bad it is; the same for every finding with this code.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// What it means, in a few words.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// What to change, and where. Empty if nothing is wrong.
            #[must_use]
            pub const fn change(self) -> &'static str {
                match self { $(Self::$variant => $change,)* }
            }
        }
    };
}

codes! {
    SettingsOk = "settings_ok", Ok, "all settings can be read", "";
    SettingsInvalid = "settings_invalid", Error, "a setting is missing or wrong", "Set the variable that the finding names; `.env.example` describes each.";
    NotChecked = "not_checked", Unknown, "a check needs something that is missing", "Change what is reported as an error, and run the check again.";

    DiscoveryOk = "discovery_ok", Ok, "the discovery document names the issuer, the endpoints and keys", "";
    DiscoveryUnreachable = "discovery_unreachable", Error, "no answer comes from the issuer", "`ZITADEL_DOMAIN`, or `ZITADEL_INTERNAL_URL` if this machine reaches ZITADEL by another address; `HTTPS_PROXY` if there is a proxy between.";
    DiscoveryCertificate = "discovery_certificate", Error, "the TLS certificate is not accepted", "`ZITADEL_CA_FILE`: the root certificate of a certificate authority of your own. A certificate that has expired or is for another name must be replaced at ZITADEL.";
    DiscoveryRefused = "discovery_refused", Error, "the answer is no discovery document", "`ZITADEL_DOMAIN`: the domain that the console shows at *Instance settings › Domains*, without a path.";
    DiscoveryIssuer = "discovery_issuer", Error, "the discovery document names another issuer", "`ZITADEL_DOMAIN`: exactly the issuer that the document names. Behind a proxy, ZITADEL's own `ExternalDomain`, `ExternalPort` and `ExternalSecure`.";
    DiscoveryIncomplete = "discovery_incomplete", Error, "the discovery document lacks an endpoint that login needs", "`ZITADEL_DOMAIN`: the issuer of a provider with the authorization code flow.";
    EndSessionUnsupported = "end_session_unsupported", Warning, "the provider has no end-session endpoint", "Nothing for ZITADEL, which has one. Elsewhere a logout ends the session of the gateway only.";
    KeysUnavailable = "keys_unavailable", Error, "the key set is empty or cannot be fetched", "A proxy between here and ZITADEL must let the path of `jwks_uri` pass.";
    ConnectionEncrypted = "connection_encrypted", Ok, "requests to ZITADEL use TLS", "";
    ConnectionLoopback = "connection_loopback", Ok, "requests to ZITADEL stay on this machine", "";
    ConnectionUnencrypted = "connection_unencrypted", Warning, "secrets and tokens travel over the network without TLS", "`ZITADEL_INTERNAL_URL`: https, unless the network is yours alone.";

    ClockOk = "clock_ok", Ok, "the clocks of this machine and of ZITADEL agree within 5 seconds", "";
    ClockSkew = "clock_skew", Warning, "the clocks differ by more than 5 seconds; if this one is 10 ahead, ZITADEL refuses assertions of key files", "Synchronize the clock of this machine (NTP), or that of ZITADEL.";
    ClockWrong = "clock_wrong", Error, "the clocks differ by a minute or more: tokens are rejected", "Synchronize the clock of this machine (NTP), or that of ZITADEL.";
    ClockUnknown = "clock_unknown", Unknown, "the answer has no header `Date`", "A proxy may remove it. Compare the clocks yourself.";

    ClientUnknown = "client_unknown", Error, "no active application has this client id", "`ZITADEL_CLIENT_ID`: the client id from *Projects › the project › the application*; the application, its project and its organization must be active.";
    RedirectUriOk = "redirect_uri_ok", Ok, "the redirect URI is registered", "";
    RedirectUriUnregistered = "redirect_uri_unregistered", Error, "the redirect URI is not registered", "*Projects › the project › the application › Redirect Settings › Redirect URIs*: add the value of `ZITADEL_CALLBACK_URL`, equal to the character.";
    RedirectUriHttp = "redirect_uri_http", Error, "ZITADEL refuses this redirect URI because it is http", "*Projects › the project › the application › Redirect Settings › Development Mode* on a developer's machine; https in `ZITADEL_CALLBACK_URL` everywhere else. The type of the application should be *Web*.";
    ResponseTypeRefused = "response_type_refused", Error, "the application may not use the authorization code flow", "*Projects › the project › the application › OIDC Configuration › Response Types*: *Code*.";
    AuthorizationRefused = "authorization_refused", Error, "the authorization endpoint refuses the request for another reason", "*Projects › the project › the application*: compare its settings with `ZITADEL_SCOPES` and `ZITADEL_PROMPT`.";
    RedirectUriUnknown = "redirect_uri_unknown", Unknown, "the answer does not show whether the redirect URI is registered", "Sign in once.";
    PostLogoutUriOk = "post_logout_uri_ok", Ok, "the post-logout redirect URI is registered", "";
    PostLogoutUriUnregistered = "post_logout_uri_unregistered", Error, "the post-logout redirect URI is not registered", "*Projects › the project › the application › Redirect Settings › Post Logout URIs*: add the value of `ZITADEL_POST_LOGOUT_URL`, equal to the character.";
    PostLogoutUriUnknown = "post_logout_uri_unknown", Unknown, "the answer does not show whether the post-logout redirect URI is registered", "Sign out once.";

    ClientAuthenticationOk = "client_authentication_ok", Ok, "the token endpoint accepts how the application authenticates", "";
    ClientAuthenticationRefused = "client_authentication_refused", Error, "the token endpoint does not accept how the application authenticates", "*Projects › the project › the application › OIDC Configuration › Authentication Method*, and the variable that belongs to it: none (PKCE) for neither `ZITADEL_CLIENT_SECRET` nor a key, *Basic* or *Post* for `ZITADEL_CLIENT_SECRET`, *Private Key JWT* for `ZITADEL_APP_KEY_FILE`.";
    ClientSecretUnused = "client_secret_unused", Warning, "ZITADEL accepts any client secret, because the application has none", "Remove `ZITADEL_CLIENT_SECRET`, or set *OIDC Configuration › Authentication Method* of the application to *Basic*.";
    ClientAuthenticationUnknown = "client_authentication_unknown", Unknown, "the token endpoint does not answer as an authorization server does", "Run the check again; sign in once.";
    CodeGrantRefused = "code_grant_refused", Error, "the application may not redeem authorization codes", "*Projects › the project › the application › OIDC Configuration › Grant Types*: *Authorization Code*.";
    RefreshGrantOk = "refresh_grant_ok", Ok, "sessions are refreshed: the grant is on and `offline_access` is requested", "";
    RefreshGrantOff = "refresh_grant_off", Warning, "the application gets no refresh tokens: roles and claims stay as they were at login", "*Projects › the project › the application › OIDC Configuration › Grant Types*: *Refresh Token*.";
    OfflineAccessMissing = "offline_access_missing", Warning, "the scope `offline_access` is not requested: there are no refresh tokens", "`ZITADEL_SCOPES`: add `offline_access`, or leave the variable out.";
    RefreshGrantUnknown = "refresh_grant_unknown", Unknown, "the answer does not show whether the application may refresh", "*Projects › the project › the application › OIDC Configuration › Grant Types*: *Refresh Token* should be on.";

    AccessTokenTypeUnknown = "access_token_type_unknown", Unknown, "whether access tokens of users are JWTs or opaque is not visible without a login", "*Projects › the project › the application › Token Settings › Auth Token Type*. Opaque ones need credentials for introspection, and are introspected once per `ZITADEL_INTROSPECTION_CACHE`.";
    IntrospectionOk = "introspection_ok", Ok, "the gateway may introspect access tokens", "";
    IntrospectionUnconfigured = "introspection_unconfigured", Warning, "only JWTs are accepted: opaque and personal access tokens get 401", "`ZITADEL_APP_KEY_FILE`: the key file of an application of type *API* in the same project (*Projects › the project › New › API*, *JWT*, *Keys*).";
    IntrospectionRefused = "introspection_refused", Error, "the introspection endpoint does not accept the credentials", "`ZITADEL_APP_KEY_FILE` or `ZITADEL_CLIENT_SECRET`: a key or secret that the application still has. A public client cannot introspect.";
    IntrospectionUnknown = "introspection_unknown", Unknown, "the introspection endpoint does not answer as RFC 7662 says", "Run the check again.";
    RoleScopeOk = "role_scope_ok", Ok, "roles are requested, and come from the userinfo endpoint whatever the application asserts", "";
    RoleScopeMissing = "role_scope_missing", Warning, "no scope asks for roles: sessions have them only if the project asserts them", "`ZITADEL_SCOPES`: add `urn:zitadel:iam:org:projects:roles`, or leave the variable out.";
    RoleAssertionUnknown = "role_assertion_unknown", Unknown, "whether tokens contain roles is not visible without a login", "*Projects › the project › General › Assert Roles on Authentication*, and *the application › Token Settings*: *User roles inside ID Token* for `ZITADEL_USER_INFO=skip`, *Add user roles to the access token* for JWT access tokens.";

    ServiceAccountOk = "service_account_ok", Ok, "the service account gets access tokens", "";
    ServiceAccountOff = "service_account_off", Ok, "no service account is configured: the gateway gives out no machine tokens", "";
    ServiceAccountRefused = "service_account_refused", Error, "ZITADEL refuses the service account", "*Users › Service Users › the user*: the user must be active; *Keys* for `ZITADEL_SERVICE_ACCOUNT_KEY_FILE` (not expired), *Actions › Generate Client Secret* for `ZITADEL_SERVICE_ACCOUNT_SECRET`, *Personal Access Tokens* for `ZITADEL_SERVICE_ACCOUNT_TOKEN`.";
    ServiceAccountUnknown = "service_account_unknown", Unknown, "the service account could not be tried", "Run the check again.";
    ServiceAccountAudience = "service_account_audience", Warning, "the tokens that everybody gets are not for this project: the gateway itself calls them inactive", "`ZITADEL_SERVICE_ACCOUNT_SCOPES`: add `urn:zitadel:iam:org:project:id:PROJECT:aud` with the id of the project of the API that is called.";

    MachineTokensOk = "machine_tokens_ok", Ok, "machine tokens are for the listed callers", "";
    MachineTokensUnused = "machine_tokens_unused", Warning, "there is a service account, and nobody may ask for its tokens", "`MACHINE_TOKEN_CALLERS_FILE`: a file that lists the callers; or remove the service account.";
    MachineTokensOpen = "machine_tokens_open", Warning, "every client that reaches the gateway gets machine tokens", "Remove `DANGER_OPEN_MACHINE_TOKEN`, and name the callers in `MACHINE_TOKEN_CALLERS_FILE`.";

    CookiesOk = "cookies_ok", Ok, "session cookies are `Secure` and `__Host-`", "";
    CookiesLoopback = "cookies_loopback", Ok, "session cookies are without `Secure`, as on a developer's machine", "";
    SessionSecretOk = "session_secret_ok", Ok, "the session secret looks random and is used for nothing else", "";
    SessionSecretWeak = "session_secret_weak", Warning, "the session secret does not look random", "`SESSION_SECRET`: the output of `openssl rand -base64 48`; the old value in `SESSION_SECRET_PREVIOUS` keeps sessions.";
    SessionSecretReused = "session_secret_reused", Warning, "the session secret is also the value of another setting", "`SESSION_SECRET`: a value of its own.";
    StoreOk = "store_ok", Ok, "the store keeps, returns and removes a value", "";
    StoreInProcess = "store_in_process", Ok, "what cookies cannot hold is in the memory of the process: right for one replica", "";
    SessionsInProcess = "sessions_in_process", Warning, "sessions are in the memory of the process: a restart signs everybody out", "`SESSION_STORE`: the URL of a Redis, or `redb:` and a path; or `SESSION_MODE=cookie`.";
    StoreFailed = "store_failed", Error, "the store cannot be used", "`SESSION_STORE`: the address, the password and the rights of the user; or start the store.";
    StoreInUse = "store_in_use", Unknown, "another process has the file of the store open", "Stop the gateway, and run the check again.";

    PublicOriginOk = "public_origin_ok", Ok, "the public origin fits where the gateway listens", "";
    PublicOriginDiffers = "public_origin_differs", Warning, "the redirect URI leads to another port than the gateway listens on", "`PORT` or `ZITADEL_CALLBACK_URL`, unless a proxy on this machine forwards the one to the other.";
    TrustedProxiesOk = "trusted_proxies_ok", Ok, "few peers are trusted as proxies", "";
    TrustedProxiesWide = "trusted_proxies_wide", Warning, "a whole network is trusted as proxies", "`TRUSTED_PROXIES`: the addresses of the proxies alone.";
    TrustedProxiesEveryone = "trusted_proxies_everyone", Error, "everybody is trusted as a proxy, and can say which request is judged", "`TRUSTED_PROXIES`: the addresses of the proxies alone.";
    TrustedProxiesMissing = "trusted_proxies_missing", Warning, "other machines can connect, and none of them is trusted as a proxy: forward-auth answers 400", "`TRUSTED_PROXIES`: the address of the proxy; or `HOST` without the value if the proxy is on this machine.";

    SpaOff = "spa_off", Ok, "no single-page application is configured", "";
    SpaSameSite = "spa_same_site", Ok, "the single-page application is same-site with the gateway", "";
    SpaCrossSite = "spa_cross_site", Error, "the single-page application is cross-site: browsers do not send the cookie that its code is bound to", "`SPA_ORIGIN` and `ZITADEL_CALLBACK_URL`: the same scheme, and subdomains of one registrable domain, as `app.example.com` and `auth.example.com`.";
    TokenInFragment = "token_in_fragment", Warning, "access tokens are sent in URLs", "Remove `DANGER_TOKEN_IN_FRAGMENT` as soon as the single-page application redeems codes at `/api/v1/token`.";
}
