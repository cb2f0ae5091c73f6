//! `cargo xtask fuzz`: looks for bytes that break what `crates/fuzz` says of the parsers, led by coverage. It needs no other
//! toolchain than the pinned one, and a C++ compiler for the engine.
//!
//! A run begins with the seeds of the target, and with what earlier runs on this machine found worth keeping.

mod engine;
mod outcome;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use self::outcome::Outcome;
use crate::step::Progress;
use crate::workspace;

/// Seconds for each target, where the command line does not say.
const SECONDS: u32 = 30;

/// What the command line asks for.
struct Wanted {
    targets: Vec<String>,
    seconds: u32,
}

/// Runs the targets that are named, or all, and prints a table. A finding is a failure.
pub(crate) fn command(args: &[String]) -> Result<ExitCode> {
    let all = targets()?;
    let wanted = wanted(args, &all)?;
    let progress = Progress::start();
    let binary = engine::build(&progress)?;
    let usually = format!("{} s", wanted.seconds);
    let outcomes: Result<Vec<Outcome>> = wanted
        .targets
        .iter()
        .map(|target| {
            progress.step(&format!("fuzz {target}"), &usually, |log| {
                let mut command = run(&binary, target, wanted.seconds)?;
                let ended = log.run(&mut command);
                let outcome = Outcome::read(target, &log.text());
                // The engine ends with a failure when it has found something, and otherwise because it could not run.
                if outcome.findings.is_empty() { ended.map(|()| outcome) } else { Ok(outcome) }
            })
        })
        .collect();
    drop(progress);
    let outcomes = outcomes?;
    print!("{}", outcome::table(&outcomes));
    let found: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.findings.is_empty()).collect();
    for outcome in &found {
        for file in &outcome.findings {
            println!("replay: cargo run -p fuzz -- {} {}", outcome.target, shown(file));
        }
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn wanted(args: &[String], all: &[String]) -> Result<Wanted> {
    let mut wanted = Wanted { targets: Vec::new(), seconds: SECONDS };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--seconds" {
            let given = args.next().and_then(|given| given.parse().ok()).filter(|given| *given > 0);
            wanted.seconds = given.context("--seconds takes a number")?;
        } else if all.contains(arg) {
            wanted.targets.push(arg.clone());
        } else {
            bail!("there is no target `{arg}`; there are {}", all.join(", "));
        }
    }
    if wanted.targets.is_empty() {
        wanted.targets = all.to_vec();
    }
    Ok(wanted)
}

fn package() -> PathBuf {
    workspace::root().join("crates/fuzz")
}

/// The names of the targets: a test holds that each has a folder of seeds, and that there are no others.
fn targets() -> Result<Vec<String>> {
    let seeds = package().join("seeds");
    let folders = std::fs::read_dir(&seeds).with_context(|| format!("reading {}", seeds.display()))?;
    let mut names = Vec::new();
    for folder in folders {
        names.push(folder?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The engine over one target. The first folder is where it keeps inputs that reach something new.
fn run(binary: &Path, target: &str, seconds: u32) -> Result<Command> {
    let corpus = engine::folder()?.join("corpus").join(target);
    let findings = findings_folder(target);
    for folder in [&corpus, &findings] {
        std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    let mut command = Command::new(binary);
    command
        .current_dir(workspace::root())
        .env("BFF_FUZZ_TARGET", target)
        .arg(corpus)
        .arg(package().join("seeds").join(target))
        // What an earlier run has found comes first: it may be broken still.
        .arg(&findings)
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048"]);
    Ok(command)
}

/// Where what breaks a target is kept, and replayed by the tests; ignored by git.
fn findings_folder(target: &str) -> PathBuf {
    package().join("findings").join(target)
}

/// A file as the user, who is in the root of the workspace, would name it.
fn shown(file: &Path) -> String {
    file.strip_prefix(workspace::root()).unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(args: &[&str]) -> Result<(Vec<String>, u32), String> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let all = ["path", "wire"].map(str::to_owned);
        wanted(&args, &all).map(|wanted| (wanted.targets, wanted.seconds)).map_err(|err| err.to_string())
    }

    #[test]
    fn every_target_runs_unless_some_are_named() {
        let all = vec!["path".to_owned(), "wire".to_owned()];
        assert_eq!(given(&[]), Ok((all.clone(), SECONDS)));
        assert_eq!(given(&["--seconds", "5"]), Ok((all, 5)));
        assert_eq!(given(&["wire", "--seconds", "5"]), Ok((vec!["wire".to_owned()], 5)));
        assert_eq!(given(&["--seconds", "0"]), Err("--seconds takes a number".to_owned()));
        assert_eq!(given(&["paths"]), Err("there is no target `paths`; there are path, wire".to_owned()));
    }

    #[test]
    fn the_targets_are_named_by_their_seeds() {
        assert!(targets().unwrap().contains(&"path".to_owned()));
    }
}
