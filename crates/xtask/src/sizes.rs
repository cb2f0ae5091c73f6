//! `cargo xtask sizes`: the bytes that `query-yew` adds to an app of somebody else, after brotli. The apps are examples of
//! that crate: the same page, with more and more of its data fetched by the library in the place of code by hand.
//!
//! They are built as trunk builds a release, but for the flags of this workspace, which a stranger does not have.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::compress;
use crate::optimise::FEATURES;
use crate::spa::PROFILE;
use crate::step::{Log, Progress};
use crate::summary::Tally;
use crate::tools::{
    self,
    target::{self, TARGET},
};
use crate::workspace;

/// An app, and what there is to say about its size.
struct App {
    example: &'static str,
    /// Whether it is built with all features of the crate.
    all_features: bool,
    says: &'static str,
    /// The place of the app in [`APPS`] that it is compared with, and by how many bytes it may be larger.
    beside: Option<(usize, Option<usize>)>,
}

const APPS: [App; 5] = [
    App { example: "size_plain", all_features: false, says: "without the library", beside: None },
    App {
        example: "size_one_query",
        all_features: false,
        says: "one query",
        beside: Some((0, Some(24_000))),
    },
    App {
        example: "size_one_query",
        all_features: true,
        says: "one query, all features on and not called",
        beside: Some((1, Some(1_000))),
    },
    App {
        example: "size_two_types",
        all_features: false,
        says: "queries of two types",
        beside: Some((1, None)),
    },
    App {
        example: "size_optimistic",
        all_features: false,
        says: "one query, one optimistic mutation",
        beside: Some((1, None)),
    },
];

/// Builds all apps and prints their sizes.
pub(crate) fn command() -> Result<ExitCode> {
    let progress = Progress::start();
    tools::ensure(&progress)?;
    let sizes = measure(&progress, &APPS)?;
    drop(progress);
    for line in table(&sizes) {
        println!("{line}");
    }
    let too_large = too_large(&sizes);
    for line in &too_large {
        println!("{line}");
    }
    Ok(if too_large.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The apps with a limit, as one of the kinds of tests.
pub(crate) fn tally(progress: &Progress) -> Tally {
    let limited = APPS.iter().rposition(|app| matches!(app.beside, Some((_, Some(_))))).unwrap_or_default();
    let sizes = match measure(progress, &APPS[..=limited]) {
        Ok(sizes) => sizes,
        Err(err) => {
            progress.say(&format!("{err:#}"));
            return Tally { passed: 0, failed: 1 };
        }
    };
    table(&sizes).iter().for_each(|line| progress.say(line));
    let too_large = too_large(&sizes);
    too_large.iter().for_each(|line| progress.say(line));
    Tally { passed: limited - too_large.len(), failed: too_large.len() }
}

/// The sizes of `apps` in their order.
fn measure(progress: &Progress, apps: &[App]) -> Result<Vec<usize>> {
    target::ensure(progress)?;
    let folder = workspace::target_dir()?;
    progress.step("build the apps whose sizes are compared", "2 min at first", |log| {
        for all_features in [false, true] {
            let examples: Vec<_> = apps.iter().filter(|app| app.all_features == all_features).collect();
            build(log, &folder, &examples, all_features)?;
        }
        Ok(())
    })?;
    progress.step("measure the apps", "20 s", |log| {
        let folder = &folder;
        std::thread::scope(|scope| {
            let started: Vec<_> =
                apps.iter().map(|app| scope.spawn(move || bundled(log, folder, app))).collect();
            started.into_iter().map(tools::join).collect()
        })
    })
}

fn build(log: &Log, folder: &Path, apps: &[&App], all_features: bool) -> Result<()> {
    if apps.is_empty() {
        return Ok(());
    }
    let mut command = workspace::cargo();
    command.args(["build", "--package", "query-yew", "--profile", PROFILE, "--target", TARGET]);
    if all_features {
        command.arg("--all-features");
    }
    for app in apps {
        command.args(["--example", app.example]);
    }
    // A blank counts as given, and takes the place of the flags in .cargo/config.toml.
    log.run(command.env("RUSTFLAGS", " "))?;
    // The next build of the example has other features and the same name.
    let built = folder.join(TARGET).join(PROFILE).join("examples");
    std::fs::create_dir_all(folder.join("sizes")).context("creating a folder for the apps")?;
    for app in apps {
        let from = built.join(app.example).with_extension("wasm");
        std::fs::copy(&from, wasm(folder, app)).with_context(|| format!("copying {}", from.display()))?;
    }
    Ok(())
}

fn wasm(folder: &Path, app: &App) -> PathBuf {
    let features = if app.all_features { "-all-features" } else { "" };
    folder.join("sizes").join(format!("{}{features}.wasm", app.example))
}

/// The bytes of the app's wasm and of its glue, each after brotli.
fn bundled(log: &Log, folder: &Path, app: &App) -> Result<usize> {
    let wasm = wasm(folder, app);
    let bundle = wasm.with_extension("bundle");
    log.run(
        Command::new("wasm-bindgen")
            .args(["--target", "web", "--no-typescript", "--out-name", "app", "--out-dir"])
            .arg(&bundle)
            .arg(&wasm)
            .env("PATH", workspace::path_with_tools()),
    )?;
    let (raw, small) = (bundle.join("app_bg.wasm"), bundle.join("small.wasm"));
    log.run(
        Command::new("wasm-opt")
            .arg("-Oz")
            .args(FEATURES)
            .arg("-o")
            .arg(&small)
            .arg(&raw)
            .env("PATH", workspace::path_with_tools()),
    )?;
    let compressed = |file: &Path| {
        let content = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        compress::usual_brotli_size(&content)
    };
    Ok(compressed(&small)? + compressed(&bundle.join("app.js"))?)
}

fn table(sizes: &[usize]) -> Vec<String> {
    let line = |(app, size): (&App, &usize)| {
        let added = app.beside.map_or(String::new(), |(other, _)| {
            format!(", {:+} beside {:?}", *size as i64 - sizes[other] as i64, APPS[other].says)
        });
        format!("{size:>7} bytes  {}{added}", app.says)
    };
    APPS.iter().zip(sizes).map(line).collect()
}

/// A line for each app that is over its limit.
fn too_large(sizes: &[usize]) -> Vec<String> {
    let over = |(app, size): (&App, &usize)| {
        let (other, limit) = app.beside.and_then(|(other, limit)| Some((other, limit?)))?;
        let added = size.saturating_sub(sizes[other]);
        (added > limit).then(|| format!("{} adds {added} bytes, and may add {limit}", app.says))
    };
    APPS.iter().zip(sizes).filter_map(over).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_over_its_limit_is_told() {
        assert!(too_large(&[70_000, 94_000, 95_000]).is_empty());
        let told = too_large(&[70_000, 94_001, 95_002]);
        assert_eq!(told[0], "one query adds 24001 bytes, and may add 24000");
        assert_eq!(told[1], "one query, all features on and not called adds 1001 bytes, and may add 1000");
    }

    #[test]
    fn every_app_is_compared_with_one_before_it() {
        for (place, app) in APPS.iter().enumerate() {
            assert!(app.beside.is_none_or(|(other, _)| other < place), "{}", app.says);
        }
    }
}
