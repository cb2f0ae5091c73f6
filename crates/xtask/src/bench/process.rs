//! A process under measurement: pinned to one core, with its processor time and memory from `/proc`.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::listening;

/// The core of the server under measurement.
pub(super) const SERVER_CORE: &str = "0";
/// The core of the upstream and of the load.
pub(super) const LOAD_CORE: &str = "1";

/// How long a server may take to listen.
const START_TIME: Duration = Duration::from_secs(10);

/// A running program; it is ended when this is dropped.
pub(super) struct Process {
    child: Child,
    /// Host and port where it listens.
    pub(super) address: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        // nginx ends its worker itself, given the time: SIGTERM first, by the process's own id.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let due = Instant::now() + Duration::from_secs(3);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < due {
            sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a program that says `listening on http://…` in its first line.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn announced(core: &str, program: &Path, set_up: impl FnOnce(&mut Command)) -> Result<Self> {
        let mut command = pinned(core, program);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        set_up(&mut command);
        let child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
        let mut process = Self { child, address: String::new() };
        let announced = listening::announced(&mut process.child);
        process.address = announced.with_context(|| program.display().to_string())?;
        Ok(process)
    }

    /// Starts a program that listens at `address`.
    ///
    /// # Errors
    /// When nothing listens there in time.
    pub(super) fn listening(core: &str, program: &Path, args: &[&str], address: String) -> Result<Self> {
        let mut command = pinned(core, program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
        let mut process = Self { child, address };
        let due = Instant::now() + START_TIME;
        while std::net::TcpStream::connect(&process.address).is_err() {
            if Instant::now() > due || process.child.try_wait()?.is_some() {
                bail!("{} does not listen on {}", program.display(), process.address);
            }
            sleep(Duration::from_millis(20));
        }
        Ok(process)
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The process and its children, such as the worker of nginx.
    pub(super) fn family(&self) -> Vec<String> {
        let own = self.id().to_string();
        let mut family = vec![own.clone()];
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        for name in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            let stat = fs::read_to_string(format!("/proc/{name}/stat")).unwrap_or_default();
            // `pid (name) state parent …`; the name may hold anything but ends with the last parenthesis.
            let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1));
            if parent == Some(&own) {
                family.push(name);
            }
        }
        family
    }

    /// The processor time that the process has used, user and system, in nanoseconds.
    pub(super) fn cpu_nanos(&self) -> u64 {
        let threads = self.family().into_iter().flat_map(|process| {
            fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten()
        });
        let time = |path: &Path| -> Option<u64> {
            fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
        };
        threads.filter_map(|thread| time(&thread.path())).sum()
    }

    /// The memory that the process has resident, in megabytes.
    pub(super) fn resident_megabytes(&self) -> f64 {
        let kilobytes = |process: &String| -> Option<f64> {
            let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().strip_suffix(" kB")?.parse().ok()
        };
        self.family().iter().filter_map(kilobytes).sum::<f64>() / 1024.0
    }
}

/// A command that runs on one core.
pub(super) fn pinned(core: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}
