//! The dev server of a front end, as a child process.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use front_fixture::Listening;

/// How long it may take to listen: trunk compiles first.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running dev server, ended when it goes out of scope.
#[derive(Debug)]
pub struct DevServer {
    _server: Listening,
    port: u16,
}

impl DevServer {
    /// Runs `command`, which listens on `port`.
    pub(crate) fn run(mut command: Command, port: u16) -> Self {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let silent = || "a dev server keeps no log here".to_owned();
        Self { _server: Listening::run(command, port, PATIENCE, silent), port }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
