//! Progress of the running steps: their names, the time taken, the usual time, and after a failure the end of the log.
//! Steps may run in parallel. On a terminal one line at the bottom shows the running steps with their seconds;
//! elsewhere a line is written when a step starts and when it ends. All of it goes to standard error, so that
//! standard output belongs to the server or to the summary.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{IsTerminal, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Lines of a failed step's log that are shown.
const TAIL_LINES: usize = 80;
/// The pause between two drawings of the line at the bottom of a terminal.
const TICK: Duration = Duration::from_secs(1);
/// The pause between two lines about a long step where there is no terminal, so that no CI takes it for hung.
const HEARTBEAT: Duration = Duration::from_secs(60);
const DEFAULT_COLUMNS: usize = 80;

/// The steps that are running now, and the place where they are shown.
pub(crate) struct Progress {
    running: Mutex<Vec<Running>>,
    terminal: bool,
}

struct Running {
    name: String,
    since: Instant,
    last_said: Instant,
}

/// The file that a step writes to; its end is shown when the step fails.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
}

impl Progress {
    /// Starts showing progress; it ends when the value is dropped.
    pub(crate) fn start() -> Arc<Self> {
        let terminal = std::io::stderr().is_terminal();
        let progress = Arc::new(Self { running: Mutex::default(), terminal });
        let weak = Arc::downgrade(&progress);
        std::thread::spawn(move || tick(&weak));
        progress
    }

    /// Does `work` as a named step; steps that run at the same time have different names. `usually` says how long it
    /// takes ("about 3 min"), and is empty for short steps.
    ///
    /// # Errors
    /// The error of `work`, after the end of the step's log has been shown.
    pub(crate) fn step<T>(
        &self,
        name: &str,
        usually: &str,
        work: impl FnOnce(&Log) -> Result<T>,
    ) -> Result<T> {
        let log = Log::create(name)?;
        let (outcome, seconds) = self.show_while(name, usually, || work(&log));
        match &outcome {
            Ok(_) => self.say(&format!("ok  {name}, {seconds:.1} s")),
            Err(err) => self.say(&format!(
                "FAILED  {name}, {seconds:.1} s: {err:#}\n{}\n  the whole log: {}\n",
                log.tail(),
                log.path.display()
            )),
        }
        outcome.with_context(|| format!("{name} failed"))
    }

    /// Does `work` as a step for which there is another way: a failure is a line and not a log.
    pub(crate) fn attempt<T>(
        &self,
        name: &str,
        usually: &str,
        work: impl FnOnce(&Log) -> Result<T>,
    ) -> Option<T> {
        let log = Log::create(name).inspect_err(|err| self.say(&format!("no  {name}: {err:#}"))).ok()?;
        let (outcome, seconds) = self.show_while(name, usually, || work(&log));
        match &outcome {
            Ok(_) => self.say(&format!("ok  {name}, {seconds:.1} s")),
            Err(err) => {
                self.say(&format!("no  {name}: {err:#}. {}", log.text().lines().last().unwrap_or_default()));
            }
        }
        outcome.ok()
    }

    /// Does `work` while the step is shown as running; also says how many seconds it took.
    fn show_while<T>(&self, name: &str, usually: &str, work: impl FnOnce() -> T) -> (T, f32) {
        let since = Instant::now();
        let hint = if usually.is_empty() { String::new() } else { format!(" (usually {usually})") };
        let shown = format!("{name}{hint}");
        if !self.terminal {
            eprintln!("  ... {shown}");
        }
        self.lock().push(Running { name: shown.clone(), since, last_said: since });
        self.redraw();
        let outcome = work();
        self.lock().retain(|step| step.name != shown);
        (outcome, since.elapsed().as_secs_f32())
    }

    /// Writes a line that stays.
    pub(crate) fn say(&self, line: &str) {
        // The lock keeps the line apart from a redraw by another thread.
        let running = self.lock();
        self.erase();
        eprintln!("  {line}");
        drop(running);
        self.redraw();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn erase(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }

    fn redraw(&self) {
        if !self.terminal {
            return;
        }
        let running = self.lock();
        self.erase();
        eprint!("{}", status_line(&running, columns()));
        // A terminal that has gone away is no reason to stop.
        let _ = std::io::stderr().flush();
    }

    fn heartbeat(&self) {
        for step in self.lock().iter_mut().filter(|step| step.last_said.elapsed() >= HEARTBEAT) {
            step.last_said = Instant::now();
            eprintln!("  ... {}: {} s", step.name, step.since.elapsed().as_secs());
        }
    }
}

fn tick(progress: &Weak<Progress>) {
    while let Some(progress) = progress.upgrade() {
        if progress.terminal {
            progress.redraw()
        } else {
            progress.heartbeat()
        }
        drop(progress);
        std::thread::sleep(TICK);
    }
}

/// The steps with their seconds, cut to what fits: a line that wraps could not be erased.
fn status_line(running: &[Running], columns: usize) -> String {
    let mut line = String::new();
    for step in running {
        let separator = if line.is_empty() { "  " } else { " | " };
        let _ = write!(line, "{separator}{} {} s", step.name, step.since.elapsed().as_secs());
    }
    line.chars().take(columns.saturating_sub(1)).collect()
}

fn columns() -> usize {
    std::env::var("COLUMNS").ok().and_then(|value| value.parse().ok()).unwrap_or(DEFAULT_COLUMNS)
}

impl Log {
    fn create(step: &str) -> Result<Self> {
        let folder = workspace::tools().join("log");
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} could not be created", folder.display()))?;
        let path = folder.join(format!("{}.log", file_name(step)));
        let file = File::create(&path).with_context(|| format!("{} could not be created", path.display()))?;
        Ok(Self { path, file })
    }

    /// Runs a command to its end with its output in this log.
    ///
    /// # Errors
    /// When it cannot be started, or ends with anything but success.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let program = command.get_program().to_string_lossy().into_owned();
        let status = command
            .stdin(Stdio::null())
            .stdout(self.file.try_clone().context("the log could not be shared")?)
            .stderr(self.file.try_clone().context("the log could not be shared")?)
            .status()
            .with_context(|| format!("`{program}` could not be started"))?;
        if !status.success() {
            bail!("`{program}` ended with {status}");
        }
        Ok(())
    }

    /// Writes to this log.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, line: &str) -> Result<()> {
        writeln!(&self.file, "{line}").context("the log could not be written")
    }

    /// Everything that the step has written so far.
    pub(crate) fn text(&self) -> String {
        std::fs::read(&self.path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }
}

/// A step's name as a file name: letters and digits, everything else a dash.
fn file_name(step: &str) -> String {
    let dashed: String =
        step.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_s_log_is_named_after_it() {
        assert_eq!(file_name("trunk 0.21.14 (from source)"), "trunk-0-21-14-from-source");
    }

    #[test]
    fn the_status_line_names_every_running_step_and_never_wraps() {
        let now = Instant::now();
        let step = |name: &str| Running { name: name.to_owned(), since: now, last_said: now };
        let running = [step("trunk"), step("server")];
        assert_eq!(status_line(&running, 80), "  trunk 0 s | server 0 s");
        assert_eq!(status_line(&running, 10), "  trunk 0");
        assert_eq!(status_line(&[], 80), "");
    }
}
