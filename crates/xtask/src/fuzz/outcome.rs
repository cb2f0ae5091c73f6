//! What the engine says of a run, and the table of all.

use std::fmt::Write as _;
use std::path::PathBuf;

/// One target's run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) target: String,
    /// How often the target ran; `None` where the engine did not get to its end.
    executions: Option<u64>,
    /// Edges that were reached.
    edges: u64,
    /// Those of them that no input reached with which the run began.
    new_edges: u64,
    /// Inputs that break the target.
    pub(super) findings: Vec<PathBuf>,
}

impl Outcome {
    /// Reads the engine's log.
    pub(super) fn read(target: &str, log: &str) -> Self {
        let edges = |line: &str| line.split_once(" cov: ")?.1.split(' ').next()?.parse().ok();
        let first = log.lines().find(|line| line.contains("INITED")).and_then(edges);
        let last = log.lines().rev().find_map(edges).unwrap_or_default();
        // A finding ends the run before its statistics: the last line with a number has to do.
        let total = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let counted =
            || log.lines().rev().find_map(|line| line.strip_prefix('#')?.split(['\t', ' ', ':']).next());
        // The engine also keeps inputs that are merely slow.
        let written = log.lines().filter_map(|line| Some(line.split_once("Test unit written to ")?.1.trim()));
        let findings = written.filter(|file| !file.contains("/slow-unit-")).map(PathBuf::from).collect();
        Self {
            target: target.to_owned(),
            executions: total.or_else(counted).and_then(|count| count.trim().parse().ok()),
            edges: last,
            new_edges: last - first.unwrap_or(last).min(last),
            findings,
        }
    }
}

/// A line for each target, in columns.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let mut table = format!(
        "{:16} {:>12} {:>8} {:>10} {:>9}\n",
        "target", "executions", "edges", "new edges", "findings"
    );
    for Outcome { target, executions, edges, new_edges, findings } in outcomes {
        let executions = executions.map_or_else(|| "?".to_owned(), |count| count.to_string());
        let findings = findings.len();
        let _ = writeln!(table, "{target:16} {executions:>12} {edges:>8} {new_edges:>10} {findings:>9}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
INFO: seed corpus: files: 2 min: 8b max: 9b total: 17b rss: 40Mb
#3\tINITED cov: 100 ft: 120 corp: 2/17b exec/s: 0 rss: 41Mb
#4096\tNEW    cov: 130 ft: 190 corp: 9/80b lim: 9 exec/s: 2048 rss: 41Mb L: 9/9 MS: 1 ChangeBit-
";

    #[test]
    fn a_run_that_ends_by_itself_says_how_often_it_ran() {
        let log =
            format!("{LOG}stat::number_of_executed_units: 5000\nstat::average_exec_per_sec:     2500\n");
        let outcome = Outcome::read("path", &log);
        assert_eq!((outcome.executions, outcome.edges, outcome.new_edges), (Some(5000), 130, 30));
        let table = table(&[outcome]);
        assert!(table.lines().nth(1).unwrap().starts_with("path "), "{table}");
    }

    #[test]
    fn a_run_that_a_finding_ends_is_counted_up_to_its_last_line() {
        let slow = "artifact_prefix='/f/'; Test unit written to /f/slow-unit-1\n";
        let end =
            "==7== ERROR: libFuzzer: deadly signal\nartifact_prefix='/f/'; Test unit written to /f/crash-1\n";
        let outcome = Outcome::read("path", &format!("{LOG}{slow}{end}"));
        assert_eq!((outcome.executions, outcome.edges), (Some(4096), 130));
        assert_eq!(outcome.findings, [PathBuf::from("/f/crash-1")]);
        assert_eq!(Outcome::read("path", "").executions, None);
    }
}
