//! Users.

use serde_json::{Map, Value};

/// A user. Values are not validated: pages escape them, and claims contain them unchanged.
///
/// # Examples
///
/// ```
/// use zitadel_emulator::{Emulator, Person};
///
/// let emulator = Emulator::builder().build();
/// emulator.add_person(Person { email: "dora@example.com".to_owned(), ..Person::named("dora", "Dora", "Díaz") });
/// emulator.set_roles("dora", &["editor"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The `sub` claim, an 18-digit number; generated if empty.
    pub id: String,
    /// The organization of the user; the first organization if empty.
    pub organization_id: String,
    /// User name and login name: `alice`; `alice@acme.localhost` if the instance demands the domain, see
    /// [`EmulatorBuilder::user_login_must_be_domain`](crate::EmulatorBuilder::user_login_must_be_domain).
    pub username: String,
    /// `given_name`.
    pub given_name: String,
    /// `family_name`.
    pub family_name: String,
    /// `name`.
    pub display_name: String,
    /// `nickname`; omitted if empty.
    pub nickname: String,
    /// `gender`: `female`, `male` or `diverse`; omitted if empty.
    pub gender: String,
    /// `locale` (BCP 47); ZITADEL reports `null` if empty.
    pub locale: String,
    /// `picture`; the issuer is prepended to a path that starts with `/`; omitted if empty.
    pub picture: String,
    /// `email`; omitted if empty.
    pub email: String,
    /// `email_verified`; ZITADEL omits the claim if it is false.
    pub email_verified: bool,
    /// `phone_number`; omitted if empty.
    pub phone: String,
    /// `phone_number_verified`; ZITADEL omits the claim if it is false.
    pub phone_verified: bool,
    /// Metadata: keys and raw values.
    pub metadata: Vec<(String, Vec<u8>)>,
    /// Roles of the user by project and granting organization.
    pub grants: Vec<UserGrant>,
    /// Time of the last change in seconds since the Unix epoch; 0 is replaced by the time at which the user is added.
    pub updated_at: u64,
    /// Whether login is rejected. To change it later, use [`Emulator::deactivate`](crate::Emulator::deactivate), which
    /// also revokes issued tokens.
    pub deactivated: bool,
    /// Whether the user was created but never activated (ZITADEL's state `INITIAL`): the login succeeds, and the code
    /// exchange answers 404 `Errors.User.NotFound`.
    pub never_activated: bool,
    /// How the user authenticates, which becomes `amr`; with a password if empty. Later logins use it.
    pub factors: Vec<AuthFactor>,
    /// Claims that an Action of ZITADEL adds to ID tokens, userinfo and introspection (`preuserinfo`). A claim that exists
    /// is not replaced, and names that start with `urn:zitadel:iam` are ignored.
    pub user_info_claims: Map<String, Value>,
    /// Claims that an Action adds to JWT access tokens (`preaccesstoken`), with the same restrictions. These tokens have
    /// no profile claims, so that `email` is accepted here.
    pub access_token_claims: Map<String, Value>,
}

/// A way to authenticate, as it appears in `amr` (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthFactor {
    /// A password: `pwd`.
    Password,
    /// A one-time password, by app, email or SMS: `otp`.
    OneTimePassword,
    /// A security key as a second factor (U2F): `user`.
    SecurityKey,
    /// A passkey: `user`; counts as two factors.
    Passkey,
    /// Another identity provider: no value, and no `amr` if it is the only factor.
    IdentityProvider,
}

impl Person {
    /// A user with a user name and a full name, in the first organization, without roles.
    #[must_use]
    pub fn named(username: &str, given_name: &str, family_name: &str) -> Self {
        Self {
            username: username.to_owned(),
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            display_name: format!("{given_name} {family_name}"),
            locale: "en".to_owned(),
            ..Self::default()
        }
    }

    /// The `amr` claim of a login: one value per factor, and `mfa` for two or more.
    pub(crate) fn amr(&self) -> Vec<&'static str> {
        let factors = if self.factors.is_empty() { &[AuthFactor::Password] } else { self.factors.as_slice() };
        let mut amr = Vec::new();
        let mut count = 0;
        for factor in factors {
            let (name, weight) = match factor {
                AuthFactor::Password => ("pwd", 1),
                AuthFactor::OneTimePassword => ("otp", 1),
                AuthFactor::SecurityKey => ("user", 1),
                AuthFactor::Passkey => ("user", 2),
                AuthFactor::IdentityProvider => continue,
            };
            count += weight;
            if !amr.contains(&name) {
                amr.push(name);
            }
        }
        if count > 1 {
            amr.push("mfa");
        }
        amr
    }

    /// The user's initials, one or two characters.
    pub(crate) fn initials(&self) -> String {
        [&self.given_name, &self.family_name].into_iter().filter_map(|name| name.chars().next()).collect()
    }
}

/// Roles of a user in a project (ZITADEL: "user grant", "role assignment").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserGrant {
    /// The project of the roles.
    pub project_id: String,
    /// The granting organization, which appears in role claims.
    pub organization_id: String,
    /// Role keys.
    pub roles: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_factors_or_a_passkey_are_mfa() {
        use AuthFactor::{IdentityProvider, OneTimePassword, Passkey, Password, SecurityKey};
        let cases: [(&[AuthFactor], &[&str]); 6] = [
            (&[], &["pwd"]),
            (&[Password, OneTimePassword], &["pwd", "otp", "mfa"]),
            (&[Password, SecurityKey], &["pwd", "user", "mfa"]),
            (&[Passkey], &["user", "mfa"]),
            (&[IdentityProvider], &[]),
            (&[IdentityProvider, OneTimePassword], &["otp"]),
        ];
        for (factors, amr) in cases {
            let person = Person { factors: factors.to_vec(), ..Person::default() };
            assert_eq!(person.amr(), amr, "{factors:?}");
        }
    }
}
