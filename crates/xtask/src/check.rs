//! `cargo xtask check`: the fast gate, before a commit.

use std::process::ExitCode;

use anyhow::Result;

use crate::gates;
use crate::step::Progress;

/// Makes every check and fails when one of them did.
pub(crate) fn check() -> Result<ExitCode> {
    let progress = Progress::start();
    let outcome = gates::run_all(&progress);
    if outcome.failed.is_empty() {
        println!("{} checks passed", outcome.made);
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}", outcome.failed.join(", "));
    Ok(ExitCode::FAILURE)
}
