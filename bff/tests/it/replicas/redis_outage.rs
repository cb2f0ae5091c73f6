//! Redis goes away and comes back: no session ends, no request hangs, and no process needs a restart.

use std::time::{Duration, Instant};

use crate::harness::{
    browser::{Request, Response},
    polling::{poll, wait_until},
    redis_server::{RedisServer, Sentinel},
    replicas::Replicas,
    token_upstream::{TokenUpstream, cookie_of, login, with},
};

/// The longest that a request may take while Redis does not respond: a few commands of half a second each, and the time
/// that a busy machine adds.
const BOUND: Duration = Duration::from_secs(4);

fn set_up(settings: &[(&str, &str)]) -> (RedisServer, TokenUpstream, Replicas) {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let replicas = Replicas::start(2, &upstream.upstream.url(), &redis.url(), settings);
    (redis, upstream, replicas)
}

/// The answer, which must not have taken long.
fn soon(replicas: &Replicas, request: &Request) -> Response {
    let began = Instant::now();
    let answer = replicas.send(request);
    assert!(began.elapsed() < BOUND, "{:?} until {}", began.elapsed(), answer.status);
    answer
}

/// Asks every replica until its answer has that status; gives the last one's.
fn until(replicas: &Replicas, status: u16, request: impl Fn() -> Request) -> Response {
    let answers = (0..replicas.count()).map(|number| until_at(replicas, number, status, &request));
    answers.last().unwrap()
}

fn until_at(replicas: &Replicas, number: usize, status: u16, request: impl Fn() -> Request) -> Response {
    poll(|| {
        let answer = replicas.send_to(number, &request());
        if answer.status == status {
            return Ok(answer);
        }
        Err(format!("{} in place of {status}: {}", answer.status, answer.text()))
    })
}

fn assert_unavailable_and_signed_in(answer: &Response) {
    answer.problem(503, "upstream_overloaded");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("set-cookie"), None, "the cookie stays");
}

/// How often one replica has logged something.
fn times(replicas: &Replicas, what: &str) -> usize {
    replicas.log(0).matches(what).count()
}

#[test]
fn a_frozen_redis_ends_no_session_and_blocks_no_request() {
    // A limit that is counted and never reached: once Redis is known to be away, counting costs no time.
    let (redis, _upstream, replicas) = set_up(&[("BFF_RATE_LIMIT", "1000000/10s")]);
    let cookie = replicas.sign_in();
    redis.freeze();
    let thawed = Instant::now() + Duration::from_secs(2);
    while Instant::now() < thawed {
        for path in ["/api/server/todos", "/bff/session", "/bff/sessions"] {
            assert_unavailable_and_signed_in(&soon(&replicas, &with(&cookie, Request::get(path))));
        }
        assert_eq!(soon(&replicas, &Request::get("/api/server/open")).status, 200);
        assert_eq!(soon(&replicas, &Request::get("/bff/session")).status, 200);
        assert_eq!(soon(&replicas, &Request::get("/healthz")).status, 200);
    }
    redis.thaw();
    until(&replicas, 200, || with(&cookie, Request::get("/api/server/todos")));
    assert!(replicas.knows(&cookie));
}

