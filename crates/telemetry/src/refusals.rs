//! Decides which refusals leave a line: of each kind and address some in a period. The others are counted, and told when
//! the period ends. Nobody fills the log that way, or hides in it what else happens.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Lines of one kind and address in a period.
const LINES: u64 = 10;

/// The length of a period, which begins with the first refusal.
const PERIOD: Duration = Duration::from_secs(60);

/// Kinds and addresses that are told apart at a time; those beyond share a count for each kind.
const SOURCES_MAX: usize = 1024;

/// Bits of an IPv6 address that one household gets: whoever has them has all addresses below.
const IPV6_PREFIX: u32 = 64;

/// A kind of refusal and where it comes from, an IPv6 address without its host's half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) event: &'static str,
    pub(super) address: Option<IpAddr>,
}

/// Refusals that left no line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Untold {
    pub(super) origin: Origin,
    pub(super) count: u64,
}

/// The counts of the periods that are under way.
#[derive(Debug, Default)]
pub(super) struct Refusals(HashMap<Origin, Period>);

#[derive(Debug)]
struct Period {
    since: Instant,
    count: u64,
}

impl Refusals {
    /// Counts a refusal; says whether it leaves a line.
    pub(super) fn take(&mut self, event: &'static str, address: Option<IpAddr>, now: Instant) -> bool {
        let mut origin = Origin { event, address: address.map(network) };
        if self.0.len() >= SOURCES_MAX && !self.0.contains_key(&origin) {
            origin.address = None;
        }
        let period = self.0.entry(origin).or_insert(Period { since: now, count: 0 });
        period.count += 1;
        period.count <= LINES
    }

    /// Ends the periods that are over, or all of them; returns what they left untold.
    pub(super) fn end(&mut self, now: Instant, all: bool) -> Vec<Untold> {
        let is_over = |period: &Period| all || now.duration_since(period.since) >= PERIOD;
        let ended = self.0.extract_if(|_, period| is_over(period));
        let untold =
            ended.map(|(origin, period)| Untold { origin, count: period.count.saturating_sub(LINES) });
        untold.filter(|untold| untold.count > 0).collect()
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - IPV6_PREFIX))).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn security_53_lines_beyond_the_rate_are_told_when_their_period_ends() {
        let (mut refusals, start) = (Refusals::default(), Instant::now());
        let lines = (0..60).filter(|_| refusals.take("path", address("192.0.2.1"), start)).count();
        assert_eq!(lines, 10);
        assert!(refusals.take("origin", address("192.0.2.1"), start), "another kind");
        assert!(refusals.take("path", address("192.0.2.2"), start), "another address");
        assert_eq!(refusals.end(start + PERIOD - Duration::from_millis(1), false), []);
        let origin = Origin { event: "path", address: address("192.0.2.1") };
        assert_eq!(refusals.end(start + PERIOD, false), [Untold { origin, count: 50 }]);
        assert!(refusals.0.is_empty());
        assert!(refusals.take("path", address("192.0.2.1"), start + PERIOD), "a new period");
    }

    #[test]
    fn security_53_what_is_untold_is_told_at_the_end_of_the_process() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        (0..11).for_each(|_| _ = refusals.take("path", None, now));
        assert_eq!(refusals.end(now, true).len(), 1);
        assert_eq!(refusals.end(now, true), []);
    }

    #[test]
    fn security_53_a_network_of_ipv6_is_one_source_and_sources_are_bounded() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let lines = (0..100_u128).filter(|host| {
            let address = Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) + host);
            refusals.take("path", Some(address.into()), now)
        });
        assert_eq!(lines.count(), 10);
        let lines = (0..100_000_u32)
            .filter(|number| refusals.take("path", Some(IpAddr::from(number.to_be_bytes())), now));
        assert!(lines.count() <= SOURCES_MAX + 10);
        assert!(refusals.0.len() <= SOURCES_MAX + 1);
    }
}
