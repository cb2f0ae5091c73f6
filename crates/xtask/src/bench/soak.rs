//! Ten minutes at four fifths of the capacity: memory and waits over time, and every access line counted.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::load::{self, Script};
use super::peers::Stage;
use super::scenario::SCENARIOS;
use crate::step::Progress;

/// Minutes under load.
const MINUTES: u64 = 10;

/// The share of the capacity that is asked for.
const SHARE: f64 = 0.8;

/// Clients, each of whom pauses after every answer. Many, so that a slow answer to one holds up no other.
const CLIENTS: usize = 256;

/// Runs the server under load, and returns the table.
///
/// # Errors
/// When it answers with an error, or a line of its log is missing or torn.
pub(super) fn measure(stage: &Stage, progress: &Progress) -> Result<String> {
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == "list").context("no such scenario")?;
    let server = stage.bff(&[])?;
    let url = format!("{}{}", server.address, scenario.path);
    let ask = |pause: f64, seconds: u64| {
        let script = Script::of(scenario, "").with_pause(pause);
        load::run(&stage.folder, &url, &script, CLIENTS, Duration::from_secs(seconds))
    };
    let full = load::wrk(&stage.folder, &server.address, scenario, "", Duration::from_secs(10))?;
    // One round of a client takes its pause, the answer, and what the load's timer is late.
    let round = CLIENTS as f64 / (full.per_second * SHARE) * 1e3;
    let trial = ask(round, 10)?;
    let pause = (2.0 * round - CLIENTS as f64 / trial.per_second * 1e3).max(0.0);
    let mut sent = full.requests + trial.requests;
    let mut table = format!(
        "{:.0} requests a second are the capacity, {:.0} % of it are asked for: {CLIENTS} clients, each with pauses of {pause:.1} ms.\n\n\
         | minute | RSS MB | requests/s | p50 µs | p99 µs |\n|---|---|---|---|---|\n| 0 | {:.1} | – | – | – |\n",
        full.per_second,
        SHARE * 100.0,
        server.resident_megabytes()
    );
    for minute in 1..=MINUTES {
        let name = format!("minute {minute} of {MINUTES}");
        let load = progress.step(&name, "", |_| ask(pause, 60))?;
        sent += load.requests;
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {minute} | {:.1} | {:.0} | {:.0} | {:.0} |",
            server.resident_megabytes(),
            load.per_second,
            load.p50,
            load.p99
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
         Requests that the load gave up at the end of a run have a line and no answer."
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
    // `GET /list 200 1ms bytes=2 address=127.0.0.1 route=/{*rest}`, or behind it `(the reason; request ID)`.
    let words: Vec<&str> = rest.split(' ').collect();
    let is_whole = |line: &[&str]| match line {
        ["GET", "/list", status, time, bytes, ..] => {
            let number = |text: Option<&str>| text.is_some_and(|text| text.parse::<u64>().is_ok());
            status.len() == 3 && number(time.strip_suffix("ms")) && number(bytes.strip_prefix("bytes="))
        }
        _ => false,
    };
    let ends = rest.ends_with('}') || rest.ends_with(')');
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
            (" INFO [API] GET /list 200 1ms bytes=2 address=127.0.0.1 route=/{*rest}", Kind::Access),
            (" INFO [API] GET /list 499 3ms bytes=0 (the browser left; request 01a2)", Kind::Access),
            (
                " WARN [API] GET /list 502 3ms bytes=9 route=/{*rest} (unreachable; request 01a2)",
                Kind::Access,
            ),
            (" INFO forwarding upstream=http://127.0.0.1:1", Kind::Other),
            (
                " INFO [API] GET /li2026-01-01T00:00:00.000000Z  INFO [API] GET /list 200 1ms bytes=2 route=/{*rest}",
                Kind::Torn,
            ),
            (" INFO [API] GET /list 200 1ms bytes=2 addr", Kind::Torn),
        ] {
            assert_eq!(kind(&format!("{time}{line}")), expected, "{line}");
        }
        assert_eq!(kind("st 200 1ms"), Kind::Torn);
    }
}
