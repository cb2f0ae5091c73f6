//! The part of a filter that goes by key, for queries and for mutations.

use crate::key::QueryKey;

/// The keys that a filter names: all, those at and below a prefix, or one.
#[derive(Clone, Debug, Default)]
pub(crate) struct NamedKeys {
    prefix: Option<QueryKey>,
    exact: bool,
}

impl NamedKeys {
    pub(crate) fn below(prefix: QueryKey) -> Self {
        Self { prefix: Some(prefix), exact: false }
    }

    pub(crate) fn exact(key: QueryKey) -> Self {
        Self { prefix: Some(key), exact: true }
    }

    /// Whether this key is among them. What has no key is among all alone.
    pub(crate) fn include(&self, key: Option<&QueryKey>) -> bool {
        match (&self.prefix, key) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(prefix), Some(key)) if self.exact => key == prefix,
            (Some(prefix), Some(key)) => key.starts_with(prefix),
        }
    }
}
