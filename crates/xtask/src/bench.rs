//! `cargo xtask bench`: the shipped server with its normal features on, beside nginx and beside a bare proxy of the same
//! libraries, in one run.
//!
//! The server under measurement has one core to itself; upstream and load share the other. Servers take turns within a
//! round, so that a machine that slows down slows all of them. Every figure is a median over the rounds. Ratios hold
//! between machines, absolute times do not.

mod ask;
mod growth;
mod idle;
mod load;
mod machine;
mod nginx;
mod page;
mod peers;
mod process;
mod scenario;
mod soak;
mod syscalls;
mod table;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use self::peers::Stage;
use self::scenario::{Peer, SCENARIOS, Scenario};
use self::table::Sample;
use crate::step::Progress;
use crate::tools::{oha, system_packages};
use crate::{spa, workspace};

/// How long one server answers requests at a fixed rate.
const WAITS_TIME: Duration = Duration::from_secs(6);

/// How much is measured.
struct Plan {
    scenarios: Vec<Scenario>,
    rounds: usize,
    warm_up: Duration,
    time: Duration,
}

/// Reads the command line and measures what it asks for.
///
/// # Errors
/// When something is missing, a server does not start, or one answers with an error.
pub(crate) fn command(args: &[String]) -> Result<ExitCode> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["growth"] => record("growth", growth::measure),
        ["soak"] => record("soak", soak::measure),
        [] => everything(),
        _ => some(&args),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Measures `--quick`, or scenarios by name, and prints the table.
fn some(args: &[&str]) -> Result<()> {
    let quick = args.contains(&"--quick");
    let names: Vec<&str> = args.iter().copied().filter(|arg| *arg != "--quick").collect();
    let known = SCENARIOS.map(|scenario| scenario.name);
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        bail!("there is no scenario `{unknown}`; there are growth, soak, {}", known.join(", "));
    }
    let is_asked = |scenario: &Scenario| match names.is_empty() {
        true => scenario.quick,
        false => names.contains(&scenario.name),
    };
    let (rounds, time) = if quick { (1, 2) } else { (5, 2) };
    let plan = Plan {
        scenarios: SCENARIOS.into_iter().filter(is_asked).collect(),
        rounds,
        warm_up: Duration::from_secs(1),
        time: Duration::from_secs(time),
    };
    let progress = Progress::start();
    let stage = set_up(&progress)?;
    let samples = scenarios(&stage, &plan, &progress, |_| Ok(()))?;
    drop(progress);
    println!("{}", table::of(&samples));
    Ok(())
}

/// Measures all scenarios, waits, calls and memory, and writes the page.
fn everything() -> Result<()> {
    let progress = Progress::start();
    let stage = set_up(&progress)?;
    let seconds = Duration::from_secs;
    let plan = Plan { scenarios: SCENARIOS.to_vec(), rounds: 5, warm_up: seconds(1), time: seconds(2) };
    // Every table is written at once: a later step that fails takes none of them away.
    page::replace("machine", &machine::description())?;
    let samples =
        scenarios(&stage, &plan, &progress, |samples| page::replace("scenarios", &table::of(samples)))?;
    page::replace("waits", &progress.step("waits at a fixed rate", "3 min", |_| waits(&stage, &samples))?)?;
    page::replace("calls", &progress.step("system calls", "1 min", |_| calls(&stage))?)?;
    page::replace("idle", &progress.step("idle connections", "1 min", |_| idle(&stage))?)
}

/// Measures one table of the page.
fn record(name: &str, measure: fn(&Stage, &Progress) -> Result<String>) -> Result<()> {
    let progress = Progress::start();
    let stage = set_up(&progress)?;
    let table = measure(&stage, &progress)?;
    drop(progress);
    let table = format!("{table}\n{}", machine::when());
    println!("{table}");
    page::replace(name, &table)
}

fn set_up(progress: &Progress) -> Result<Stage> {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        bail!("the benchmark needs two cores: one for the server, one for upstream and load");
    }
    system_packages::ensure(progress, system_packages::BENCHMARK)?;
    oha::TOOL.ensure(progress)?;
    spa::ensure(progress)?;
    progress.step("build the server and its peers", "6 min at first", |log| {
        let build = ["build", "--profile", "dist", "--package"];
        log.run(workspace::cargo().args(build).args(["bff", "--features", "embed-spa"]))?;
        log.run(workspace::cargo().args(build).args([
            "bench",
            "--bin",
            "bench-upstream",
            "--bin",
            "bench-bare",
        ]))
    })?;
    Stage::set_up(workspace::tools().join("bench"))
}

