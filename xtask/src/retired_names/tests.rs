//! Planted words, exceptions, and the list itself.

use super::*;

/// A list with one entry of every kind.
const SMALL: &str = "\
# A comment.
[words]
Gizmo -> Device
gizmo_at( -> find_device
[words in crates/ .rs]
Knob -> Button
[phrases]
to and fro -> back and forth
*colour* -> color
[exceptions]
docs/: `gizmo_at(..)`
";

fn list(text: &str) -> List {
    List::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn mistakes(text: &str) -> Vec<String> {
    List::parse(text).err().unwrap_or_default()
}

/// What is found in one file; the exception and every section are used by others.
fn found(file: &str, text: &str) -> Vec<String> {
    let mut files = Files::from([
        ("docs/accepted.md".to_owned(), "`gizmo_at(..)` is the old name.".to_owned()),
        ("crates/nothing.rs".to_owned(), String::new()),
    ]);
    files.insert(file.to_owned(), text.to_owned());
    occurrences(&list(SMALL), &files)
}

#[test]
fn a_planted_word_is_found_with_its_line_and_the_standard_name() {
    for text in ["struct Gizmo;", "/// A Gizmo.", "let a = \"Gizmo\";", "| `Gizmo::new` |", "<p>Gizmo</p>", "# Gizmo"] {
        assert_eq!(found("a.rs", &format!("\n\n{text}\n")), ["a.rs:3: `Gizmo` — use `Device`"], "{text}");
    }
    assert_eq!(found("a.md", "let x = y.gizmo_at(z);"), ["a.md:1: `gizmo_at(` — use `find_device`"]);
}

#[test]
fn part_of_a_word_is_not_that_word() {
    for text in ["Gizmos", "MyGizmo", "Gizmo_2", "gizmo", "GIZMO", "a_gizmo_at(x)", "gizmo_at x"] {
        assert_eq!(found("a.rs", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_phrase_is_found_across_lines_and_comment_markers_in_any_case() {
    for text in [
        "It moves to and fro.",
        "To and\nfro.",
        "    /// It moves to\n    /// and fro.",
        "//! to\n//! and\n//! fro",
        "# to and\n# fro",
        "- to\n  and fro",
        "> to and\n> fro",
        "\"to and \\\n   fro\"",
        "<p>to\n  and fro</p>",
    ] {
        assert_eq!(found("a.md", text).len(), 1, "{text}");
    }
    for text in ["to and from", "into and fro", "to, and fro", "to_and_fro"] {
        assert_eq!(found("a.md", text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(found("a.rs", "a\n/// x\n\n/// to\n/// and fro"), ["a.rs:4: `to and fro` — use `back and forth`"]);
}

#[test]
fn a_star_stands_for_more_letters_and_the_whole_word_is_reported() {
    assert_eq!(found("a.rs", "set_Colours(1)"), ["a.rs:1: `set_Colours` — use `color`"]);
}

#[test]
fn a_section_covers_its_folders_and_endings() {
    assert_eq!(found("crates/a.rs", "Knob"), ["crates/a.rs:1: `Knob` — use `Button`"]);
    assert_eq!(found("crates/a.md", "Knob"), Vec::<String>::new());
    assert_eq!(found("xtask/a.rs", "Knob"), Vec::<String>::new());
}

#[test]
fn an_exception_accepts_its_text_at_its_path_and_nothing_else() {
    assert_eq!(found("docs/a.md", "was `gizmo_at(..)`"), Vec::<String>::new());
    assert_eq!(found("docs/a.md", "was `gizmo_at(1)`").len(), 1);
    assert_eq!(found("docs/a.md", "was `gizmo_at(..)` and gizmo_at(..)").len(), 1);
    assert_eq!(found("a.md", "was `gizmo_at(..)`").len(), 1);
}

#[test]
fn what_the_changelog_says_about_renames_is_accepted() {
    let renames =
        "- renamed: `Gizmo` is `Device`,\n  Gizmo too.\n- added: a device.\n\n### Renamed\n\n- Gizmo\n\n### Fixed\n";
    assert_eq!(found("CHANGELOG.md", renames), Vec::<String>::new());
    assert_eq!(found("README.md", renames).len(), 3);
    let other = format!("{renames}- added: Gizmo.\n");
    assert_eq!(found("CHANGELOG.md", &other), ["CHANGELOG.md:10: `Gizmo` — use `Device`"]);
}

#[test]
fn an_exception_or_a_section_without_effect_is_reported() {
    let files = Files::from([("a.rs".to_owned(), String::new())]);
    assert_eq!(
        occurrences(&list(SMALL), &files),
        [
            "retired_names.txt: `docs/: `gizmo_at(..)`` accepts nothing",
            "retired_names.txt: `Knob` is searched in no file",
        ]
    );
}

#[test]
fn a_mistake_in_the_list_is_reported() {
    for (text, mistake) in [
        ("a -> b", "1: there is no heading above this line"),
        ("[word]\n", "1: `[word]` is not a heading"),
        ("[words for x]\n", "1: expected `in` instead of `for`"),
        ("[words]\n\na = b", "3: expected `retired -> standard`"),
        ("[words]\n* -> b", "2: one side is empty"),
        ("[exceptions]\na b", "2: expected `path: text`"),
    ] {
        assert!(mistakes(text).contains(&format!("retired_names.txt:{mistake}")), "{text}: {:?}", mistakes(text));
    }
    assert_eq!(
        mistakes("[words]\na -> b\nc -> d\n[phrases]\na -> c d"),
        ["retired_names.txt: `a` is on the list twice", "retired_names.txt: the standard name `c d` is retired as `c`",]
    );
}

/// The entries of the real list: every one is found where it is planted, none is twice on it, and no standard name is
/// itself retired.
#[test]
fn every_entry_of_the_list_is_found() {
    let list = list(LIST);
    assert!(list.entries.len() > 100, "{}", list.entries.len());
    for entry in &list.entries {
        let planted = format!("x {} y", entry.retired.replace('*', "abc"));
        let found = Text::new(&planted);
        let found = found.search(list.entries.iter());
        assert!(found.iter().any(|found| found.entry.retired == entry.retired), "{planted}");
    }
}

/// Reading too little would find nothing.
#[test]
fn this_repository_is_read() {
    let files = read_files(&Shell::at_root()).unwrap();
    assert_eq!(too_little(&files), Vec::<String>::new());
    for ending in ENDINGS {
        assert!(files.keys().any(|file| file.ends_with(ending)), "{ending}");
    }
    assert!(!files.keys().any(|file| file.ends_with("retired_names.txt")));
    let unused = occurrences(&list(LIST), &files).into_iter().filter(|line| line.starts_with("retired_names.txt"));
    assert_eq!(unused.collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(too_little(&Files::new()).len(), 1 + KNOWN_FILES.len());
}
