//! Telemetry, configuration, build, run.

use std::{
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use bff::{
    Application, Config,
    config::{Checked, ConfigError, Request, Source},
};

/// Small allocations cost half of what they cost with the C library's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code for a wrong command line or configuration, the same as clap's.
const USAGE: u8 = 2;

#[actix_web::main]
async fn main() -> ExitCode {
    let source = match Source::read(std::env::args_os(), std::env::vars_os(), Path::new(".env")) {
        Ok(Request::Serve(source)) => source,
        Ok(Request::Check(source)) => return check(&source),
        Ok(Request::Print(text)) => return print(&text),
        Err(problem) => return complain([problem.trim_end()], USAGE),
    };
    let config = match Config::from_source(&source) {
        Ok(config) => config,
        Err(problems) => return complain(problems, USAGE),
    };
    if let Err(err) = telemetry::init(&config.log) {
        return complain([err], 1);
    }
    let code = serve(config, source).await;
    telemetry::flush();
    code
}

/// Says what production would say; scripts read the exit code.
fn check(source: &Source) -> ExitCode {
    let checked = Checked::of(source);
    match print(&checked.to_string()) {
        ExitCode::SUCCESS if !checked.would_start() => ExitCode::FAILURE,
        printed => printed,
    }
}

async fn serve(config: Config, source: Source) -> ExitCode {
    let application = match Application::build(config).await {
        Ok(application) => application,
        Err(err) => return complain([err], 1),
    };
    // With standard output closed nobody waits for the line, and the server is as good as with it.
    let _ = print(&format!("listening on {}://{}\n", application.scheme(), application.address()));
    match application.reading_again(move |before| again(&source, before)).run_until_stopped().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => complain([err], 1),
    }
}

/// The configuration with what its files hold by now. The first of its problems is told.
fn again(source: &Source, before: &Config) -> Result<Config, String> {
    let told = |problems: Vec<ConfigError>| {
        let first = problems.first().map(ToString::to_string).unwrap_or_default();
        let others = problems.len().saturating_sub(1);
        if others == 0 { first } else { format!("{first}; and {others} more") }
    };
    before.again(&source.again()?).map_err(told)
}

fn print(text: &str) -> ExitCode {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(problems: impl IntoIterator<Item = impl std::fmt::Display>, code: u8) -> ExitCode {
    // What was logged on the way comes before the reason for the end.
    telemetry::flush();
    let mut out = io::stderr();
    for problem in problems {
        // With standard error closed, the exit code is the only message.
        let _ = writeln!(out, "bff: {problem}");
    }
    ExitCode::from(code)
}
