//! A Redis of a test's own: a process on a free port that keeps nothing, stopped when it goes out of scope.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bff::redis::{Link, RedisAddress};

use super::{
    browser::PATIENCE,
    polling::{poll, wait_until},
};

/// Ports that are tried. Another process may take a free port before the server listens on it.
const TRIES: usize = 10;

pub struct RedisServer {
    pub port: u16,
    more: Vec<String>,
    child: Child,
    folder: tempfile::TempDir,
}

/// A connection to the Redis at `url`.
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
            let is_ready = || {
                let info = node.ask(&["CLUSTER", "INFO"]);
                info.contains("cluster_state:ok") && info.contains(&format!("cluster_known_nodes:{N}\r"))
            };
            wait_until(is_ready, || "the cluster is not ready");
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

    /// The commands that others send while `work` does something, in the order of their names; those within scripts and
    /// the probes of a connection are left out.
    pub fn commands(&self, work: impl FnOnce()) -> Vec<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection.write_all(b"MONITOR\r\n").unwrap();
        let mut lines = BufReader::new(connection).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "+OK");
        work();
        self.ask(&["ECHO", "over"]);
        let mut commands = Vec::new();
        for line in lines {
            let line = line.unwrap();
            if line.contains("\"ECHO\" \"over\"") {
                break;
            }
            let (from, command) = line.split_once("] ").unwrap();
            let name = command.split('"').nth(1).unwrap();
            if !from.ends_with(" lua") && name != "ECHO" {
                commands.push(name.to_owned());
            }
        }
        commands.sort();
        commands
    }

    /// The names of all keys.
    pub fn keys(&self) -> Vec<String> {
        let answer = self.ask(&["KEYS", "*"]);
        answer.lines().filter(|line| !line.starts_with(['*', '$'])).map(str::to_owned).collect()
    }

    /// Suspends the process, as an overloaded machine would.
    pub fn freeze(&self) {
        signal("-STOP", self.child.id());
    }

    pub fn thaw(&self) {
        signal("-CONT", self.child.id());
    }

    /// Closes all other connections.
    pub fn cut_connections(&self) {
        self.ask(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    }

    /// Ends the process; its data is lost.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts another on the same port.
    pub fn restart(&mut self) {
        let port = self.port;
        let try_start = || start(&self.folder, port, &self.more);
        self.child =
            poll(|| try_start().ok_or_else(|| format!("redis-server did not come back on port {port}")));
    }
}

/// A Redis Sentinel: names the primary, and promotes a replica when it dies.
pub struct Sentinel {
    port: u16,
    child: Child,
    /// The directory of its configuration, which it rewrites.
    _folder: tempfile::TempDir,
}

impl Sentinel {
    /// Watches over `server` and its replicas, and calls it `main`.
    pub fn over(server: &RedisServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sentinel.conf");
        for _ in 0..TRIES {
            let port = free_port();
            let terms = format!(
                "port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {} 1\n\
                 sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 2000\n",
                server.port
            );
            std::fs::write(&file, terms).unwrap();
            let mut command = Command::new("redis-server");
            command
                .arg(&file)
                .arg("--sentinel")
                .current_dir(&folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            let own = format!("process_id:{}\r\n", child.id());
            let end = Instant::now() + PATIENCE;
            while Instant::now() < end && child.try_wait().unwrap().is_none() {
                if info_of(port, "server").is_some_and(|answer| answer.contains(&own)) {
                    return Self { port, child, _folder: folder };
                }
                thread::sleep(Duration::from_millis(5));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("no Sentinel started on any of {TRIES} ports");
    }

    pub fn url(&self) -> String {
        format!("redis-sentinel://127.0.0.1:{}/main", self.port)
    }

    /// Waits until it knows of another server that could take over.
    pub fn wait_for_a_replica(&self) {
        let sees_one = || info_of(self.port, "sentinel").is_some_and(|answer| answer.contains("slaves=1"));
        wait_until(sees_one, || "the Sentinel sees no replica");
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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

/// Starts a server on `port`; `None` where another process has the port.
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

/// The answer to INFO. A Sentinel answers it too, and knows no QUIT.
fn info_of(port: u16, section: &str) -> Option<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(connection, "*2\r\n$4\r\nINFO\r\n${}\r\n{section}\r\n", section.len()).ok()?;
    let mut answer = BufReader::new(connection);
    let mut length = String::new();
    answer.read_line(&mut length).ok()?;
    let length = length.trim_end().strip_prefix('$')?.parse().ok()?;
    let mut text = vec![0; length];
    answer.read_exact(&mut text).ok()?;
    String::from_utf8(text).ok()
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
