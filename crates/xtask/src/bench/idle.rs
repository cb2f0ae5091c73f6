//! Memory of a server with thousands of connections that each have asked once and now wait.

use std::net::TcpStream;

use anyhow::{Context, Result};

use super::ask;
use super::process::Process;

/// Connections that are opened.
const CONNECTIONS: usize = 10_000;

/// Opens the connections, asks once on each, and returns the server's memory in megabytes.
///
/// # Errors
/// When a connection is refused, or not answered.
pub(super) fn resident_megabytes(server: &Process) -> Result<f64> {
    let request = ask::text("GET", "/api/server/one/7", &[], "");
    let open = |number| ask::kept(&server.address, &request).with_context(|| format!("connection {number}"));
    let connections: Vec<TcpStream> = (0..CONNECTIONS).map(open).collect::<Result<_>>()?;
    let megabytes = server.resident_megabytes();
    drop(connections);
    Ok(megabytes)
}
