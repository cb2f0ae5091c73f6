//! Several servers, each a process of its own, that share a Redis: to whoever uses them they are one.

use std::{
    fs::File,
    process::{Child, Stdio},
    sync::{
        Barrier, Mutex, PoisonError,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::harness::{
    browser::{Request, Response},
    program::{bff, port_of, terminate, wait},
    redis_server::{RedisServer, signal},
    token_upstream::{Refresh, TokenUpstream, cookie_of, login, with},
};

/// Two keys of 64 hex digits.
pub const KEY_A: &str = "0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b";
pub const KEY_B: &str = "1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a";

/// Servers that take turns.
pub struct Replicas {
    servers: Vec<Replica>,
    turn: AtomicUsize,
    terms: Terms,
}

/// One of them, or who has taken its place.
struct Replica {
    child: Mutex<Child>,
    port: AtomicU16,
}

/// What they are started with.
struct Terms {
    settings: Vec<(String, String)>,
    /// Their logs: a pipe that nobody reads would stop them.
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

    pub fn process(&self, number: usize) -> u32 {
        self.servers[number].child.lock().unwrap().id()
    }

    /// What `/metrics` of one of them shows.
    pub fn metrics(&self, number: usize) -> String {
        let log = self.log(number);
        let port = log.lines().find_map(|line| line.split_once("metrics address=127.0.0.1:")).unwrap().1;
        Request::get("/metrics").send(port.parse().unwrap()).text().to_owned()
    }

    /// What one of them has logged so far.
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

    /// Who is signed in, as the next in turn has it.
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

const UNLIMITED: [(&str, &str); 2] = [("BFF_RATE_LIMIT", "off"), ("BFF_LOGIN_LIMIT", "off")];

#[test]
fn who_signs_in_at_one_is_signed_in_at_all_and_who_signs_out_is_out_everywhere() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let replicas = Replicas::start(3, &upstream.upstream.url(), &redis.url(), &UNLIMITED);
    let (one, two) = (replicas.sign_in(), replicas.sign_in());
    for number in 0..3 {
        let answer = replicas.send_to(number, &with(&one, Request::get("/api/server/todos")));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let own = replicas.send_to(number, &with(&two, Request::get("/bff/sessions"))).json();
        assert_eq!(own["sessions"].as_array().unwrap().len(), 2);
    }
    let out = replicas.send_to(1, &with(&one, Request::new("POST", "/bff/logout")));
    assert_eq!(out.status, 200, "{}", out.text());
    for number in 0..3 {
        let answer = replicas.send_to(number, &with(&one, Request::get("/api/server/todos")));
        answer.problem(401, "unauthenticated");
        let answer = replicas.send_to(number, &with(&two, Request::get("/api/server/todos")));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[test]
fn security_10_three_hundred_requests_to_three_replicas_with_an_ended_token_cause_one_refresh() {
    const ROUNDS: usize = 100;
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let replicas = Replicas::start(3, &upstream.upstream.url(), &redis.url(), &UNLIMITED);
    upstream.state().life = Some(2);
    let cookies: Vec<String> =
        (0..ROUNDS).map(|round| replicas.sign_in_as(&format!("person-{round}"))).collect();
    upstream.state().life = Some(3600);
    // Until the last of them has ended.
    thread::sleep(Duration::from_millis(2100));
    for (round, cookie) in cookies.iter().enumerate() {
        for answer in replicas.all_at_once(300, || with(cookie, Request::get("/api/server/todos"))) {
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
        }
        assert_eq!(upstream.state().refreshes, round + 1);
    }
}

#[test]
fn security_30_a_limit_is_one_limit_however_many_replicas_there_are() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let limit = [("BFF_RATE_LIMIT", "100/10s")];
    let replicas = Replicas::start(3, &upstream.upstream.url(), &redis.url(), &limit);
    // Within one window: what the one before it leaves over comes free bit by bit.
    let into_window = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() % 10_000;
    while into_window() > 4_000 {
        thread::sleep(Duration::from_millis(50));
    }
    let answers = replicas.all_at_once(300, || Request::get("/api/server/open"));
    assert!(into_window() < 10_000 && answers.iter().all(|answer| matches!(answer.status, 200 | 429)));
    let granted = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((98..=102).contains(&granted), "{granted}");
}

#[test]
fn security_30_sign_ins_are_counted_for_all_replicas_together() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let limit = [("BFF_LOGIN_LIMIT", "4/1h")];
    let replicas = Replicas::start(3, &upstream.upstream.url(), &redis.url(), &limit);
    let statuses: Vec<u16> = (0..6).map(|_| replicas.send(&login("ada", "wrong")).status).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 429, 429]);
}

