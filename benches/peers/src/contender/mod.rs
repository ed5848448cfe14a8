//! What is compared: a route of a framework, and what protects it.

pub(crate) mod actix;
pub(crate) mod axum;
pub(crate) mod axum_07;
pub(crate) mod rocket;
pub(crate) mod session;

/// What every route answers.
pub(crate) const HELLO: &str = "Hello, user whose name takes a few more bytes";
pub(crate) const PATH: &str = "/profile?tab=roles";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Axum07,
    Actix,
    Rocket,
}

impl Framework {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum 0.8",
            Self::Axum07 => "axum 0.7",
            Self::Actix => "actix-web 4",
            Self::Rocket => "Rocket 0.5",
        }
    }
}

/// What a request presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A JWT access token (RS256), in the `Authorization` header.
    Jwt,
    /// An opaque access token, which must be introspected.
    Opaque,
    /// A cookie that a login set.
    Session,
}

impl Credential {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::Opaque => "opaque token",
            Self::Session => "cookie",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Contender {
    /// What the program calls itself with.
    pub(crate) id: &'static str,
    pub(crate) framework: Framework,
    pub(crate) name: &'static str,
    pub(crate) credential: Credential,
}

const fn row(id: &'static str, framework: Framework, name: &'static str, credential: Credential) -> Contender {
    Contender { id, framework, name, credential }
}

pub(crate) const ALL: &[Contender] = &[
    row("axum-bearer", Framework::Axum, "ours, `Bearer` extractor", Credential::Jwt),
    row("axum-protected", Framework::Axum, "ours, protected route", Credential::Jwt),
    row("axum-opaque", Framework::Axum, "ours, `Bearer` extractor", Credential::Opaque),
    row("zitadel", Framework::Axum, "zitadel 5.7, cached introspection", Credential::Opaque),
    row("jwt-authorizer", Framework::Axum07, "jwt-authorizer 0.15", Credential::Jwt),
    row("tower-oauth2", Framework::Axum, "tower-oauth2-resource-server 0.12 (aws-lc-rs)", Credential::Jwt),
    row("axum-jwt-auth", Framework::Axum, "axum-jwt-auth 0.7", Credential::Jwt),
    row("actix-bearer", Framework::Actix, "ours, `Bearer` extractor", Credential::Jwt),
    row("actix-protected", Framework::Actix, "ours, protected route", Credential::Jwt),
    row("actix-4-jwt-auth", Framework::Actix, "actix-4-jwt-auth 1.2", Credential::Jwt),
    row("rocket-bearer", Framework::Rocket, "ours, `Bearer` guard", Credential::Jwt),
    row("rocket-protected", Framework::Rocket, "ours, protected route", Credential::Jwt),
    row("axum-session", Framework::Axum, "ours, `User` extractor", Credential::Session),
    row("axum-login", Framework::Axum, "axum-login 0.18 (tower-sessions, memory store)", Credential::Session),
    row("private-cookie", Framework::Axum, "axum-extra 0.12 `PrivateCookieJar`", Credential::Session),
];

impl Contender {
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        ALL.iter().find(|contender| contender.id == id)
    }

    pub(crate) fn label(&self) -> String {
        format!("{}: {}, {}", self.framework.name(), self.name, self.credential.name())
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.name.starts_with("ours")
    }
}
