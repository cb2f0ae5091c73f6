//! Copies a release of the app from trunk's folder to `dist`, where the server looks for it. trunk has one folder for
//! builds of every kind, and a development build must not replace the release that people are served.

use std::path::Path;

use anyhow::{Context, Result};

use crate::tools;
use crate::workspace;

/// The folder that `Trunk.toml` gives trunk, from the root on.
const TRUNK_FOLDER: &str = "target/trunk";

/// Part of the script that `trunk serve` adds to the page: it would connect to a trunk that is not there.
const RELOAD_SCRIPT: &str = ".well-known/trunk/ws";

/// Publishes a release that trunk has finished in `staging`. A build for another folder (`trunk build --dist`) and one
/// of `trunk serve` stay where they are.
///
/// # Errors
/// When a file cannot be read, or `dist` not be replaced.
pub(crate) fn release(staging: &Path) -> Result<()> {
    let is_ours =
        std::env::var_os("TRUNK_DIST_DIR").is_some_and(|folder| is_trunk_folder(Path::new(&folder)));
    if is_ours && !is_served(staging)? {
        replace(staging, &workspace::tools().join("dist.partial"), &workspace::dist())?;
    }
    Ok(())
}

fn is_trunk_folder(folder: &Path) -> bool {
    // trunk resolves links, and the way here may lead through one.
    let ours = workspace::root().join(TRUNK_FOLDER);
    folder == ours.canonicalize().unwrap_or(ours)
}

fn is_served(staging: &Path) -> Result<bool> {
    let page = std::fs::read_to_string(staging.join("index.html")).context("reading the app's page")?;
    Ok(page.contains(RELOAD_SCRIPT))
}

/// Replaces the folder `to` by a copy of `from`, which is made in `partial`.
fn replace(from: &Path, partial: &Path, to: &Path) -> Result<()> {
    if partial.exists() {
        std::fs::remove_dir_all(partial).with_context(|| format!("removing {}", partial.display()))?;
    }
    copy(from, partial).with_context(|| format!("copying {}", from.display()))?;
    tools::move_into_place(partial, to)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunk_builds_into_a_folder_of_its_own() {
        let settings = std::fs::read_to_string(workspace::root().join("Trunk.toml")).unwrap();
        assert!(settings.lines().any(|line| line == format!("dist = \"{TRUNK_FOLDER}\"")));
        assert!(is_trunk_folder(&workspace::root().join(TRUNK_FOLDER)));
        assert!(!is_trunk_folder(&workspace::dist()));
    }

    #[test]
    fn a_release_replaces_everything_in_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let [from, partial, to] = ["stage", "partial", "dist"].map(|name| root.path().join(name));
        for file in [from.join("assets/app.js"), partial.join("half.js"), to.join("old.js")] {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "content").unwrap();
        }
        replace(&from, &partial, &to).unwrap();
        assert_eq!(std::fs::read_to_string(to.join("assets/app.js")).unwrap(), "content");
        assert!(!to.join("old.js").exists() && !to.join("half.js").exists() && !partial.exists());
        assert!(from.join("assets/app.js").exists(), "trunk goes on with its own copy");
    }

    #[test]
    fn a_page_with_the_reload_script_is_served_by_trunk() {
        let folder = tempfile::tempdir().unwrap();
        let page = |text: &str| std::fs::write(folder.path().join("index.html"), text).unwrap();
        page("<html></html>");
        assert!(!is_served(folder.path()).unwrap());
        page("<script>base + '.well-known/trunk/ws'</script>");
        assert!(is_served(folder.path()).unwrap());
    }
}
