//! The build with counters of coverage, in a folder of its own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::Progress;
use crate::workspace;

/// Counters at every edge, and what is compared with what, so that the engine finds its way past comparisons. These are options
/// of the compiler's own passes, which the stable toolchain takes.
const FLAGS: [&str; 6] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Compilers of C++, of which the engine is built with one.
const COMPILERS: [&str; 3] = ["c++", "g++", "clang++"];

/// Where the build and the corpus are: apart from the others, whose flags differ.
///
/// # Errors
/// When cargo does not say where it builds.
pub(super) fn folder() -> Result<PathBuf> {
    Ok(workspace::target_dir()?.join("fuzz"))
}

/// Builds the targets around the engine.
///
/// # Errors
/// When there is no C++ compiler, or the build fails.
pub(super) fn build(progress: &Progress) -> Result<PathBuf> {
    if std::env::var_os("CXX").is_none() && workspace::find_program(&COMPILERS).is_none() {
        bail!("the fuzzing engine needs a C++ compiler: install g++ or clang++, or name one by CXX");
    }
    let host = host()?;
    let folder = folder()?;
    progress.step("build the fuzz targets", "5 min at first", |log| {
        let mut cargo = workspace::cargo();
        // With the target named, build scripts and macros are built without the counters.
        cargo
            .args(["build", "--package", "fuzz", "--bin", "fuzz", "--profile", "fuzz", "--target", &host])
            .arg("--target-dir")
            .arg(&folder)
            .env("RUSTFLAGS", FLAGS.join(" "))
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        log.run(&mut cargo)
    })?;
    Ok(folder.join(host).join("fuzz").join(format!("fuzz{}", std::env::consts::EXE_SUFFIX)))
}

/// The system that rustc builds for by itself.
fn host() -> Result<String> {
    let output = Command::new("rustc").current_dir(workspace::root()).arg("-vV").output();
    let output = output.context("`rustc` could not be started")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}
