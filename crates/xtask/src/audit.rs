//! `cargo xtask audit`: known weaknesses of the dependencies in the lock file, by the RustSec advisory database.
//!
//! It is no step of `check`: advisories change from day to day, and a commit does not.

use std::process::ExitCode;

use anyhow::Result;

use crate::step::Progress;
use crate::tools::cargo_deny;
use crate::workspace;

/// What an audit comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Clean,
    Found,
    /// It could not be made, for this reason.
    NotMade(&'static str),
}

/// Makes the audit. One that cannot be made is a line, and a failure only with `--strict`.
///
/// # Errors
/// When an argument is not known.
pub(crate) fn command(args: &[String]) -> Result<ExitCode> {
    let is_strict = match args {
        [] => false,
        [one] if one == "--strict" => true,
        _ => anyhow::bail!("`cargo xtask audit` takes --strict alone"),
    };
    let outcome = audit(&Progress::start());
    println!("{}", told(outcome));
    Ok(ExitCode::from(code(outcome, is_strict)))
}

fn audit(progress: &Progress) -> Outcome {
    if !cargo_deny::TOOL.attempt(progress) {
        return Outcome::NotMade("cargo-deny cannot be had");
    }
    let deny = |args: &[&str]| {
        let mut deny = workspace::cargo();
        // Without this git would ask for the password of a proxy, and wait.
        deny.arg("deny").args(args).env("PATH", workspace::path_with_tools()).env("GIT_TERMINAL_PROMPT", "0");
        deny
    };
    let fetched = progress.attempt("advisory database", "10 s", |log| log.run(&mut deny(&["fetch", "db"])));
    if fetched.is_none() {
        return Outcome::NotMade("the advisory database cannot be reached");
    }
    let check = ["--locked", "--offline", "check", "advisories"];
    match progress.step("audit", "", |log| log.run(&mut deny(&check))) {
        Ok(()) => Outcome::Clean,
        Err(_) => Outcome::Found,
    }
}

fn told(outcome: Outcome) -> String {
    match outcome {
        Outcome::Clean => "no advisory is about a dependency in Cargo.lock".to_owned(),
        Outcome::Found => "advisories are about dependencies in Cargo.lock, see above".to_owned(),
        Outcome::NotMade(why) => format!("Cargo.lock is not audited: {why}"),
    }
}

const fn code(outcome: Outcome, is_strict: bool) -> u8 {
    match outcome {
        Outcome::Clean => 0,
        Outcome::Found => 1,
        Outcome::NotMade(_) => is_strict as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_60_an_audit_that_cannot_be_made_fails_where_it_is_strict_only() {
        for (outcome, plain, strict) in
            [(Outcome::Clean, 0, 0), (Outcome::Found, 1, 1), (Outcome::NotMade("away"), 0, 1)]
        {
            assert_eq!((code(outcome, false), code(outcome, true)), (plain, strict), "{outcome:?}");
            assert_eq!(told(outcome).lines().count(), 1);
        }
    }
}
