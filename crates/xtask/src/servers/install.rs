//! Packages and files of a real server, in a folder of `.tools/servers`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::catalogue::{Packages, RealServer};
use crate::step::Log;
use crate::tools::system_packages;
use crate::workspace;

/// Says with which lock the packages were installed.
const MARK: &str = "installed";

/// Where it is installed, and where it runs.
pub(super) fn folder(server: &RealServer) -> PathBuf {
    workspace::tools().join("servers").join(server.name)
}

/// A program of the folder, or one of the system.
pub(super) fn program(server: &RealServer, name: &str) -> PathBuf {
    if name.contains('/') { folder(server).join(name) } else { PathBuf::from(name) }
}

/// Writes the files, and installs the packages where others or none are there.
///
/// # Errors
/// When they cannot be had here.
pub(super) fn ensure(server: &RealServer, log: &Log) -> Result<()> {
    let folder = folder(server);
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    for (name, content) in server.files {
        write(&folder, name, content)?;
    }
    match server.packages {
        Packages::Pip(requirements) => once(&folder, requirements, || pip(&folder, requirements, log))?,
        Packages::Npm(manifest, lock) => once(&folder, lock, || {
            write(&folder, "package.json", manifest)?;
            write(&folder, "package-lock.json", lock)?;
            let args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
            log.run(Command::new("npm").current_dir(&folder).args(args))
        })?,
        Packages::Debian(_) if versions(server).is_ok() => {}
        Packages::Debian(packages) => system_packages::install_debian(log, packages)?,
    }
    versions(server).map(drop)
}

/// What its packages say of their versions: lines `NAME==VERSION`.
///
/// # Errors
/// When one is missing.
pub(super) fn versions(server: &RealServer) -> Result<String> {
    let [name, args @ ..] = server.versions else { bail!("{} tells no versions", server.name) };
    let output = Command::new(program(server, name)).current_dir(folder(server)).args(args).output();
    let output = output.with_context(|| format!("`{name}` could not be started"))?;
    if !output.status.success() {
        bail!("its packages are not all there:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn pip(folder: &Path, requirements: &str, log: &Log) -> Result<()> {
    write(folder, "requirements.txt", requirements)?;
    log.run(Command::new("python3").current_dir(folder).args(["-m", "venv", "--clear", "venv"]))?;
    let args = ["-m", "pip", "install", "--disable-pip-version-check", "--requirement", "requirements.txt"];
    log.run(Command::new(folder.join("venv/bin/python")).current_dir(folder).args(args))
}

/// Does `work` unless it was done for the same lock.
fn once(folder: &Path, lock: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if fs::read_to_string(folder.join(MARK)).is_ok_and(|done| done == lock) {
        return Ok(());
    }
    work()?;
    write(folder, MARK, lock)
}

fn write(folder: &Path, name: &str, content: &str) -> Result<()> {
    let path = folder.join(name);
    fs::write(&path, content).with_context(|| format!("writing {}", path.display()))
}
