//! The connections of each client address, so that one client cannot take them all.

use std::{net::IpAddr, num::NonZeroUsize, sync::Arc};

use ipnet::IpNet;

use http_message::shares::{Share, Shares};

use crate::rate_limit::networks_of;

/// The connections of all addresses, on all workers. Of IPv6 the /64, the /56 and the /48 are counted: by default a site
/// has three quarters of one worker's connections.
#[derive(Debug, Clone)]
pub struct AddressConnections {
    open: Shares,
    exempt: Arc<[IpNet]>,
}

/// An address has as many connections as it may have.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

impl AddressConnections {
    /// Up to `max` connections for each address, and any number for `exempt` ones and loopback: behind a proxy are many
    /// people.
    #[must_use]
    pub fn new(max: NonZeroUsize, exempt: &[IpNet]) -> Self {
        Self { open: Shares::new(max.get()), exempt: exempt.into() }
    }

    /// Counts a connection from `peer`; `None` where it is exempt.
    ///
    /// # Errors
    /// Where it has as many as it may have.
    pub fn count(&self, peer: IpAddr) -> Result<Option<Share>, TooMany> {
        let peer = peer.to_canonical();
        if peer.is_loopback() || self.exempt.iter().any(|network| network.contains(&peer)) {
            return Ok(None);
        }
        let networks = networks_of(Some(peer)).map(|network| network.map(|(network, _)| network));
        self.open.take(&networks).map(Some).ok_or(TooMany)
    }
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
        assert!(connections.open.is_empty());
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
        assert!(connections.open.is_empty());
    }
}
