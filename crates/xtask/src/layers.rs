//! `cargo xtask layers`: the layering of the workspace. The rooms of the server have ranks that their imports follow.
//! No two files of a crate need each other, directly or by way of others.

mod circles;
mod imports;
mod paths;
mod ranks;
mod tokens;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use self::circles::Circles;
use self::imports::Imports;
use crate::step::Log;
use crate::workspace;

/// The crate whose rooms have ranks.
const RANKED: &str = "bff";

/// `cargo xtask layers`: prints the numbers of every crate.
pub(crate) fn command() -> Result<ExitCode> {
    let report = Report::of(workspace::root())?;
    print!("{}", report.text);
    Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The step of `cargo xtask check`.
///
/// # Errors
/// When a rule is broken; the log has a line for each.
pub(crate) fn check(log: &Log) -> Result<()> {
    let report = Report::of(workspace::root())?;
    if report.failures.is_empty() {
        return Ok(());
    }
    log.write(&report.failures.join("\n"))?;
    bail!("{} broken rules; `cargo xtask layers` has the files of each circle", report.failures.len());
}

#[derive(Default)]
struct Report {
    /// All numbers, with the files of every circle.
    text: String,
    /// One line for each broken rule.
    failures: Vec<String>,
}

impl Report {
    fn of(root: &Path) -> Result<Self> {
        let mut report = Self::default();
        for folder in crates(root)? {
            let imports = Imports::read(root, &folder)?;
            report.text += &format!("{folder}\n");
            if folder == RANKED {
                report.add_ranks(root, &imports)?;
            }
            report.add_circles(&folder, &Circles::of(&imports));
        }
        Ok(report)
    }

    fn add_ranks(&mut self, root: &Path, imports: &Imports) -> Result<()> {
        let broken = ranks::broken(root, imports)?;
        let (imports, pairs) = (broken.imports.len(), broken.pairs);
        self.text += &format!(
            "  imports that point upwards or sideways: {imports} (between {pairs} pairs of rooms)\n"
        );
        for line in broken.imports.iter().chain(&broken.rows) {
            self.text += &format!("    {line}\n");
        }
        self.failures.extend(broken.imports.into_iter().chain(broken.rows));
        Ok(())
    }

    fn add_circles(&mut self, folder: &str, circles: &Circles) {
        self.text += &format!("  files in circles: {circles}\n");
        for (number, files) in circles.0.iter().enumerate() {
            for file in files {
                self.text += &format!("    {}. {file}\n", number + 1);
            }
        }
        if !circles.0.is_empty() {
            self.failures.push(format!("{folder} must have no circles of files, and has {circles}"));
        }
    }
}

/// The folders of the workspace's crates, relative to its root.
fn crates(root: &Path) -> Result<Vec<String>> {
    let mut folders = vec!["bff".to_owned(), "frontend".to_owned(), "shared".to_owned()];
    for entry in std::fs::read_dir(root.join("crates")).context("reading crates/")? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").exists() {
            folders.push(format!("crates/{}", entry.file_name().to_string_lossy()));
        }
    }
    folders.sort();
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_files_is_an_error_in_every_crate() {
        let mut report = Report::default();
        report.add_circles("shared", &Circles(vec![]));
        assert!(report.failures.is_empty());
        report.add_circles("shared", &Circles(vec![vec!["a.rs".to_owned(), "b.rs".to_owned()]]));
        assert_eq!(report.failures, ["shared must have no circles of files, and has 2 in 1 circle"]);
        assert!(report.text.contains("    1. a.rs\n    1. b.rs\n"));
    }

    #[test]
    fn the_crate_with_ranks_is_one_of_the_workspace() {
        assert!(crates(workspace::root()).unwrap().iter().any(|name| name == RANKED));
    }
}
