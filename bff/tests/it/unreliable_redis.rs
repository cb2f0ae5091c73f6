//! A Redis that knows less than it did, only reads, or tells another time: nobody serves what is outdated because of it.

use std::{
    io::{Read as _, Write as _},
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{
    browser::{PATIENCE, Request},
    redis_server::{RedisServer, signal},
    replicas::Replicas,
    replica_cache::{STALE_FOR, SetUp, UNLIMITED, is_hit, version},
    upstream::Upstream,
};

const PATH: &str = "/api/server/todos/1";

/// Changes something at a replica, and asks the others until they know.
fn is_heard_in_time(set_up: &SetUp) {
    let now = set_up.change(0, PATH);
    let answered = Instant::now();
    for replica in 0..3 {
        while version(&set_up.get(replica, PATH)) < now {
            assert!(answered.elapsed() < STALE_FOR, "replica {replica}");
        }
    }
}

#[test]
fn what_a_server_has_lost_that_takes_the_place_of_another_is_outdated_all_the_same() {
    let mut set_up = SetUp::new(&UNLIMITED);
    set_up.wait_until_all_hear(PATH);
    let old = version(&set_up.get(0, PATH));
    // What the one that takes its place knows.
    set_up.redis.ask(&["SAVE"]);
    let new = set_up.change(0, PATH);
    assert!(new > old);
    set_up.redis.kill();
    set_up.redis.restart();
    assert!(
        set_up.redis.keys().iter().any(|key| key.starts_with("bff:answer:")),
        "nothing is there to be outdated"
    );
    // One that has been there, and one that comes later and knows of nothing.
    set_up.replicas.replace(2);
    set_up.wait_until_all_hear("/api/server/todos/2");
    for replica in [2, 1, 0] {
        assert_eq!(version(&set_up.get(replica, PATH)), new, "replica {replica}");
    }
}

#[test]
fn a_change_that_is_gone_when_others_look_for_it_is_told_again() {
    let debugged = RedisServer::with(&["--enable-debug-command", "local"]);
    let set_up = SetUp::with(debugged, &UNLIMITED);
    set_up.wait_until_all_hear(PATH);
    set_up.get(1, PATH);
    // One stands still while another changes something and reads that in the log; then it is as before.
    signal("-STOP", set_up.replicas.process(1));
    set_up.redis.ask(&["SAVE"]);
    let now = set_up.change(0, PATH);
    let answered = Instant::now();
    thread::sleep(Duration::from_millis(150));
    set_up.redis.ask(&["DEBUG", "RELOAD", "NOSAVE"]);
    thread::sleep(Duration::from_millis(150));
    signal("-CONT", set_up.replicas.process(1));
    while version(&set_up.get(1, PATH)) < now {
        assert!(answered.elapsed() < STALE_FOR);
    }
}

#[test]
fn who_leaves_tells_its_last_change_first() {
    let set_up = SetUp::new(&UNLIMITED);
    set_up.wait_until_all_hear(PATH);
    set_up.redis.ask(&["CLIENT", "PAUSE", "350", "WRITE"]);
    let now = set_up.change(0, PATH);
    let answered = Instant::now();
    signal("-TERM", set_up.replicas.process(0));
    while version(&set_up.get(1, PATH)) < now {
        assert!(answered.elapsed() < STALE_FOR);
    }
}

#[test]
fn a_server_that_only_reads_is_as_if_it_were_away() {
    let set_up = SetUp::new(&UNLIMITED);
    set_up.wait_until_all_hear(PATH);
    set_up.redis.ask(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    is_heard_in_time(&set_up);
    set_up.redis.ask(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    set_up.wait_until_all_hear(PATH);
    assert!(is_hit(&set_up.get(1, PATH)));
    is_heard_in_time(&set_up);
}

#[test]
fn a_log_that_goes_on_at_an_earlier_place_tells_changes_as_well() {
    let set_up = SetUp::new(&UNLIMITED);
    set_up.wait_until_all_hear(PATH);
    let ten_minutes_ahead = SystemTime::now() + Duration::from_secs(600);
    let ahead = ten_minutes_ahead.duration_since(UNIX_EPOCH).unwrap().as_millis();
    // Of a clock that is ahead, and of none.
    for place in [format!("{ahead}-0"), format!("{}-1", u64::MAX - 1)] {
        set_up.redis.ask(&["XADD", "bff:changes", &place, "w", "somebody", "c", ""]);
        set_up.wait_until_all_hear("/api/server/todos/2");
        is_heard_in_time(&set_up);
        set_up.redis.ask(&["DEL", "bff:changes"]);
        set_up.wait_until_all_hear("/api/server/todos/3");
        is_heard_in_time(&set_up);
    }
}

#[test]
fn who_waits_for_a_replica_that_is_gone_has_time_left_to_ask_alone() {
    let redis = RedisServer::start();
    let first = AtomicBool::new(true);
    let upstream = Upstream::scripted(move |connection, request| {
        if request.starts_with("GET /slow ") && first.swap(false, SeqCst) {
            // Only a closed connection ends this read.
            let _ = connection.read(&mut [0]);
            return false;
        }
        let head = "HTTP/1.1 200 OK\r\nCache-Control: public, max-age=60\r\nContent-Length: 2\r\n\r\nok";
        connection.write_all(head.as_bytes()).is_ok()
    });
    let settings =
        [("BFF_HEAD_TIMEOUT", "1500ms"), ("BFF_UPSTREAM_TIMEOUT", "1500ms"), ("BFF_RATE_LIMIT", "off")];
    let replicas = Replicas::start(2, &upstream.url(), &redis.url(), &settings);
    let has = |kind: &str| redis.keys().iter().any(|key| key.starts_with(kind));
    let since = Instant::now();
    // Until it hears changes, and takes leases.
    while !has("bff:answer:") {
        assert!(since.elapsed() < PATIENCE);
        replicas.send_to(0, &Request::get(&format!("/api/server/warm/{}", since.elapsed().as_micros())));
    }
    thread::scope(|scope| {
        let leader = scope.spawn(|| replicas.send_to(0, &Request::get("/api/server/slow")));
        let before = upstream.requests().len();
        while !has("bff:lease:") || upstream.requests().len() == before {
            assert!(since.elapsed() < PATIENCE);
        }
        signal("-STOP", replicas.process(0));
        let answer = replicas.send_to(1, &Request::get("/api/server/slow"));
        assert_eq!((answer.status, answer.text()), (200, "ok"));
        signal("-CONT", replicas.process(0));
        leader.join().unwrap();
    });
}
