//! Telemetry, configuration, build, run.

use std::{
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use actix_web::rt::System;
use bff::{
    Application, Config,
    config::{Checked, ConfigError, Request, Source, asked_log_format},
};
use telemetry::{LogFormat, json_line};
use tracing::Level;

/// Small allocations cost half of what they cost with the C library's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code for a wrong command line or configuration, the same as clap's.
const USAGE: u8 = 2;

/// Exit code for everything else that goes wrong.
const FAILURE: u8 = 1;

#[actix_web::main]
async fn main() -> ExitCode {
    // The last handle to the system wakes its tasks when it goes. On a worker that is ending, tokio would panic at that.
    Box::leak(Box::new(System::current()));
    let (args, dotenv): (Vec<_>, _) = (std::env::args_os().collect(), Path::new(".env"));
    let format = asked_log_format(&args, std::env::vars_os(), dotenv);
    telemetry::report_panics(format);
    let source = match Source::read(args, std::env::vars_os(), dotenv) {
        Ok(Request::Serve(source)) => source,
        Ok(Request::Check(source)) => return check(&source),
        Ok(Request::Print(text)) => return print(&text),
        Err(problem) => return complain([problem.trim_end()], format, USAGE).into(),
    };
    let config = match Config::from_source(&source) {
        Ok(config) => config,
        Err(problems) => return complain(problems, format, USAGE).into(),
    };
    if let Err(err) = telemetry::init(&config.log) {
        return complain([err], format, FAILURE).into();
    }
    let code = serve(config, source, format).await;
    telemetry::flush();
    // To return would wait for blocking work without a limit: a resolver or a collector that does not answer.
    std::process::exit(code.into())
}

/// Says what production would say; scripts read the exit code.
fn check(source: &Source) -> ExitCode {
    let checked = Checked::of(source);
    match print(&checked.to_string()) {
        ExitCode::SUCCESS if !checked.would_start() => ExitCode::FAILURE,
        printed => printed,
    }
}

/// Serves until the end, and returns the exit code.
async fn serve(config: Config, source: Source, format: LogFormat) -> u8 {
    let application = match Application::build(config).await {
        Ok(application) => application,
        Err(err) => return complain([err], format, FAILURE),
    };
    // With standard output closed nobody waits for the line, and the server is as good as with it.
    let _ = print(&listening(&application, format));
    match application.reading_again(move |before| again(&source, before)).run_until_stopped().await {
        Ok(()) => 0,
        Err(err) => complain([err], format, FAILURE),
    }
}

/// The first line on standard output.
fn listening(application: &Application, format: LogFormat) -> String {
    let (scheme, address) = (application.scheme(), application.address().to_string());
    let message = format!("listening on {scheme}://{address}");
    match format {
        LogFormat::Pretty => message + "\n",
        LogFormat::Json => json_line(Level::INFO, &message, &[("scheme", scheme), ("address", &address)]),
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

/// Says what is wrong, and returns the exit code.
fn complain(problems: impl IntoIterator<Item = impl std::fmt::Display>, format: LogFormat, code: u8) -> u8 {
    // What was logged on the way comes before the reason for the end.
    telemetry::flush();
    let mut out = io::stderr();
    for problem in problems {
        let line = match format {
            LogFormat::Pretty => format!("bff: {problem}\n"),
            LogFormat::Json => json_line(Level::ERROR, &problem.to_string(), &[]),
        };
        // With standard error closed, the exit code is the only message.
        let _ = out.write_all(line.as_bytes());
    }
    code
}
