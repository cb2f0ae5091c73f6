//! The standard library for `wasm32-unknown-unknown`. rustup adds it by itself because `rust-toolchain.toml` names it,
//! unless that is switched off or the toolchain comes from a distribution.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::Progress;
use crate::workspace;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Makes the target present.
///
/// # Errors
/// When it is missing and there is no rustup to add it, or rustup fails.
pub(crate) fn ensure(progress: &Progress) -> Result<()> {
    if is_installed()? {
        return Ok(());
    }
    if workspace::find_program(&["rustup"]).is_none() {
        bail!(
            "this Rust toolchain has no {TARGET} target, and there is no rustup to add it. Install the \
             distribution's package for it (Debian: libstd-rust-dev-wasm32; Fedora: rust-std-static-{TARGET}), or \
             install Rust by rustup"
        );
    }
    progress.step(&format!("rustup target add {TARGET}"), "10 s", |log| {
        log.run(Command::new("rustup").current_dir(workspace::root()).args(["target", "add", TARGET]))
    })
}

fn is_installed() -> Result<bool> {
    let output = Command::new("rustc")
        .current_dir(workspace::root())
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("`rustc` could not be started")?;
    let folder = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}
