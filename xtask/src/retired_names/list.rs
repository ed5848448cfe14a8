//! The list of retired names.
//!
//! ```text
//! # a comment
//! [words]                              whole words, in every file
//! [words in crates/zitadel-core/ .rs]  … in files with one of these beginnings and one of these endings
//! retired -> standard
//! [phrases]                            the same in prose: the case does not matter, `*` stands for more letters
//! [exceptions]
//! path: text                           accepts what is inside of this text, in files with this beginning; `*` is all
//! ```

use super::text::Text;

#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) entries: Vec<Entry>,
    pub(super) exceptions: Vec<Exception>,
}

/// A retired name or phrase.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) retired: String,
    pub(super) standard: String,
    pub(super) kind: Kind,
    scope: Scope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is written.
    Word,
    /// In upper and lower case.
    Phrase,
}

/// A place where a contract fixes the text.
#[derive(Debug)]
pub(super) struct Exception {
    pub(super) path: String,
    pub(super) text: String,
}

/// Which files a section covers: all if it names none.
#[derive(Clone, Debug, Default)]
struct Scope {
    folders: Vec<String>,
    endings: Vec<String>,
}

/// What the lines below a heading are.
#[derive(Debug)]
enum Section {
    Entries(Kind, Scope),
    Exceptions,
}

impl List {
    /// Reads the list; every mistake in it is an error, one line each.
    pub(super) fn parse(text: &str) -> Result<Self, Vec<String>> {
        let mut list = Self::default();
        let mut section = None;
        let mut problems = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let result = if let Some(heading) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Section::parse(heading).map(|parsed| section = Some(parsed))
            } else {
                list.add(section.as_ref(), line)
            };
            problems.extend(result.err().map(|why| format!("retired_names.txt:{number}: {why}")));
        }
        problems.extend(list.contradictions());
        if problems.is_empty() { Ok(list) } else { Err(problems) }
    }

    fn add(&mut self, section: Option<&Section>, line: &str) -> Result<(), String> {
        let parts = |separator| line.split_once(separator).map(|(a, b): (&str, &str)| (a.trim(), b.trim()));
        let (a, b) = match section {
            None => return Err("there is no heading above this line".to_owned()),
            Some(Section::Exceptions) => parts(": ").ok_or("expected `path: text`")?,
            Some(Section::Entries(..)) => parts(" -> ").ok_or("expected `retired -> standard`")?,
        };
        if b.is_empty() {
            return Err("one side is empty".to_owned());
        }
        match section {
            Some(Section::Entries(..)) if a.trim_matches('*').is_empty() => return Err("one side is empty".to_owned()),
            Some(Section::Entries(kind, scope)) => self.entries.push(Entry {
                retired: a.to_owned(),
                standard: b.to_owned(),
                kind: *kind,
                scope: scope.clone(),
            }),
            _ => self.exceptions.push(Exception { path: a.to_owned(), text: b.to_owned() }),
        }
        Ok(())
    }

    /// Names that are on the list twice, and standard names that are themselves retired.
    fn contradictions(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (position, entry) in self.entries.iter().enumerate() {
            if self.entries.iter().skip(position + 1).any(|other| other.retired == entry.retired) {
                problems.push(format!("retired_names.txt: `{}` is on the list twice", entry.retired));
            }
            let standard = Text::new(&entry.standard);
            if let Some(found) = standard.search(self.entries.iter()).first() {
                let (standard, retired) = (&entry.standard, &found.entry.retired);
                problems.push(format!("retired_names.txt: the standard name `{standard}` is retired as `{retired}`"));
            }
        }
        problems
    }
}

impl Entry {
    /// Whether it is searched in this file.
    pub(super) fn covers(&self, file: &str) -> bool {
        let Scope { folders, endings } = &self.scope;
        (folders.is_empty() || folders.iter().any(|folder| file.starts_with(folder)))
            && (endings.is_empty() || endings.iter().any(|ending| file.ends_with(ending)))
    }
}

impl Exception {
    pub(super) fn covers(&self, file: &str) -> bool {
        self.path == "*" || file.starts_with(&self.path)
    }
}

impl Section {
    fn parse(heading: &str) -> Result<Self, String> {
        let mut words = heading.split_whitespace();
        let kind = match words.next() {
            Some("words") => Kind::Word,
            Some("phrases") => Kind::Phrase,
            Some("exceptions") if words.next().is_none() => return Ok(Self::Exceptions),
            _ => return Err(format!("`[{heading}]` is not a heading")),
        };
        let mut scope = Scope::default();
        match words.next() {
            None => return Ok(Self::Entries(kind, scope)),
            Some("in") => {}
            Some(other) => return Err(format!("expected `in` instead of `{other}`")),
        }
        for word in words {
            let list = if word.starts_with('.') { &mut scope.endings } else { &mut scope.folders };
            list.push(word.to_owned());
        }
        Ok(Self::Entries(kind, scope))
    }
}
