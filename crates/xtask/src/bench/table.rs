//! The figures of all rounds, and the table that they make.

use std::fmt::Write as _;

use super::load::Load;
use super::scenario::{Peer, Scenario};

/// The figures of one server in one scenario.
pub(super) struct Sample {
    pub(super) scenario: Scenario,
    peer: Peer,
    /// Microseconds of processor time for each request.
    cpu: Vec<f64>,
    per_second: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    resident: Vec<f64>,
    /// Hundredths of the time for which the server was running.
    busy: Vec<f64>,
}

impl Sample {
    pub(super) fn new(scenario: &Scenario, peer: Peer) -> Self {
        Self {
            scenario: *scenario,
            peer,
            cpu: Vec::new(),
            per_second: Vec::new(),
            p50: Vec::new(),
            p99: Vec::new(),
            resident: Vec::new(),
            busy: Vec::new(),
        }
    }

    /// Adds one round: the load, the processor time in nanoseconds, and the memory in megabytes after it.
    pub(super) fn add(&mut self, load: Load, cpu_nanos: u64, resident: f64) {
        self.cpu.push(cpu_nanos as f64 / 1e3 / load.requests);
        self.per_second.push(load.per_second);
        self.p50.push(load.p50);
        self.p99.push(load.p99);
        self.resident.push(resident);
        self.busy.push(cpu_nanos as f64 / 1e7 * load.per_second / load.requests);
    }

    /// Requests a second.
    pub(super) fn capacity(&self) -> f64 {
        median(&self.per_second)
    }
}

/// The middle value; of an even number the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// A row for every server of every scenario. Ratios are of processor time, to nginx.
pub(super) fn of(samples: &[Sample]) -> String {
    let mut table = String::from(
        "| scenario | server | CPU µs / request | (min to max) | to nginx | to nginx, same work | requests/s | core busy % | p50 µs | p99 µs | RSS MB |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for sample in samples {
        let cpu = median(&sample.cpu);
        let ratio = |peer: Peer| {
            let other = samples
                .iter()
                .find(|other| other.scenario.name == sample.scenario.name && other.peer == peer);
            other.map_or_else(|| "–".to_owned(), |other| format!("{:.2}", cpu / median(&other.cpu)))
        };
        let least = sample.cpu.iter().copied().fold(f64::INFINITY, f64::min);
        let most = sample.cpu.iter().copied().fold(0.0, f64::max);
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {cpu:.1} | {least:.1} to {most:.1} | {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} |",
            sample.scenario.title,
            sample.peer.name(),
            ratio(Peer::Nginx),
            ratio(Peer::NginxSameWork),
            median(&sample.per_second),
            median(&sample.busy),
            median(&sample.p50),
            median(&sample.p99),
            median(&sample.resident),
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).is_nan());
    }
}
