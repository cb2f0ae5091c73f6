//! The demo upstream as a program of its own: `demo-api`.
//!
//! | variable | default | |
//! |---|---|---|
//! | `DEMO_LISTEN` | `127.0.0.1:4000` | address to listen on |
//! | `DEMO_DB` | `.data/demo.sqlite` | database file, or `:memory:` |
//! | `DEMO_SIMULATE` | `0` | `1`: answer changes, store nothing |
//! | `DEMO_RATE_LIMIT` | `1` | `0`: no limit of 100 requests in 10 s |

use std::env::{self, VarError};
use std::error::Error;
use std::net::SocketAddr;

use demo_api::{Database, DemoConfig, DemoError};

/// The reason why the program ends without having served.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("{name} is `{given}`, but must be {allowed}")]
    Invalid { name: &'static str, given: String, allowed: &'static str },
    #[error("cannot listen for SIGTERM")]
    Signal(#[source] std::io::Error),
    #[error(transparent)]
    Start(#[from] DemoError),
}

#[actix_web::main]
async fn main() -> std::process::ExitCode {
    match run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(err) => {
            complain(&err);
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), RunError> {
    // Installed before the address is printed: its reader may end the program at once.
    let terminated = termination().map_err(RunError::Signal)?;
    let api = demo_api::start(config()?).await?;
    announce(&api.url());
    terminated.await;
    api.stop().await;
    Ok(())
}

fn config() -> Result<DemoConfig, RunError> {
    Ok(DemoConfig {
        listen: listen()?,
        database: setting("DEMO_DB")?.map_or_else(Database::default, |path| Database::from_setting(&path)),
        simulate: switch("DEMO_SIMULATE", false)?,
        rate_limit: switch("DEMO_RATE_LIMIT", true)?,
        ..DemoConfig::default()
    })
}

fn listen() -> Result<SocketAddr, RunError> {
    let given = setting("DEMO_LISTEN")?.unwrap_or_else(|| "127.0.0.1:4000".to_owned());
    given.parse().map_err(|_| RunError::Invalid {
        name: "DEMO_LISTEN",
        given,
        allowed: "an address and a port, as in 127.0.0.1:4000",
    })
}

fn switch(name: &'static str, default: bool) -> Result<bool, RunError> {
    match setting(name)?.as_deref() {
        None => Ok(default),
        Some("1") => Ok(true),
        Some("0") => Ok(false),
        Some(given) => Err(RunError::Invalid { name, given: given.to_owned(), allowed: "0 or 1" }),
    }
}

/// A variable's value; an empty one counts as not set.
fn setting(name: &'static str) -> Result<Option<String>, RunError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(given)) => {
            let given = given.to_string_lossy().into_owned();
            Err(RunError::Invalid { name, given, allowed: "valid UTF-8" })
        }
    }
}

/// Listens for SIGTERM and SIGINT from now on; what it returns ends with the first of them.
#[cfg(unix)]
fn termination() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Waits for Ctrl-C. Where that cannot be heard the program runs until it is ended from outside.
#[cfg(not(unix))]
fn termination() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[allow(clippy::print_stdout, reason = "the address is this program's output, which scripts read")]
fn announce(url: &str) {
    println!("listening on {url}");
}

#[allow(clippy::print_stderr, reason = "there is no log yet when a setting is wrong")]
fn complain(err: &RunError) {
    eprintln!("demo-api: {err}");
    let mut cause = err.source();
    while let Some(err) = cause {
        eprintln!("  because: {err}");
        cause = err.source();
    }
}
