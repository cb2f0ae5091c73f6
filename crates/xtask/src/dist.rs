//! `cargo xtask dist`: one release binary with the compressed app inside.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::step::Progress;
use crate::{spa, workspace};

/// Builds the app, then the server around it, and says where the binary is and how large.
pub(crate) fn dist() -> Result<ExitCode> {
    let progress = Progress::start();
    spa::ensure(&progress)?;
    progress.step("build the release binary", "4 to 6 min at first", |log| {
        log.run(workspace::cargo().args([
            "build",
            "--profile",
            "dist",
            "--package",
            "bff",
            "--features",
            "embed-spa",
        ]))
    })?;
    let binary = workspace::target_dir()?.join("dist").join(format!("bff{}", std::env::consts::EXE_SUFFIX));
    let size = std::fs::metadata(&binary).with_context(|| format!("reading {}", binary.display()))?.len();
    println!("{} ({})", binary.display(), megabytes(size));
    Ok(ExitCode::SUCCESS)
}

/// Bytes as megabytes with one digit, in whole numbers: `12.3 MB`.
fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_megabytes() {
        assert_eq!(megabytes(12_345_678), "12.3 MB");
        assert_eq!(megabytes(999_999), "1.0 MB");
        assert_eq!(megabytes(0), "0.0 MB");
    }
}
