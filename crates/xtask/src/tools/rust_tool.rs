//! A tool that is written in Rust: a prebuilt release where one can be had, `cargo install` otherwise.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::place::move_into_place;
use super::prebuilt::{self, Host};
use super::version::has_version;
use crate::step::{Log, Progress};
use crate::workspace;

/// Settings that make a debug build cheaper still, by a tenth: compiling is most of a first start.
const CHEAPEST_BUILD: [(&str, &str); 6] = [
    ("CARGO_INCREMENTAL", "0"),
    ("CARGO_PROFILE_DEV_DEBUG", "0"),
    ("CARGO_PROFILE_DEV_DEBUG_ASSERTIONS", "false"),
    ("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "false"),
    ("CARGO_PROFILE_DEV_PANIC", "abort"),
    ("CFLAGS", "-O0"),
];

/// A package, its version, and where it comes from.
pub(crate) struct RustTool {
    /// Its name on crates.io.
    pub(super) package: &'static str,
    /// The one version that will do.
    pub(super) version: &'static str,
    /// The executables that are used here.
    pub(super) binaries: &'static [&'static str],
    /// The address of a release archive for this machine, if there is one.
    pub(super) release: fn(&Host) -> Option<String>,
    /// The cheapest way to build it.
    pub(super) install_flags: &'static [&'static str],
    /// The time that this takes on two cores.
    pub(super) usually: &'static str,
}

impl RustTool {
    /// Makes the tool present in its pinned version; one that is on `PATH` will do.
    ///
    /// # Errors
    /// When it can be neither downloaded nor built.
    pub(crate) fn ensure(&self, progress: &Progress) -> Result<()> {
        if self.is_installed() || self.install_if_released(progress) {
            return Ok(());
        }
        progress.step(&self.building(), self.usually, |log| self.install_from_source(log))
    }

    /// The same for a tool that there is a way without: a failure is a line and not a log.
    pub(crate) fn attempt(&self, progress: &Progress) -> bool {
        self.is_installed()
            || self.install_if_released(progress)
            || progress.attempt(&self.building(), self.usually, |log| self.install_from_source(log)).is_some()
    }

    fn is_installed(&self) -> bool {
        self.binaries.iter().all(|binary| has_version(binary, self.version))
    }

    fn building(&self) -> String {
        format!("{} {} (from source)", self.package, self.version)
    }

    fn install_if_released(&self, progress: &Progress) -> bool {
        let url = (self.release)(&Host::current()).filter(|_| !prebuilt::is_switched_off());
        let download = format!("{} {} (download)", self.package, self.version);
        url.is_some_and(|url| {
            progress.attempt(&download, "", |log| self.install_release(log, &url)).is_some()
        })
    }

    fn install_release(&self, log: &Log, url: &str) -> Result<()> {
        let folder = prebuilt::download(log, self.package, url)?;
        for binary in self.binaries {
            self.adopt(&prebuilt::find_file(&folder, binary)?, binary)?;
        }
        std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))
    }

    fn install_from_source(&self, log: &Log) -> Result<()> {
        let folder = workspace::tools().join("build").join(self.package);
        let mut install = workspace::cargo();
        install
            .args([
                "install",
                self.package,
                "--version",
                &format!("={}", self.version),
                "--locked",
                "--force",
            ])
            .args(self.install_flags)
            .args(self.binaries.iter().flat_map(|binary| ["--bin", binary]))
            .arg("--root")
            .arg(&folder)
            // A target folder of its own: an interrupted build goes on where it stopped, and no other cargo waits.
            .arg("--target-dir")
            .arg(folder.join("target"))
            .envs(CHEAPEST_BUILD);
        // The tool runs here and now, whatever the user usually builds for.
        for variable in ["CARGO_BUILD_TARGET", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"] {
            install.env_remove(variable);
        }
        log.run(&mut install)?;
        for binary in self.binaries {
            self.adopt(&folder.join("bin").join(binary), binary)?;
        }
        // Hundreds of megabytes of intermediate files that nothing needs again.
        std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))
    }

    /// Moves a finished executable to `.tools/bin`, if it has the right version.
    fn adopt(&self, from: &Path, binary: &str) -> Result<()> {
        if !has_version(from, self.version) {
            bail!("`{} --version` does not say {}", from.display(), self.version);
        }
        move_into_place(from, &workspace::tools_bin().join(binary))
    }
}
