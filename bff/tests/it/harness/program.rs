//! The program itself, as a child process.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

use super::{browser::HOST, polling::wait_until};

/// The server as a child process, killed when it goes out of scope.
pub struct Program {
    pub port: u16,
    pub child: Child,
    /// The working directory.
    _folder: tempfile::TempDir,
}

impl Program {
    /// Starts with these settings on a free port, in an empty directory.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = bff(&folder);
        command.env("BFF_LISTEN", "127.0.0.1:0").envs(settings.iter().copied());
        let mut child = command.spawn().unwrap();
        let port = port_of(&mut child);
        Self { port, child, _folder: folder }
    }

    /// Starts in front of `upstream`.
    pub fn before(upstream: &str, settings: &[(&str, &str)]) -> Self {
        Self::start(&[&[("API_URL", upstream)], settings].concat())
    }

    /// Reads the log up to the address of `/metrics`; returns its port.
    pub fn metrics_port(&mut self) -> u16 {
        let log = BufReader::new(self.child.stderr.as_mut().unwrap());
        metrics_port_in(log.lines().map(Result::unwrap)).expect("the address of /metrics")
    }

    /// Reads the log up to the address that leads to https; returns its port.
    pub fn redirect_port(&mut self) -> u16 {
        let log = BufReader::new(self.child.stderr.as_mut().unwrap());
        redirect_port_in(log.lines().map(Result::unwrap)).expect("the address that leads to https")
    }

    /// Reads the log up to the first line with `words` in it, and returns that; bytewise, so that no later line is lost.
    pub fn wait_for_log(&mut self, words: &str) -> String {
        let log = self.child.stderr.as_mut().unwrap();
        let (mut line, mut byte) = (Vec::new(), [0]);
        while log.read(&mut byte).unwrap() == 1 {
            line.push(byte[0]);
            if byte == *b"\n" {
                let text = String::from_utf8_lossy(&line);
                if text.contains(words) {
                    return text.into_owned();
                }
                line.clear();
            }
        }
        panic!("the log ends without {words:?}");
    }

    /// Ends as on SIGTERM; returns the log, or the part that has not been read.
    pub fn stop(self) -> String {
        terminate(&self.child);
        self.stopped()
    }

    /// Waits for its end after a signal; returns the log, or the part that has not been read.
    pub fn stopped(mut self) -> String {
        let status = wait(&mut self.child);
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(status.success(), "{status}: {log}");
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port of `/metrics`, from the line of the log that names its address.
pub fn metrics_port_in(mut lines: impl Iterator<Item = impl AsRef<str>>) -> Option<u16> {
    lines.find_map(|line| line.as_ref().split_once("metrics address=127.0.0.1:")?.1.parse().ok())
}

/// The port of the address that leads to https, from the line of the log that names it.
pub fn redirect_port_in(mut lines: impl Iterator<Item = impl AsRef<str>>) -> Option<u16> {
    lines.find_map(|line| line.as_ref().split_once("to https address=127.0.0.1:")?.1.parse().ok())
}

/// The command without any setting but the name that tests call it by, in `folder`.
pub fn bff(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bff"));
    command
        .env_clear()
        .env("BFF_HOSTS", HOST)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Waits for the first line and gives the port in it.
pub fn port_of(child: &mut Child) -> u16 {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    port_in(&line).unwrap_or_else(|| panic!("the first line is {line:?}"))
}

/// The port in the first line, be that for people or for machines.
pub fn port_in(line: &str) -> Option<u16> {
    let message = match serde_json::from_str::<serde_json::Value>(line) {
        Ok(line) => line["message"].as_str()?.to_owned(),
        Err(_) => line.trim_end().to_owned(),
    };
    let address = message.strip_prefix("listening on http")?.trim_start_matches('s');
    address.strip_prefix("://127.0.0.1:")?.parse().ok()
}

/// Sends SIGTERM.
pub fn terminate(child: &Child) {
    signal(child, "TERM");
}

/// Sends a signal by its name.
pub fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

/// Waits until the process has ended.
pub fn wait(child: &mut Child) -> std::process::ExitStatus {
    let mut status = None;
    let ended = || {
        status = child.try_wait().unwrap();
        status.is_some()
    };
    wait_until(ended, || "the server does not end");
    status.unwrap()
}