#[test]
fn a_session_outlives_the_change_of_the_key_and_the_restart_of_every_replica() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let start = |keys: &str| {
        let settings = [("BFF_SESSION_KEY", keys)];
        Replicas::start(2, &upstream.upstream.url(), &redis.url(), &settings)
    };
    let old = start(KEY_A).sign_in();
    let both = start(&format!("{KEY_B},{KEY_A}"));
    assert!(both.knows(&old));
    let new = both.sign_in();
    drop(both);
    let after = start(KEY_B);
    assert!(after.knows(&new));
    assert!(!after.knows(&old));
}

/// Signs in with a token that has ended when this comes back; the next ones last.
fn sign_in_until_the_token_ends(replicas: &Replicas, upstream: &TokenUpstream) -> String {
    upstream.state().life = Some(2);
    let cookie = replicas.sign_in();
    upstream.state().life = Some(3600);
    thread::sleep(Duration::from_millis(2100));
    cookie
}

#[test]
fn a_refresh_that_redis_misses_is_not_lost() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let replicas = Replicas::start(2, &upstream.upstream.url(), &redis.url(), &UNLIMITED);
    let cookie = sign_in_until_the_token_ends(&replicas, &upstream);
    upstream.state().refresh = Refresh::Slow(Duration::from_millis(500));
    let before = upstream.upstream.requests().len();
    let answer = thread::scope(|scope| {
        let asking = scope.spawn(|| replicas.send(&with(&cookie, Request::get("/api/server/todos"))));
        upstream.upstream.wait_for(before + 1);
        redis.freeze();
        thread::sleep(Duration::from_secs(2));
        redis.thaw();
        asking.join().unwrap()
    });
    assert_eq!(answer.status, 200, "{}", answer.text());
    for _ in 0..2 {
        let answer = replicas.send(&with(&cookie, Request::get("/api/server/todos")));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(upstream.state().refreshes, 1);
}

#[test]
fn a_replica_that_stands_still_with_new_tokens_in_hand_loses_nobodys_session() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    // Longer than it stands still: what has come meanwhile is there when it looks.
    let patient = [("BFF_HEAD_TIMEOUT", "18s"), ("BFF_UPSTREAM_TIMEOUT", "19s")];
    let replicas = Replicas::start(2, &upstream.upstream.url(), &redis.url(), &patient);
    let cookie = sign_in_until_the_token_ends(&replicas, &upstream);
    upstream.state().refresh = Refresh::Slow(Duration::from_millis(500));
    let before = upstream.upstream.requests().len();
    let ask = |number| replicas.send_to(number, &with(&cookie, Request::get("/api/server/todos")));
    thread::scope(|scope| {
        let first = scope.spawn(|| ask(0));
        upstream.upstream.wait_for(before + 1);
        signal("-STOP", replicas.process(0));
        upstream.state().refresh = Refresh::Good;
        // Inherits the lease when that has run out, and asks in vain: the token is spent.
        let second = scope.spawn(|| ask(1));
        upstream.upstream.wait_for(before + 2);
        // Time enough to end the session.
        thread::sleep(Duration::from_secs(4));
        signal("-CONT", replicas.process(0));
        for answer in [first, second] {
            let answer = answer.join().unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    });
    assert_eq!(upstream.state().refreshes, 2);
}

