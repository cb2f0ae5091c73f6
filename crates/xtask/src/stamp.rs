//! Tells whether the app in `dist` is up to date, so that a start without changes does not wait for trunk. The stamp is
//! a digest of the sources and of the finished app: a `dist` that another build has written is not taken for ours.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

/// Sources of the app, relative to the workspace's root.
const INPUTS: [&str; 16] = [
    "frontend",
    "shared",
    "crates",
    // Of xtask, the part that writes into the app.
    "crates/xtask/src/app_files.rs",
    "crates/xtask/src/compress.rs",
    "crates/xtask/src/content_names.rs",
    "crates/xtask/src/glue.rs",
    "crates/xtask/src/optimise.rs",
    "crates/xtask/src/split",
    "crates/xtask/src/split.rs",
    "crates/xtask/src/styles.rs",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    ".cargo/config.toml",
    "rust-toolchain.toml",
];

/// Folders inside those that are no sources of it. A new crate counts until it is named here: a build too many is better
/// than an app that is out of date.
const NOT_INPUTS: [&str; 3] = ["crates/browser-tests", "crates/demo-api", "crates/xtask"];

/// Variables that change the app without changing a file.
const VARIABLES: [&str; 3] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS"];

/// A digest of the sources below `root`, the `tools` (see [`crate::tools::fingerprint`]) and the finished app.
///
/// # Errors
/// When a file disappears while it is read, or `dist` does not exist.
pub(crate) fn digest(root: &Path, tools: &str, dist: &Path) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    tools.hash(&mut hasher);
    for variable in VARIABLES {
        std::env::var_os(variable).hash(&mut hasher);
    }
    for input in INPUTS {
        let path = root.join(input);
        if path.exists() {
            hash_path(root, &path, &mut hasher)?;
        }
    }
    hash_path(dist, dist, &mut hasher)?;
    Ok(format!("{:016x}", hasher.finish()))
}

/// Hashes a file, or a folder's files in the order of their names. Contents and not times: a checkout of the same
/// commit is the same app.
fn hash_path(base: &Path, path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if NOT_INPUTS.iter().any(|not_input| path == base.join(not_input)) {
        return Ok(());
    }
    if path.is_dir() {
        let mut entries =
            std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| hash_path(base, entry, hasher));
    }
    path.strip_prefix(base).unwrap_or(path).hash(hasher);
    std::fs::read(path)?.hash(hasher);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of one source file and a finished app.
    fn workspace() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (file, content) in [("frontend/src/main.rs", "fn main() {}"), ("dist/index.html", "<html>")] {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        root
    }

    fn digest_of(root: &tempfile::TempDir) -> String {
        digest(root.path(), "tools", &root.path().join("dist")).unwrap()
    }

    #[test]
    fn the_same_sources_and_app_have_the_same_stamp_wherever_they_are() {
        assert_eq!(digest_of(&workspace()), digest_of(&workspace()));
    }

    #[test]
    fn a_changed_source_a_new_file_or_another_app_changes_the_stamp() {
        let root = workspace();
        let mut seen = vec![digest_of(&root)];
        let changes = [
            ("frontend/src/main.rs", "fn main() { }"),
            ("frontend/src/app.rs", ""),
            ("Cargo.lock", "version = 4"),
            ("dist/index.html", "<html lang=en>"),
        ];
        for (file, content) in changes {
            std::fs::write(root.path().join(file), content).unwrap();
            let now = digest_of(&root);
            assert!(!seen.contains(&now), "{file}");
            seen.push(now);
        }
        assert!(!seen.contains(&digest(root.path(), "other tools", &root.path().join("dist")).unwrap()));
    }

    #[test]
    fn a_file_that_is_no_source_of_the_app_does_not_change_the_stamp() {
        let root = workspace();
        let before = digest_of(&root);
        std::fs::write(root.path().join("README.md"), "news").unwrap();
        std::fs::create_dir_all(root.path().join("crates/xtask")).unwrap();
        std::fs::write(root.path().join("crates/xtask/main.rs"), "fn main() {}").unwrap();
        assert_eq!(digest_of(&root), before);
    }

    #[test]
    fn a_workspace_without_an_app_has_no_stamp() {
        let root = workspace();
        assert!(digest(root.path(), "tools", &root.path().join("nothing")).is_err());
    }
}
