//! A Redis of a test's own: a process on a free port that keeps nothing, stopped when it goes out of scope.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bff::redis::{Link, RedisAddress};

use crate::browser::PATIENCE;

/// Ports that are tried: between finding a free one and listening on it somebody else may come.
const TRIES: usize = 10;

pub struct RedisServer {
    pub port: u16,
    more: Vec<String>,
    child: Child,
    folder: tempfile::TempDir,
}

/// A way to the Redis at `url`.
pub async fn link(url: &str) -> Link {
    Link::connect(RedisAddress::parse(url).unwrap()).await
}

impl RedisServer {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A cluster of one, which refuses what a larger one would: scripts whose keys are in several slots.
    pub fn cluster() -> Self {
        let [server] = Self::cluster_of([("0", "16383")]);
        server
    }

    /// A cluster of nodes that have these slots.
    pub fn cluster_of<const N: usize>(slots: [(&str, &str); N]) -> [Self; N] {
        let nodes = slots.map(|(first, last)| {
            let bus = free_port().to_string();
            let node = Self::with(&["--cluster-enabled", "yes", "--cluster-port", &bus]);
            node.ask(&["CLUSTER", "ADDSLOTSRANGE", first, last]);
            (node, bus)
        });
        for (node, bus) in &nodes {
            nodes[0].0.ask(&["CLUSTER", "MEET", "127.0.0.1", &node.port.to_string(), bus]);
        }
        let nodes = nodes.map(|(node, _)| node);
        for node in &nodes {
            node.wait_until(|node| {
                let info = node.ask(&["CLUSTER", "INFO"]);
                info.contains("cluster_state:ok") && info.contains(&format!("cluster_known_nodes:{N}\r"))
            });
        }
        nodes
    }

    /// With a certificate for `localhost`, whose files are in `folder`; gives the port for TLS as well.
    pub fn with_tls(folder: &tempfile::TempDir) -> (Self, u16) {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, certified.cert.pem()).unwrap();
        std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
        let (port, certificate, key) = (free_port(), certificate.to_str().unwrap(), key.to_str().unwrap());
        let files =
            ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
        let options = ["--tls-port", &port.to_string(), "--tls-auth-clients", "no"];
        (Self::with(&[&options[..], &files[..]].concat()), port)
    }

    /// With more options.
    pub fn with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let more: Vec<String> = more.iter().map(|option| (*option).to_owned()).collect();
        for _ in 0..TRIES {
            let port = free_port();
            if let Some(child) = start(&folder, port, &more) {
                return Self { port, more, child, folder };
            }
        }
        panic!("redis-server did not start on any of {TRIES} ports");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn cluster_url(&self) -> String {
        format!("redis-cluster://127.0.0.1:{}", self.port)
    }

    /// The answer to a command, as it comes.
    pub fn ask(&self, words: &[&str]) -> String {
        ask(self.port, words).expect("an answer from Redis")
    }

    /// The names of all keys.
    pub fn keys(&self) -> Vec<String> {
        let answer = self.ask(&["KEYS", "*"]);
        answer.lines().filter(|line| !line.starts_with(['*', '$'])).map(str::to_owned).collect()
    }

    /// Stops the process where it stands, as a machine without air would.
    pub fn freeze(&self) {
        signal("-STOP", self.child.id());
    }

    pub fn thaw(&self) {
        signal("-CONT", self.child.id());
    }

    /// Closes the connections of everybody else.
    pub fn cut_connections(&self) {
        self.ask(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    }

    /// Ends the process. What it kept is lost.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts another on the same port.
    pub fn restart(&mut self) {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(child) = start(&self.folder, self.port, &self.more) {
                self.child = child;
                return;
            }
        }
        panic!("redis-server did not come back on port {}", self.port);
    }

    fn wait_until(&self, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < end, "Redis is not ready");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // One that is frozen is killed as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A server that answers on `port`; `None` where it is somebody else's.
fn start(folder: &tempfile::TempDir, port: u16, more: &[String]) -> Option<Child> {
    let mut command = Command::new("redis-server");
    command
        .args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--dir", folder.path().to_str().unwrap()])
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap_or_else(|err| {
        panic!("these tests need the program redis-server ({err}); cargo xtask test installs it, or: apt-get install redis-server")
    });
    let own = format!("process_id:{}\r\n", child.id());
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end && child.try_wait().unwrap().is_none() {
        match ask(port, &["INFO", "server"]) {
            Some(answer) if answer.contains(&own) => return Some(child),
            Some(answer) if answer.contains("process_id:") => break,
            _ => thread::sleep(Duration::from_millis(5)),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

fn ask(port: u16, words: &[&str]) -> Option<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    // The server closes after QUIT: what comes until then is the answer, and its +OK.
    request.push_str("*1\r\n$4\r\nQUIT\r\n");
    connection.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.strip_suffix("+OK\r\n").map(str::to_owned)
}

pub fn signal(signal: &str, process: u32) {
    assert!(Command::new("kill").args([signal, &process.to_string()]).status().unwrap().success());
}
