//! The crates that are for others too: that they can be packaged, and that the oldest Rust they promise compiles them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::step::{Log, Progress};
use crate::workspace;

/// In the order in which they are published: each may need those before it.
pub(crate) const PACKAGES: [&str; 2] = ["query-core", "query-yew"];

/// Packages them all, and compiles each from its package alone, with the packages of the others.
///
/// # Errors
/// When a package lacks something.
pub(crate) fn package(progress: &Progress) -> Result<()> {
    progress.step("packages", "1 min at first", |log| {
        // Packaging resolves the dependencies of every system, and then needs no network.
        log.run(workspace::cargo().args(["fetch", "--locked"]))?;
        let folder = workspace::target_dir()?.join("packages");
        forget_earlier_ones()?;
        log.run(of_packages("clean").args(["--offline", "--target-dir"]).arg(&folder))?;
        log.run(of_packages("package").args(["--offline", "--allow-dirty", "--target-dir"]).arg(&folder))
    })
}

/// Removes what cargo has unpacked of earlier packages, as if from a registry, where a version never changes. It would compile
/// one crate with the other as that was when it was first packaged.
fn forget_earlier_ones() -> Result<()> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("there is no CARGO_HOME")?;
    for registry in entries(&home.join("registry/src")).into_iter().filter(|path| is_named(path, "-")) {
        for unpacked in entries(&registry) {
            if PACKAGES.iter().any(|package| is_named(&unpacked, &format!("{package}-"))) {
                std::fs::remove_dir_all(&unpacked)
                    .with_context(|| format!("removing {}", unpacked.display()))?;
            }
        }
    }
    Ok(())
}

/// What is in a folder; nothing, if there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Whether the last part of a path begins so. Folders of registries without a host begin with a dash.
fn is_named(path: &Path, beginning: &str) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(beginning))
}

/// Compiles them with the `rust-version` of their manifests. Where that cannot be had, it says so. Then clippy's
/// `incompatible_msrv` is the check, which knows the standard library but not the language.
pub(crate) fn check_with_oldest_rust(progress: &Progress) -> Option<Result<()>> {
    let version = match oldest_rust() {
        Ok(version) => version,
        Err(err) => return Some(Err(err)),
    };
    if !is_installed(&version) && !install(progress, &version) {
        progress.say("the oldest Rust is checked by clippy alone: it could not be downloaded");
        return None;
    }
    Some(progress.step("oldest Rust", "1 min at first", |log| {
        let cargo = |args: &[&str]| {
            let mut command = Command::new("rustup");
            command.current_dir(workspace::root()).args([
                "run",
                &version,
                "cargo",
                "check",
                "--all-features",
            ]);
            command.args(args);
            command
        };
        log.run(cargo(&["--lib"]).args(PACKAGES.map(|name| ["--package", name]).concat()))?;
        // Macros are compiled where they are called.
        log.run(&mut cargo(&["--tests", "--package", PACKAGES[0]]))
    }))
}

fn is_installed(rust: &str) -> bool {
    let output = Command::new("rustup").args(["run", rust, "rustc", "--version"]).output();
    output.is_ok_and(|output| output.status.success())
}

fn install(progress: &Progress, rust: &str) -> bool {
    let install = |log: &Log| {
        log.run(Command::new("rustup").args(["toolchain", "install", rust, "--profile", "minimal"]))
    };
    progress.attempt(&format!("Rust {rust}"), "10 s", install).is_some()
}

/// The version of Rust that all of them promise.
fn oldest_rust() -> Result<String> {
    let versions: Vec<String> = PACKAGES.iter().map(|name| rust_version(name)).collect::<Result<_>>()?;
    versions.into_iter().max().context("there are no packages")
}

fn rust_version(package: &str) -> Result<String> {
    let file = workspace::root().join("crates").join(package).join("Cargo.toml");
    let manifest = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    Ok(version
        .with_context(|| format!("{} has no rust-version", file.display()))?
        .trim_matches('"')
        .to_owned())
}

fn of_packages(subcommand: &str) -> Command {
    let mut command = workspace::cargo();
    command.arg(subcommand).args(PACKAGES.map(|name| ["--package", name]).concat());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_crates_promise_the_same_rust() {
        let versions: Vec<String> = PACKAGES.iter().map(|name| rust_version(name).unwrap()).collect();
        assert!(versions.iter().all(|version| *version == versions[0]), "{versions:?}");
    }
}
