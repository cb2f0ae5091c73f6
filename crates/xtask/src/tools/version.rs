//! The version that an installed tool says it has.

use std::ffi::OsStr;
use std::process::Command;

use crate::workspace;

/// Whether `program`, looked up with `.tools/bin` first, answers `--version` with exactly `version`.
pub(super) fn has_version(program: impl AsRef<OsStr>, version: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .env("PATH", workspace::path_with_tools())
        // trunk 0.21 takes `NO_COLOR=1` for a malformed flag and refuses to start.
        .env_remove("NO_COLOR")
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| parse_version(&String::from_utf8_lossy(&output.stdout)).map(str::to_owned))
        .is_some_and(|found| found == version)
}

/// The version in `NAME VERSION` or `NAME version VERSION (…)`: the first word that starts with a digit.
pub(super) fn parse_version(output: &str) -> Option<&str> {
    output.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_tools_print() {
        assert_eq!(parse_version("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(parse_version("wasm-bindgen 0.2.129 (27c7a4d06)"), Some("0.2.129"));
        assert_eq!(parse_version("wasm-opt version 132 (version_132)"), Some("132"));
        assert_eq!(parse_version("command not found"), None);
    }

    #[test]
    fn a_program_that_does_not_exist_has_no_version() {
        assert!(!has_version("a-program-that-does-not-exist", "1"));
    }
}
