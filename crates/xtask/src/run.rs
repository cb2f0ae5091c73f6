//! `cargo xtask run`: from a fresh checkout to the server's first line. Finished work is not done again.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::step::Progress;
use crate::{
    spa,
    tools::{self, target},
    workspace,
};

/// Builds what is missing or has changed, then becomes the server; `args` are the server's flags.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    build(&Progress::start())?;
    // cargo finds the server built, and on Unix replaces itself by it: signals and the exit code are the server's own.
    let mut server = workspace::cargo();
    server.args(["run", "--quiet", "--release", "--package", "bff", "--"]).args(server_flags(args));
    become_process(&mut server)
}

fn build(progress: &Progress) -> Result<()> {
    if std::env::var_os("BFF_SPA_DIR").is_some() {
        progress.say("BFF_SPA_DIR is set: the app of this workspace is not built");
        return build_server(progress);
    }
    if spa::is_up_to_date() {
        return build_server(progress);
    }
    // Both lanes need it.
    target::ensure(progress)?;
    std::thread::scope(|scope| {
        // Two lanes that take about as long: the tools, and after the app's own crates the server. More at once would
        // only want more memory.
        let tools = scope.spawn(|| tools::ensure(progress));
        spa::compile(progress)?;
        let server = scope.spawn(|| build_server(progress));
        tools::join(tools)?;
        spa::bundle(progress)?;
        tools::join(server)
    })
}

fn build_server(progress: &Progress) -> Result<()> {
    progress.step("build the server", "3 to 8 min at first", |log| {
        log.run(workspace::cargo().args(["build", "--release", "--package", "bff"]))
    })
}

/// The server's flags: a leading `--` is ours.
fn server_flags(args: &[String]) -> &[String] {
    match args.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => args,
    }
}

#[cfg(unix)]
fn become_process(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let err = command.exec();
    Err(err).context("the server could not be started")
}

#[cfg(not(unix))]
fn become_process(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().context("the server could not be started")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(args: &[&str]) -> Vec<String> {
        args.iter().map(|&arg| arg.to_owned()).collect()
    }

    #[test]
    fn flags_reach_the_server_with_and_without_a_separator() {
        assert_eq!(server_flags(&strings(&["--listen", ":0"])), ["--listen", ":0"]);
        assert_eq!(server_flags(&strings(&["--", "--help"])), ["--help"]);
        assert_eq!(server_flags(&strings(&["--", "--", "x"])), ["--", "x"]);
        assert!(server_flags(&[]).is_empty());
    }
}
