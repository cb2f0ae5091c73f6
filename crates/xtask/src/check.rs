//! `cargo xtask check`: the fast gate, before a commit.

use std::process::ExitCode;

use anyhow::Result;

use crate::gates;
use crate::step::Progress;
use crate::tools::target;

/// Makes every check and fails when one of them did.
///
/// # Errors
/// When the wasm target is missing and cannot be added.
pub(crate) fn check() -> Result<ExitCode> {
    let progress = Progress::start();
    target::ensure(&progress)?;
    let outcome = gates::run_all(&progress);
    if outcome.failed.is_empty() {
        println!("{} checks passed", outcome.made);
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}", outcome.failed.join(", "));
    Ok(ExitCode::FAILURE)
}
