//! Exchanges under way for each caller, on all workers, so that one caller cannot take all places.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher as _, Hash, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::error::UpstreamError;

/// The exchanges of all callers.
#[derive(Debug, Clone)]
pub struct Callers {
    under_way: Arc<Mutex<HashMap<u64, usize>>>,
    /// Callers are told apart by a hash that nobody else can compute.
    hasher: RandomState,
    max: usize,
}

/// One exchange of a caller. It counts until this is dropped.
#[derive(Debug)]
pub struct Turn {
    under_way: Arc<Mutex<HashMap<u64, usize>>>,
    caller: u64,
}

impl Callers {
    /// Up to `max` exchanges under way for each caller.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { under_way: Arc::default(), hasher: RandomState::new(), max }
    }

    /// Begins an exchange of this caller.
    ///
    /// # Errors
    /// [`UpstreamError::CallerBusy`], where as many as may be are under way.
    pub fn begin(&self, caller: &impl Hash) -> Result<Turn, UpstreamError> {
        let caller = self.hasher.hash_one(caller);
        let mut under_way = lock(&self.under_way);
        let count = under_way.entry(caller).or_default();
        if *count >= self.max {
            return Err(UpstreamError::CallerBusy);
        }
        *count += 1;
        Ok(Turn { under_way: Arc::clone(&self.under_way), caller })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.under_way).entry(self.caller) {
            *count.get_mut() = count.get().saturating_sub(1);
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn lock(under_way: &Mutex<HashMap<u64, usize>>) -> MutexGuard<'_, HashMap<u64, usize>> {
    // No code panics while it holds the lock; were one to, the map would still be whole.
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_48_a_caller_has_its_share_of_the_exchanges() {
        let callers = Callers::new(2);
        let first = callers.begin(&"ada").unwrap();
        let second = callers.clone().begin(&"ada").unwrap();
        assert!(matches!(callers.begin(&"ada"), Err(UpstreamError::CallerBusy)));
        let other = callers.begin(&"eve").unwrap();
        drop(first);
        drop(callers.begin(&"ada").unwrap());
        drop((second, other));
        assert!(lock(&callers.under_way).is_empty());
    }
}
