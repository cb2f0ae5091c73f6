//! A server of another kind, as a child process that listens on a port.

use std::{
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A running server, ended when it goes out of scope.
#[derive(Debug)]
pub struct Listening(Child);

impl Listening {
    /// Runs `command`, and waits until it listens on `port`, for as long as `patience`. Where it does not, `log` tells why.
    pub fn run(mut command: Command, port: u16, patience: Duration, log: impl Fn() -> String) -> Self {
        let spawned = command.stdin(Stdio::null()).spawn();
        let child = spawned.unwrap_or_else(|err| {
            panic!("{:?} does not start ({err}): `cargo xtask test` installs it", command.get_program())
        });
        let mut listening = Self(child);
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = listening.0.try_wait().unwrap();
            assert!(ended.is_none() && began.elapsed() < patience, "it does not listen: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
        listening
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
