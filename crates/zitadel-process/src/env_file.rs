//! The file `.env`.

/// Adds the variables of the file `.env`, in the working directory or one above, to the environment; variables that are set stay as they
/// are. A file that does not exist is not an error. Call it before any other thread exists.
///
/// # Errors
///
/// A message for the user who started the program. It does not repeat a line of the file, which may contain a secret.
pub fn read_env_file() -> Result<(), String> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(problem) if problem.not_found() => Ok(()),
        Err(dotenvy::Error::LineParse(..)) => Err("the file .env has a line that is not NAME=value".to_owned()),
        Err(problem) => Err(format!("the file .env cannot be read: {problem}")),
    }
}
