//! What one module declares and mentions.

use super::tokens::{self, Token, Word, visibility_length};

/// The content of a file or of an inline module.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Names that the module defines.
    pub(super) items: Vec<(String, Kind)>,
    pub(super) imports: Vec<Import>,
    pub(super) children: Vec<Child>,
    /// Paths outside of `use`.
    pub(super) mentions: Vec<Mention>,
    /// The lines of `async` and `await`.
    pub(super) waits: Vec<(usize, &'static str)>,
}

/// What a defined name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Type,
    /// A function, a constant.
    Value,
    Macro,
}

/// A declared module.
#[derive(Debug)]
pub(super) enum Child {
    File(Word),
    Inline(String, Source),
    /// In a file of its own that only tests compile.
    Tests(String),
}

/// `a::b::c` or `::a::b::c`.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) line: usize,
    /// With `::` in front: it starts at a crate.
    pub(super) global: bool,
    pub(super) segments: Vec<String>,
}

/// One leaf of a `use`.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) path: Path,
    /// The name that it gets here; none for `as _`.
    pub(super) name: Option<String>,
    /// `path::*`
    pub(super) glob: bool,
    /// `pub use`
    pub(super) public: bool,
}

/// A path in code.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) path: Path,
    /// `path!(…)`
    pub(super) macro_call: bool,
}

/// These are not names, and `::` after one of them starts a path.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "false", "fn", "for", "if",
    "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static", "struct", "trait",
    "true", "type", "unsafe", "use", "where", "while",
];

