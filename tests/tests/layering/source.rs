//! Reads Rust source just well enough to know which paths it mentions: no comments, no strings, no tests.

/// What one file mentions.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) paths: Vec<Path>,
    /// Modules in files of their own that are compiled for tests only: `#[cfg(test)] mod tests;`.
    pub(crate) test_modules: Vec<String>,
}

/// `a::b::c`, alone or as one leaf of a `use`.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
    /// Whether it stands in a `use`.
    pub(crate) imported: bool,
}

impl Source {
    pub(crate) fn read(text: &str) -> Self {
        let mut source = Self::default();
        let tokens = without_tests(&tokens(text), &mut source.test_modules);
        let mut rest = tokens.as_slice();
        while let Some((token, after)) = rest.split_first() {
            rest = match (&token.kind, after) {
                // `impl Trait + use<'a>` imports nothing.
                (Kind::Word(word), [next, ..]) if word == "use" && !next.is('<') => {
                    leaves(after, &[], &mut source.paths)
                }
                (Kind::Word(_), _) => path(rest, &mut source.paths),
                (Kind::Sign(_), _) => after,
            };
        }
        source
    }
}

impl Path {
    pub(crate) fn starts_with(&self, path: &[&str]) -> bool {
        self.segments.len() >= path.len() && self.segments.iter().zip(path).all(|(own, other)| own == other)
    }

    pub(crate) fn ends_with(&self, path: &[&str]) -> bool {
        let own = self.segments.iter().rev();
        self.segments.len() >= path.len() && own.zip(path.iter().rev()).all(|(own, other)| own == other)
    }

    /// Whether it goes through a module of this name. A variable of that name does not count.
    pub(crate) fn goes_through(&self, module: &str) -> bool {
        (self.imported || self.segments.len() > 1) && self.segments.iter().any(|segment| segment == module)
    }
}

#[derive(Clone, Debug)]
struct Token {
    line: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Word(String),
    Sign(char),
}

impl Token {
    fn is(&self, sign: char) -> bool {
        matches!(self.kind, Kind::Sign(it) if it == sign)
    }

    fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Sign(_) => None,
        }
    }

    fn text(&self) -> String {
        match &self.kind {
            Kind::Word(word) => word.clone(),
            Kind::Sign(sign) => sign.to_string(),
        }
    }
}

/// Words and signs; comments, literals and lifetimes are left out.
fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = if let Some(length) = comment(rest).or_else(|| string(rest)).or_else(|| quote(rest)) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let raw = if rest.starts_with("r#") { 2 } else { 0 };
            let length = word_length(&rest[raw..]);
            if !first.is_numeric() {
                found.push(Token { line, kind: Kind::Word(rest[raw..raw + length].to_owned()) });
            }
            raw + length
        } else {
            if !first.is_whitespace() {
                found.push(Token { line, kind: Kind::Sign(first) });
            }
            first.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    // Block comments nest.
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    Some(text.len())
}

fn string(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r"].into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or_default();
    let body = &text[prefix.len()..];
    let hashes = if prefix.ends_with('r') { body.len() - body.trim_start_matches('#').len() } else { 0 };
    let inside = body[hashes..].strip_prefix('"')?;
    let start = text.len() - inside.len();
    if prefix.ends_with('r') {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(inside.find(&end).map_or(text.len(), |at| start + at + end.len()));
    }
    let mut escaped = false;
    let end = inside.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    Some(end.map_or(text.len(), |at| start + at + 1))
}

/// A character, or a lifetime.
fn quote(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'').or_else(|| text.strip_prefix("b'"))?;
    let start = text.len() - inside.len();
    let first = inside.chars().next()?;
    if first == '\\' {
        let after = start + 1 + inside.chars().nth(1)?.len_utf8();
        return Some(text[after..].find('\'').map_or(text.len(), |at| after + at + 1));
    }
    let closed = inside[first.len_utf8()..].starts_with('\'');
    Some(if closed { start + first.len_utf8() + 1 } else { start + word_length(inside) })
}

