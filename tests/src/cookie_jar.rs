//! A browser's cookies, one set per `host:port`.
//!
//! Real browsers ignore the port. Here a port stands for a host, so the provider never gets the application's cookies.

use std::collections::BTreeMap;

use crate::set_cookie::SetCookie;

#[derive(Clone, Debug, Default)]
pub(crate) struct CookieJar(BTreeMap<String, BTreeMap<String, String>>);

impl CookieJar {
    pub(crate) fn cookies(&self, site: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.get(site).into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn store(&mut self, site: &str, cookie: &SetCookie) {
        if cookie.removes() {
            if let Some(cookies) = self.0.get_mut(site) {
                cookies.remove(&cookie.name);
            }
        } else {
            self.set(site, &cookie.name, &cookie.value);
        }
    }

    pub(crate) fn set(&mut self, site: &str, name: &str, value: &str) {
        self.0.entry(site.to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn remove_other_sites(&mut self, site: &str) {
        self.0.retain(|known, _| known == site);
    }

    /// The `Cookie` header, if there are cookies.
    pub(crate) fn header(&self, site: &str) -> Option<String> {
        let pairs: Vec<_> = self.cookies(site).map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
