//! `cargo xtask servers`: the server in front of real ones, each driven through it by a client of its own ecosystem. It needs
//! the internet and some minutes, and is no part of `cargo xtask test`. `docs/real-servers.md` has the outcome.

mod catalogue;
mod connections;
mod install;
mod outcome;
mod running;

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use self::catalogue::{REAL_SERVERS, RealServer};
use self::outcome::Outcomes;
use crate::step::{Log, Progress};
use crate::workspace;

/// Runs the servers named, or all of them, and prints the table.
///
/// # Errors
/// When a name is unknown, or the server cannot be built.
pub(crate) fn command(names: &[String]) -> Result<ExitCode> {
    let known = REAL_SERVERS.iter().map(|server| server.name).collect::<Vec<_>>();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no server `{unknown}`; there are {}", known.join(", "));
    }
    let progress = Progress::start();
    progress.step("build the server", "1 min at first", |log| {
        log.run(workspace::cargo().args(["build", "--package", "bff"]))
    })?;
    let asked =
        REAL_SERVERS.iter().filter(|server| names.is_empty() || names.iter().any(|name| name == server.name));
    // One that cannot be installed has been told of, and is left out.
    let all: Vec<Outcomes> = asked.filter_map(|server| drive(server, &progress)).collect();
    drop(progress);
    println!("{}", outcome::table(&all));
    let good = !all.is_empty() && all.iter().all(Outcomes::are_good);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Installs one server, and drives it; `None` where it cannot be installed.
fn drive(server: &RealServer, progress: &Progress) -> Option<Outcomes> {
    progress.attempt(&format!("install {}", server.name), "1 min", |log| install::ensure(server, log))?;
    let outcomes = progress.step(&format!("drive {}", server.name), "40 s", |log| client(server, log));
    // A client that breaks off has failed in all that it has not said.
    Some(outcomes.unwrap_or_else(|_| Outcomes::of(server, "", "")))
}

fn client(server: &RealServer, log: &Log) -> Result<Outcomes> {
    let upstream = running::upstream(server)?;
    let bff = running::bff(server, upstream.port)?;
    let [program, args @ ..] = server.client else { bail!("{} has no client", server.name) };
    let mut client = Command::new(install::program(server, program));
    client.current_dir(install::folder(server)).args(args);
    log.run(client.arg(format!("http://{}", bff.address)).arg(upstream.port.to_string()))?;
    let connections = connections::line(&bff.address, server.item, upstream.port)?;
    let versions = install::versions(server)?;
    Ok(Outcomes::of(server, &versions, &format!("{}{connections}\n", log.text())))
}
