//! Ten minutes at four fifths of the capacity: memory and waits over time, and every access line counted.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

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
    let log = BufReader::new(File::open(stage.log()).context("opening the log")?);
    let (mut lines, mut torn) = (0, 0);
    for line in log.lines() {
        match kind(&line.context("reading the log")?) {
            Kind::Access => lines += 1,
            Kind::Other => {}
            Kind::Torn => torn += 1,
        }
    }
    ensure!(torn == 0 && lines as f64 >= sent, "{sent} answers, {lines} access lines, {torn} torn lines");
    let _ = writeln!(
        table,
        "\n{sent:.0} answers were counted by the load, {lines} access lines stand in the log, {torn} of all lines are torn. \
         Requests that the load gave up at the end of a minute have a line and no answer."
    );
    Ok(table)
}

/// What a line of the log is.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Access,
    Other,
    /// Neither a whole access line nor another whole line.
    Torn,
}

fn kind(line: &str) -> Kind {
    let Some((before, rest)) = line.split_once(" [API] ") else {
        return if line.starts_with("20") { Kind::Other } else { Kind::Torn };
    };
    // `GET /list 200 1ms`, or behind it `(the reason; request ID)`.
    let words: Vec<&str> = rest.split(' ').collect();
    let is_whole = |line: &[&str]| match line {
        ["GET", "/list", status, time, ..] => {
            status.len() == 3 && time.strip_suffix("ms").is_some_and(|time| time.parse::<u64>().is_ok())
        }
        _ => false,
    };
    let ends = words.len() == 4 || rest.ends_with(')');
    let begins = before.starts_with("20") && before.len() == "2026-01-01T00:00:00.000000Z  INFO".len();
    if begins && ends && is_whole(&words) { Kind::Access } else { Kind::Torn }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torn_lines_are_told_from_whole_ones() {
        let time = "2026-01-01T00:00:00.000000Z ";
        for (line, expected) in [
            (" INFO [API] GET /list 200 1ms", Kind::Access),
            (" INFO [API] GET /list 499 3ms (the browser left; request 01a2)", Kind::Access),
            (" WARN [API] GET /list 502 3ms (unreachable; request 01a2)", Kind::Access),
            (" INFO forwarding upstream=http://127.0.0.1:1", Kind::Other),
            (" INFO [API] GET /li2026-01-01T00:00:00.000000Z  INFO [API] GET /list 200 1ms", Kind::Torn),
            (" INFO [API] GET /list 200 1", Kind::Torn),
        ] {
            assert_eq!(kind(&format!("{time}{line}")), expected, "{line}");
        }
        assert_eq!(kind("st 200 1ms"), Kind::Torn);
    }
}
