//! wasm-opt makes the SPA's wasm smaller. It is the only tool that the app can do without: where it cannot be had, a
//! stand-in on `PATH` hands the wasm through unchanged.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::npm;
use super::place::move_into_place;
use super::prebuilt::{self, Host};
use super::version::has_version;
use crate::step::{Log, Progress};
use crate::workspace;

/// Older ones (crates.io has 116, Debian 108) refuse what today's compiler emits.
const VERSION: &str = "132";

/// The script that is called in place of a missing wasm-opt: `wasm-opt --output=OUT -Oz IN …`.
const STAND_IN: &str = r#"#!/bin/sh
# Stands in for wasm-opt, which could not be installed: hands the wasm through as it is.
[ "$1" = --version ] && { echo "wasm-opt version 132 (stand-in)"; exit; }
exec cp "$3" "${1#--output=}"
"#;

/// Makes wasm-opt present: the native release, else npm's, else the stand-in.
///
/// # Errors
/// Only when not even the stand-in can be written.
pub(super) fn ensure(progress: &Progress) -> Result<()> {
    if has_version("wasm-opt", VERSION) && !stand_in().exists() {
        return Ok(());
    }
    let url = release(&Host::current()).filter(|_| !prebuilt::is_switched_off());
    if let Some(url) = url
        && progress.attempt("wasm-opt 132 (download)", "", |log| install_release(log, &url)).is_some()
    {
        return remove_stand_in();
    }
    if progress.attempt("wasm-opt 132 (npm)", "10 s", install_from_npm).is_some() {
        return remove_stand_in();
    }
    progress.say(
        "going on without wasm-opt: the app will be about a third larger to download. Install Node.js with npm and \
         start again to mend that",
    );
    write_stand_in()
}

/// Whether the app was made smaller; part of what decides if it has to be built again.
pub(super) fn fingerprint() -> &'static str {
    if stand_in().exists() { "none" } else { VERSION }
}

fn release(host: &Host) -> Option<String> {
    let machine = match (host.os, host.arch) {
        ("linux", arch @ ("x86_64" | "aarch64")) => format!("{arch}-linux"),
        ("macos", "x86_64") => "x86_64-macos".to_owned(),
        ("macos", "aarch64") => "arm64-macos".to_owned(),
        _ => return None,
    };
    Some(format!(
        "https://github.com/WebAssembly/binaryen/releases/download/version_{VERSION}/binaryen-version_{VERSION}-{machine}.tar.gz"
    ))
}

fn install_release(log: &Log, url: &str) -> Result<()> {
    let unpacked = prebuilt::download(log, "binaryen", url)?;
    // As a whole: on some systems the program wants the library in the folder beside it.
    adopt(&unpacked, &workspace::tools().join("binaryen"), |folder| prebuilt::find_file(folder, "wasm-opt"))
}

fn install_from_npm(log: &Log) -> Result<()> {
    let partial = workspace::tools().join("npm.partial");
    npm::fetch(log, "binaryen", VERSION, &partial)?;
    adopt(&partial, &workspace::tools().join("npm"), |folder| Ok(folder.join("node_modules/.bin/wasm-opt")))
}

/// Takes over a folder that holds wasm-opt, and links to the program from `.tools/bin`.
fn adopt(from: &Path, to: &Path, program: impl Fn(&Path) -> Result<PathBuf>) -> Result<()> {
    if !has_version(program(from)?, VERSION) {
        bail!("its wasm-opt does not start, or is not version {VERSION}");
    }
    move_into_place(from, to)?;
    let link = workspace::tools_bin().join("wasm-opt");
    std::fs::create_dir_all(workspace::tools_bin()).context("creating .tools/bin")?;
    let _ = std::fs::remove_file(&link);
    symlink(&program(to)?, &link).with_context(|| format!("linking {}", link.display()))
}

#[cfg(unix)]
fn symlink(original: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(windows)]
fn symlink(original: &Path, link: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(original, link)
}

/// A marker beside the stand-in, so that it is never taken for the real one.
fn stand_in() -> PathBuf {
    workspace::tools().join("wasm-opt-is-missing")
}

fn remove_stand_in() -> Result<()> {
    match std::fs::remove_file(stand_in()) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => {
            Err(err).context("removing the stand-in's marker")
        }
        _ => Ok(()),
    }
}

fn write_stand_in() -> Result<()> {
    let path = workspace::tools_bin().join("wasm-opt");
    std::fs::create_dir_all(workspace::tools_bin()).context("creating .tools/bin")?;
    let _ = std::fs::remove_file(&path);
    std::fs::write(stand_in(), "").context("marking wasm-opt as missing")?;
    std::fs::write(&path, STAND_IN).with_context(|| format!("writing {}", path.display()))?;
    make_executable(&path).with_context(|| format!("making {} executable", path.display()))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_stand_in_says_the_wanted_version_and_hands_the_wasm_through() {
        let folder = tempfile::tempdir().unwrap();
        let (program, input, output) =
            (folder.path().join("wasm-opt"), folder.path().join("in.wasm"), folder.path().join("out.wasm"));
        std::fs::write(&program, STAND_IN).unwrap();
        std::fs::write(&input, b"wasm").unwrap();
        let run = |args: &[&str]| Command::new("sh").arg(&program).args(args).output().unwrap();

        let version = run(&["--version"]);
        assert_eq!(
            crate::tools::version::parse_version(&String::from_utf8_lossy(&version.stdout)),
            Some(VERSION)
        );

        let to = format!("--output={}", output.display());
        assert!(run(&[&to, "-Oz", input.to_str().unwrap(), "--enable-simd"]).status.success());
        assert_eq!(std::fs::read(&output).unwrap(), b"wasm");
    }
}
