//! People who can sign in.

/// Somebody who can sign in. Every value may be anything, hostile markup included: pages escape it, claims carry it.
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
    /// The `sub` claim: an 18-digit number. Left empty, the emulator chooses one.
    pub id: String,
    /// The organisation the person belongs to. Left empty, it is the first one.
    pub organisation_id: String,
    /// What the login name starts with; `alice` becomes `alice@acme.localhost`.
    pub username: String,
    /// `given_name`.
    pub given_name: String,
    /// `family_name`.
    pub family_name: String,
    /// `name`.
    pub display_name: String,
    /// `nickname`; empty means none.
    pub nickname: String,
    /// `gender`: `female`, `male` or `diverse`; empty means none.
    pub gender: String,
    /// `locale` (BCP 47); empty means none, which ZITADEL reports as `null`.
    pub locale: String,
    /// `picture`; a path starting with `/` is completed with the issuer; empty means none.
    pub picture: String,
    /// `email`; empty means none.
    pub email: String,
    /// `email_verified`; ZITADEL leaves the claim out when it is false.
    pub email_verified: bool,
    /// `phone_number`; empty means none.
    pub phone: String,
    /// `phone_number_verified`; ZITADEL leaves the claim out when it is false.
    pub phone_verified: bool,
    /// Metadata: key and raw bytes.
    pub metadata: Vec<(String, Vec<u8>)>,
    /// Which roles the person has in which project, and in the name of which organisation.
    pub grants: Vec<UserGrant>,
    /// Seconds since 1970 of the last change; 0 becomes the time of the start.
    pub updated_at: u64,
    /// Whether sign-in is refused. Use [`Emulator::deactivate`](crate::Emulator::deactivate) to change it later,
    /// so that tokens already issued die as well.
    pub deactivated: bool,
}

impl Person {
    /// Somebody with a user name and a real name, in the first organisation, without roles.
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

    /// One or two letters that stand for the person where there is no picture.
    pub(crate) fn initials(&self) -> String {
        [&self.given_name, &self.family_name].into_iter().filter_map(|name| name.chars().next()).collect()
    }
}

/// Roles of a person in a project ("user grant", "role assignment").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserGrant {
    /// The project the roles belong to.
    pub project_id: String,
    /// The organisation that holds the grant: the one that appears in role claims.
    pub organisation_id: String,
    /// Role keys.
    pub roles: Vec<String>,
}
