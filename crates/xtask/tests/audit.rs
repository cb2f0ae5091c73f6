//! SECURITY.md line 60: the lock file is checked against an advisory database.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output};

/// The address that the database is usually fetched from.
const DATABASE: &str = "https://github.com/RustSec/advisory-db";

/// Writes an advisory about every version of a crate.
fn advise(database: &Path, id: &str, package: &str) -> io::Result<()> {
    let folder = database.join("crates").join(package);
    fs::create_dir_all(&folder)?;
    let fields = format!("[advisory]\nid = \"{id}\"\npackage = \"{package}\"\ndate = \"2026-01-01\"\n");
    let text = format!("```toml\n{fields}\n[versions]\npatched = []\n```\n\n# Made up\n\nFor a test.\n");
    fs::write(folder.join(format!("{id}.md")), text)
}

/// Records what has been written, as the database's newest state.
fn publish(database: &Path) -> io::Result<()> {
    git(database, &["add", "."])?;
    git(database, &["commit", "--quiet", "--message", "advisories"])
}

/// An audit with a copy of the database in `folder`, fetched from `address`.
fn audit(folder: &Path, address: &str, args: &[&str]) -> io::Result<(Option<i32>, String)> {
    let Output { status, stdout, .. } = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("audit")
        .args(args)
        .env("XTASK_ADVISORIES", folder.join("copy"))
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", format!("url.{address}.insteadOf"))
        .env("GIT_CONFIG_VALUE_0", DATABASE)
        .output()?;
    Ok((status.code(), String::from_utf8_lossy(&stdout).into_owned()))
}

fn git(folder: &Path, args: &[&str]) -> io::Result<()> {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=test", "-c", "user.email=test@example.com"]).args(args);
    assert!(git.output()?.status.success(), "git {args:?}");
    Ok(())
}

#[test]
fn security_60_a_database_that_is_away_is_one_line_and_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = format!("file://{}", folder.path().join("no-such-database").display());
    let (code, said) = audit(folder.path(), &nowhere, &[]).unwrap();
    assert_eq!((code, said.lines().count()), (Some(0), 1), "{said}");
    assert!(said.starts_with("Cargo.lock is not audited: "), "{said}");
    assert_eq!(audit(folder.path(), &nowhere, &["--strict"]).unwrap().0, Some(1));
    assert_eq!(audit(folder.path(), &nowhere, &["--lax"]).unwrap().0, Some(1));
}

#[test]
fn security_60_an_advisory_about_a_locked_dependency_fails_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("database");
    advise(&database, "RUSTSEC-2099-0001", "no-dependency-of-ours").unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch", "main", "database"]).unwrap();
    publish(&database).unwrap();
    let address = format!("file://{}", database.display());
    let (code, said) = audit(folder.path(), &address, &["--strict"]).unwrap();
    if said.contains("cargo-deny cannot be had") {
        // Without the tool there is nothing to try; a CI has it, or has failed by now.
        return;
    }
    assert_eq!((code, said.as_str()), (Some(0), "no advisory is about a dependency in Cargo.lock\n"));

    advise(&database, "RUSTSEC-2099-0002", "actix-web").unwrap();
    publish(&database).unwrap();
    let (code, said) = audit(folder.path(), &address, &[]).unwrap();
    assert_eq!(code, Some(1), "{said}");
}
