//! One handle of the service account per set of scopes: each has its own token, which the core keeps and replaces.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use zitadel_axum::core::ServiceAccount;

/// Sets of scopes that are remembered. Callers choose among what they may have, so that there could be many; when there are more, all
/// are forgotten, which costs a token request each.
const MAX_ACCOUNTS: usize = 256;

#[derive(Debug)]
pub(super) struct Accounts {
    account: ServiceAccount,
    with_scopes: Mutex<HashMap<Vec<String>, ServiceAccount>>,
}

impl Accounts {
    pub(super) fn new(account: ServiceAccount) -> Self {
        Self { account, with_scopes: Mutex::default() }
    }

    /// The account with these scopes, which are sorted.
    pub(super) fn with_scopes(&self, scopes: &[String]) -> ServiceAccount {
        let mut known = self.with_scopes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = known.get(scopes) {
            return account.clone();
        }
        if known.len() >= MAX_ACCOUNTS {
            known.clear();
        }
        let account = self.account.with_scopes(scopes);
        known.insert(scopes.to_vec(), account.clone());
        account
    }
}
