//! Users.

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
