//! Where things are: the root of the workspace, cargo's target folder, and the project-local tools folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The root of the workspace, known from where this crate was compiled.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// The release of the app, which the server reads and puts inside its binary.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Tools, their logs and their builds; ignored by git, and safe to delete.
pub(crate) fn tools() -> PathBuf {
    root().join(".tools")
}

/// The executables of the project-local tools.
pub(crate) fn tools_bin() -> PathBuf {
    tools().join("bin")
}

/// Cargo's target folder, wherever the environment or a configuration file has put it.
///
/// # Errors
/// When `cargo metadata` fails, which means that a manifest of the workspace is broken.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("`cargo metadata` could not be started")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let json = String::from_utf8_lossy(&output.stdout);
    let folder = json_string(&json, "target_directory").context("`cargo metadata` named no target folder")?;
    Ok(PathBuf::from(folder))
}

/// A `cargo` in the root of the workspace, whatever folder the user is in.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    command
}

/// `PATH` with the project-local tools in front, so that trunk and the wasm test runner find the pinned ones.
pub(crate) fn path_with_tools() -> OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools_bin()).chain(std::env::split_paths(&inherited));
    // Only a folder whose name holds the separator cannot be joined; the tools then come from PATH alone.
    std::env::join_paths(folders).unwrap_or(inherited)
}

/// Whether a continuous integration runs this, where a check that cannot be made has failed.
pub(crate) fn is_ci() -> bool {
    says_ci(std::env::var_os("CI"))
}

fn says_ci(variable: Option<OsString>) -> bool {
    variable.is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// The first of `names` that is an executable file in one of `PATH`'s folders.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
    })
}

/// The value of the first `"key":"value"` in `json`. Backslashes are unescaped; nothing else occurs in a path.
fn json_string(json: &str, key: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{key}\":\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("\\\\", "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace_manifest() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }

    #[test]
    fn the_target_folder_is_read_from_metadata() {
        let json = r#"{"packages":[],"target_directory":"/a/b","version":1}"#;
        assert_eq!(json_string(json, "target_directory").as_deref(), Some("/a/b"));
        assert_eq!(
            json_string(r#"{"target_directory":"C:\\a"}"#, "target_directory").as_deref(),
            Some("C:\\a")
        );
        assert_eq!(json_string("{}", "target_directory"), None);
    }

    #[test]
    fn the_variable_ci_says_whether_it_is_one() {
        for yes in ["true", "1", "woodpecker"] {
            assert!(says_ci(Some(yes.into())), "{yes}");
        }
        for no in [None, Some(""), Some("false"), Some("0")] {
            assert!(!says_ci(no.map(OsString::from)), "{no:?}");
        }
    }

    #[test]
    fn the_project_local_tools_come_first_on_the_path() {
        let path = path_with_tools();
        assert_eq!(std::env::split_paths(&path).next(), Some(tools_bin()));
    }
}
