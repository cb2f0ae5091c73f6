//! `cargo xtask bench`: the shipped server with its normal features on, beside nginx and beside a bare proxy of the same
//! libraries, in one run.
//!
//! The server under measurement has one core to itself; upstream and load share the other. Servers take turns within a
//! round, so that a machine that slows down slows all of them. Every figure is a median over the rounds. Ratios hold
//! between machines, absolute times do not.

mod growth;
mod load;
mod nginx;
mod peers;
mod process;
mod scenario;
mod syscalls;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use self::peers::Stage;
use self::scenario::{SCENARIOS, Scenario};
use self::table::Sample;
use crate::step::Progress;
use crate::{spa, workspace};

/// How much is measured.
struct Plan {
    scenarios: Vec<Scenario>,
    rounds: usize,
    warm_up: Duration,
    time: Duration,
}

impl Plan {
    /// Reads the command line: `--quick`, and names of scenarios.
    fn parse(args: &[String]) -> Result<Self> {
        let quick = args.iter().any(|arg| arg == "--quick");
        let names: Vec<&String> = args.iter().filter(|arg| *arg != "--quick").collect();
        if let Some(unknown) =
            names.iter().find(|name| !SCENARIOS.iter().any(|scenario| scenario.name == **name))
        {
            let known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            bail!("there is no scenario `{unknown}`; there are {}", known.join(", "));
        }
        let is_asked = |scenario: &Scenario| match names.is_empty() {
            true => scenario.quick || !quick,
            false => names.iter().any(|name| *name == scenario.name),
        };
        let scenarios = SCENARIOS.into_iter().filter(is_asked).collect();
        let seconds = Duration::from_secs;
        Ok(match quick {
            true => Self { scenarios, rounds: 2, warm_up: seconds(1), time: seconds(2) },
            false => Self { scenarios, rounds: 5, warm_up: seconds(1), time: seconds(3) },
        })
    }
}

/// Builds what is measured, measures it, and prints the table.
pub(crate) fn command(args: &[String]) -> Result<ExitCode> {
    let plan = Plan::parse(args)?;
    let progress = Progress::start();
    build(&progress)?;
    let stage = Stage::set_up(workspace::tools().join("bench"))?;
    let mut samples = Vec::new();
    for mut scenario in plan.scenarios.iter().copied() {
        let wasm = stage.wasm()?;
        if scenario.name == "asset" {
            scenario.path = wasm.leak();
        }
        samples.extend(progress.step(scenario.title, "", |_| measure(&stage, &plan, &scenario))?);
    }
    drop(progress);
    println!("{}", table::of(&samples));
    Ok(ExitCode::SUCCESS)
}

fn build(progress: &Progress) -> Result<()> {
    spa::ensure(progress)?;
    progress.step("build the server and its peers", "6 min at first", |log| {
        log.run(workspace::cargo().args([
            "build",
            "--profile",
            "dist",
            "--package",
            "bff",
            "--features",
            "embed-spa",
        ]))?;
        log.run(workspace::cargo().args(["build", "--profile", "dist", "--package", "bench", "--bins"]))
    })
}

/// Measures every peer of a scenario, in turns.
fn measure(stage: &Stage, plan: &Plan, scenario: &Scenario) -> Result<Vec<Sample>> {
    let mut contenders = Vec::new();
    for peer in scenario.peers {
        let server = stage.start(*peer)?;
        let cookie = match scenario.session {
            true => peers::sign_in(&server.address)?,
            false => String::new(),
        };
        // One run that does not count: pools, caches and lazily made parts.
        load::wrk(&stage.folder, &server.address, scenario, &cookie, plan.warm_up)?;
        contenders.push((server, cookie, Sample::new(scenario.title, *peer)));
    }
    for _ in 0..plan.rounds {
        for (server, cookie, sample) in &mut contenders {
            let before = server.cpu_nanos();
            let load = load::wrk(&stage.folder, &server.address, scenario, cookie, plan.time)?;
            let used = server.cpu_nanos() - before;
            sample.add(load, used, server.resident_megabytes());
        }
    }
    Ok(contenders.into_iter().map(|(_, _, sample)| sample).collect())
}
