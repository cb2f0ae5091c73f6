//! Release archives from GitHub, fetched with the system's `curl` and `tar`.
//!
//! The projects publish no digests beside their archives and none are pinned here: HTTPS and the version that a program
//! prints vouch for it. `XTASK_BUILD_TOOLS=1` is stricter: it builds from crates.io, against the checksums of the
//! packages' lock files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::Log;
use crate::workspace;

/// The kind of machine that a release archive is chosen for.
pub(super) struct Host {
    pub(super) os: &'static str,
    pub(super) arch: &'static str,
}

impl Host {
    pub(super) fn current() -> Self {
        Self { os: std::env::consts::OS, arch: std::env::consts::ARCH }
    }

    /// The target triple for this machine: one of the two given on Linux, Apple's on macOS, none elsewhere.
    pub(super) fn pick(&self, linux_x86_64: &str, linux_aarch64: &str) -> Option<String> {
        match (self.os, self.arch) {
            ("linux", "x86_64") => Some(linux_x86_64.to_owned()),
            ("linux", "aarch64") => Some(linux_aarch64.to_owned()),
            ("macos", arch @ ("x86_64" | "aarch64")) => Some(format!("{arch}-apple-darwin")),
            _ => None,
        }
    }
}

/// Whether the user wants tools built from their sources only.
pub(super) fn is_switched_off() -> bool {
    std::env::var_os("XTASK_BUILD_TOOLS").is_some_and(|value| value != "0")
}

/// Downloads `url` and unpacks it into an empty folder, which is returned. The limits are short: a machine that cannot
/// reach GitHub should start building from source within seconds.
///
/// # Errors
/// When the download is refused, slow or malformed, or when `curl` or `tar` is missing.
pub(super) fn download(log: &Log, name: &str, url: &str) -> Result<PathBuf> {
    let folder = workspace::tools().join("download").join(name);
    // The remains of an interrupted download.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let archive = folder.join("archive.tar.gz");
    log.run(
        Command::new("curl")
            .args(["--fail", "--location", "--silent", "--show-error", "--proto", "=https", "--tlsv1.2"])
            .args([
                "--connect-timeout",
                "5",
                "--max-time",
                "180",
                "--speed-limit",
                "20000",
                "--speed-time",
                "10",
            ])
            .arg("--output")
            .arg(&archive)
            .arg(url),
    )?;
    log.run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&folder))?;
    Ok(folder)
}

/// A file called `name` in `folder` or one of the folders inside it.
///
/// # Errors
/// When there is none, or a folder cannot be read.
pub(super) fn find_file(folder: &Path, name: &str) -> Result<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|file| file == name) {
                return Ok(path);
            }
        }
    }
    bail!("the archive holds no `{name}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_chosen_by_system_and_processor() {
        let pick = |os, arch| Host { os, arch }.pick("intel", "arm");
        assert_eq!(pick("linux", "x86_64").as_deref(), Some("intel"));
        assert_eq!(pick("linux", "aarch64").as_deref(), Some("arm"));
        assert_eq!(pick("macos", "aarch64").as_deref(), Some("aarch64-apple-darwin"));
        assert_eq!(pick("linux", "riscv64"), None);
    }

    #[test]
    fn a_program_is_found_however_deep_its_archive_puts_it() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("tool-1.0/bin");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join("tool"), "").unwrap();
        assert_eq!(find_file(folder.path(), "tool").unwrap(), inner.join("tool"));
        assert!(find_file(folder.path(), "other").is_err());
    }
}
