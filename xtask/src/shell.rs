//! Runs programs, with their output shown or read, and reads files of the repository.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Runs programs in the root of the repository.
#[derive(Debug)]
pub(crate) struct Shell {
    root: PathBuf,
    cargo: OsString,
}

impl Shell {
    pub(crate) fn at_root() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.parent().unwrap_or(here).to_owned();
        Self { root, cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()) }
    }

    /// A file of the repository, by its path from the root.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// The cargo that started this program.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo);
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// The files with this extension in a folder and below it, sorted.
    pub(crate) fn files(&self, folder: &str, extension: &str) -> io::Result<Vec<PathBuf>> {
        let mut folders = vec![self.root.join(folder)];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == extension) {
                    files.push(path);
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// The texts of a file, or of all files with this extension in a folder, by their path from the root, with `/`.
    pub(crate) fn texts(&self, place: &str, extension: &str) -> Result<BTreeMap<String, String>, String> {
        let whole = self.root.join(place);
        let files = if whole.is_file() { Ok(vec![whole]) } else { self.files(place, extension) };
        let files = files.map_err(|error| format!("{place}: {error}"))?;
        let text = |file: &PathBuf| {
            let name = file.strip_prefix(&self.root).unwrap_or(file).to_string_lossy().replace('\\', "/");
            match fs::read_to_string(file) {
                Ok(text) => Ok((name, text)),
                Err(error) => Err(format!("{name}: {error}")),
            }
        };
        files.iter().map(text).collect()
    }

    pub(crate) fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(name);
        command.args(arguments).current_dir(&self.root);
        command
    }
}

/// Runs a command and shows its output; an error is the command line, so that it can be repeated.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let line = command_line(command);
    println!("$ {line}");
    // No input: a program that asks a question would wait without end.
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(line),
        Err(error) => Err(format!("{line}: {error}")),
    }
}

/// Runs a command and returns its standard output; an error is its standard error.
pub(crate) fn read(command: &mut Command) -> Result<String, String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{}: {error}", command_line(command)))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Whether a command can be run and succeeds.
pub(crate) fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The path of the first of these programs that is found on `PATH` or in `/usr/sbin`.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    // Debian keeps servers in `/usr/sbin`, which is not in the path of everybody.
    let folders: Vec<_> = env::split_paths(&path).chain(["/usr/sbin".into()]).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}

/// The command line, with the variables that are set for it.
fn command_line(command: &Command) -> String {
    let mut words: Vec<String> = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={:?}", name.to_string_lossy(), value?.to_string_lossy())))
        .collect();
    let program = Path::new(command.get_program());
    words.push(program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned());
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_can_be_pasted_into_a_shell() {
        let mut command = Shell { root: "/".into(), cargo: "/opt/bin/cargo".into() }.cargo(&["doc", "--no-deps"]);
        assert_eq!(
            command_line(command.env("RUSTDOCFLAGS", "-D warnings")),
            "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps"
        );
    }

    #[test]
    fn a_missing_program_is_an_error_and_not_a_panic() {
        let shell = Shell::at_root();
        let missing = || shell.program("no-such-program-anywhere", &[]);
        assert!(!works(&mut missing()));
        assert!(run(&mut missing()).is_err_and(|why| why.starts_with("no-such-program-anywhere: ")));
        assert_eq!(find(&["no-such-program-anywhere"]), None);
    }
}
