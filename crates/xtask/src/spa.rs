//! Builds a release of the SPA with trunk into `dist`, and not at all when nothing has changed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::step::Progress;
use crate::{
    stamp,
    tools::{self, target},
    workspace,
};

/// The profile that `frontend/index.html` names for release builds.
pub(crate) const PROFILE: &str = "wasm-release";

/// Builds the app unless `dist` is up to date.
///
/// # Errors
/// When a tool cannot be had, or the app does not compile.
pub(crate) fn ensure(progress: &Progress) -> Result<()> {
    if is_up_to_date() {
        return Ok(());
    }
    // The tools and the app both need it.
    target::ensure(progress)?;
    std::thread::scope(|scope| {
        let tools = scope.spawn(|| tools::ensure(progress));
        compile(progress)?;
        tools::join(tools)?;
        bundle(progress)
    })
}

/// Whether `dist` holds the app that trunk would build now.
pub(crate) fn is_up_to_date() -> bool {
    let recorded = std::fs::read_to_string(stamp_file()).ok();
    recorded.is_some() && recorded == digest().ok()
}

/// Compiles the app with the flags of trunk, which then finds it done. It runs while trunk itself is installed.
///
/// # Errors
/// When the app does not compile.
pub(crate) fn compile(progress: &Progress) -> Result<()> {
    progress.step("compile the app", "1 to 4 min at first", |log| {
        log.run(workspace::cargo().args([
            "build",
            "--target",
            target::TARGET,
            "--manifest-path",
            "frontend/Cargo.toml",
            "--profile",
            PROFILE,
        ]))
    })
}

/// Runs trunk; the tools have to be there.
///
/// # Errors
/// When trunk fails.
pub(crate) fn bundle(progress: &Progress) -> Result<()> {
    progress.step("bundle the app", "30 s to 2 min", |log| {
        log.run(
            Command::new("trunk")
                .current_dir(workspace::root())
                .args(["build", "--release", "--skip-version-check"])
                .env("PATH", workspace::path_with_tools())
                // Everything has been fetched; a tool of the wrong version is an error, and no reason to download.
                .env("TRUNK_OFFLINE", "true")
                // trunk 0.21 takes `NO_COLOR=1` for a malformed flag and refuses to start.
                .env_remove("NO_COLOR"),
        )
    })?;
    let digest = digest().context("reading the app's sources")?;
    std::fs::write(stamp_file(), digest).context("writing the app's stamp")
}

/// What the linker writes of the app called `name` for a release.
pub(crate) fn linked(target_dir: &Path, name: &str) -> PathBuf {
    target_dir.join(target::TARGET).join(PROFILE).join(name).with_extension("wasm")
}

fn digest() -> std::io::Result<String> {
    stamp::digest(workspace::root(), &tools::fingerprint(), &workspace::dist())
}

fn stamp_file() -> PathBuf {
    workspace::tools().join("app.stamp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunk_is_told_to_use_the_profile_that_is_compiled_in_advance() {
        let page = std::fs::read_to_string(workspace::root().join("frontend/index.html")).unwrap();
        assert!(page.contains(&format!("data-cargo-profile-release=\"{PROFILE}\"")));
    }
}
