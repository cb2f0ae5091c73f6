//! Ports and addresses of the servers that commands start.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Child;

use anyhow::{Context, Result};

/// A port that is free at this moment.
///
/// # Errors
/// When there is none.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

/// Host and port that a program says in its first line, `listening on http://…`.
///
/// # Errors
/// When it says something else, or its output is not piped.
pub(crate) fn announced(program: &mut Child) -> Result<String> {
    let output = program.stdout.take().context("the program's output is not read")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).context("reading the program's first line")?;
    // A line for machines has the same words in it.
    let address = line.trim().split_once("listening on http://").map(|(_, rest)| rest);
    let address = address.and_then(|rest| rest.split(['"', ' ']).next());
    Ok(address.with_context(|| format!("the program did not start: it says {line:?}"))?.to_owned())
}
