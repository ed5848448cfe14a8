//! A browser's cookies, one set per `host:port`.
//!
//! Browsers ignore the port; keeping it apart here is what two different hosts are elsewhere, so the provider never
//! sees the app's cookies by accident of `127.0.0.1`.

use std::collections::BTreeMap;

use crate::answer::SetCookie;

#[derive(Clone, Debug, Default)]
pub(crate) struct Jar(BTreeMap<String, BTreeMap<String, String>>);

impl Jar {
    pub(crate) fn of(&self, site: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.get(site).into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn keep(&mut self, site: &str, cookie: &SetCookie) {
        if cookie.removes() {
            self.remove(site, &cookie.name);
        } else {
            self.set(site, &cookie.name, &cookie.value);
        }
    }

    pub(crate) fn set(&mut self, site: &str, name: &str, value: &str) {
        self.0.entry(site.to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn remove(&mut self, site: &str, name: &str) {
        if let Some(cookies) = self.0.get_mut(site) {
            cookies.remove(name);
        }
    }

    pub(crate) fn forget_all_but(&mut self, site: &str) {
        self.0.retain(|known, _| known == site);
    }

    /// The `Cookie` header, if there is anything to send.
    pub(crate) fn line(&self, site: &str) -> Option<String> {
        let pairs: Vec<_> = self.of(site).map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
