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

/// What a caller is counted by: itself, and the wider circles that it is in, the narrowest first.
pub type Circles<C> = [Option<C>; 3];

/// One exchange of a caller. It counts until this is dropped.
#[derive(Debug)]
pub struct Turn {
    under_way: Arc<Mutex<HashMap<u64, usize>>>,
    circles: Circles<u64>,
}

impl Callers {
    /// Up to `max` exchanges under way for each caller, twice as many for the circle around it, and three times for the
    /// widest: a caller of many names has no more.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { under_way: Arc::default(), hasher: RandomState::new(), max }
    }

    /// Begins an exchange of this caller.
    ///
    /// # Errors
    /// [`UpstreamError::CallerBusy`], where as many as may be are under way.
    pub fn begin<C: Hash>(&self, caller: &Circles<C>) -> Result<Turn, UpstreamError> {
        let circles =
            caller.each_ref().map(|circle| circle.as_ref().map(|circle| self.hasher.hash_one(circle)));
        let mut under_way = lock(&self.under_way);
        let is_full = |(circle, shares): (&u64, usize)| {
            under_way.get(circle).is_some_and(|count| *count >= self.max.saturating_mul(shares))
        };
        if circles.iter().flatten().zip(1..).any(is_full) {
            return Err(UpstreamError::CallerBusy);
        }
        for circle in circles.iter().flatten() {
            *under_way.entry(*circle).or_default() += 1;
        }
        drop(under_way);
        Ok(Turn { under_way: Arc::clone(&self.under_way), circles })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut under_way = lock(&self.under_way);
        for circle in self.circles.iter().flatten() {
            if let Entry::Occupied(mut count) = under_way.entry(*circle) {
                *count.get_mut() = count.get().saturating_sub(1);
                if *count.get() == 0 {
                    count.remove();
                }
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

    fn alone(name: &str) -> Circles<&str> {
        [Some(name), None, None]
    }

    #[test]
    fn security_48_a_caller_has_its_share_of_the_exchanges() {
        let callers = Callers::new(2);
        let first = callers.begin(&alone("ada")).unwrap();
        let second = callers.clone().begin(&alone("ada")).unwrap();
        assert!(matches!(callers.begin(&alone("ada")), Err(UpstreamError::CallerBusy)));
        let other = callers.begin(&alone("eve")).unwrap();
        drop(first);
        drop(callers.begin(&alone("ada")).unwrap());
        drop((second, other));
        assert!(lock(&callers.under_way).is_empty());
    }

    #[test]
    fn security_48_a_caller_of_many_names_has_no_more() {
        let callers = Callers::new(2);
        let begin = |name: u32, customer: u32, site: u32| {
            callers.begin(&[Some((64, name)), Some((56, customer)), Some((48, site))]).ok()
        };
        let of_a_customer: Vec<_> = (0..100).filter_map(|name| begin(name, 0, 0)).collect();
        assert_eq!(of_a_customer.len(), 4);
        let of_its_site: Vec<_> = (1..100).filter_map(|other| begin(100 + other, other, 0)).collect();
        assert_eq!(of_its_site.len(), 2);
        assert!(begin(1000, 1000, 1).is_some());
        drop((of_a_customer, of_its_site));
        assert!(lock(&callers.under_way).is_empty());
    }
}
