//! `Table`: a small map for claims. A session is decoded often, changed never, and its maps have a handful of
//! entries: one sorted vector costs one allocation where a tree costs one per node, and short texts cost none.

use serde::{Deserialize, Serialize};

/// A text that is stored in place up to 24 bytes: ids, names and role keys nearly always.
pub(crate) type Text = compact_str::CompactString;

/// Entries sorted by key, no key twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table<V>(Vec<(Text, V)>);

impl<V> Table<V> {
    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let found = self.0.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()?;
        self.0.get(found).map(|(_, value)| value)
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Into<Text>, V> FromIterator<(K, V)> for Table<V> {
    /// Of two entries with the same key the first counts.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|(a, _), (b, _)| a == b);
        Self(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_whatever_the_order_they_came_in() {
        let table: Table<u8> = [("b", 2), ("a", 1), ("c", 3), ("a", 9)].into_iter().collect();
        assert_eq!(table.iter().collect::<Vec<_>>(), [("a", &1), ("b", &2), ("c", &3)]);
        assert_eq!(table.get("c"), Some(&3));
        assert!(!table.contains_key("d") && !table.is_empty());
    }
}
