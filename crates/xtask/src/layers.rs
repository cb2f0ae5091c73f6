//! `cargo xtask layers`: the layering of the workspace. The rooms of the server have ranks that their imports follow.
//! Circles of files are counted for every crate, and are an error where there must be none.

mod circles;
mod imports;
mod paths;
mod ranks;
mod tokens;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use self::circles::Circles;
use self::imports::Imports;
use crate::workspace;

/// The crate whose rooms have ranks.
const RANKED: &str = "bff";

/// Crates in which no two files may need each other.
const FREE_OF_CIRCLES: [&str; 4] = ["crates/browser-tests", "crates/oidc-fixture", "crates/xtask", "shared"];

/// `cargo xtask layers`: prints the numbers of every crate.
pub(crate) fn command() -> Result<ExitCode> {
    let report = Report::of(workspace::root())?;
    print!("{}", report.text);
    Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Report {
    /// All numbers, with the files of every circle.
    text: String,
    /// One line for each broken rule.
    failures: Vec<String>,
}

impl Report {
    fn of(root: &Path) -> Result<Self> {
        let mut report = Self { text: String::new(), failures: Vec::new() };
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
        if FREE_OF_CIRCLES.contains(&folder) && !circles.0.is_empty() {
            self.failures.push(format!("{folder} must have no circles of files, and has {circles}"));
        }
    }
}

/// The folders of the workspace's crates, relative to its root.
fn crates(root: &Path) -> Result<Vec<String>> {
    let mut folders = vec!["bff".to_owned(), "frontend".to_owned(), "shared".to_owned()];
    for entry in std::fs::read_dir(root.join("crates")).context("reading crates/")? {
        let name = entry?.file_name();
        folders.push(format!("crates/{}", name.to_string_lossy()));
    }
    folders.sort();
    Ok(folders)
}
