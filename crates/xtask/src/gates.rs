//! The checks that need no test to run: layers, format, lints on both targets, documentation, dependencies.
//! `check` is these alone; `test` begins with them.

use std::process::Command;

use anyhow::{Result, anyhow};

use crate::step::{Log, Progress};
use crate::tools::cargo_deny;
use crate::{layers, published, workspace};

/// One check, by the command that makes it.
struct Gate {
    name: &'static str,
    usually: &'static str,
    command: fn() -> Command,
}

const GATES: [Gate; 5] = [
    Gate {
        name: "format",
        usually: "",
        command: || cargo(&["fmt", "--all", "--check", "--", "--color", "never"]),
    },
    Gate {
        name: "lints",
        usually: "2 min at first",
        command: || {
            cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"])
        },
    },
    Gate {
        name: "lints (wasm)",
        usually: "1 min at first",
        command: || {
            let mut command =
                cargo(&["clippy", "--all-targets", "--all-features", "--target", "wasm32-unknown-unknown"]);
            for package in ["frontend", "query-yew", "query-core", "shared"] {
                command.args(["--package", package]);
            }
            command.args(["--", "--deny", "warnings"]);
            command
        },
    },
    Gate {
        name: "documentation",
        usually: "1 min at first",
        command: || {
            let mut command = cargo(&["doc", "--workspace", "--all-features", "--no-deps"]);
            command.env("RUSTDOCFLAGS", "--deny warnings");
            command
        },
    },
    Gate {
        name: "documentation (wasm)",
        usually: "20 s at first",
        command: || {
            let mut command =
                cargo(&["doc", "--all-features", "--no-deps", "--target", "wasm32-unknown-unknown"]);
            for package in published::PACKAGES {
                command.args(["--package", package]);
            }
            command.env("RUSTDOCFLAGS", "--deny warnings");
            command
        },
    },
];

/// The outcome of all checks.
pub(crate) struct Outcome {
    /// Names of the failed ones.
    pub(crate) failed: Vec<&'static str>,
    /// Number of checks that ran.
    pub(crate) made: usize,
}

/// Makes every check, whether or not an earlier one failed. The output of a failed check is shown at once.
pub(crate) fn run_all(progress: &Progress) -> Outcome {
    let mut outcome = Outcome { failed: Vec::new(), made: 0 };
    let mut make = |name, result: Result<()>| {
        outcome.made += 1;
        if result.is_err() {
            outcome.failed.push(name);
        }
    };
    make("layers", progress.step("layers", "", layers::check));
    for gate in GATES {
        make(gate.name, progress.step(gate.name, gate.usually, |log| log.run(&mut (gate.command)())));
    }
    if let Some(result) = dependencies(progress) {
        make("dependencies", result);
    }
    make("packages", published::package(progress));
    if let Some(result) = published::check_with_oldest_rust(progress) {
        make("oldest Rust", result);
    }
    outcome
}

/// Asks cargo-deny for bans, licences and sources. Advisories change from day to day, and a commit does not.
///
/// Where cargo-deny cannot be had, the check has failed in a CI, and has not been made elsewhere.
fn dependencies(progress: &Progress) -> Option<Result<()>> {
    // It reads the manifests of all dependencies, also of those for other systems, which no build has fetched.
    let fetch = |log: &Log| log.run(&mut cargo(&["fetch", "--locked"]));
    let is_ready = cargo_deny::TOOL.attempt(progress)
        && progress.attempt("dependencies of every system", "5 s at first", fetch).is_some();
    if !is_ready {
        progress.say("dependencies are not checked: cargo-deny or a dependency could not be downloaded");
        return not_made(workspace::is_ci());
    }
    let mut deny = cargo(&["deny", "--offline", "check", "bans", "licenses", "sources"]);
    deny.env("PATH", workspace::path_with_tools());
    Some(progress.step("dependencies", "", |log| log.run(&mut deny)))
}

/// The result of a check that could not be made.
fn not_made(is_ci: bool) -> Option<Result<()>> {
    is_ci.then(|| Err(anyhow!("a CI makes every check")))
}

fn cargo(args: &[&str]) -> Command {
    let mut command = workspace::cargo();
    command.args(args);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_cannot_be_made_fails_in_a_ci_only() {
        assert!(matches!(not_made(true), Some(Err(_))));
        assert!(not_made(false).is_none());
    }
}
