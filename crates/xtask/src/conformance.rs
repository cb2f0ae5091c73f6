//! `cargo xtask conformance`: the response cache against the suite that HTTP's editors keep, `http-cache-tests`. Known
//! failures stand in `docs/cache-conformance.md` with their reasons; any other is an error.

mod score;
mod server;
mod suite;

use std::process::ExitCode;

use anyhow::{Context, Result};

use self::score::{Kind, Record, Score};
use crate::listening;
use crate::step::Progress;
use crate::summary::Tally;
use crate::workspace;

/// Runs the suite, prints the score, and fails when it has dropped.
pub(crate) fn command() -> Result<ExitCode> {
    let (score, record) = run(&Progress::start())?;
    println!("{score}");
    let dropped = record.drops(&score);
    for line in &dropped {
        println!("dropped: {line}");
    }
    Ok(if dropped.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same as one of the kinds of tests.
pub(crate) fn tally(progress: &Progress) -> Tally {
    let (score, record) = match run(progress) {
        Ok(measured) => measured,
        Err(err) => {
            progress.say(&format!("{err:#}"));
            return Tally { passed: 0, failed: 1 };
        }
    };
    let dropped = record.drops(&score);
    for line in &dropped {
        progress.say(&format!("dropped: {line}"));
    }
    Tally { passed: score.passed(Kind::Required) + score.passed(Kind::Optimal), failed: dropped.len() }
}

fn run(progress: &Progress) -> Result<(Score, Record)> {
    let page = workspace::root().join("docs/cache-conformance.md");
    let record = std::fs::read_to_string(&page).with_context(|| format!("reading {}", page.display()))?;
    suite::ensure(progress)?;
    progress.step("build the server for the cache suite", "1 min at first", |log| {
        log.run(workspace::cargo().args(["build", "--package", "bff"]))
    })?;
    let output = progress.step("cache suite", "20 s", |log| {
        let origin = listening::free_port()?;
        let server = server::start(origin)?;
        suite::run(log, &server.address, origin)
    })?;
    Ok((Score::parse(&output)?, Record::parse(&record)))
}
