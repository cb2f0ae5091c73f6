//! The dev server of a front end, as a child process.

use std::{
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long it may take to listen: trunk compiles first.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running dev server, ended when it goes out of scope.
#[derive(Debug)]
pub struct DevServer {
    child: Child,
    port: u16,
}

impl DevServer {
    /// Runs `command`, which listens on `port`.
    pub(crate) fn run(mut command: Command, port: u16) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|err| panic!("{:?} does not start: {err}", command.get_program()));
        let mut server = Self { child, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = server.child.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "the dev server does not listen: {ended:?}"
            );
            thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