#[test]
fn security_35_what_somebody_wrote_over_a_session_signs_out_and_is_told_to_the_log_once() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let replicas = Replicas::start(1, &upstream.upstream.url(), &redis.url(), &UNLIMITED);
    let cookie = replicas.sign_in();
    let name = redis.keys().into_iter().find(|key| key.starts_with("bff:session:")).unwrap();
    redis.ask(&["HSET", &name, "p", "nonsense"]);
    for _ in 0..5 {
        replicas.send(&with(&cookie, Request::get("/api/server/todos"))).problem(401, "unauthenticated");
    }
    assert_eq!(replicas.log(0).matches("session_unreadable").count(), 1, "{}", replicas.log(0));
}

#[test]
fn security_11_who_writes_to_redis_puts_nobodys_session_on_anothers_list() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let replicas = Replicas::start(1, &upstream.upstream.url(), &redis.url(), &UNLIMITED);
    let (own, others) = (replicas.sign_in_as("person-1"), replicas.sign_in_as("person-2"));
    let keys = redis.keys();
    let members = keys.iter().filter_map(|key| key.strip_prefix("bff:session:{")?.strip_suffix('}'));
    let members: Vec<&str> = members.collect();
    assert_eq!(members.len(), 2, "{keys:?}");
    for list in keys.iter().filter(|key| key.starts_with("bff:owner:")) {
        for member in &members {
            redis.ask(&["ZADD", list, "9999999999999", member]);
        }
    }
    let answer = replicas.send(&with(&own, Request::get("/bff/sessions"))).json();
    assert_eq!(answer["sessions"].as_array().unwrap().len(), 1, "{answer}");
    assert!(replicas.knows(&others));
}

#[test]
fn the_sessions_of_a_cluster_are_spread_over_its_nodes_and_known_everywhere() {
    let nodes = RedisServer::cluster_of([("0", "5460"), ("5461", "10922"), ("10923", "16383")]);
    let upstream = TokenUpstream::start();
    // One node is enough to find the others.
    let replicas = Replicas::start(2, &upstream.upstream.url(), &nodes[0].cluster_url(), &UNLIMITED);
    let cookies: Vec<String> = (0..30).map(|_| replicas.sign_in()).collect();
    for cookie in &cookies {
        assert!(replicas.knows(cookie) && replicas.knows(cookie));
    }
    for node in &nodes {
        let kept = node.keys().iter().filter(|key| key.starts_with("bff:session:")).count();
        assert!((1..30).contains(&kept), "{kept} of 30 on one node");
    }
    let own = replicas.send(&with(&cookies[0], Request::get("/bff/sessions"))).json();
    assert_eq!(own["sessions"].as_array().unwrap().len(), 30);
}

#[test]
fn redis_is_talked_to_over_tls_and_its_certificate_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (_redis, port) = RedisServer::with_tls(&folder);
    let (certificate, upstream) = (folder.path().join("cert.pem"), TokenUpstream::start());
    let start = |host: &str, trusted: &str| {
        let url = format!("rediss://{host}:{port}");
        Replicas::start(1, &upstream.upstream.url(), &url, &[("SSL_CERT_FILE", trusted)])
    };
    let trusting = start("localhost", certificate.to_str().unwrap());
    let cookie = trusting.sign_in();
    assert!(trusting.knows(&cookie));
    for (host, trusted) in [("localhost", "/dev/null"), ("127.0.0.1", certificate.to_str().unwrap())] {
        let wary = start(host, trusted);
        wary.send(&login("ada", "adapass")).problem(503, "upstream_overloaded");
        assert!(wary.log(0).contains("Redis cannot be reached"), "{}", wary.log(0));
    }
}

#[test]
fn replicas_leave_when_they_are_told_to() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let replicas = Replicas::start(1, &upstream.upstream.url(), &redis.url(), &[]);
    let cookie = replicas.sign_in();
    assert!(replicas.knows(&cookie));
    let mut server = replicas.servers[0].child.lock().unwrap();
    terminate(&server);
    assert!(wait(&mut server).success());
}
