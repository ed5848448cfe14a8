//! Reads variables and files: the only module that does.

use std::{collections::BTreeMap, env::VarError};

use super::{
    env::{ALL, Variable},
    error::Problems,
};

/// Our variables of this process. One that is not Unicode is a problem, not an absence.
pub(super) fn variables(problems: &mut Problems) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for Variable { name, .. } in ALL {
        #[expect(clippy::disallowed_methods, reason = "the one module that reads variables and files")]
        match std::env::var(name) {
            Ok(value) => {
                found.insert((*name).to_owned(), value);
            }
            Err(VarError::NotPresent) => {}
            Err(VarError::NotUnicode(_)) => {
                problems.add_named::<()>(*name, "is not UTF-8; set it to plain text");
            }
        }
    }
    found
}

/// A file as it is.
pub(super) fn read_file(path: &str) -> Result<Vec<u8>, std::io::ErrorKind> {
    #[expect(clippy::disallowed_methods, reason = "the one module that reads variables and files")]
    std::fs::read(path).map_err(|error| error.kind())
}

/// A secret from a file, without the line break at its end.
pub(super) fn secret_file(path: &str) -> Result<String, std::io::ErrorKind> {
    #[expect(clippy::disallowed_methods, reason = "the one module that reads variables and files")]
    let mut text = std::fs::read_to_string(path).map_err(|error| error.kind())?;
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    Ok(text)
}