/// Measures every scenario; `so_far` gets all samples after each.
fn scenarios(
    stage: &Stage,
    plan: &Plan,
    progress: &Progress,
    so_far: impl Fn(&[Sample]) -> Result<()>,
) -> Result<Vec<Sample>> {
    let wasm: &'static str = stage.wasm()?.leak();
    let mut samples = Vec::new();
    for scenario in &plan.scenarios {
        let path = if scenario.name == "asset" { wasm } else { scenario.path };
        let scenario = Scenario { path, ..*scenario };
        samples.extend(progress.step(scenario.title, "", |_| measure(stage, plan, &scenario))?);
        so_far(&samples)?;
    }
    Ok(samples)
}

/// Measures every peer of a scenario, in turns.
fn measure(stage: &Stage, plan: &Plan, scenario: &Scenario) -> Result<Vec<Sample>> {
    let mut contenders = Vec::new();
    for peer in scenario.peers {
        let server = stage.start(*peer, scenario.compressed)?;
        let cookie = match scenario.session {
            true => peers::sign_in(&server.address)?,
            false => String::new(),
        };
        // One run that does not count: pools, caches and lazily made parts.
        load::wrk(&stage.folder, &server.address, scenario, &cookie, plan.warm_up)?;
        if *peer == Peer::Bff {
            check(&server.address, scenario, &cookie)?;
        }
        contenders.push((server, cookie, Sample::new(scenario, *peer)));
    }
    for _ in 0..plan.rounds {
        for (server, cookie, sample) in &mut contenders {
            let before = server.cpu_nanos();
            let load = load::wrk(&stage.folder, &server.address, scenario, cookie, plan.time)?;
            let used = server.cpu_nanos().saturating_sub(before);
            sample.add(load, used, server.resident_megabytes());
        }
    }
    Ok(contenders.into_iter().map(|(_, _, sample)| sample).collect())
}

/// Asks once, and looks whether the answer is the one that the scenario is about.
fn check(address: &str, scenario: &Scenario, cookie: &str) -> Result<()> {
    let fields = scenario.fields(cookie);
    let request = ask::text(scenario.method, scenario.path, &fields, scenario.body.unwrap_or_default());
    let answer = ask::once(address, &request)?.to_ascii_lowercase();
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    ensure!(answer.contains(scenario.expect), "the answer has no {:?}: {head}", scenario.expect);
    Ok(())
}

fn by_name(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

/// Waits of clients that come at half of the slowest server's capacity.
fn waits(stage: &Stage, samples: &[Sample]) -> Result<String> {
    let mut table = String::from(
        "| scenario | server | requests/s offered | answered | p50 µs | p99 µs |\n|---|---|---|---|---|---|\n",
    );
    let oha = workspace::tools_bin().join("oha");
    for scenario in ["list", "create", "large", "hit"].into_iter().filter_map(by_name) {
        let of_scenario = samples.iter().filter(|sample| sample.scenario.name == scenario.name);
        let rate = of_scenario.map(Sample::capacity).fold(f64::INFINITY, f64::min) / 2.0;
        for peer in scenario.peers {
            let server = stage.start(*peer, scenario.compressed)?;
            load::wrk(&stage.folder, &server.address, scenario, "", Duration::from_secs(1))?;
            let waits = load::oha(&oha, &server.address, scenario, "", rate, WAITS_TIME)?;
            // Writing to a string cannot fail.
            let _ = writeln!(
                table,
                "| {} | {} | {rate:.0} | {:.0} | {:.0} | {:.0} |",
                scenario.title,
                peer.name(),
                waits.answered / WAITS_TIME.as_secs_f64(),
                waits.p50,
                waits.p99
            );
        }
    }
    Ok(table)
}

/// System calls for each request.
fn calls(stage: &Stage) -> Result<String> {
    let mut table =
        String::from("| scenario | server | all | of connections | by name |\n|---|---|---|---|---|\n");
    for scenario in ["list", "hit"].into_iter().filter_map(by_name) {
        for peer in scenario.peers {
            let server = stage.start(*peer, scenario.compressed)?;
            load::wrk(&stage.folder, &server.address, scenario, "", Duration::from_secs(1))?;
            let calls = syscalls::count(&stage.folder, &server, scenario, "")?;
            let by_name: Vec<String> =
                calls.by_name.iter().map(|(name, count)| format!("{name} {count:.2}")).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(
                table,
                "| {} | {} | {:.2} | {:.2} | {} |",
                scenario.title,
                peer.name(),
                calls.all,
                calls.network,
                by_name.join(", ")
            );
        }
    }
    Ok(table)
}

/// Memory with many idle connections.
fn idle(stage: &Stage) -> Result<String> {
    let mut table =
        String::from("| server | RSS MB at the start | with 10,000 idle connections |\n|---|---|---|\n");
    for peer in Peer::ALL {
        let server = stage.start(peer, false)?;
        let before = server.resident_megabytes();
        let after = idle::resident_megabytes(&server)?;
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {} | {before:.1} | {after:.1} |", peer.name());
    }
    Ok(table)
}
