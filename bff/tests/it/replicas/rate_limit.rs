//! Limits that all replicas count together.

use crate::harness::{
    browser::Request,
    redis_server::RedisServer,
    replicas::Replicas,
    token_upstream::{TokenUpstream, login, with},
};

use std::{
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

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
fn security_58_a_persons_limit_is_one_at_all_replicas() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let limit = [("BFF_RATE_LIMIT", "3/1h")];
    let replicas = Replicas::start(3, &upstream.upstream.url(), &redis.url(), &limit);
    let cookies: Vec<String> = (0..5).map(|_| replicas.sign_in()).collect();
    let ask = |cookie: &String| replicas.send(&with(cookie, Request::get("/api/server/todos"))).status;
    assert_eq!(cookies.iter().map(ask).collect::<Vec<_>>(), [200, 200, 200, 429, 429]);
    assert_eq!(ask(&replicas.sign_in_as("person-1")), 200);
}
