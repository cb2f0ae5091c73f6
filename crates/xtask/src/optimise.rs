//! Has wasm-opt make the app's modules smaller, all of them at the same time. trunk would do so before the app is split.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::app_files::AppFiles;
use crate::{tools, workspace};

/// What the browsers know that the app is for.
pub(crate) const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The first kilobyte of memory is the far end of the stack, and no address of anything: 1 kB of brotli.
///
/// `--ignore-implicit-traps` would be wrong: memory is then read before the check that guards the pointer.
const ASSUMPTIONS: [&str; 1] = ["--low-memory-unused"];

/// Code that is flattened and put together again is smaller. Each run finds what the one before has made possible: 2 kB of
/// brotli. What has one caller is inlined only if it is small: LLVM has judged that already.
const LAYOUT: [&str; 5] =
    ["--flatten", "--rereloop", "-Oz", "-Oz", "--one-caller-inline-max-function-size=30"];

/// What is alike compresses better than what is short: 4 kB of brotli. So functions of one generic stand side by side, code
/// repeats itself, and zeros stand between pieces of data.
const FOR_BROTLI: [&str; 3] =
    ["--reorder-functions-by-name", "--skip-pass=local-cse", "--skip-pass=memory-packing"];

/// Nobody reads the notes of the tools, or the names of functions.
const NOTES: [&str; 3] = ["--strip-producers", "--strip-target-features", "--strip-debug"];

/// Rewrites all modules of the app.
///
/// # Errors
/// When wasm-opt is missing or fails.
pub(crate) fn optimise(app: &AppFiles) -> Result<()> {
    let modules = app.modules()?;
    std::thread::scope(|scope| {
        let started: Vec<_> = modules.iter().map(|module| scope.spawn(|| rewrite(module))).collect();
        started.into_iter().try_for_each(tools::join)
    })
}

fn rewrite(module: &Path) -> Result<()> {
    let smaller = module.with_extension("smaller");
    // The stand-in of `tools::wasm_opt` finds the two files by their places.
    let status = Command::new("wasm-opt")
        .arg(format!("--output={}", smaller.display()))
        .arg("-Oz")
        .arg(module)
        .args(FEATURES)
        .args(ASSUMPTIONS)
        .args(LAYOUT)
        .args(FOR_BROTLI)
        .args(NOTES)
        .env("PATH", workspace::path_with_tools())
        .status()
        .context("`wasm-opt` could not be started; `cargo xtask run` installs it")?;
    if !status.success() {
        bail!("`wasm-opt` ended with {status} on {}", module.display());
    }
    std::fs::rename(&smaller, module).with_context(|| format!("replacing {}", module.display()))
}
