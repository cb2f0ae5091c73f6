//! The subjects of rate limits: people, networks, names and devices.
//!
//! An IPv6 client may choose any address of its network, and many have more than one network. Its /64, its /56 and its
//! /48 are therefore counted, the narrowest first. A /64 is one line or one phone and has the limit itself. A /56 is what
//! most providers hand to one customer, or 256 phones, and has four times as much. A /48 is one site, or 65,536 phones,
//! and has sixteen times as much.

use std::net::IpAddr;

use ipnet::IpNet;
use sha2::{Digest as _, Sha256};

use crate::keys::StoreKey;

/// The networks of IPv6 that are counted: prefix length, and how many times the limit it has.
const IPV6_WIDTHS: [(u8, u32); 3] = [(64, 1), (56, 4), (48, 16)];

/// The prefix lengths of networks in which a name is counted: of IPv4, and of IPv6.
const NAME_WIDTHS: (u8, u8) = (24, 48);

/// The prefix length of one address of IPv4.
const IPV4_ADDRESS: u8 = 32;

/// The subject whose uses are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LimitSubject {
    /// A person, whichever of their sessions is used.
    Person(PersonKey),
    /// One address of IPv4, or a network of IPv6; `None`: the address is not known.
    Network(Option<IpNet>),
    /// A name that people sign in under, in one network or (`None`) in all.
    Name(String, Option<IpNet>),
    /// A browser that has signed in under a name before.
    Device(StoreKey),
}

/// A hash of a person's id and of the realm in which it is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PersonKey([u8; 32]);

impl PersonKey {
    /// The hash as bytes.
    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The realm of people's ids: the OpenID provider, or the upstream.
#[derive(Clone)]
pub struct Realm(Sha256);

impl Realm {
    /// The realm of that address.
    #[must_use]
    pub fn new(address: &str) -> Self {
        let hash = Sha256::new().chain_update(address.len().to_be_bytes());
        Self(hash.chain_update(address))
    }

    /// The subject of a person's requests.
    #[must_use]
    pub fn person(&self, id: &str) -> LimitSubject {
        LimitSubject::Person(PersonKey(self.0.clone().chain_update(id).finalize().into()))
    }
}

/// Subjects that are all charged for one use, each with how many times the limit it has.
pub type Subjects = [Option<(LimitSubject, u32)>; 3];

/// The single subject of a charge.
#[must_use]
pub const fn alone(subject: LimitSubject) -> Subjects {
    [Some((subject, 1)), None, None]
}

/// The networks of `address`, the narrowest first.
#[must_use]
pub fn networks_of(address: Option<IpAddr>) -> Subjects {
    match address {
        Some(IpAddr::V6(_)) => {
            IPV6_WIDTHS.map(|(width, times)| Some((LimitSubject::Network(network(address, width)), times)))
        }
        _ => alone(LimitSubject::Network(network(address, IPV4_ADDRESS))),
    }
}

/// The network in which a name is counted for an attempt from `address`.
#[must_use]
pub fn network_of_names(address: Option<IpAddr>) -> Option<IpNet> {
    let (of_ipv4, of_ipv6) = NAME_WIDTHS;
    network(address, if address?.is_ipv4() { of_ipv4 } else { of_ipv6 })
}

fn network(address: Option<IpAddr>, width: u8) -> Option<IpNet> {
    IpNet::new(address?, width).ok().map(|network| network.trunc())
}
