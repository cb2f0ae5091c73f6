//! Ten minutes at four fifths of the capacity: memory and waits over time, and every access line counted.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::load;
use super::peers::Stage;
use super::scenario::SCENARIOS;
use crate::step::Progress;

/// Minutes under load.
const MINUTES: u64 = 10;

/// The share of the capacity that is offered.
const SHARE: f64 = 0.8;

/// Runs the server under load, and returns the table.
///
/// # Errors
/// When it answers with an error, or a line of its log is missing or torn.
pub(super) fn measure(stage: &Stage, oha: &Path, progress: &Progress) -> Result<String> {
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == "list").context("no such scenario")?;
    let server = stage.bff(&[])?;
    let full = load::wrk(&stage.folder, &server.address, scenario, "", Duration::from_secs(10))?;
    let rate = full.per_second * SHARE;
    let mut sent = full.requests;
    let mut table = format!(
        "{rate:.0} requests a second, {:.0} % of the capacity.\n\n\
         | minute | RSS MB | p50 µs | p99 µs |\n|---|---|---|---|\n| 0 | {:.1} | – | – |\n",
        SHARE * 100.0,
        server.resident_megabytes()
    );
    for minute in 1..=MINUTES {
        let name = format!("minute {minute} of {MINUTES}");
        let waits = progress.step(&name, "", |_| {
            load::oha(oha, &server.address, scenario, "", rate, Duration::from_secs(60))
        })?;
        sent += waits.answered;
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {minute} | {:.1} | {:.0} | {:.0} |",
            server.resident_megabytes(),
            waits.p50,
            waits.p99
        );
    }
    drop(server);
    let log = fs::read_to_string(stage.log()).context("reading the log")?;
    let (lines, torn) = count(&log);
    let _ = writeln!(
        table,
        "\n{sent:.0} answers were counted by the load, {lines} access lines stand in the log, {torn} of all lines are torn. \
         Requests that the load gave up at the end of a minute have a line and no answer."
    );
    Ok(table)
}

/// The access lines of a log, and the lines that are neither one nor another whole line.
fn count(log: &str) -> (usize, usize) {
    let is_access = |line: &str| {
        let rest = line.split_once("Z  INFO [API] GET /list ").map(|(_, rest)| rest);
        rest.is_some_and(|rest| rest.ends_with("ms") || rest.contains(" 499 "))
    };
    let is_whole = |line: &str| line.starts_with("20") && (is_access(line) || !line.contains("[API]"));
    let lines = log.lines().filter(|line| is_access(line)).count();
    (lines, log.lines().filter(|line| !is_whole(line)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torn_lines_are_told_from_whole_ones() {
        let log = "2026-01-01T00:00:00.0Z  INFO [API] GET /list 200 1ms\n2026-01-01T00:00:00.0Z  INFO forwarding\n\
                   2026-01-01T00:00:00.0Z  INFO [API] GET /li2026-01-01T00:00:00.0Z  INFO [API] GET /list 200 1\nst 200 1ms\n";
        assert_eq!(count(log), (1, 2));
    }
}
