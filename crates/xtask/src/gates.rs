//! The checks that need no test to run: format, lints on both targets, documentation, dependencies. `check` is these
//! alone; `test` begins with them.

use std::process::Command;

use anyhow::Result;

use crate::step::Progress;
use crate::workspace;

/// One check, by the command that makes it.
struct Gate {
    name: &'static str,
    usually: &'static str,
    command: fn() -> Command,
}

const GATES: [Gate; 4] = [
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
            let mut command = cargo(&["clippy", "--all-targets", "--target", "wasm32-unknown-unknown"]);
            for package in ["frontend", "yew-query", "query-core", "shared"] {
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
];

/// How the checks ended.
pub(crate) struct Outcome {
    /// The names of those that failed.
    pub(crate) failed: Vec<&'static str>,
    /// How many were made.
    pub(crate) made: usize,
}

/// Makes every check, whether or not an earlier one failed; what a failed one had to say has been shown.
pub(crate) fn run_all(progress: &Progress) -> Outcome {
    let mut outcome = Outcome { failed: Vec::new(), made: 0 };
    let mut make = |name, result: Result<()>| {
        outcome.made += 1;
        if result.is_err() {
            outcome.failed.push(name);
        }
    };
    for gate in GATES {
        make(gate.name, progress.step(gate.name, gate.usually, |log| log.run(&mut (gate.command)())));
    }
    // Bans, licences and sources need no network; advisories would.
    if workspace::find_program(&["cargo-deny"]).is_some() {
        let mut deny = cargo(&["deny", "--offline", "check", "bans", "licenses", "sources"]);
        make("dependencies", progress.step("dependencies", "", |log| log.run(&mut deny)));
    } else {
        progress.say("dependencies are not checked: cargo-deny is not installed (cargo install cargo-deny)");
    }
    outcome
}

fn cargo(args: &[&str]) -> Command {
    let mut command = workspace::cargo();
    command.args(args);
    command
}
