//! What flows in a session's name at one replica ends when another has ended the session.

use std::time::{Duration, Instant};

use crate::harness::{
    browser::{Request, parse},
    keys::KEY_A,
    polling::wait_until,
    redis_server::RedisServer,
    test_app::TestApp,
    token_upstream::{sign_in, with},
    websocket::{OPEN, StreamUpstream, echo, open, rest},
};

/// Time between two looks at a session here; ten seconds elsewhere.
const RECHECK: Duration = Duration::from_millis(500);

#[test]
fn security_08_what_flows_ends_after_another_replicas_sign_out() {
    let (redis, upstream) = (RedisServer::start(), StreamUpstream::start());
    let url = redis.url();
    let settings = [("REDIS_URL", url.as_str()), ("BFF_SESSION_KEY", KEY_A)];
    let replica = || TestApp::rechecking(RECHECK, &upstream.url(), OPEN, &settings);
    let (here, there) = (replica(), replica());
    let (cookie, other) = (sign_in(&here), sign_in(&there));
    let mut tunnel = open(here.port, "/api/server/echo", &[("Cookie", &cookie)]);
    let mut others = open(here.port, "/api/server/echo", &[("Cookie", &other)]);
    let mut events = with(&cookie, Request::get("/api/server/events")).begin(here.port);
    wait_until(|| upstream.open() == 3, || upstream.open());
    // It outlives looks at a session that lives.
    let since = Instant::now();
    while since.elapsed() < 3 * RECHECK {
        echo(&mut tunnel, b"still here");
    }
    let since = Instant::now();
    let out = there.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    assert_eq!(out.status, 200, "{}", out.text());
    assert_eq!(rest(&mut tunnel), b"");
    assert!(parse(&rest(&mut events)).complete);
    assert!(since.elapsed() < 3 * RECHECK, "{:?}", since.elapsed());
    echo(&mut others, b"still here");
}

#[test]
fn what_flows_goes_on_while_redis_is_away() {
    let (mut redis, upstream) = (RedisServer::start(), StreamUpstream::start());
    let url = redis.url();
    let settings = [("REDIS_URL", url.as_str()), ("BFF_SESSION_KEY", KEY_A)];
    let app = TestApp::rechecking(Duration::from_millis(100), &upstream.url(), OPEN, &settings);
    let cookie = sign_in(&app);
    let mut tunnel = open(app.port, "/api/server/echo", &[("Cookie", &cookie)]);
    redis.kill();
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(1) {
        echo(&mut tunnel, b"still here");
    }
}
