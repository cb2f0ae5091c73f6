//! A bounded set of keys that expire.

use std::{collections::HashMap, hash::Hash, time::SystemTime};

use crate::{redis::StoreError, session::store::Term};

pub(super) struct TtlSet<K>(HashMap<K, SystemTime>);

impl<K> Default for TtlSet<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> TtlSet<K> {
    /// Puts a key in; false if it is there and has not expired.
    pub(super) fn insert(&mut self, key: K, max: usize, term: Term) -> Result<bool, StoreError> {
        let Term { now, ends } = term;
        if self.0.get(&key).is_some_and(|ends| *ends > now) {
            return Ok(false);
        }
        if self.0.len() >= max {
            self.0.retain(|_, ends| *ends > now);
            if self.0.len() >= max {
                return Err(StoreError::Full);
            }
        }
        self.0.insert(key, ends);
        Ok(true)
    }
}
