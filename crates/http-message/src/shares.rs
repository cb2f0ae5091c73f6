//! What each client has under way of something that is everybody's: connections, exchanges.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher as _, Hash, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a client is counted by: itself, and the wider circles that it is in, the narrowest first.
pub type Circles<C> = [Option<C>; 3];

/// The shares of all clients, on all workers. Clones count together.
#[derive(Debug, Clone)]
pub struct Shares {
    under_way: Arc<Mutex<HashMap<u64, usize>>>,
    /// Clients are told apart by a hash that nobody else can compute.
    hasher: RandomState,
    max: usize,
}

/// One thing that a client has under way. It counts until this is dropped.
#[derive(Debug)]
pub struct Share {
    under_way: Arc<Mutex<HashMap<u64, usize>>>,
    circles: Circles<u64>,
}

impl Shares {
    /// Up to `max` for each client, twice as many for the circle around it, and three times for the widest: a client of many
    /// names has no more.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { under_way: Arc::default(), hasher: RandomState::new(), max }
    }

    /// One more of this client; `None` where as many as may be are under way.
    #[must_use]
    pub fn take<C: Hash>(&self, client: &Circles<C>) -> Option<Share> {
        let circles =
            client.each_ref().map(|circle| circle.as_ref().map(|circle| self.hasher.hash_one(circle)));
        let mut under_way = lock(&self.under_way);
        let is_full = |(circle, shares): (&u64, usize)| {
            under_way.get(circle).is_some_and(|count| *count >= self.max.saturating_mul(shares))
        };
        if circles.iter().flatten().zip(1..).any(is_full) {
            return None;
        }
        for circle in circles.iter().flatten() {
            *under_way.entry(*circle).or_default() += 1;
        }
        drop(under_way);
        Some(Share { under_way: Arc::clone(&self.under_way), circles })
    }

    /// Whether nobody has anything under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        lock(&self.under_way).is_empty()
    }
}

impl Drop for Share {
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
        let shares = Shares::new(2);
        let first = shares.take(&alone("ada")).unwrap();
        let second = shares.clone().take(&alone("ada")).unwrap();
        assert!(shares.take(&alone("ada")).is_none());
        let other = shares.take(&alone("eve")).unwrap();
        drop(first);
        drop(shares.take(&alone("ada")).unwrap());
        drop((second, other));
        assert!(shares.is_empty());
    }

    #[test]
    fn security_48_a_caller_of_many_names_has_no_more() {
        let shares = Shares::new(2);
        let take = |name: u32, customer: u32, site: u32| {
            shares.take(&[Some((64, name)), Some((56, customer)), Some((48, site))])
        };
        let of_a_customer: Vec<_> = (0..100).filter_map(|name| take(name, 0, 0)).collect();
        assert_eq!(of_a_customer.len(), 4);
        let of_its_site: Vec<_> = (1..100).filter_map(|other| take(100 + other, other, 0)).collect();
        assert_eq!(of_its_site.len(), 2);
        assert!(take(1000, 1000, 1).is_some());
        drop((of_a_customer, of_its_site));
        assert!(shares.is_empty());
    }
}
