//! The tools that the SPA is built with, at pinned versions in the project-local `.tools/`: downloaded where that
//! works, built from their registries where it does not, and reused afterwards.

pub(crate) mod npm;
pub(crate) mod oidc_provider;
mod prebuilt;
pub(crate) mod rust_tool;
pub(crate) mod system_packages;
mod target;
mod trunk;
mod wasm_bindgen;
mod wasm_opt;

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::step::Progress;
use crate::workspace;

/// Makes everything present that trunk needs to build the SPA, and the runner of the wasm tests.
///
/// # Errors
/// When a tool can be neither downloaded nor built. A missing `wasm-opt` is no error: a larger app is better than none.
pub(crate) fn ensure(progress: &Progress) -> Result<()> {
    target::ensure(progress)?;
    std::thread::scope(|scope| {
        let optimiser = scope.spawn(|| wasm_opt::ensure(progress));
        // One after the other: each build uses all cores already, and trunk is of no use without wasm-bindgen.
        let tools = wasm_bindgen::TOOL.ensure(progress).and_then(|()| trunk::TOOL.ensure(progress));
        tools.and(join(optimiser))
    })
}

/// What the tools contribute to the SPA's bytes: their pinned versions, and whether `wasm-opt` is there.
pub(crate) fn fingerprint() -> String {
    format!("{} {} {}", trunk::TOOL.version, wasm_bindgen::TOOL.version, wasm_opt::fingerprint())
}

/// Waits for a thread and takes a panic in it for a failure of its work.
///
/// # Errors
/// What the thread returned.
pub(crate) fn join<T>(handle: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    handle.join().unwrap_or_else(|_| Err(anyhow!("a step panicked")))
}

/// Whether `program`, looked up with `.tools/bin` first, answers `--version` with exactly `version`.
fn has_version(program: impl AsRef<OsStr>, version: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .env("PATH", workspace::path_with_tools())
        // trunk 0.21 takes `NO_COLOR=1` for a malformed flag and refuses to start.
        .env_remove("NO_COLOR")
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| parse_version(&String::from_utf8_lossy(&output.stdout)).map(str::to_owned))
        .is_some_and(|found| found == version)
}

/// The version in `NAME VERSION` or `NAME version VERSION (…)`: the first word that starts with a digit.
fn parse_version(output: &str) -> Option<&str> {
    output.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Puts a finished file or folder into its place in one step: what has its final name is complete.
fn move_into_place(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
    }
    if to.is_dir() {
        std::fs::remove_dir_all(to).with_context(|| format!("removing the old {}", to.display()))?;
    }
    std::fs::rename(from, to).with_context(|| format!("moving {} to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_tools_print() {
        assert_eq!(parse_version("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(parse_version("wasm-bindgen 0.2.129 (27c7a4d06)"), Some("0.2.129"));
        assert_eq!(parse_version("wasm-opt version 132 (version_132)"), Some("132"));
        assert_eq!(parse_version("command not found"), None);
    }

    #[test]
    fn a_program_that_does_not_exist_has_no_version() {
        assert!(!has_version("a-program-that-does-not-exist", "1"));
    }

    #[test]
    fn an_unfinished_folder_is_replaced_by_the_finished_one() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("new"), folder.path().join("tool"));
        std::fs::create_dir_all(to.join("stale")).unwrap();
        std::fs::create_dir_all(from.join("fresh")).unwrap();
        move_into_place(&from, &to).unwrap();
        assert!(to.join("fresh").exists() && !to.join("stale").exists() && !from.exists());
    }
}
