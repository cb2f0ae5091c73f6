//! `cargo xtask instructions`: instructions of the pure parts of a request, counted by callgrind. A count does not depend
//! on what else the machine does, so that a rise of a few hundredths is seen.
//!
//! Every part runs once and twice as often. The difference is what the part itself takes; starting and setting up fall out.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::step::Progress;
use crate::summary::Tally;
use crate::tools::system_packages;
use crate::workspace;

/// The parts, as `bench-parts` names them, and how often each runs. The threads of a process take turns differently each
/// time, which makes some 80,000 instructions: a hundredth of what a part adds up to at the most.
const PARTS: [(&str, u64); 6] = [
    ("path", 30_000),
    ("request-fields", 3_000),
    ("response-fields", 2_000),
    ("lookup", 3_000),
    ("access-line", 4_000),
    ("hit", 1_000),
];

/// The profile that they are built in: a rise shows in it as well as in a release, which takes twice as long.
const PROFILE: &str = "counting";

/// Runs of which the least counts: where threads wait for each other, they only add to it.
const RUNS: usize = 4;

/// The rise in hundredths that is a failure.
const RISE: u64 = 3;

/// Counts, and compares with the record; with `--record` the record is written anew.
pub(crate) fn command(args: &[String]) -> Result<ExitCode> {
    let progress = Progress::start();
    system_packages::ensure(&progress, system_packages::COUNTING)?;
    let counted = count(&progress)?;
    drop(progress);
    if args.iter().any(|arg| arg == "--record") {
        let lines: Vec<String> = counted.iter().map(|(part, count)| format!("{part} {count}\n")).collect();
        std::fs::write(file(), lines.concat()).with_context(|| format!("writing {}", file().display()))?;
    }
    let record = std::fs::read_to_string(file()).with_context(|| format!("reading {}", file().display()))?;
    let risen = risen(&counted, &record);
    for (part, count) in &counted {
        let before = recorded(&record, part).unwrap_or_default();
        // A record that is too high would hide a later rise.
        let hint =
            if count * 100 < before * (100 - RISE) { "; --record writes the lower number" } else { "" };
        println!("{part:16} {count:>7} instructions, recorded {before:>7}{hint}");
    }
    for line in &risen {
        println!("{line}");
    }
    Ok(if risen.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same as one of the kinds of tests.
pub(crate) fn tally(progress: &Progress) -> Tally {
    let counted = match count(progress) {
        Ok(counted) => counted,
        Err(err) => {
            progress.say(&format!("{err:#}"));
            return Tally { passed: 0, failed: 1 };
        }
    };
    let risen = risen(&counted, &std::fs::read_to_string(file()).unwrap_or_default());
    for line in &risen {
        progress.say(line);
    }
    Tally { passed: counted.len() - risen.len(), failed: risen.len() }
}

fn file() -> PathBuf {
    workspace::root().join("crates/bench/instructions.txt")
}

/// The parts that take more than the record allows, in a line each.
fn risen(counted: &[(&'static str, u64)], record: &str) -> Vec<String> {
    let line = |(part, count): &(&'static str, u64)| match recorded(record, part) {
        None => Some(format!("{part}: there is no record; cargo xtask instructions --record writes one")),
        Some(before) if *count * 100 > before * (100 + RISE) => Some(format!(
            "{part}: {count} instructions, {RISE} % more than the recorded {before} are too many"
        )),
        Some(_) => None,
    };
    counted.iter().filter_map(line).collect()
}

fn recorded(record: &str, part: &str) -> Option<u64> {
    record.lines().find_map(|line| line.strip_prefix(part)?.trim().parse().ok())
}

fn count(progress: &Progress) -> Result<Vec<(&'static str, u64)>> {
    progress.step("build the parts of a request", "4 min at first", |log| {
        let build = ["build", "--profile", PROFILE, "--package", "bench", "--bin", "bench-parts"];
        log.run(workspace::cargo().args(build))
    })?;
    let binary = workspace::target_dir()?.join(PROFILE).join("bench-parts");
    progress.step("count instructions", "30 s", |_| {
        PARTS
            .into_iter()
            .map(|(part, count)| {
                let twice = total(&binary, part, 2 * count)?;
                Ok((part, twice.saturating_sub(total(&binary, part, count)?) / count))
            })
            .collect()
    })
}

/// Instructions of the whole process, in the least of several runs.
fn total(binary: &Path, part: &str, count: u64) -> Result<u64> {
    let runs: Result<Vec<u64>> = (0..RUNS).map(|_| run(binary, part, count)).collect();
    runs?.into_iter().min().context("nothing was counted")
}

fn run(binary: &Path, part: &str, count: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .args([part, &count.to_string()])
        .output()
        .context("running valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{part}: {said}");
    }
    collected(&said).with_context(|| format!("valgrind counted nothing: {said}"))
}

/// The number in the line `==1== Collected : 12345`.
fn collected(said: &str) -> Option<u64> {
    said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_callgrind_is_read() {
        assert_eq!(collected("==7== \n==7== Events    : Ir\n==7== Collected : 123456\n"), Some(123_456));
        assert_eq!(collected("==7== error"), None);
    }

    #[test]
    fn a_rise_of_more_than_three_hundredths_is_told() {
        let record = "path 1000\nhit 20000\n";
        assert!(risen(&[("path", 1030), ("hit", 10_000)], record).is_empty());
        assert_eq!(risen(&[("path", 1031), ("hit", 20_000)], record).len(), 1);
        assert_eq!(risen(&[("lookup", 1)], record).len(), 1);
    }
}
