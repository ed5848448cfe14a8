//! `CookieLines`: the `Cookie` header of a request, as it was sent.

use std::sync::Arc;

/// 64 KiB of `Cookie` header in all; web servers stop well before (8 to 32 KiB), this is for those that do not.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// The `Cookie` lines of a request, one after the other. A line that does not fit is dropped, and so is every one after it.
#[derive(Clone, Default)]
pub(crate) struct CookieLines {
    text: Lines,
    is_full: bool,
}

#[derive(Clone, Default)]
enum Lines {
    #[default]
    None,
    /// One line, in the memory of the web server.
    Shared(Arc<dyn AsRef<[u8]> + Send + Sync>),
    /// With a semicolon between lines: a line is a list of cookies, and no cookie holds one.
    Copied(Vec<u8>),
}

impl CookieLines {
    pub(super) fn add(&mut self, line: &[u8]) {
        let known = self.as_bytes();
        if self.is_full || known.len().saturating_add(line.len()) > MAX_BYTES {
            self.is_full = true;
            return;
        }
        match &mut self.text {
            // Browsers send one line per cookie over HTTP/2 (RFC 9113 §8.2.3).
            Lines::Copied(lines) => {
                lines.push(b';');
                lines.extend_from_slice(line);
            }
            Lines::None => self.text = Lines::Copied(line.to_vec()),
            Lines::Shared(first) => self.text = Lines::Copied([(**first).as_ref(), line].join(&b';')),
        }
    }

    /// The same for a line whose owner is cheap to clone: it is not copied, unless another one comes.
    pub(super) fn add_shared<V: AsRef<[u8]> + Clone + Send + Sync + 'static>(&mut self, line: &V) {
        if matches!(self.text, Lines::None) && !self.is_full && line.as_ref().len() <= MAX_BYTES {
            self.text = Lines::Shared(Arc::new(line.clone()));
        } else {
            self.add(line.as_ref());
        }
    }

    /// No line that holds a cookie.
    #[cfg(feature = "login")]
    pub(crate) fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match &self.text {
            Lines::None => &[],
            Lines::Shared(line) => (**line).as_ref(),
            Lines::Copied(lines) => lines,
        }
    }
}
