//! The connections of each client address, so that one client cannot take them all.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;

/// The connections of all addresses, on all workers.
#[derive(Debug, Clone)]
pub struct AddressConnections {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    max: NonZeroUsize,
    exempt: Arc<[IpNet]>,
}

/// One connection of an address; it counts until this is dropped.
#[derive(Debug)]
pub struct Counted {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    network: IpAddr,
}

/// An address has as many connections as it may have.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

impl AddressConnections {
    /// Up to `max` connections for each address, and any number for `exempt` ones and loopback: behind a proxy are many
    /// people.
    #[must_use]
    pub fn new(max: NonZeroUsize, exempt: &[IpNet]) -> Self {
        Self { open: Arc::default(), max, exempt: exempt.into() }
    }

    /// Counts a connection from `peer`; `None` where it is exempt.
    ///
    /// # Errors
    /// Where it has as many as it may have.
    pub fn count(&self, peer: IpAddr) -> Result<Option<Counted>, TooMany> {
        let peer = peer.to_canonical();
        if peer.is_loopback() || self.exempt.iter().any(|network| network.contains(&peer)) {
            return Ok(None);
        }
        let network = network(peer);
        let mut open = lock(&self.open);
        let count = open.entry(network).or_default();
        if *count >= self.max.get() {
            return Err(TooMany);
        }
        *count += 1;
        Ok(Some(Counted { open: Arc::clone(&self.open), network }))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.open).entry(self.network) {
            *count.get_mut() = count.get().saturating_sub(1);
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn lock(open: &Mutex<HashMap<IpAddr, usize>>) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
    // No code panics while it holds the lock; were one to, the map would still be whole.
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The addresses that one client may choose from: in IPv6 a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_39_an_address_has_its_share_of_the_connections() {
        let exempt = ["10.0.0.0/8".parse().unwrap()];
        let connections = AddressConnections::new(NonZeroUsize::new(2).unwrap(), &exempt);
        let count = |peer: &str| connections.count(peer.parse().unwrap());
        let first = count("192.0.2.1").unwrap();
        let second = count("::ffff:192.0.2.1").unwrap();
        assert!(first.is_some() && second.is_some());
        assert_eq!(count("192.0.2.1").unwrap_err(), TooMany);
        assert!(count("192.0.2.2").is_ok());
        drop(first);
        assert!(count("192.0.2.1").is_ok());
        let of_a_network = [count("2001:db8::1").unwrap(), count("2001:db8::2:3:4:5").unwrap()];
        assert_eq!(count("2001:db8::6").unwrap_err(), TooMany);
        assert!(count("2001:db8:0:1::1").is_ok());
        drop(of_a_network);
        for exempt in ["127.0.0.1", "::1", "10.1.2.3"] {
            assert!((0..10).all(|_| count(exempt).unwrap().is_none()), "{exempt}");
        }
        drop(second);
        assert!(lock(&connections.open).is_empty());
    }
}
