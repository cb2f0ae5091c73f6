//! Three replicas before an upstream whose every answer tells how many changes it has seen.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    browser::{Request, Response},
    cacheable::is_hit,
    polling::wait_until,
    redis_server::RedisServer,
    replicas::{Replicas, UNLIMITED},
    test_app::RouteTable,
    upstream::Upstream,
};

/// How long it may take until Redis has a change that it did not take, once it takes it.
const CAUGHT_UP: Duration = Duration::from_secs(4);

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

/// Three replicas before an upstream whose every answer is how many changes it has seen.
pub struct VersionedReplicas {
    pub replicas: Replicas,
    pub redis: RedisServer,
    pub upstream: Upstream,
    pub version: Arc<AtomicU64>,
    routes: RouteTable,
}

impl VersionedReplicas {
    pub fn new(settings: &[(&str, &str)]) -> Self {
        let redis = RedisServer::start();
        let url = redis.url();
        Self::over(redis, &url, settings)
    }

    pub fn over(redis: RedisServer, url: &str, settings: &[(&str, &str)]) -> Self {
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
        let routes = RouteTable::new(ROUTES);
        let all = [&[routes.setting()], settings].concat();
        let replicas = Replicas::start(3, &upstream.url(), url, &all);
        Self { replicas, redis, upstream, version, routes }
    }

    /// One more replica, on other terms.
    pub fn more(&self, settings: &[(&str, &str)]) -> Replicas {
        let all = [&UNLIMITED[..], &[self.routes.setting()], settings].concat();
        Replicas::start(1, &self.upstream.url(), &self.redis.url(), &all)
    }

    pub fn get(&self, replica: usize, path: &str) -> Response {
        self.replicas.get(replica, path)
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

    /// Asks all until they answer from their caches.
    pub fn wait_until_all_hit(&self, path: &str) {
        self.wait_until_all_hit_at_age(path, 0);
    }

    /// Asks all until they answer what is older than anybody may use who does not read what others have changed.
    pub fn wait_until_all_read(&self, path: &str) {
        self.wait_until_all_hit_at_age(path, 2);
    }

    pub fn wait_until_all_hit_at_age(&self, path: &str, seconds: u64) {
        let hits = |replica: usize| {
            let answer = self.get(replica, path);
            let age: u64 = answer.header("age").map_or(0, |age| age.parse().unwrap());
            is_hit(&answer) && age >= seconds
        };
        // All are asked every time: an entry of one grows old while another replica is waited for.
        let all_hit = || (0..3).filter(|replica| hits(*replica)).count() == 3;
        wait_until(all_hit, || self.replicas.log(0));
    }

    /// Asks all until they know of a change.
    pub fn wait_until_all_know(&self, path: &str, now: u64) {
        let since = Instant::now();
        for replica in 0..3 {
            while version(&self.get(replica, path)) < now {
                assert!(since.elapsed() < CAUGHT_UP, "{replica}: {}", self.replicas.log(replica));
                thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// Waits until no answer is on its way into Redis; storing happens behind the answer, under a lease.
    pub fn wait_until_stored(&self) {
        let under_way = || self.redis.keys().iter().any(|key| key.starts_with("bff:fetching:"));
        wait_until(|| !under_way(), || "an answer is still being stored");
    }

    pub fn refuse_writes(&self, refuse: bool) {
        self.redis.ask(&["CONFIG", "SET", "min-replicas-to-write", if refuse { "1" } else { "0" }]);
    }
}

pub fn version(answer: &Response) -> u64 {
    answer.text().parse().unwrap()
}
