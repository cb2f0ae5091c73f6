//! A bounded map of values that expire.

use std::{collections::HashMap, hash::Hash, time::SystemTime};

use crate::{redis::StoreError, session::store::Term};

pub(super) struct TtlMap<K, V>(HashMap<K, (V, SystemTime)>);

impl<K, V> Default for TtlMap<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, V> TtlMap<K, V> {
    /// Puts a value in; false if the key has a value that has not expired, which then stays.
    pub(super) fn insert(&mut self, key: K, value: V, max: usize, term: Term) -> Result<bool, StoreError> {
        let Term { now, ends } = term;
        if self.0.get(&key).is_some_and(|(_, ends)| *ends > now) {
            return Ok(false);
        }
        if self.0.len() >= max {
            self.0.retain(|_, (_, ends)| *ends > now);
            if self.0.len() >= max {
                return Err(StoreError::Full);
            }
        }
        self.0.insert(key, (value, ends));
        Ok(true)
    }

    pub(super) fn take(&mut self, key: &K, now: SystemTime) -> Option<V> {
        self.0.remove(key).filter(|(_, ends)| *ends > now).map(|(value, _)| value)
    }
}
