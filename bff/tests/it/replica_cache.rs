//! What one replica changes, no other serves stale for long, whatever becomes of Redis meanwhile.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    browser::{PATIENCE, Request, Response},
    redis_server::RedisServer,
    replicas::Replicas,
    test_app::folder_with,
    token_upstream::with,
    upstream::Upstream,
};

/// How long after the answer to a change what was before may still be served.
pub const STALE_FOR: Duration = Duration::from_secs(1);

const ROUTES: &str = r#"
    [[route]]
    path = "/todos"
    methods = ["GET", "POST"]
    cache = { ttl = "10m", stale-while-revalidate = "10m", private = true }
    tags = ["todos"]
    invalidates = ["todos"]
    [[route]]
    path = "/todos/{id}"
    cache = { ttl = "10m", stale-while-revalidate = "10m", private = true }
    tags = ["todos"]
    [[route]]
    path = "/auth/login"
"#;

pub const UNLIMITED: [(&str, &str); 2] = [("BFF_RATE_LIMIT", "off"), ("BFF_LOGIN_LIMIT", "off")];

/// Three replicas before an upstream whose every answer is how many changes it has seen.
pub struct SetUp {
    pub replicas: Replicas,
    pub redis: RedisServer,
    upstream: Upstream,
    version: Arc<AtomicU64>,
    folder: tempfile::TempDir,
}

impl SetUp {
    pub fn new(settings: &[(&str, &str)]) -> Self {
        Self::with(RedisServer::start(), settings)
    }

    pub fn with(redis: RedisServer, settings: &[(&str, &str)]) -> Self {
        let version = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&version);
        let upstream = Upstream::scripted(move |connection, request| {
            let body = if request.starts_with("POST /auth/login") {
                r#"{"id":1,"username":"ada","accessToken":"a","refreshToken":"b"}"#.to_owned()
            } else if request.starts_with("GET /auth/me") {
                r#"{"id":1,"username":"ada"}"#.to_owned()
            } else if request.starts_with("GET ") {
                counted.load(SeqCst).to_string()
            } else {
                (counted.fetch_add(1, SeqCst) + 1).to_string()
            };
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
            write!(connection, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).is_ok()
        });
        let folder = folder_with(&[("routes.toml", ROUTES.as_bytes())]);
        let routes = folder.path().join("routes.toml");
        let all = [&[("BFF_ROUTES", routes.to_str().unwrap())], settings].concat();
        let replicas = Replicas::start(3, &upstream.url(), &redis.url(), &all);
        Self { replicas, redis, upstream, version, folder }
    }

    pub fn get(&self, replica: usize, path: &str) -> Response {
        let answer = self.replicas.send_to(replica, &Request::get(path));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    /// Changes something at a replica; what there is afterwards.
    pub fn change(&self, replica: usize, path: &str) -> u64 {
        let method = if path.ends_with("/todos") { "POST" } else { "PUT" };
        let change = Request::new(method, path).header("Sec-Fetch-Site", "same-origin").json("{}");
        let began = Instant::now();
        let answer = self.replicas.send_to(replica, &change);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        version(&answer)
    }

    /// Asks all until they answer from their caches what is older than a second: then they hear each other.
    pub fn wait_until_all_hear(&self, path: &str) {
        let end = Instant::now() + PATIENCE;
        let hears = |replica: usize| {
            let answer = self.get(replica, path);
            let age: u64 = answer.header("age").map_or(0, |age| age.parse().unwrap());
            is_hit(&answer) && age >= 2
        };
        // Everybody is asked every time: what one has to fetch grows old while another is waited for.
        while (0..3).filter(|replica| !hears(*replica)).count() > 0 {
            assert!(Instant::now() < end, "{}", self.replicas.log(0));
            thread::sleep(Duration::from_millis(20));
        }
    }
}

pub fn version(answer: &Response) -> u64 {
    answer.text().parse().unwrap()
}

pub fn is_hit(answer: &Response) -> bool {
    answer.header("cache-status").unwrap_or_default().starts_with("bff; hit")
}

/// Reads everywhere all the time, while `work` changes something and says when that was answered. Panics where
/// an answer is older than it may be.
fn while_everybody_reads(set_up: &SetUp, paths: &[&str], work: impl FnOnce(&dyn Fn(u64))) -> usize {
    let answered = std::sync::Mutex::new(Vec::<(Instant, u64)>::new());
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let reading: Vec<_> = (0..3)
            .flat_map(|replica| paths.iter().map(move |path| (replica, *path)))
            .map(|(replica, path)| {
                let stop = &stop;
                scope.spawn(move || {
                    let mut read = Vec::new();
                    while !stop.load(SeqCst) {
                        let began = Instant::now();
                        let answer = set_up.get(replica, path);
                        read.push((began, version(&answer), is_hit(&answer)));
                        thread::sleep(Duration::from_millis(2));
                    }
                    (replica, path, read)
                })
            })
            .collect();
        work(&|version| answered.lock().unwrap().push((Instant::now(), version)));
        thread::sleep(STALE_FOR + Duration::from_millis(300));
        stop.store(true, SeqCst);
        let answered = answered.lock().unwrap();
        let mut hits = 0;
        for reading in reading {
            let (replica, path, read) = reading.join().unwrap();
            for (began, version, hit) in read {
                hits += usize::from(hit);
                let must =
                    answered.iter().filter(|(at, _)| began >= *at + STALE_FOR).map(|(_, version)| *version);
                let must = must.max().unwrap_or_default();
                assert!(
                    version >= must,
                    "{path} at {replica}: {version} in place of {must}, hit: {hit}; {}",
                    set_up.replicas.log(replica)
                );
            }
        }
        hits
    })
}

