//! Packages from npm, each in a folder of its own in `.tools`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::place::move_into_place;
use crate::step::Log;

/// Whether `folder` holds `package` in exactly that version.
pub(crate) fn holds(folder: &Path, package: &str, version: &str) -> bool {
    let manifest = folder.join("node_modules").join(package).join("package.json");
    std::fs::read_to_string(manifest).is_ok_and(|json| json.contains(&format!("\"version\": \"{version}\"")))
}

/// Installs `package` into `folder`, whole or not at all. Scripts of packages are not run.
///
/// # Errors
/// When npm is missing or fails.
pub(crate) fn install(log: &Log, package: &str, version: &str, folder: &Path) -> Result<()> {
    install_all(log, &[(package, version)], folder)
}

/// Installs packages in exactly these versions into `folder`, all or none.
///
/// # Errors
/// When npm is missing or fails.
pub(crate) fn install_all(log: &Log, packages: &[(&str, &str)], folder: &Path) -> Result<()> {
    let partial = folder.with_extension("partial");
    fetch_all(log, packages, &partial)?;
    move_into_place(&partial, folder)
}

/// Installs `package` into `folder`, which is made anew.
///
/// # Errors
/// When npm is missing or fails.
pub(super) fn fetch(log: &Log, package: &str, version: &str, folder: &Path) -> Result<()> {
    fetch_all(log, &[(package, version)], folder)
}

fn fetch_all(log: &Log, packages: &[(&str, &str)], folder: &Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    log.run(
        Command::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--omit=dev",
                "--no-save",
                "--prefix",
            ])
            .arg(folder)
            .args(packages.iter().map(|(package, version)| format!("{package}@{version}"))),
    )
}
