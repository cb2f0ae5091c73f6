//! The dev server of a front end, as a child process.

use std::{
    fs::File,
    io::{Read, Seek},
    process::Command,
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
        // It goes with its last handle.
        let log = tempfile::tempfile().unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log.try_clone().unwrap());
        Self { _server: Listening::run(command, port, PATIENCE, || whole(&log)), port }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn whole(mut file: &File) -> String {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
