//! `BFF_CLEARTEXT`: where clear text may go in production.

use std::net::IpAddr;

use ipnet::IpNet;

use super::hosts;
use crate::guard::hosts::{HostPattern, is_loopback_name, without_root};

const EXPECTED: &str =
    "expected host names and networks by comma, such as api.internal, *.svc.cluster.local, 10.0.0.0/8";

/// Hosts and networks to which clear text is meant: a service mesh encrypts it, or nobody else is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClearText {
    names: Vec<HostPattern>,
    networks: Vec<IpNet>,
}

impl ClearText {
    /// Whether clear text may go to `host`, a name or an address without brackets. Loopback needs no permission.
    pub(super) fn allows(&self, host: &str) -> bool {
        match host.parse::<IpAddr>() {
            Ok(address) => {
                let address = address.to_canonical();
                address.is_loopback() || self.networks.iter().any(|network| network.contains(&address))
            }
            Err(_) => {
                let host = without_root(host);
                is_loopback_name(host) || self.names.iter().any(|pattern| pattern.matches(host))
            }
        }
    }
}

pub(super) fn clear_text(given: &str) -> Result<ClearText, String> {
    let mut allowed = ClearText::default();
    for one in given.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        match one.parse::<IpNet>().or_else(|_| one.parse::<IpAddr>().map(IpNet::from)) {
            Ok(network) if network.prefix_len() == 0 => {
                return Err(format!("stands for every address; {EXPECTED}"));
            }
            Ok(network) => allowed.networks.push(network.trunc()),
            Err(_) => allowed.names.push(hosts::host(one, EXPECTED)?),
        }
    }
    if allowed == ClearText::default() { Err(format!("names no host; {EXPECTED}")) } else { Ok(allowed) }
}
