//! The client's address behind trusted proxies.

use std::net::IpAddr;

use bff::guard::client_address::{ForwardedField, TrustedProxies, client_address};

use crate::header_lines::header_block;

/// The first byte chooses the field that is believed, and whether the peer is; fields follow. The client is the peer, or an
/// address that stands in that field. Without trust it is the peer.
pub fn run(data: &[u8]) {
    let Some((choice, lines)) = data.split_first() else { return };
    let field = if choice & 1 == 0 { ForwardedField::XForwardedFor } else { ForwardedField::Forwarded };
    let name = field.name();
    let networks =
        ["10.0.0.0/8", "2001:db8::/32"].iter().filter_map(|network| network.parse().ok()).collect();
    let trusted = TrustedProxies { networks, field };
    let peer = match choice >> 1 & 3 {
        0 => IpAddr::from([10, 0, 0, 1]),
        1 => IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1_u16]),
        2 => IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0x0a00, 1_u16]),
        _ => IpAddr::from([192, 0, 2, 1]),
    };
    let headers = header_block(lines);
    let client = client_address(peer, headers.get_all(&name), &trusted);
    assert_eq!(client, client.to_canonical(), "one address has one form");
    if !trusted.contains(peer) {
        assert_eq!(client, peer, "nobody speaks for a stranger");
        return;
    }
    let in_field =
        headers.get_all(&name).filter_map(|value| value.to_str().ok()).any(|value| has(value, client));
    assert!(client == peer.to_canonical() || in_field, "{client} is neither the peer nor in {name}");

    // Entries in front are the client's own invention.
    let first = headers.get_all(&name).next().is_some_and(|value| value.to_str().is_ok());
    if first && !trusted.contains(client) {
        let mut more = header_block(format!("{name}: 198.51.100.7\n{name}: for=198.51.100.7").as_bytes());
        headers.iter().for_each(|(name, value)| more.append(name.clone(), value.clone()));
        let of_more = client_address(peer, more.get_all(&name), &trusted);
        assert!(of_more == client || client == peer.to_canonical(), "{of_more} was only claimed");
    }
}

/// Whether a piece of the list is that address, in any of its forms.
fn has(list: &str, address: IpAddr) -> bool {
    let is_part = |one: char| one.is_ascii_hexdigit() || matches!(one, '.' | ':');
    let parsed = |piece: &str| piece.parse::<IpAddr>().ok().map(|found| found.to_canonical());
    list.split(|one| !is_part(one)).any(|piece| {
        let without_port = piece.rsplit_once(':').map_or(piece, |(before, _)| before);
        parsed(piece) == Some(address) || parsed(without_port) == Some(address)
    })
}
