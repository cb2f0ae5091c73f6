//! `cargo xtask test`: every check and test, on a machine that has nothing but Rust. A failure does not end the run, and
//! the last line is `N passed, N failed`.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::step::{Log, Progress};
use crate::summary::{Tally, table};
use crate::tools::{axe, oidc_provider, system_packages, target, vite};
use crate::{conformance, gates, instructions, sizes, spa, tools, workspace};

/// Seconds that one wasm test binary may take in the browser. The runner's own default is too short for a machine that
/// compiles at the same time.
const WASM_TEST_TIMEOUT: &str = "180";

/// Sets up what the tests need, runs every kind, and fails when anything did.
///
/// # Errors
/// When the wasm target is missing and cannot be added.
pub(crate) fn test() -> Result<ExitCode> {
    let progress = Progress::start();
    // The checks and the app both compile for it.
    target::ensure(&progress)?;
    let (gates, setup) = std::thread::scope(|scope| {
        // The tools and the app are made while the checks run, which need neither.
        let setup = scope.spawn(|| set_up(&progress));
        let gates = gates::run_all(&progress);
        (gates, tools::join(setup))
    });
    let mut rows = vec![("checks", Tally { passed: 0, failed: gates.failed.len() })];
    if let Err(err) = &setup {
        progress.say(&format!("{err:#}"));
        rows.push(("set-up", Tally { passed: 0, failed: 1 }));
    }
    for kind in KINDS {
        if kind.needs_browser && setup.is_err() {
            progress.say(&format!("{} are not run: the set-up failed", kind.name));
            continue;
        }
        rows.push((kind.name, kind.run(&progress)));
    }
    if setup.is_ok() {
        rows.push(("sizes", sizes::tally(&progress)));
    }
    rows.push(("instructions", instructions::tally(&progress)));
    rows.push(("cache conformance", conformance::tally(&progress)));
    drop(progress);
    println!("\n{}", table(&rows));
    let failed = rows.iter().any(|(_, tally)| tally.failed > 0);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn set_up(progress: &Progress) -> Result<()> {
    system_packages::ensure(progress, system_packages::TESTS)?;
    oidc_provider::ensure(progress);
    vite::ensure(progress);
    axe::ensure(progress);
    tools::ensure(progress)?;
    spa::ensure(progress)
}

/// One kind of tests and the command that runs it.
struct Kind {
    name: &'static str,
    usually: &'static str,
    needs_browser: bool,
    command: fn() -> Command,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "unit and integration tests",
        usually: "3 min at first",
        needs_browser: false,
        command: unit_and_integration,
    },
    Kind {
        name: "documentation examples",
        usually: "",
        needs_browser: false,
        command: || {
            let mut command = workspace::cargo();
            command.args(["test", "--doc", "--workspace", "--exclude", "browser-tests", "--no-fail-fast"]);
            command
        },
    },
    Kind {
        name: "component tests",
        usually: "1 min",
        needs_browser: true,
        command: || {
            let mut command = workspace::cargo();
            command
                .args([
                    "test",
                    "--package",
                    "query-yew",
                    "--package",
                    "frontend",
                    "--lib",
                    "--bins",
                    "--tests",
                    "--features",
                    "query-yew/devtools,query-yew/persist",
                ])
                .args(["--target", "wasm32-unknown-unknown", "--no-fail-fast"])
                .env("WASM_BINDGEN_USE_BROWSER", "1")
                .env("WASM_BINDGEN_TEST_TIMEOUT", WASM_TEST_TIMEOUT);
            command
        },
    },
    Kind {
        name: "browser tests",
        usually: "3 to 5 min",
        needs_browser: true,
        command: || {
            let mut command = workspace::cargo();
            command
                .args(["test", "--package", "browser-tests", "--no-fail-fast"])
                .env("BFF_TEST_SPA_DIR", workspace::dist());
            command
        },
    },
];

impl Kind {
    fn run(&self, progress: &Progress) -> Tally {
        let mut command = (self.command)();
        // The counts are read from the output, which therefore must hold no colours.
        command
            .env("CARGO_TERM_COLOR", "never")
            .env("NO_COLOR", "1")
            .env("BFF_TEST_OIDC_PROVIDER", oidc_provider::folder())
            .env("BFF_TEST_VITE", vite::folder())
            .env("BFF_TEST_AXE", axe::folder())
            .env("PATH", workspace::path_with_tools());
        if let Some(driver) = system_packages::chromedriver() {
            command.env("CHROMEDRIVER", driver);
        }
        let mut output = String::new();
        let outcome = progress.step(self.name, self.usually, |log: &Log| {
            let outcome = log.run(&mut command);
            output = log.text();
            outcome.context("see above for the tests that failed")
        });
        Tally::of_run(&output, outcome.is_ok())
    }
}

fn unit_and_integration() -> Command {
    let mut command = workspace::cargo();
    if workspace::find_program(&["cargo-nextest"]).is_some() {
        command.args(["nextest", "run", "--no-fail-fast", "--no-tests=pass"]);
    } else {
        command.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    }
    command.args(["--workspace", "--exclude", "browser-tests"]);
    command
}
