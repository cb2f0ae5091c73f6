//! The address that a TCP proxy says a connection comes from (PROXY protocol, version 2).

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use ppp::v2::{Addresses, Command, Header};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes up to and with the length of the rest.
const FIXED: usize = 16;

/// The largest rest that is read: addresses, and what a cloud's balancer adds.
const REST_MAX: usize = 4096;

/// Reads the header, and nothing behind it. `None`: the proxy speaks for itself, to see whether the server lives.
///
/// # Errors
/// What comes is no such header.
pub(super) async fn source(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let unusable = |problem: &str| io::Error::new(io::ErrorKind::InvalidData, problem.to_owned());
    let mut header = vec![0; FIXED];
    socket.read_exact(&mut header).await?;
    let rest = match header.as_slice() {
        [.., high, low] => usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    };
    // A stranger's first bytes would be a length by chance.
    if !header.starts_with(ppp::v2::PROTOCOL_PREFIX) || rest > REST_MAX {
        return Err(unusable("no header of version 2"));
    }
    header.resize(FIXED + rest, 0);
    socket.read_exact(&mut header[FIXED..]).await?;
    let header = Header::try_from(header.as_slice()).map_err(|err| unusable(&err.to_string()))?;
    if header.command == Command::Local {
        return Ok(None);
    }
    Ok(match header.addresses {
        Addresses::IPv4(of) => Some((IpAddr::from(of.source_address), of.source_port).into()),
        Addresses::IPv6(of) => Some((IpAddr::from(of.source_address), of.source_port).into()),
        Addresses::Unix(_) | Addresses::Unspecified => None,
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use ppp::v2::{Builder, Protocol, Type, Version};

    use super::*;

    fn header(from: &str, to: &str) -> Vec<u8> {
        let addresses: (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
        let version = Version::Two | Command::Proxy;
        let builder = Builder::with_addresses(version, Protocol::Stream, addresses);
        builder.write_tlv(Type::NoOp, &[0; 20]).unwrap().build().unwrap()
    }

    fn read(bytes: &[u8]) -> (Result<Option<SocketAddr>, String>, usize) {
        let mut left = bytes;
        let said = source(&mut left).now_or_never().unwrap();
        (said.map_err(|err| err.to_string()), left.len())
    }

    #[test]
    fn the_source_is_read_and_what_follows_is_left() {
        for (from, to) in [("203.0.113.7:4711", "10.0.0.1:443"), ("[2001:db8::7]:4711", "[::1]:443")] {
            let bytes = [header(from, to), b"GET /".to_vec()].concat();
            assert_eq!(read(&bytes), (Ok(Some(from.parse().unwrap())), 5), "{from}");
        }
        let mut local = header("203.0.113.7:1", "10.0.0.1:443");
        local[12] = 0x20;
        assert_eq!(read(&local), (Ok(None), 0));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        let whole = header("203.0.113.7:4711", "10.0.0.1:443");
        let mut huge = whole.clone();
        huge[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
        for bytes in [&whole[..10], &whole[..30], b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", &huge] {
            assert!(read(bytes).0.is_err(), "{bytes:?}");
        }
    }
}
