//! Finds a request's client address behind trusted proxies.
//!
//! The peer's own address counts, unless it is within `BFF_TRUSTED_PROXIES`. Then the list that the proxies wrote is
//! read from its end, since each hop adds the address before it. The first entry that is no trusted proxy is the
//! client. All entries before it may be the client's own invention.

use std::net::{IpAddr, SocketAddr};

use http::header;
use ipnet::IpNet;

use http_message::{HeaderBlock, fields::X_FORWARDED_FOR};

/// Entries of a list that are read: no chain of proxies is longer.
const HOPS_MAX: usize = 32;

/// The address of the client behind `peer`.
///
/// A proxy that sends both `X-Forwarded-For` and `Forwarded` has one of them from the client, if they disagree. Then
/// neither counts, and the peer's address stands for the client.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderBlock, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    if !is_trusted(peer) {
        return peer;
    }
    let walk = |entries: Vec<Option<IpAddr>>| {
        let mut client = peer;
        for entry in entries.into_iter().rev().take(HOPS_MAX) {
            // An unreadable entry was not written by a proxy of ours: the last known hop has to do.
            let Some(address) = entry else { break };
            client = address;
            if !is_trusted(address) {
                break;
            }
        }
        client
    };
    let by_list = headers.contains_key(&X_FORWARDED_FOR).then(|| walk(x_forwarded_for(headers)));
    let by_standard = headers.contains_key(header::FORWARDED).then(|| walk(forwarded(headers)));
    match (by_list, by_standard) {
        (Some(one), Some(two)) if one != two => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    }
}

fn x_forwarded_for(headers: &HeaderBlock) -> Vec<Option<IpAddr>> {
    let fields = headers.get_all(X_FORWARDED_FOR);
    fields
        .flat_map(|field| field.to_str().unwrap_or("?").split(','))
        .map(|entry| address(entry.trim()))
        .collect()
}

/// The `for` parameter of each element (RFC 7239 §4).
fn forwarded(headers: &HeaderBlock) -> Vec<Option<IpAddr>> {
    let fields = headers.get_all(header::FORWARDED);
    let elements = fields.flat_map(|field| field.to_str().unwrap_or("?").split(','));
    elements
        .map(|element| {
            let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
            let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
            address(node.trim().trim_matches('"'))
        })
        .collect()
}

/// An address with or without port and brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let parsed = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    parsed.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn client(peer: &str, fields: &[(&'static str, &str)], trusted: &[&str]) -> String {
        let mut headers = HeaderBlock::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn security_22_without_a_trusted_proxy_no_header_counts() {
        for field in [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9")] {
            assert_eq!(client("192.0.2.1", &[field], &[]), "192.0.2.1");
            assert_eq!(client("192.0.2.1", &[field], &["10.0.0.0/8"]), "192.0.2.1");
        }
    }

    #[test]
    fn security_22_the_last_hop_that_is_not_trusted_is_the_client() {
        let trusted = &["10.0.0.0/8", "2001:db8:1::/48"][..];
        for (list, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
            ("1.2.3.4, 203.0.113.9, 10.2.2.2", "203.0.113.9"),
            ("10.9.9.9, 10.2.2.2", "10.9.9.9"),
            ("[2001:db8:2::7]:443, 2001:db8:1::9", "2001:db8:2::7"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("203.0.113.9:5678", "203.0.113.9"),
            ("garbage", "10.1.1.1"),
            ("203.0.113.9, unknown, 10.2.2.2", "10.2.2.2"),
            ("", "10.1.1.1"),
        ] {
            assert_eq!(client("10.1.1.1", &[("x-forwarded-for", list)], trusted), expected, "{list}");
        }
        let two_fields = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(client("::ffff:10.1.1.1", &two_fields, trusted), "203.0.113.9");
        let standard = r#"for=1.2.3.4, for="[2001:db8:2::7]:4711";proto=https, For=10.2.2.2;by=10.1.1.1"#;
        assert_eq!(client("10.1.1.1", &[("forwarded", standard)], trusted), "2001:db8:2::7");
    }

    #[test]
    fn security_22_two_lists_that_disagree_count_for_nothing() {
        let both =
            |one, two| client("10.1.1.1", &[("x-forwarded-for", one), ("forwarded", two)], &["10.0.0.0/8"]);
        assert_eq!(both("203.0.113.9", "for=203.0.113.9"), "203.0.113.9");
        assert_eq!(both("203.0.113.9", "for=198.51.100.1"), "10.1.1.1");
    }
}