#[test]
fn what_changes_at_one_replica_is_not_served_stale_by_others_for_longer_than_a_second() {
    let set_up = SetUp::new(&UNLIMITED);
    let paths = ["/api/server/todos", "/api/server/todos/1"];
    let before = set_up.upstream.requests().len();
    let hits = while_everybody_reads(&set_up, &paths, |answered| {
        for round in 0..12 {
            // The list outdates all that carries its tag; a todo itself alone.
            answered(set_up.change(round, "/api/server/todos"));
            thread::sleep(Duration::from_millis(150));
        }
    });
    let asked = set_up.upstream.requests().len() - before;
    assert!(hits > 10 * asked, "{hits} hits, {asked} requests: it is no cache any more");
}

#[test]
fn a_change_is_heard_at_once_and_costs_nobody_what_it_does_not_touch() {
    let set_up = SetUp::new(&UNLIMITED);
    set_up.wait_until_all_hear("/api/server/todos/1");
    set_up.get(1, "/api/server/todos/2");
    let now = set_up.change(0, "/api/server/todos/1");
    let answered = Instant::now();
    while version(&set_up.get(1, "/api/server/todos/1")) < now {
        assert!(answered.elapsed() < STALE_FOR);
    }
    let other = set_up.get(1, "/api/server/todos/2");
    assert!(is_hit(&other) && version(&other) < now, "{:?}", other.headers);
    // Where it was made nothing is taken out of use a second time.
    let own = set_up.get(0, "/api/server/todos/1");
    thread::sleep(Duration::from_millis(300));
    assert!(is_hit(&set_up.get(0, "/api/server/todos/1")), "{:?}", own.headers);
}

#[test]
fn many_changes_tell_what_has_changed_and_never_that_everything_has() {
    let set_up = SetUp::new(&UNLIMITED);
    set_up.wait_until_all_hear("/api/server/todos/1");
    let change =
        || Request::new("PUT", "/api/server/todos/2").header("Sec-Fetch-Site", "same-origin").json("{}");
    for _ in 0..5 {
        assert!(set_up.replicas.all_at_once(100, change).iter().all(|answer| answer.status == 200));
    }
    // A look or two later at the latest everybody has found what it told.
    thread::sleep(Duration::from_millis(500));
    let log = set_up.redis.ask(&["XRANGE", "bff:changes", "-", "+"]);
    assert!(!log.contains("$1\r\n*\r\n"), "somebody has lost a change");
    assert!(is_hit(&set_up.get(1, "/api/server/todos/1")));
}

#[test]
fn what_is_kept_for_a_session_is_outdated_by_a_change_at_another_replica_as_well() {
    let set_up = SetUp::new(&UNLIMITED);
    let cookie = set_up.replicas.sign_in();
    let get = || set_up.replicas.send_to(1, &with(&cookie, Request::get("/api/server/todos/1")));
    let end = Instant::now() + PATIENCE;
    while !is_hit(&get()) {
        assert!(Instant::now() < end);
    }
    let now = set_up.change(0, "/api/server/todos");
    let answered = Instant::now();
    while version(&get()) < now {
        assert!(answered.elapsed() < STALE_FOR);
    }
}

/// Does something to Redis.
type Fault = fn(&mut SetUp);

#[test]
fn who_may_have_missed_a_change_serves_nothing_that_it_may_have_outdated() {
    let mut set_up = SetUp::new(&UNLIMITED);
    let paths = ["/api/server/todos/1"];
    let faults: [(&str, Fault); 5] = [
        ("cut connections", |set_up| set_up.redis.cut_connections()),
        ("a lost log", |set_up| drop(set_up.redis.ask(&["DEL", "bff:changes"]))),
        ("a frozen Redis", |set_up| set_up.redis.freeze()),
        ("an empty Redis", |set_up| drop(set_up.redis.ask(&["FLUSHALL"]))),
        ("a killed Redis", |set_up| set_up.redis.kill()),
    ];
    for (name, fault) in faults {
        set_up.wait_until_all_hear(paths[0]);
        fault(&mut set_up);
        while_everybody_reads(&set_up, &paths, |answered| {
            answered(set_up.change(0, paths[0]));
            thread::sleep(Duration::from_millis(900));
            answered(set_up.change(1, paths[0]));
        });
        // What was changed meanwhile is known after it, too.
        match name {
            "a frozen Redis" => set_up.redis.thaw(),
            "a killed Redis" => set_up.redis.restart(),
            _ => {}
        }
        while_everybody_reads(&set_up, &paths, |answered| answered(set_up.change(2, paths[0])));
    }
}

