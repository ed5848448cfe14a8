//! The tokens of a file, without comments, literals, lifetimes, and without the items that only tests compile.

use std::ops::Range;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// One token, or a group in brackets.
#[derive(Debug)]
pub(super) enum Token {
    Word(Word),
    /// `::`
    PathSeparator,
    /// The `.` before a field or a method.
    Dot,
    /// Any other sign; of an arrow or a range, its first character.
    Sign(char),
    Group(Delimiter, Vec<Self>),
    /// `#[cfg(test)] mod name;`
    TestModule(String),
    Literal,
    /// `$name`
    MacroVariable,
}

/// A keyword or a name, without the `r#` of a raw name.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Vec<Token>, String> {
    let stream: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
        format!("line {}: this is not Rust: {error}", error.span().start().line)
    })?;
    Ok(convert(stream))
}

impl Token {
    pub(super) fn is(&self, sign: char) -> bool {
        matches!(self, Self::Sign(it) if *it == sign)
    }

    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(&word.text),
            _ => None,
        }
    }

    /// The line of a word; 0 for anything else.
    pub(super) fn line(&self) -> usize {
        match self {
            Self::Word(word) => word.line,
            _ => 0,
        }
    }
}

fn convert(stream: TokenStream) -> Vec<Token> {
    let mut trees = stream.into_iter().peekable();
    let mut tokens = Vec::new();
    while let Some(tree) = trees.next() {
        let punct = match tree {
            TokenTree::Group(group) => {
                tokens.push(Token::Group(group.delimiter(), convert(group.stream())));
                continue;
            }
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                let text = text.strip_prefix("r#").unwrap_or(&text).to_owned();
                tokens.push(Token::Word(Word { text, line: ident.span().start().line }));
                continue;
            }
            TokenTree::Literal(_) => {
                tokens.push(Token::Literal);
                continue;
            }
            TokenTree::Punct(punct) => punct,
        };
        let mut joined = |sign| {
            punct.spacing() == Spacing::Joint
                && trees.next_if(|next| matches!(next, TokenTree::Punct(it) if it.as_char() == sign)).is_some()
        };
        match punct.as_char() {
            // A lifetime.
            '\'' => drop(trees.next()),
            // `$crate` is a path like another; any other variable can be anything.
            '$' => {
                let variable = |next: &TokenTree| matches!(next, TokenTree::Ident(name) if name != "crate");
                tokens.extend(trees.next_if(variable).map(|_| Token::MacroVariable));
            }
            ':' if joined(':') => tokens.push(Token::PathSeparator),
            sign @ ('-' | '=') if joined('>') => tokens.push(Token::Sign(sign)),
            '.' if joined('.') => {
                // `...` and `..=`: the rest of the operator is not the dot of a method call.
                drop(trees.next_if(|next| matches!(next, TokenTree::Punct(it) if matches!(it.as_char(), '.' | '='))));
                tokens.push(Token::Sign('.'));
            }
            '.' => tokens.push(Token::Dot),
            sign => tokens.push(Token::Sign(sign)),
        }
    }
    without_tests(tokens)
}

/// Leaves out what only tests compile. Modules in files of their own stay, as [`Token::TestModule`].
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let Some(tests) = test_items(&tokens) else { return Vec::new() };
    let modules: Vec<_> = tests.iter().filter_map(|range| test_module(tokens.get(range.clone())?)).collect();
    let kept = tokens.into_iter().enumerate().filter(|(at, _)| !tests.iter().any(|range| range.contains(at)));
    kept.map(|(_, token)| token).chain(modules).collect()
}

/// Where the items with `#[cfg(test)]` are; `None` if `#![cfg(test)]` covers everything.
fn test_items(tokens: &[Token]) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = tokens.get(at..).filter(|rest| !rest.is_empty()) {
        let Some((inner, body, length)) = attribute(rest) else {
            at += 1;
            continue;
        };
        let start = at;
        at += length;
        if let [name, Token::Group(Delimiter::Parenthesis, condition)] = body
            && name.word() == Some("cfg")
            && needs_test(condition)
        {
            if inner {
                return None;
            }
            at += item_length(tokens.get(at..).unwrap_or_default());
            found.push(start..at);
        }
    }
    Some(found)
}

/// `#[…]` or `#![…]` at the start: whether it is the inner form, its content, its length.
fn attribute(tokens: &[Token]) -> Option<(bool, &[Token], usize)> {
    match tokens {
        [hash, Token::Group(Delimiter::Bracket, body), ..] if hash.is('#') => Some((false, body, 2)),
        [hash, bang, Token::Group(Delimiter::Bracket, body), ..] if hash.is('#') && bang.is('!') => {
            Some((true, body, 3))
        }
        _ => None,
    }
}

/// Whether a condition can only hold in tests: `test`, `all(test, …)`.
fn needs_test(condition: &[Token]) -> bool {
    match condition {
        [word] => word.word() == Some("test"),
        [word, Token::Group(Delimiter::Parenthesis, parts)] if word.word() == Some("all") => {
            parts.split(|token| token.is(',')).any(needs_test)
        }
        _ => false,
    }
}

/// The length of the item, field, argument or arm at the start, with its further attributes. If unsure, it is too short:
/// what is not skipped is checked.
fn item_length(tokens: &[Token]) -> usize {
    let mut at = 0;
    let rest = |at| tokens.get(at..).unwrap_or_default();
    while let Some((.., length)) = attribute(rest(at)) {
        at += length;
    }
    at += visibility_length(rest(at));
    let (first, second) = (tokens.get(at).and_then(Token::word), tokens.get(at + 1).and_then(Token::word));
    // The braces of these do not end them.
    let ends_with_semicolon = match first {
        Some("use" | "static" | "type" | "let") => true,
        Some("const") => !matches!(second, Some("fn" | "unsafe" | "async" | "extern")),
        _ => false,
    };
    let is_item = ends_with_semicolon
        || matches!(first, Some("async" | "const" | "enum" | "extern" | "fn" | "impl" | "mod" | "struct" | "trait"));
    let mut angles = 0_usize;
    for (position, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Sign(';') => return position + 1,
            Token::Sign(',') if !is_item && angles == 0 => return position + 1,
            Token::Group(Delimiter::Brace, _) if !ends_with_semicolon => return position + 1,
            Token::Sign('<') => angles += 1,
            Token::Sign('>') => angles = angles.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// `pub`, `pub(crate)`, `pub(in crate::x)` at the start; 0 if there is none.
pub(super) fn visibility_length(tokens: &[Token]) -> usize {
    match tokens {
        [word, Token::Group(Delimiter::Parenthesis, scope), ..] if word.word() == Some("pub") => {
            // `struct A(pub (crate::x::Y, u8))` has a type there.
            let limited = match scope.as_slice() {
                [one] => matches!(one.word(), Some("crate" | "self" | "super")),
                [first, ..] => first.word() == Some("in"),
                [] => false,
            };
            1 + usize::from(limited)
        }
        [word, ..] if word.word() == Some("pub") => 1,
        _ => 0,
    }
}

/// The name of a module in a file of its own that only tests compile.
fn test_module(item: &[Token]) -> Option<Token> {
    match item {
        [.., keyword, name, end] if keyword.word() == Some("mod") && end.is(';') => {
            name.word().map(|name| Token::TestModule(name.to_owned()))
        }
        _ => None,
    }
}
