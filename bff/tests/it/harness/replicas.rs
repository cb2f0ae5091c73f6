//! Several servers that share a Redis, each a process of its own.

use std::{
    fs::File,
    process::{Child, Stdio},
    sync::{
        Barrier, Mutex, PoisonError,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    thread,
};

use super::{
    browser::{Request, Response},
    keys::KEY_A,
    program::{bff, metrics_port_in, port_of, terminate, wait},
    token_upstream::{cookie_of, login, with},
};

/// Settings without limits, for tests that send more than anybody may.
pub const UNLIMITED: [(&str, &str); 3] =
    [("BFF_RATE_LIMIT", "off"), ("BFF_LOGIN_LIMIT", "off"), ("BFF_CALLER_EXCHANGES", "1000")];

/// Servers that take turns.
pub struct Replicas {
    servers: Vec<Replica>,
    turn: AtomicUsize,
    terms: Terms,
}

/// One of them, or its replacement.
struct Replica {
    child: Mutex<Child>,
    port: AtomicU16,
}

/// The settings of every replica.
struct Terms {
    settings: Vec<(String, String)>,
    /// The logs. A pipe without a reader would block the server.
    folder: tempfile::TempDir,
}

impl Terms {
    fn start(&self, number: usize) -> (Child, u16) {
        let log = self.folder.path().join(format!("{number}.log"));
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut child = bff(&self.folder)
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let port = port_of(&mut child);
        (child, port)
    }
}

impl Replicas {
    pub fn start(count: usize, upstream: &str, redis: &str, settings: &[(&str, &str)]) -> Self {
        let usual = [
            ("API_URL", upstream),
            ("REDIS_URL", redis),
            ("BFF_SESSION_KEY", KEY_A),
            ("BFF_LISTEN", "127.0.0.1:0"),
            ("BFF_WORKERS", "1"),
            ("BFF_UPSTREAM_TIMEOUT", "15s"),
            ("BFF_LOG", "info,bff::access=off"),
        ];
        let settings = usual.iter().chain(settings);
        let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let terms = Terms { settings, folder: tempfile::tempdir().unwrap() };
        let start = |number| {
            let (child, port) = terms.start(number);
            Replica { child: Mutex::new(child), port: AtomicU16::new(port) }
        };
        let servers = (0..count).map(start).collect();
        Self { servers, turn: AtomicUsize::new(0), terms }
    }

    pub fn count(&self) -> usize {
        self.servers.len()
    }

    /// Asks the next in turn.
    pub fn send(&self, request: &Request) -> Response {
        self.send_to(self.turn.fetch_add(1, Ordering::Relaxed), request)
    }

    /// Asks one of them.
    pub fn send_to(&self, number: usize, request: &Request) -> Response {
        request.send(self.port(number))
    }

    /// Asks one of them for what it must answer with 200.
    pub fn get(&self, number: usize, path: &str) -> Response {
        let answer = self.send_to(number, &Request::get(path));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    /// Asks the next in turn that takes it, as a balancer in front of them does.
    pub fn send_to_any(&self, request: &Request) -> Response {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let answers = (first..first + self.count()).map(|number| request.try_send(self.port(number)));
        answers.flatten().next().expect("one that takes it")
    }

    fn port(&self, number: usize) -> u16 {
        self.servers[number % self.count()].port.load(Ordering::Relaxed)
    }

    /// Starts another in the place of one of them, which then leaves as it would on a signal.
    pub fn replace(&self, number: usize) {
        let (child, port) = self.terms.start(number);
        let replica = &self.servers[number];
        replica.port.store(port, Ordering::Relaxed);
        let mut old = std::mem::replace(&mut *replica.child.lock().unwrap(), child);
        terminate(&old);
        assert!(wait(&mut old).success());
    }

    /// Ends one of them as on SIGTERM and waits until it has ended.
    pub fn stop(&self, number: usize) {
        let mut server = self.servers[number].child.lock().unwrap();
        terminate(&server);
        assert!(wait(&mut server).success());
    }

    pub fn process(&self, number: usize) -> u32 {
        self.servers[number].child.lock().unwrap().id()
    }

    /// The text of `/metrics` of one of them.
    pub fn metrics(&self, number: usize) -> String {
        let port = metrics_port_in(self.log(number).lines()).unwrap();
        Request::get("/metrics").send(port).text().to_owned()
    }

    /// The log of one of them so far.
    pub fn log(&self, number: usize) -> String {
        std::fs::read_to_string(self.terms.folder.path().join(format!("{number}.log"))).unwrap()
    }

    pub fn sign_in(&self) -> String {
        self.sign_in_as("ada")
    }

    /// One person has 50 sessions at most.
    pub fn sign_in_as(&self, name: &str) -> String {
        cookie_of(&self.send(&login(name, "adapass")))
    }

    /// Whether the next in turn knows the session.
    pub fn knows(&self, cookie: &str) -> bool {
        let answer = self.send(&with(cookie, Request::get("/bff/session")));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json().get("user").is_some()
    }

    /// Sends the same request many times at once, each to the next in turn.
    pub fn all_at_once(&self, many: usize, request: impl Fn() -> Request + Sync) -> Vec<Response> {
        let together = Barrier::new(many);
        thread::scope(|scope| {
            let asking: Vec<_> = (0..many)
                .map(|_| {
                    scope.spawn(|| {
                        together.wait();
                        self.send(&request())
                    })
                })
                .collect();
            asking.into_iter().map(|asking| asking.join().unwrap()).collect()
        })
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        for replica in &mut self.servers {
            // A test that has failed may have left it locked.
            let server = replica.child.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