#[test]
fn a_freeze_of_any_length_leaves_nothing_stale_behind() {
    let set_up = SetUp::new(&UNLIMITED);
    let paths = ["/api/server/todos/1"];
    for millis in [100, 300, 400, 450, 500, 550, 600, 700, 1000] {
        for replica in 0..3 {
            set_up.get(replica, paths[0]);
        }
        while_everybody_reads(&set_up, &paths, |answered| {
            set_up.redis.freeze();
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(Duration::from_millis(millis));
                    set_up.redis.thaw();
                });
                answered(set_up.change(0, paths[0]));
            });
        });
    }
}

#[test]
fn without_redis_each_replica_keeps_what_it_fetches_for_a_second_and_the_cache_comes_back_by_itself() {
    let mut redis = RedisServer::start();
    redis.kill();
    let mut set_up = SetUp::with(redis, &UNLIMITED);
    let path = "/api/server/todos/1";
    for _ in 0..2 {
        let end = Instant::now() + PATIENCE;
        while !is_hit(&set_up.get(0, path)) {
            assert!(Instant::now() < end);
        }
        while_everybody_reads(&set_up, &[path], |answered| answered(set_up.change(0, path)));
        set_up.redis.restart();
        set_up.wait_until_all_hear(path);
        set_up.redis.kill();
    }
    let log = set_up.replicas.log(0);
    assert_eq!(log.matches("changes at other replicas are not heard").count(), 2, "{log}");
    assert_eq!(log.matches("changes at other replicas are heard again").count(), 2, "{log}");
}

#[test]
fn a_full_redis_does_not_keep_a_change_from_the_others() {
    let set_up = SetUp::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    set_up.wait_until_all_hear(path);
    set_up.redis.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let since = Instant::now();
    while since.elapsed() < STALE_FOR {
        assert!(is_hit(&set_up.get(1, path)), "reading goes on");
    }
    while_everybody_reads(&set_up, &[path], |answered| {
        for replica in 0..3 {
            answered(set_up.change(replica, path));
        }
    });
    set_up.redis.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    set_up.wait_until_all_hear(path);
    while_everybody_reads(&set_up, &[path], |answered| answered(set_up.change(0, path)));
}

#[test]
fn a_replica_without_a_cache_tells_others_what_it_changes() {
    let set_up = SetUp::new(&UNLIMITED);
    let routes = set_up.folder.path().join("routes.toml");
    let settings = [&UNLIMITED[..], &[("BFF_ROUTES", routes.to_str().unwrap()), ("BFF_CACHE_MAX", "off")]];
    let other = Replicas::start(1, &set_up.upstream.url(), &set_up.redis.url(), &settings.concat());
    let path = "/api/server/todos/1";
    set_up.wait_until_all_hear(path);
    let change = Request::new("PUT", path).header("Sec-Fetch-Site", "same-origin").json("{}");
    let now = version(&other.send(&change));
    let answered = Instant::now();
    while version(&set_up.get(0, path)) < now {
        assert!(answered.elapsed() < STALE_FOR);
    }
    assert_eq!(set_up.version.load(SeqCst), now);
}

#[test]
fn what_has_changed_cannot_be_read_in_redis_and_the_log_is_bounded_and_ends_by_itself() {
    let set_up = SetUp::new(&UNLIMITED);
    set_up.wait_until_all_hear("/api/server/todos/1");
    set_up.change(0, "/api/server/todos/secret?who=ada");
    let log = set_up.redis.ask(&["XRANGE", "bff:changes", "-", "+"]);
    assert!(!log.contains("secret") && !log.contains("todos") && !log.contains("ada"), "{log}");
    let life: u64 = set_up.redis.ask(&["TTL", "bff:changes"]).trim().trim_start_matches(':').parse().unwrap();
    assert!((1..=3600).contains(&life), "{life}");
}

#[test]
fn a_hit_asks_redis_nothing_and_a_change_tells_it_once() {
    let set_up = SetUp::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    set_up.wait_until_all_hear(path);
    let calls = |work: &dyn Fn()| {
        set_up.redis.ask(&["CONFIG", "RESETSTAT"]);
        work();
        let stats = set_up.redis.ask(&["INFO", "commandstats"]);
        let names = stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="));
        // Listening asks all the time, whoever keeps the connection now and then, and so does this test.
        let others = ["xrange", "expire", "echo", "info", "quit", "config|resetstat"];
        let names = names.filter(|(name, _)| !others.contains(name));
        names.map(|(name, calls)| format!("{name} {}", calls.split(',').next().unwrap())).collect::<Vec<_>>()
    };
    let hits = calls(&|| (0..10).for_each(|_| assert!(is_hit(&set_up.get(0, path)))));
    assert!(hits.is_empty(), "{hits:?}");
    let change = calls(&|| assert!(set_up.change(0, path) > 0));
    assert_eq!(change, ["xadd 1"]);
}