impl Source {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut source = Self::default();
        source.scan(&tokens::read(text)?, true);
        Ok(source)
    }

    /// Reads tokens; `declares` if names that are defined here belong to the module, and not to a block or an `impl`.
    fn scan(&mut self, tokens: &[Token], declares: bool) {
        let mut rest = tokens;
        let mut previous: Option<&Token> = None;
        let mut public = false;
        while let [first, after @ ..] = rest {
            let visibility = visibility_length(rest);
            let length = if visibility > 0 {
                visibility
            } else if let Some(length) = self.definition(rest, declares) {
                length
            } else {
                match first {
                    // `impl Trait + use<'a>` imports nothing.
                    Token::Word(word) if word.text == "use" && !after.first().is_some_and(|it| it.is('<')) => {
                        self.import(after, public)
                    }
                    Token::Word(word) if word.text == "async" => {
                        self.waits.push((word.line, "async"));
                        1
                    }
                    Token::Word(word) if KEYWORDS.contains(&word.text.as_str()) => 1,
                    Token::Word(_) => self.mention(rest, false),
                    Token::PathSeparator => {
                        // After a type in angle brackets or a variable of a macro, the path goes on.
                        let goes_on = previous.is_some_and(|it| it.is('>') || matches!(it, Token::MacroVariable));
                        if goes_on { 1 + path_length(after) } else { 1 + self.mention(after, true) }
                    }
                    Token::Dot => match after.first() {
                        Some(Token::Word(word)) => {
                            self.waits.extend((word.text == "await").then_some((word.line, "await")));
                            2
                        }
                        _ => 1,
                    },
                    Token::Group(_, body) => {
                        self.scan(body, false);
                        1
                    }
                    Token::TestModule(_) | Token::Sign(_) | Token::Literal | Token::MacroVariable => 1,
                }
            };
            public = visibility > 0;
            previous = rest.get(length.saturating_sub(1));
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    /// A definition at the start: the length of its keyword and name, or of the whole module.
    fn definition(&mut self, tokens: &[Token], declares: bool) -> Option<usize> {
        let (name, kind, length) = match tokens {
            [Token::TestModule(name), ..] if declares => {
                self.children.push(Child::Tests(name.clone()));
                return Some(1);
            }
            [Token::Word(keyword), Token::Word(name), after @ ..] => match keyword.text.as_str() {
                "mod" => return Some(self.module(name, after.first(), declares)),
                "struct" | "enum" | "union" | "trait" | "type" => (name, Kind::Type, 2),
                "fn" => (name, Kind::Value, 2),
                "const" | "static" if after.first().is_some_and(|it| it.is(':')) => (name, Kind::Value, 2),
                _ => return None,
            },
            [Token::Word(keyword), bang, Token::Word(name), ..] if keyword.text == "macro_rules" && bang.is('!') => {
                (name, Kind::Macro, 3)
            }
            _ => return None,
        };
        if declares {
            self.items.push((name.text.clone(), kind));
        }
        Some(length)
    }

    fn module(&mut self, name: &Word, body: Option<&Token>, declares: bool) -> usize {
        match body {
            Some(Token::Group(_, body)) if declares => {
                let mut inline = Self::default();
                inline.scan(body, true);
                self.children.push(Child::Inline(name.text.clone(), inline));
                3
            }
            // Inside a block or a macro: the group is read as code.
            Some(Token::Group(..)) => 2,
            _ => {
                self.children.extend(declares.then(|| Child::File(name.clone())));
                2
            }
        }
    }

    /// Reads what follows `use`, up to its semicolon; the length includes the keyword.
    fn import(&mut self, tokens: &[Token], public: bool) -> usize {
        let length = tokens.iter().position(|token| token.is(';')).unwrap_or(tokens.len());
        let start = Path { line: 0, global: false, segments: Vec::new() };
        self.import_tree(tokens.get(..length).unwrap_or_default(), start, public);
        length + 2
    }

    fn import_tree(&mut self, tokens: &[Token], mut path: Path, public: bool) {
        let mut name = None;
        let mut glob = false;
        let mut rest = tokens;
        while let [first, after @ ..] = rest {
            rest = after;
            match first {
                Token::PathSeparator => path.global |= path.segments.is_empty(),
                Token::Word(word) if word.text == "as" => {
                    name = after.first().and_then(Token::word).map(ToOwned::to_owned);
                    break;
                }
                Token::Word(word) => {
                    path.line = word.line;
                    // `a::{self, b}` imports `a` itself.
                    if word.text != "self" || path.segments.is_empty() {
                        path.segments.push(word.text.clone());
                    }
                    name = path.segments.last().cloned();
                }
                Token::Sign('*') => (glob, name) = (true, None),
                Token::Group(_, trees) => {
                    trees.split(|token| token.is(',')).for_each(|tree| self.import_tree(tree, path.clone(), public));
                    return;
                }
                _ => {}
            }
        }
        if !path.segments.is_empty() && !tokens.is_empty() {
            self.imports.push(Import { path, name: name.filter(|name| name != "_"), glob, public });
        }
    }

    /// Reads the path at the start, if there is one.
    fn mention(&mut self, tokens: &[Token], global: bool) -> usize {
        let length = path_length(tokens);
        let path = tokens.get(..length).unwrap_or_default();
        let line = path.first().map_or(0, Token::line);
        let segments: Vec<_> = path.iter().filter_map(Token::word).map(ToOwned::to_owned).collect();
        let after = tokens.get(length..).unwrap_or_default();
        let counts = match segments.as_slice() {
            [] => false,
            // The name of a field or a binding, or a name of this module whatever it is.
            [one] if !global => {
                !after.first().is_some_and(|it| it.is(':'))
                    && !["crate", "self", "super", "Self"].contains(&one.as_str())
            }
            [first, ..] => first != "Self",
        };
        if counts {
            let macro_call = matches!(after, [bang, Token::Group(..), ..] if bang.is('!'));
            self.mentions.push(Mention { path: Path { line, global, segments }, macro_call });
        }
        length
    }
}

/// The length of `a::b::c` at the start, in tokens.
fn path_length(tokens: &[Token]) -> usize {
    let mut length = 0;
    let mut rest = tokens;
    while let [Token::Word(_), after @ ..] = rest {
        length += 1;
        match after {
            [Token::PathSeparator, next @ ..] if matches!(next.first(), Some(Token::Word(_))) => {
                length += 1;
                rest = next;
            }
            _ => break,
        }
    }
    length
}
