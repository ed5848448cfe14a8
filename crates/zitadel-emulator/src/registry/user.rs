//! What people and service accounts have in common.

use serde_json::{Map, Value};

use super::{Person, Registry, ServiceAccount, UserGrant};

/// A user: a person or a service account.
#[derive(Clone, Copy)]
pub(crate) struct User<'a> {
    pub(crate) id: &'a str,
    pub(crate) organization_id: &'a str,
    pub(crate) username: &'a str,
    /// `name`.
    pub(crate) name: &'a str,
    pub(crate) metadata: &'a [(String, Vec<u8>)],
    pub(crate) grants: &'a [UserGrant],
    pub(crate) updated_at: u64,
    pub(crate) deactivated: bool,
    pub(crate) user_info_claims: &'a Map<String, Value>,
    pub(crate) access_token_claims: &'a Map<String, Value>,
    /// The rest of a person's profile; `None` for a service account.
    pub(crate) person: Option<&'a Person>,
}

impl<'a> From<&'a Person> for User<'a> {
    fn from(person: &'a Person) -> Self {
        Self {
            id: &person.id,
            organization_id: &person.organization_id,
            username: &person.username,
            name: &person.display_name,
            metadata: &person.metadata,
            grants: &person.grants,
            updated_at: person.updated_at,
            deactivated: person.deactivated,
            user_info_claims: &person.user_info_claims,
            access_token_claims: &person.access_token_claims,
            person: Some(person),
        }
    }
}

impl<'a> From<&'a ServiceAccount> for User<'a> {
    fn from(account: &'a ServiceAccount) -> Self {
        Self {
            id: &account.id,
            organization_id: &account.organization_id,
            username: &account.username,
            name: &account.name,
            metadata: &account.metadata,
            grants: &account.grants,
            updated_at: account.updated_at,
            deactivated: account.deactivated,
            user_info_claims: &account.user_info_claims,
            access_token_claims: &account.access_token_claims,
            person: None,
        }
    }
}

/// What an administrator changes of a user.
pub(crate) struct UserMut<'a> {
    pub(crate) id: &'a str,
    pub(crate) organization_id: &'a str,
    pub(crate) grants: &'a mut Vec<UserGrant>,
    pub(crate) deactivated: &'a mut bool,
}

impl Registry {
    /// The person or the service account with this id.
    pub(crate) fn user(&self, id: &str) -> Option<User<'_>> {
        self.person(id).map(User::from).or_else(|| self.service_account(id).map(User::from))
    }

    /// The person or the service account with this user name, login name, email address or id.
    pub(crate) fn find_user_mut(&mut self, name: &str) -> Option<UserMut<'_>> {
        if self.find_person(name).is_none() {
            let account = self.find_service_account_mut(name)?;
            let ServiceAccount { id, organization_id, grants, deactivated, .. } = account;
            return Some(UserMut { id, organization_id, grants, deactivated });
        }
        let Person { id, organization_id, grants, deactivated, .. } = self.find_person_mut(name)?;
        Some(UserMut { id, organization_id, grants, deactivated })
    }

    pub(crate) fn service_account(&self, id: &str) -> Option<&ServiceAccount> {
        self.service_accounts.iter().find(|account| account.id == id)
    }

    /// Finds a service account by user name, login name or id.
    pub(crate) fn find_service_account(&self, name: &str) -> Option<&ServiceAccount> {
        self.service_accounts.iter().find(|account| {
            let login_name = self.login_name(User::from(*account));
            account.id == name
                || [login_name, account.username.clone()].iter().any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    pub(crate) fn find_service_account_mut(&mut self, name: &str) -> Option<&mut ServiceAccount> {
        let id = self.find_service_account(name)?.id.clone();
        self.service_accounts.iter_mut().find(|account| account.id == id)
    }
}
