//! Tests of programs that must not compile.
//!
//! Each program is compiled by the compiler that compiled the test, with the libraries that the test itself is linked
//! with. So nothing is built for it, in contrast to `trybuild`, which builds all dependencies again in a target folder of
//! its own.
//!
//! A program is a file `case.rs`, and `case.stderr` next to it is what the compiler reports. A line `...` there stands for
//! any number of lines, such as those that quote other crates. Indentation is ignored, because it grows with the line
//! numbers of what is quoted.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[doc(hidden)]
pub use compile_fail_macros::rustc_command;

/// Asserts that no program of a folder compiles, and that the compiler reports what the files next to them contain.
///
/// The folder is relative to the package that is tested. For integration tests.
///
/// # Panics
///
/// If a program compiles, if the report differs, or if there is no program.
#[macro_export]
macro_rules! assert_compile_fail {
    ($folder:literal) => {
        $crate::Compiler::new($crate::rustc_command!(), ::core::env!("CARGO_MANIFEST_DIR")).assert_compile_fail($folder)
    };
}

/// The compiler, with the edition and the libraries of the test.
#[doc(hidden)]
#[derive(Debug)]
pub struct Compiler {
    path: &'static str,
    arguments: Vec<&'static str>,
    package: &'static Path,
}

impl Compiler {
    /// `command` compiled the test in the folder `package`.
    #[must_use]
    pub fn new(command: &[&'static str], package: &'static str) -> Self {
        let (path, arguments) = command.split_first().map_or(("", &[][..]), |(path, arguments)| (*path, arguments));
        let mut compiler = Self { path, arguments: Vec::new(), package: Path::new(package) };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if ["--extern", "-L", "--target"].contains(argument) {
                compiler.arguments.push(argument);
                compiler.arguments.extend(arguments.next());
            } else if argument.starts_with("--edition") {
                compiler.arguments.push(argument);
            }
        }
        compiler
    }

    /// See the macro.
    #[track_caller]
    #[expect(clippy::panic, reason = "documented: an assertion")]
    pub fn assert_compile_fail(&self, folder: &str) {
        let programs = programs(&self.package.join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        assert!(!programs.is_empty(), "{folder} contains no program");
        let mut failures = String::new();
        for program in programs {
            let program = program.strip_prefix(self.package).unwrap_or(&program);
            if let Err(failure) = self.check(program) {
                let _ = writeln!(failures, "{}: {failure}\n", program.display());
            }
        }
        assert!(failures.is_empty(), "{failures}");
    }

    fn check(&self, program: &Path) -> Result<(), String> {
        let report = self.compile(program)?;
        let expected = self.package.join(program).with_extension("stderr");
        let expected = fs::read_to_string(&expected).map_err(|error| format!("{error}; the report is\n\n{report}"))?;
        if matches(&lines(&expected), &lines(&report)) {
            Ok(())
        } else {
            Err(format!("the report differs from the file; it is\n\n{report}"))
        }
    }

    /// The report of the compiler; an error if the program compiles.
    fn compile(&self, program: &Path) -> Result<String, String> {
        let output = Command::new(self.path)
            .args(&self.arguments)
            // `-`: to the standard output, so that no file is left behind.
            .args(["--crate-type=bin", "--emit=metadata=-", "--cap-lints=allow"])
            .args(["--color=never", "--diagnostic-width=140"])
            .arg(program)
            .current_dir(self.package)
            .output()
            .map_err(|error| format!("{}: {error}", self.path))?;
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Err(format!("the program compiles\n\n{report}")) } else { Ok(report) }
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_start).collect()
}

fn programs(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<_> = paths.collect::<std::io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|it| it == "rs"));
    paths.sort();
    Ok(paths)
}

/// Whether a text has these lines, where `...` stands for any number of lines.
fn matches(expected: &[&str], text: &[&str]) -> bool {
    match expected.split_first() {
        None => text.is_empty(),
        Some((&"...", rest)) => (0..=text.len()).any(|skipped| matches(rest, text.get(skipped..).unwrap_or_default())),
        Some((line, rest)) => text.split_first().is_some_and(|(first, text)| first == line && matches(rest, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiler() -> Compiler {
        Compiler::new(rustc_command!(), env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn libraries_and_edition_of_the_test_are_passed_on_and_nothing_else() {
        let command = [
            "rustc",
            "--crate-name",
            "it",
            "--edition=2024",
            "x.rs",
            "--test",
            "-L",
            "a",
            "-C",
            "b",
            "--extern",
            "c=d",
        ];
        let compiler = Compiler::new(&command, "");
        assert_eq!(compiler.path, "rustc");
        assert_eq!(compiler.arguments, ["--edition=2024", "-L", "a", "--extern", "c=d"]);
    }

    #[test]
    fn program_that_fails_as_the_file_says_is_accepted() {
        compiler().assert_compile_fail("fixtures/as_expected");
    }

    #[test]
    #[should_panic = "uses_a_library.rs: the program compiles"]
    fn program_that_compiles_with_the_libraries_of_the_test_is_rejected() {
        compiler().assert_compile_fail("fixtures/compiles");
    }

    #[test]
    #[should_panic = "no_function.rs: the report differs from the file; it is\n\nerror[E0425]: cannot find function"]
    fn program_that_fails_in_another_way_is_rejected() {
        compiler().assert_compile_fail("fixtures/other_report");
    }

    #[test]
    #[should_panic = "fixtures contains no program"]
    fn folder_without_programs_is_rejected() {
        compiler().assert_compile_fail("fixtures");
    }

    #[test]
    fn dots_stand_for_any_number_of_lines() {
        let is_match = |expected: &str, text: &str| {
            matches(&expected.split(' ').collect::<Vec<_>>(), &text.split(' ').collect::<Vec<_>>())
        };
        for expected in ["a b c", "...", "a ...", "... c", "a ... c", "... b ...", "... a b c ...", "a ... b c"] {
            assert!(is_match(expected, "a b c"), "{expected}");
        }
        for expected in ["a b", "b c", "a c", "a ... b", "... b", "b ...", "a b c d", "... d ..."] {
            assert!(!is_match(expected, "a b c"), "{expected}");
        }
        assert!(is_match("a ... b", "a b b"));
    }
}
