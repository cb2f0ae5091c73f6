//! Finds a request's client address behind trusted proxies.
//!
//! The peer's own address counts, unless it is within `BFF_TRUSTED_PROXIES`. Then the list that the proxies wrote is
//! read from its end, since each hop adds the address before it. The first entry that is no trusted proxy is the
//! client. All entries before it may be the client's own invention.
//!
//! A field that the proxies do not maintain may be the client's as a whole. `BFF_FORWARDED` says which one they do maintain.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderName, HeaderValue, header};
use ipnet::IpNet;

use http_message::fields::X_FORWARDED_FOR;

/// Entries of a list that are read: no chain of proxies is longer.
const HOPS_MAX: usize = 32;

/// The field in which trusted proxies list the clients before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedField {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ForwardedField {
    /// The field's name.
    #[must_use]
    pub const fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => X_FORWARDED_FOR,
            Self::Forwarded => header::FORWARDED,
        }
    }
}

/// The proxies that are believed, and the field in which they are.
#[derive(Debug, Clone)]
pub struct TrustedProxies {
    /// Their networks.
    pub networks: Vec<IpNet>,
    /// Their field; the other is ignored.
    pub field: ForwardedField,
}

impl TrustedProxies {
    /// Whether the peer with this address is a proxy of ours.
    #[must_use]
    pub fn contains(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.networks.iter().any(|network| network.contains(&peer))
    }
}

/// The address of the client behind `peer`, as the lines of the proxies' field tell.
#[must_use]
pub fn client_address<'a>(
    peer: IpAddr,
    lines: impl Iterator<Item = &'a HeaderValue>,
    trusted: &TrustedProxies,
) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(peer) {
        return peer;
    }
    let entries = match trusted.field {
        ForwardedField::XForwardedFor => x_forwarded_for(lines),
        ForwardedField::Forwarded => forwarded(lines),
    };
    let mut client = peer;
    for entry in entries.into_iter().rev().take(HOPS_MAX) {
        // An unreadable entry was not written by a proxy of ours: the last known hop has to do.
        let Some(address) = entry else { break };
        client = address;
        if !trusted.contains(address) {
            break;
        }
    }
    client
}

fn x_forwarded_for<'a>(lines: impl Iterator<Item = &'a HeaderValue>) -> Vec<Option<IpAddr>> {
    lines
        .flat_map(|field| field.to_str().unwrap_or("?").split(','))
        .map(|entry| address(entry.trim()))
        .collect()
}

/// The `for` parameter of each element (RFC 7239 §4).
fn forwarded<'a>(lines: impl Iterator<Item = &'a HeaderValue>) -> Vec<Option<IpAddr>> {
    let elements = lines.flat_map(|field| field.to_str().unwrap_or("?").split(','));
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
    use http_message::HeaderBlock;

    use super::*;

    fn client(peer: &str, fields: &[(&'static str, &str)], trusted: &[&str]) -> String {
        let standard = fields.iter().any(|(name, _)| *name == "forwarded");
        let field = if standard { ForwardedField::Forwarded } else { ForwardedField::XForwardedFor };
        believing(field, peer, fields, trusted)
    }

    fn believing(
        field: ForwardedField,
        peer: &str,
        fields: &[(&'static str, &str)],
        trusted: &[&str],
    ) -> String {
        let mut headers = HeaderBlock::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let networks = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let trusted = TrustedProxies { networks, field };
        client_address(peer.parse().unwrap(), headers.get_all(field.name()), &trusted).to_string()
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
    fn security_57_the_field_that_is_not_believed_says_nothing() {
        let both = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=198.51.100.1")];
        let by = |field, fields: &[_]| believing(field, "10.1.1.1", fields, &["10.0.0.0/8"]);
        assert_eq!(by(ForwardedField::XForwardedFor, &both), "203.0.113.9");
        assert_eq!(by(ForwardedField::Forwarded, &both), "198.51.100.1");
        assert_eq!(by(ForwardedField::XForwardedFor, &both[1..]), "10.1.1.1");
        assert_eq!(by(ForwardedField::Forwarded, &both[..1]), "10.1.1.1");
    }
}