/// Leaves out what only tests compile.
fn without_tests(tokens: &[Token], modules: &mut Vec<String>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some((token, after)) = rest.split_first() {
        let Some((attribute, inner, behind)) = attribute(rest) else {
            kept.push(token.clone());
            rest = after;
            continue;
        };
        rest = behind;
        if !(attribute == "cfg(test)" || attribute.starts_with("cfg(all(test,")) {
            continue;
        }
        if inner {
            // `#![cfg(test)]`: all of it.
            return Vec::new();
        }
        let item = &behind[..item_length(behind)];
        if let [.., keyword, name, end] = item
            && (keyword.word(), end.is(';')) == (Some("mod"), true)
        {
            modules.extend(name.word().map(ToOwned::to_owned));
        }
        rest = &behind[item.len()..];
    }
    kept
}

/// `#[…]` or `#![…]` at the start: its text, whether it is the inner form, and what follows.
fn attribute(tokens: &[Token]) -> Option<(String, bool, &[Token])> {
    let [hash, rest @ ..] = tokens else { return None };
    let (inner, rest) = match rest {
        [bang, rest @ ..] if bang.is('!') => (true, rest),
        rest => (false, rest),
    };
    if !hash.is('#') || !rest.first()?.is('[') {
        return None;
    }
    let length = block_length(rest);
    let text = rest.get(1..length.checked_sub(1)?)?.iter().map(Token::text).collect();
    Some((text, inner, &rest[length..]))
}

/// From an opening bracket to the closing one, both counted.
fn block_length(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// The item, statement, field or arm at the start, further attributes included. In doubt, too short: what is not
/// left out is looked at.
fn item_length(tokens: &[Token]) -> usize {
    let mut at = 0;
    while let Some((.., behind)) = attribute(&tokens[at..]) {
        at = tokens.len() - behind.len();
    }
    let first = tokens.get(at).and_then(Token::word).unwrap_or_default();
    let visibility = match &tokens[at..] {
        [public, group @ ..] if public.word() == Some("pub") => {
            1 + if group.first().is_some_and(|it| it.is('(')) { block_length(group) } else { 0 }
        }
        _ => 0,
    };
    // The braces of a `use` do not end it.
    let import = tokens.get(at + visibility).is_some_and(|token| token.word() == Some("use"));
    let item = ["async", "const", "enum", "fn", "impl", "mod", "pub", "static", "struct", "trait", "type", "use"];
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Sign(';') => return at + 1,
            Kind::Sign(',') if !item.contains(&first) => return at + 1,
            Kind::Sign(')' | ']' | '}') => return at,
            Kind::Sign('{') if !import => return at + block_length(&tokens[at..]),
            Kind::Sign('(' | '[' | '{') => at += block_length(&tokens[at..]),
            _ => at += 1,
        }
    }
    at
}

/// One path outside a `use`; returns what follows.
fn path<'a>(tokens: &'a [Token], found: &mut Vec<Path>) -> &'a [Token] {
    let line = tokens.first().map_or(0, |token| token.line);
    let mut segments = Vec::new();
    let mut rest = tokens;
    while let [token, after @ ..] = rest
        && let Some(word) = token.word()
    {
        segments.push(word.to_owned());
        rest = after;
        match after {
            [one, two, after @ ..]
                if one.is(':') && two.is(':') && after.first().is_some_and(|it| it.word().is_some()) =>
            {
                rest = after;
            }
            _ => break,
        }
    }
    found.push(Path { line, segments, imported: false });
    rest
}

/// The leaves of one tree of a `use`; returns what follows the tree.
fn leaves<'a>(tokens: &'a [Token], prefix: &[String], found: &mut Vec<Path>) -> &'a [Token] {
    let mut segments = prefix.to_vec();
    let mut rest = tokens;
    let mut line = 0;
    let mut renamed = false;
    while let Some((token, after)) = rest.split_first() {
        match &token.kind {
            Kind::Sign(',' | ';' | '}') => break,
            Kind::Sign('{') => {
                rest = after;
                while rest.first().is_some_and(|token| !token.is('}') && !token.is(';')) {
                    rest = leaves(rest, &segments, found);
                    if rest.first().is_some_and(|token| token.is(',')) {
                        rest = &rest[1..];
                    }
                }
                return rest.get(1..).unwrap_or_default();
            }
            Kind::Word(word) if word == "as" => renamed = true,
            Kind::Word(word) if !renamed => {
                line = token.line;
                segments.push(word.clone());
            }
            _ => {}
        }
        rest = after;
    }
    found.push(Path { line, segments, imported: true });
    rest
}
