//! The program that drives Chromium: started on a free port, and gone with everything it started.

use std::{
    env,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

/// Its path in distributions.
const USUAL: &str = "/usr/bin/chromedriver";

/// The text that it prints before its port.
const STARTED: &str = "started successfully on port ";

/// How often it is started before a scene gives up.
const ATTEMPTS: usize = 3;

/// A running chromedriver.
#[derive(Debug)]
pub(crate) struct Chromedriver {
    process: Child,
    port: u16,
}

impl Chromedriver {
    /// Starts it. On a busy machine it has been seen to end before it had a port; that is printed and tried again.
    pub(crate) fn start() -> Self {
        let program = env::var("CHROMEDRIVER").unwrap_or_else(|_| {
            let usual = Path::new(USUAL).is_file();
            if usual { USUAL } else { "chromedriver" }.to_owned()
        });
        for _ in 0..ATTEMPTS {
            match Self::try_start(&program) {
                Ok(driver) => return driver,
                Err(said) => eprintln!("{program} ended without saying its port; it said {said:?}"),
            }
        }
        panic!("{program} does not start");
    }

    /// Its output instead of a port, if it does not start.
    fn try_start(program: &str) -> Result<Self, Vec<String>> {
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // A group of its own: the browser belongs to it, too, and outlives a chromedriver that is killed.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|err| panic!("{program} cannot be started: {err}; CHROMEDRIVER names another"));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said = Vec::new();
        for line in lines.by_ref() {
            let port = line.split_once(STARTED).and_then(|(_, port)| port.trim_end_matches('.').parse().ok());
            if let Some(port) = port {
                // The rest of its output is read and dropped: a full pipe would stop it.
                thread::spawn(move || lines.for_each(drop));
                return Ok(Self { process, port });
            }
            said.push(line);
        }
        said.push(format!("{:?}", process.wait()));
        Err(said)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // The standard library signals single processes only.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
