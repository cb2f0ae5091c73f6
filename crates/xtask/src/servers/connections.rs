//! How many connections twenty requests take, as the system's table of them tells.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context, Result};

/// The table of TCP connections over IPv4. Ended ones stay in it for a minute.
const TABLE: &str = "/proc/net/tcp";

const REQUESTS: usize = 20;

/// Asks for the item, and says the outcome in a client's line.
///
/// # Errors
/// When `bff` does not answer.
pub(super) fn line(bff: &str, item: &str, upstream: u16) -> Result<String> {
    let Ok(before) = peers(upstream) else { return Ok(format!("none\tconnections\tno {TABLE} here")) };
    for _ in 0..REQUESTS {
        ask(bff, item).context("asking for an item")?;
    }
    let new = peers(upstream)?.difference(&before).count();
    // A connection that was kept before is none.
    Ok(match new {
        0 | 1 => "pass\tconnections".to_owned(),
        _ => format!("fail\tconnections\t{REQUESTS} requests took {new} connections"),
    })
}

fn ask(bff: &str, item: &str) -> Result<()> {
    let mut connection = TcpStream::connect(bff)?;
    write!(connection, "GET /api/server{item} HTTP/1.1\r\nHost: {bff}\r\nConnection: close\r\n\r\n")?;
    connection.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The other ends of the connections to a port.
fn peers(port: u16) -> Result<BTreeSet<u16>> {
    let table = fs::read_to_string(TABLE).with_context(|| format!("reading {TABLE}"))?;
    Ok(peers_in(&table, port))
}

/// Each connection of this machine with itself may be there from both sides.
fn peers_in(table: &str, port: u16) -> BTreeSet<u16> {
    let ends = table.lines().skip(1).filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let mut end = || u16::from_str_radix(words.next()?.rsplit_once(':')?.1, 16).ok();
        Some((end()?, end()?))
    });
    let peers = ends.filter_map(|(here, there)| match (here == port, there == port) {
        (true, _) => Some(there),
        (_, true) => Some(here),
        _ => None,
    });
    // A socket that listens has no other end.
    peers.filter(|peer| *peer != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_the_table_has_twice_counts_once() {
        let table = "  sl  local_address rem_address   st\n   0: 0100007F:1F90 00000000:0000 0A\n   \
                     1: 0100007F:1F90 0100007F:9C40 01\n   2: 0100007F:9C40 0100007F:1F90 01\n   \
                     3: 0100007F:9C42 0100007F:1F90 06\n   4: 0100007F:9C44 0100007F:1F91 01\n";
        assert_eq!(peers_in(table, 0x1F90), BTreeSet::from([0x9C40, 0x9C42]));
    }
}
