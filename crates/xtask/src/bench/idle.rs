//! Memory of a server with thousands of connections that each have asked once and now wait.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

use super::process::Process;

/// Connections that are opened.
pub(super) const CONNECTIONS: usize = 10_000;

/// Opens the connections, asks once on each, and returns the server's memory in megabytes.
///
/// # Errors
/// When a connection is refused, or not answered.
pub(super) fn resident_megabytes(server: &Process) -> Result<f64> {
    let request =
        format!("GET /api/server/one/7 HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\n\r\n", server.address);
    let mut connections = Vec::new();
    let mut answer = [0; 8192];
    for number in 0..CONNECTIONS {
        let mut connection =
            TcpStream::connect(&server.address).with_context(|| format!("connection {number}"))?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        connection.write_all(request.as_bytes())?;
        let length = connection.read(&mut answer).with_context(|| format!("connection {number}"))?;
        anyhow::ensure!(answer[..length].starts_with(b"HTTP/1.1 200"), "connection {number} was refused");
        connections.push(connection);
    }
    let megabytes = server.resident_megabytes();
    drop(connections);
    Ok(megabytes)
}
