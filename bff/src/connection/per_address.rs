//! The connections of each client address, so that one client cannot take them all.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;

/// Networks of IPv6 that are counted: prefix length, and how many times the limit it has. Providers hand out a /64 for a
/// line, a /56 for a customer and a /48 for a site. By default a site has three quarters of one worker's connections.
const IPV6_WIDTHS: [(u8, usize); 3] = [(64, 1), (56, 2), (48, 3)];

/// The prefix length of one address of IPv4.
const IPV4_ADDRESS: u8 = 32;

/// The connections of each network.
type Open = HashMap<IpNet, usize>;

/// The connections of all addresses, on all workers.
#[derive(Debug, Clone)]
pub struct AddressConnections {
    open: Arc<Mutex<Open>>,
    max: NonZeroUsize,
    exempt: Arc<[IpNet]>,
}

/// One connection of an address; it counts until this is dropped.
#[derive(Debug)]
pub struct Counted {
    open: Arc<Mutex<Open>>,
    peer: IpAddr,
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
        let mut open = lock(&self.open);
        let is_full = |(network, times): (IpNet, usize)| {
            open.get(&network).is_some_and(|count| *count >= self.max.get().saturating_mul(times))
        };
        if networks(peer).any(is_full) {
            return Err(TooMany);
        }
        for (network, _) in networks(peer) {
            *open.entry(network).or_default() += 1;
        }
        drop(open);
        Ok(Some(Counted { open: Arc::clone(&self.open), peer }))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        for (network, _) in networks(self.peer) {
            if let Entry::Occupied(mut count) = open.entry(network) {
                *count.get_mut() = count.get().saturating_sub(1);
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    // No code panics while it holds the lock; were one to, the map would still be whole.
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The networks of an address, each with how many times the limit it has.
fn networks(address: IpAddr) -> impl Iterator<Item = (IpNet, usize)> {
    let widths: &[_] = if address.is_ipv4() { &[(IPV4_ADDRESS, 1)] } else { &IPV6_WIDTHS };
    let network =
        move |(width, times): &(u8, usize)| Some((IpNet::new(address, *width).ok()?.trunc(), *times));
    widths.iter().filter_map(network)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

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

    #[test]
    fn security_39_a_site_of_ipv6_cannot_take_all_by_its_many_networks() {
        let connections = AddressConnections::new(NonZeroUsize::new(2).unwrap(), &[]);
        let from = |site: u16, customer: u16, line: u16| {
            let peer = Ipv6Addr::new(0x2001, 0xdb8, site, customer << 8 | line, 0, 0, 0, 1);
            connections.count(peer.into()).ok().flatten()
        };
        let of_a_customer: Vec<_> = (0..100).filter_map(|line| from(1, 0, line)).collect();
        assert_eq!(of_a_customer.len(), 4);
        let of_its_site: Vec<_> = (1..100).filter_map(|customer| from(1, customer, 0)).collect();
        assert_eq!(of_its_site.len(), 2);
        assert!(from(2, 0, 0).is_some());
        drop((of_a_customer, of_its_site));
        assert!(lock(&connections.open).is_empty());
    }
}
