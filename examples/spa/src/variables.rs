//! `Variables`: settings by name.

use std::{collections::BTreeMap, env};

/// The settings of gateway and API, by the names of the environment variables.
#[derive(Clone, Default)]
pub struct Variables(
    /// `None`: those of this process.
    Option<BTreeMap<String, String>>,
);

impl Variables {
    /// Those of this process.
    #[must_use]
    pub const fn from_process() -> Self {
        Self(None)
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        match &self.0 {
            Some(variables) => variables.get(name).cloned(),
            None => env::var(name).ok(),
        }
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(Some(variables.into_iter().collect()))
    }
}

/// Values may be secrets.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variables").finish_non_exhaustive()
    }
}
