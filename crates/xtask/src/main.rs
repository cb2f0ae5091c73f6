//! `cargo xtask`: everything that is done with this workspace, from the first start on a fresh machine to the
//! release binary. This file only dispatches; every command is a file of its own.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its user; the lint is for the server, which logs"
)]

mod app_files;
mod audit;
mod bench;
mod check;
mod compress;
mod conformance;
mod content_names;
mod dist;
mod fuzz;
mod gates;
mod glue;
mod instructions;
mod layers;
mod listening;
mod optimise;
mod publish;
mod published;
mod run;
mod servers;
mod sizes;
mod spa;
mod split;
mod stamp;
mod step;
mod styles;
mod summary;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  run [--] [FLAGS]   set up what is missing, build the app and the server, start the server with FLAGS
  test               set up what the tests need and run everything: checks, unit, component and browser tests
  check              the fast gate: layers, format, lints (host and wasm), documentation, dependencies
  audit [--strict]   known weaknesses of the dependencies in Cargo.lock; says so where the advisory database cannot be
                     reached, which is a failure with --strict only
  layers             the layering: imports between the server's rooms, and circles of files in every crate
  conformance        run the HTTP cache suite against the response cache and print the score
  instructions [--record]
                     instructions of the parts of a request, which may not rise by more than 3 %
  sizes              what query-yew adds to an app, in bytes after brotli
  fuzz [TARGET]... [--seconds N]
                     look for bytes that break a parser, 30 seconds for each target; needs a C++ compiler
  bench [--quick] [SCENARIO]...
                     the shipped server beside nginx and a bare proxy: cost, speed, memory; all of it is written
                     into docs/benchmarks.md, as are `bench growth` and `bench soak`
  servers [NAME]...  real servers of five frameworks behind ours, each driven by a client of its own; installs them
                     from their registries, and takes some minutes
  dist               one release binary with the app inside
  compress [FOLDER]  write .br and .gz next to what compresses (called by trunk after a release
                     build, which it then puts into dist)

Tools are kept in .tools/, logs in .tools/log/. XTASK_BUILD_TOOLS=1 builds the tools from their sources instead of
downloading them.";

/// A command line that cannot be understood, as opposed to a command that failed.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let wants_help = rest.first().is_some_and(|arg| arg == "--help" || arg == "-h");
    let takes_arguments =
        matches!(command, "run" | "compress" | "bench" | "fuzz" | "instructions" | "servers" | "audit");
    if matches!(command, "help" | "--help" | "-h") || wants_help {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if let (false, Some(unexpected)) = (takes_arguments, rest.first()) {
        eprintln!("error: `cargo xtask {command}` takes no arguments, and got `{unexpected}`\n\n{HELP}");
        return ExitCode::from(USAGE_ERROR);
    }
    let outcome = match command {
        "audit" => audit::command(rest),
        "bench" => bench::command(rest),
        "fuzz" => fuzz::command(rest),
        "instructions" => instructions::command(rest),
        "run" => run::run(rest),
        "test" => test::test(),
        "check" => check::check(),
        "layers" => layers::command(),
        "servers" => servers::command(rest),
        "sizes" => sizes::command(),
        "conformance" => conformance::command(),
        "dist" => dist::dist(),
        "compress" => compress::command(rest),
        unknown => {
            eprintln!("error: there is no command `{unknown}`\n\n{HELP}");
            return ExitCode::from(USAGE_ERROR);
        }
    };
    outcome.unwrap_or_else(|err| {
        eprintln!("error: {err:#}");
        ExitCode::FAILURE
    })
}
