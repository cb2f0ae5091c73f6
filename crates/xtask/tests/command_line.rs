//! The command line, as its user meets it.

use std::io;
use std::process::{Command, Output};

fn xtask(args: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(args).env_remove("TRUNK_STAGING_DIR").env_remove("TRUNK_PROFILE");
    command.output()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn without_a_command_it_lists_the_commands() {
    for args in [&[][..], &["--help"], &["help"], &["run", "--help"]] {
        let output = xtask(args).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        for command in
            ["run", "test", "check", "audit", "layers", "conformance", "servers", "dist", "compress"]
        {
            assert!(text(&output.stdout).contains(&format!("\n  {command} ")), "{args:?}: {command}");
        }
    }
}

#[test]
fn a_command_that_does_not_exist_is_a_usage_error() {
    let output = xtask(&["deploy"]).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is no command `deploy`"));
    assert!(output.stdout.is_empty());
}

#[test]
fn an_argument_that_a_command_does_not_take_is_a_usage_error() {
    let output = xtask(&["check", "--fix"]).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("got `--fix`"));
}

#[test]
fn compress_needs_to_know_the_folder() {
    let output = xtask(&["compress"]).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("which folder?"));
}

#[test]
fn as_a_hook_of_trunk_only_a_release_build_is_compressed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.css"), "a { color: red }\n".repeat(50)).unwrap();
    let hook = |profile: &str| {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("compress")
            .env("TRUNK_STAGING_DIR", folder.path())
            .env("TRUNK_PROFILE", profile)
            .status()
            .unwrap()
    };
    let compressed =
        || folder.path().join("app.css.br").exists() && folder.path().join("app.css.gz").exists();

    assert!(hook("debug").success() && !compressed());
    assert!(hook("release").success() && compressed());
}
