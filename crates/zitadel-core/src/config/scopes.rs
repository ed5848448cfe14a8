//! Lists of scopes.

use super::{error::Problems, setting_name::SettingName};
use crate::protocol::scope::is_scope_token;

/// The scopes of a setting, none twice.
pub(super) fn scope_list(
    problems: &mut Problems,
    setting: SettingName,
    chosen: Option<Vec<String>>,
    default: &str,
    added: &[String],
) -> Vec<String> {
    let default = || default.split_whitespace().map(str::to_owned).collect();
    let mut scopes: Vec<String> = Vec::new();
    for scope in chosen.unwrap_or_else(default).iter().chain(added) {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    if !scopes.iter().all(|scope| is_scope_token(scope)) {
        problems
            .add::<()>(setting, "has a scope with a character that no scope may have; separate scopes by one space");
    }
    scopes
}
