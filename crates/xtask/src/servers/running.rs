//! A real server that runs, and `bff` in front of it.

use std::fs::{self, File};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::catalogue::RealServer;
use super::install;
use crate::{listening, workspace};

/// What is forwarded: everything, with the body of one 5xx let through.
const ROUTES: &str = include_str!("../../servers/routes.toml");

/// The longest that a server takes to listen, or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that is told to end when it is dropped.
pub(super) struct Running {
    process: Child,
}

/// A real server.
pub(super) struct Upstream {
    pub(super) port: u16,
    _running: Running,
}

/// The server under test.
pub(super) struct Bff {
    /// Host and port.
    pub(super) address: String,
    _running: Running,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Not killed at once: it ends those that it has started itself.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && matches!(self.process.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(50));
        }
        // One that has ended already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a real server, with its output in a file of its folder.
///
/// # Errors
/// When it does not listen.
pub(super) fn upstream(server: &RealServer) -> Result<Upstream> {
    let folder = install::folder(server);
    let port = listening::free_port()?;
    let [name, args @ ..] = server.server else { bail!("{} has no server", server.name) };
    // What it keeps is of one run.
    let data = folder.join("run");
    let _ = fs::remove_dir_all(&data);
    fs::create_dir_all(&data).with_context(|| format!("creating {}", data.display()))?;
    let output = folder.join("server.log");
    let log = File::create(&output).with_context(|| format!("creating {}", output.display()))?;
    let mut process = Command::new(install::program(server, name))
        .current_dir(&folder)
        .args(args.iter().map(|arg| arg.replace("PORT", &port.to_string())))
        .env("RUN_FOLDER", &data)
        .stdin(Stdio::null())
        .stdout(log.try_clone().context("the log could not be shared")?)
        .stderr(log)
        .spawn()
        .map(|process| Running { process })
        .with_context(|| format!("`{name}` could not be started"))?;
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > end || !matches!(process.process.try_wait(), Ok(None)) {
            bail!("{} does not listen; see {}", server.name, output.display());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(Upstream { port, _running: process })
}

/// Starts `bff` in front of a port, with the settings that users of that server need.
///
/// # Errors
/// When it does not say where it listens.
pub(super) fn bff(server: &RealServer, port: u16) -> Result<Bff> {
    let folder = install::folder(server);
    let routes = folder.join("routes.toml");
    fs::write(&routes, ROUTES).with_context(|| format!("writing {}", routes.display()))?;
    let output = folder.join("bff.log");
    let log = File::create(&output).with_context(|| format!("creating {}", output.display()))?;
    let binary = workspace::target_dir()?.join("debug/bff");
    let process = Command::new(&binary)
        .current_dir(&folder)
        .envs(
            server
                .settings
                .lines()
                .filter(|line| !line.starts_with('#'))
                .filter_map(|line| line.split_once('=')),
        )
        .env("API_URL", format!("http://127.0.0.1:{port}"))
        .env("BFF_LISTEN", "127.0.0.1:0")
        .env("BFF_RATE_LIMIT", "off")
        .env("BFF_ROUTES", &routes)
        // Each worker has connections of its own, which are counted at the end.
        .env("BFF_WORKERS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .with_context(|| format!("`{}` could not be started", binary.display()))?;
    let mut running = Running { process };
    let address = listening::announced(&mut running.process)?;
    Ok(Bff { address, _running: running })
}
