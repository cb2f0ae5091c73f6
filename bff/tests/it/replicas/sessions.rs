//! Sessions that several replicas share in Redis.

use std::{thread, time::Duration};

use crate::harness::{
    browser::Request,
    keys::{KEY_A, KEY_B},
    polling::wait_until,
    redis_server::{RedisServer, signal},
    replicas::{Replicas, UNLIMITED},
    token_upstream::{Refresh, TokenUpstream, login, with},
};

#[test]
fn a_sign_in_or_sign_out_at_one_replica_counts_at_all() {
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
fn security_50_a_session_of_all_replicas_is_revoked_once() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    let settings = [&UNLIMITED[..], &[("BFF_LOGOUT_PATH", "/auth/logout")]].concat();
    let replicas = Replicas::start(3, &upstream.upstream.url(), &redis.url(), &settings);
    let cookie = replicas.sign_in();
    for answer in replicas.all_at_once(6, || with(&cookie, Request::new("POST", "/bff/logout"))) {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let sign_outs = || {
        let requests = upstream.upstream.requests();
        requests.into_iter().filter(|request| request.starts_with("POST /auth/logout ")).count()
    };
    wait_until(|| sign_outs() > 0, || "it is not revoked");
    (0..3).for_each(|number| replicas.stop(number));
    assert_eq!(sign_outs(), 1);
}

#[test]
fn security_10_three_hundred_requests_to_three_replicas_cause_one_refresh() {
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
fn a_session_outlives_a_key_rotation_and_the_restart_of_every_replica() {
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
fn a_replica_that_freezes_during_a_refresh_loses_no_session() {
    let (redis, upstream) = (RedisServer::start(), TokenUpstream::start());
    // Longer than it stands still: what has come meanwhile is there when it looks.
    let patient = [("BFF_UPSTREAM_TIMEOUT", "19s")];
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
fn security_35_an_overwritten_session_is_signed_out_and_logged_once() {
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
fn security_11_a_forged_owner_list_in_redis_shows_no_foreign_session() {
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
fn sessions_are_spread_over_a_cluster_and_known_to_every_replica() {
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
    replicas.stop(0);
}
