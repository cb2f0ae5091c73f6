//! The suite itself: an npm package in `.tools/conformance`, and the script that runs it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::{Log, Progress};
use crate::tools::npm;
use crate::workspace;

/// The package, pinned: another version has other tests.
const PACKAGE: &str = "http-cache-tests";
const VERSION: &str = "0.4.5";

/// The path that both the origin and the cache answer below.
pub(super) const BELOW: &str = "/api/server";

const SCRIPT: &str = include_str!("run.mjs");

/// Where it is kept.
pub(super) fn folder() -> PathBuf {
    workspace::tools().join("conformance")
}

/// Makes the suite present.
///
/// # Errors
/// When there is no Node.js, or the package cannot be had.
pub(super) fn ensure(progress: &Progress) -> Result<()> {
    if workspace::find_program(&["node"]).is_none() {
        bail!("the cache suite needs Node.js 18 or newer, with npm");
    }
    if !npm::holds(&folder(), PACKAGE, VERSION) {
        let name = format!("{PACKAGE} {VERSION} (npm)");
        progress.step(&name, "10 s", |log| npm::install(log, PACKAGE, VERSION, &folder()))?;
    }
    std::fs::write(folder().join("run.mjs"), SCRIPT).context("writing the suite's script")
}

/// Runs the suite through the cache at `address`, with its origin on that port. Returns the output of the script.
///
/// # Errors
/// When the script fails.
pub(super) fn run(log: &Log, address: &str, origin: u16) -> Result<String> {
    log.run(
        Command::new("node")
            .current_dir(folder())
            .args(["--no-warnings", "run.mjs"])
            .arg(format!("{address}{BELOW}"))
            .arg(origin.to_string()),
    )?;
    Ok(log.text())
}
