//! The number of commands to Redis that each kind of request costs.

use crate::harness::{
    browser::{PATIENCE, Request},
    cacheable::is_shared,
    replicas::UNLIMITED,
    token_upstream::with,
    versioned_replicas::VersionedReplicas,
};

use std::time::Instant;

/// A limit that is counted in Redis, and never reached.
const LIMITED: [(&str, &str); 2] = [("BFF_RATE_LIMIT", "1000000/10s"), ("BFF_LOGIN_LIMIT", "off")];

const PATH: &str = "/api/server/todos/1";

/// Three replicas, and a Redis that knows their scripts.
fn set_up() -> VersionedReplicas {
    let set_up = VersionedReplicas::new(&LIMITED);
    get_and_store(&set_up, PATH);
    set_up.change(0, PATH);
    get_and_store(&set_up, PATH);
    set_up
}

fn get_and_store(set_up: &VersionedReplicas, path: &str) {
    set_up.get(0, path);
    set_up.wait_until_stored();
}

#[test]
fn each_kind_of_request_sends_redis_the_fewest_commands() {
    let set_up = set_up();
    let cookie = set_up.replicas.sign_in();
    let commands = |work: &dyn Fn()| set_up.redis.commands(work);
    let send = |request: Request| assert_eq!(set_up.replicas.send_to(0, &request).status, 200);
    let mut miss = commands(&|| get_and_store(&set_up, "/api/server/todos/2"));
    // Waiting until it is stored asks as well.
    miss.retain(|command| command != "KEYS" && command != "QUIT");
    assert_eq!(miss, ["DEL", "EVALSHA", "EVALSHA", "HMGET", "SET"], "a miss");
    assert_eq!(commands(&|| drop(set_up.get(0, PATH))), ["EVALSHA", "HMGET"], "a hit");
    assert_eq!(commands(&|| assert!(set_up.change(0, PATH) > 0)), ["EVALSHA", "EVALSHA"], "a change");
    for kind in ["a miss in a session", "a hit in a session"] {
        let session = commands(&|| send(with(&cookie, Request::get(PATH))));
        assert_eq!(session, ["EVALSHA", "HMGET", "HMGET"], "{kind}");
    }
    let past = commands(&|| send(Request::get(PATH).header("Cache-Control", "no-store")));
    assert_eq!(past, ["EVALSHA"], "past the cache");
    let unlimited = set_up.more(&UNLIMITED);
    get_and_store(&set_up, PATH);
    unlimited.send(&Request::get(PATH));
    assert_eq!(commands(&|| drop(unlimited.send(&Request::get(PATH)))), ["HMGET"], "a hit without a limit");
}

#[test]
fn a_hit_of_the_second_level_costs_one_command_more_than_a_local_hit() {
    let set_up = set_up();
    let end = Instant::now() + PATIENCE;
    for number in 0.. {
        let path = format!("/api/server/todos/shared-{number}");
        get_and_store(&set_up, &path);
        let mut answer = None;
        let commands = set_up.redis.commands(|| answer = Some(set_up.get(1, &path)));
        // A busy machine may answer too late; the replica then asks the upstream.
        if answer.as_ref().is_some_and(is_shared) {
            assert_eq!(commands, ["EVALSHA", "EVALSHA", "HMGET"], "limit, stored answer, generations");
            assert_eq!(set_up.redis.commands(|| drop(set_up.get(1, &path))), ["EVALSHA", "HMGET"]);
            break;
        }
        assert!(Instant::now() < end, "{}", set_up.replicas.log(1));
    }
}
