//! System calls for each request, counted by strace.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};

use super::load;
use super::process::Process;
use super::scenario::Scenario;

/// How long calls are counted. strace slows a server down twentyfold, which changes no count of calls that serve a
/// request.
const TIME: Duration = Duration::from_secs(3);

/// The calls of one server.
pub(super) struct Calls {
    /// All of them, for each request.
    pub(super) all: f64,
    /// Those to sockets and their readiness: nothing of the log.
    pub(super) network: f64,
    /// The most frequent ones by name, for each request.
    pub(super) by_name: Vec<(String, f64)>,
}

/// Names of calls that serve connections.
const NETWORK: [&str; 12] = [
    "accept4",
    "close",
    "epoll_ctl",
    "epoll_wait",
    "readv",
    "recvfrom",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    "socket",
    "writev",
];

/// Counts the calls of a server under load.
///
/// # Errors
/// When strace cannot attach to it.
pub(super) fn count(folder: &Path, server: &Process, scenario: &Scenario, cookie: &str) -> Result<Calls> {
    let file = folder.join("strace.txt");
    let mut strace = Command::new("strace")
        .args(["--summary-only", "--follow-forks", "--output"])
        .arg(&file)
        .args(server.family().iter().flat_map(|process| ["--attach".to_owned(), process.clone()]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting strace")?;
    sleep(Duration::from_millis(500));
    let load = load::wrk(folder, &server.address, scenario, cookie, TIME);
    // strace writes its table when it is told to stop.
    Command::new("kill").args(["-INT", &strace.id().to_string()]).status().context("stopping strace")?;
    strace.wait().context("waiting for strace")?;
    let table = std::fs::read_to_string(&file).context("reading the table of strace")?;
    let requests = load?.requests;
    let mut by_name: Vec<(String, f64)> =
        rows(&table).map(|(name, calls)| (name.to_owned(), calls / requests)).collect();
    by_name.sort_by(|one, other| other.1.total_cmp(&one.1));
    let network =
        by_name.iter().filter(|(name, _)| NETWORK.contains(&name.as_str())).map(|(_, calls)| calls).sum();
    let all = by_name.iter().map(|(_, calls)| calls).sum();
    by_name.retain(|(_, calls)| *calls >= 0.01);
    Ok(Calls { all, network, by_name })
}

/// Name and number of calls of every row but the total: `% time  seconds  usecs/call  calls  [errors]  syscall`.
fn rows(table: &str) -> impl Iterator<Item = (&str, f64)> {
    table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let name = cells.last().filter(|name| **name != "total")?;
        Some((*name, cells.get(3)?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_strace_is_read() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n\
                     ------ ----------- ----------- --------- --------- ----------------\n \
                     50.00    0.000010           1        30           sendto\n \
                     50.00    0.000010           1        20         5 recvfrom\n\
                     ------ ----------- ----------- --------- --------- ----------------\n\
                     100.00    0.000020           1        50         5 total\n";
        assert_eq!(rows(table).collect::<Vec<_>>(), [("sendto", 30.0), ("recvfrom", 20.0)]);
    }
}