#[test]
fn cut_connections_are_not_even_noticed() {
    let (redis, _upstream, replicas) = set_up(&[("BFF_RATE_LIMIT", "off")]);
    let cookie = replicas.sign_in();
    for _ in 0..20 {
        redis.cut_connections();
        for _ in 0..2 {
            let answer = soon(&replicas, &with(&cookie, Request::get("/api/server/todos")));
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
    assert_eq!(times(&replicas, "Redis cannot be reached; trying on"), 0);
}

#[test]
fn a_killed_redis_is_found_again_and_each_change_is_logged_once() {
    let (mut redis, _upstream, replicas) = set_up(&[]);
    let cookie = replicas.sign_in();
    redis.kill();
    for _ in 0..10 {
        assert_unavailable_and_signed_in(&soon(&replicas, &with(&cookie, Request::get("/api/server/todos"))));
        assert_eq!(soon(&replicas, &Request::get("/api/server/open")).status, 200);
    }
    assert_eq!(soon(&replicas, &login("ada", "adapass")).status, 503);
    until(&replicas, 503, || Request::get("/readyz"));
    redis.restart();
    // Its sessions are lost, and a new sign-in is enough.
    let again = until(&replicas, 200, || login("ada", "adapass"));
    let again = cookie_of(&again);
    until(&replicas, 200, || with(&again, Request::get("/api/server/todos")));
    until(&replicas, 401, || with(&cookie, Request::get("/api/server/todos")));
    let counted_again = || {
        soon(&replicas, &Request::get("/api/server/open"));
        times(&replicas, "rate limits are counted in Redis again") > 0
    };
    wait_until(counted_again, || replicas.log(0));
    for line in [
        "Redis cannot be reached; trying on",
        "Redis is back",
        "rate limits are counted by this process alone",
        "rate limits are counted in Redis again",
    ] {
        assert_eq!(times(&replicas, line), 1, "{line}: {}", replicas.log(0));
    }
}

#[test]
fn a_server_starts_without_redis_and_says_so() {
    let (mut redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let url = redis.url();
    redis.kill();
    let replicas = Replicas::start(1, &upstream.upstream.url(), &url, &[]);
    assert_eq!(times(&replicas, "Redis cannot be reached; trying on"), 1, "{}", replicas.log(0));
    assert_eq!(soon(&replicas, &Request::get("/api/server/open")).status, 200);
    assert_unavailable_and_signed_in(&soon(&replicas, &login("ada", "adapass")));
    redis.restart();
    let cookie = cookie_of(&until(&replicas, 200, || login("ada", "adapass")));
    assert!(replicas.knows(&cookie));
    assert_eq!(times(&replicas, "Redis cannot be reached; trying on"), 1, "{}", replicas.log(0));
}

#[test]
fn without_redis_each_replica_limits_by_itself() {
    let (mut redis, _upstream, replicas) = set_up(&[("BFF_RATE_LIMIT", "3/1h")]);
    redis.kill();
    let statuses: Vec<u16> =
        (0..8).map(|_| soon(&replicas, &Request::get("/api/server/open")).status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 429, 429]);
    redis.restart();
    until(&replicas, 200, || Request::get("/api/server/open"));
}

#[test]
fn a_cluster_that_loses_a_node_blocks_no_request() {
    let mut nodes = RedisServer::cluster_of([("0", "8191"), ("8192", "16383")]);
    let upstream = TokenUpstream::start();
    let unlimited = [("BFF_RATE_LIMIT", "off"), ("BFF_LOGIN_LIMIT", "off")];
    let replicas = Replicas::start(2, &upstream.upstream.url(), &nodes[0].cluster_url(), &unlimited);
    let cookies: Vec<String> = (0..10).map(|_| replicas.sign_in()).collect();
    nodes[1].kill();
    let mut known = 0;
    for cookie in &cookies {
        match soon(&replicas, &with(cookie, Request::get("/api/server/todos"))) {
            answer if answer.status == 200 => known += 1,
            answer => assert_unavailable_and_signed_in(&answer),
        }
    }
    assert!(known < cookies.len(), "none of ten was on that node");
    assert_eq!(soon(&replicas, &Request::get("/api/server/open")).status, 200);
}

#[test]
fn a_server_that_dies_is_replaced_by_the_one_that_the_sentinels_choose() {
    // The default makes replicas wait five seconds for the first copy.
    let mut first = RedisServer::with(&["--repl-diskless-sync-delay", "0"]);
    let second = RedisServer::with(&["--replicaof", "127.0.0.1", &first.port.to_string()]);
    let sentinel = Sentinel::over(&first);
    sentinel.wait_for_a_replica();
    let upstream = TokenUpstream::start();
    let replicas =
        Replicas::start(2, &upstream.upstream.url(), &sentinel.url(), &[("BFF_RATE_LIMIT", "off")]);
    let cookie = replicas.sign_in();
    assert!(replicas.knows(&cookie));
    // A session that has not been copied would be lost.
    let is_copied = || second.keys().iter().any(|key| key.starts_with("bff:session:"));
    wait_until(is_copied, || "nothing is copied");
    first.kill();
    until(&replicas, 200, || with(&cookie, Request::get("/api/server/todos")));
    assert!(second.ask(&["ROLE"]).contains("master"));
    let again = cookie_of(&until(&replicas, 200, || login("ada", "adapass")));
    assert!(replicas.knows(&again));
}

#[test]
fn a_password_for_redis_is_never_logged() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    redis.ask(&["ACL", "SETUSER", "bff", "on", ">hunter2", "~bff:*", "+@all"]);
    for password in ["hunter2", "hunter3"] {
        let url = format!("redis://bff:{password}@127.0.0.1:{}", redis.port);
        let replicas = Replicas::start(1, &upstream.upstream.url(), &url, &[("BFF_LOG", "debug")]);
        soon(&replicas, &login("ada", "adapass"));
        let log = replicas.log(0);
        assert!(log.contains("redis://127.0.0.1:") && !log.contains("hunter"), "{log}");
    }
}
