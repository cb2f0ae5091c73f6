//! A change at one replica: none serves a stale answer after it was answered, as long as Redis accepts writes.

use std::{
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::Request,
    cacheable::is_hit,
    keys::{KEY_A, KEY_B},
    polling::wait_until,
    redis_server::{RedisServer, signal},
    replicas::UNLIMITED,
    token_upstream::with,
    versioned_replicas::{VersionedReplicas, version},
};

/// How long an answer may be used while Redis does not respond.
const ALONE_FOR: Duration = Duration::from_secs(1);

/// Changes in a row.
const CHANGES: usize = 200;

/// Reads at every replica all the time, while `work` makes changes and reports when each was answered. Panics where a
/// request that began `later` than that got an older version.
fn while_everybody_reads(
    set_up: &VersionedReplicas,
    paths: &[&str],
    later: Duration,
    work: impl FnOnce(&dyn Fn(u64)),
) -> usize {
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
        thread::sleep(later + Duration::from_millis(100));
        stop.store(true, SeqCst);
        let answered = answered.lock().unwrap();
        let mut hits = 0;
        for reading in reading {
            let (replica, path, read) = reading.join().unwrap();
            for (began, version, hit) in read {
                hits += usize::from(hit);
                let must =
                    answered.iter().filter(|(at, _)| began >= *at + later).map(|(_, version)| *version);
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
fn a_change_at_one_replica_leaves_nothing_stale_at_the_others() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    let mut hits = 0;
    for round in 0..CHANGES {
        // The list outdates all that carries its tag; a todo itself alone.
        let changed = if round % 2 == 0 { path } else { "/api/server/todos" };
        let now = set_up.change(round, changed);
        for other in 1..4 {
            let answer = set_up.get(round + other, path);
            assert_eq!(version(&answer), now, "round {round}: {:?}", answer.headers);
        }
        hits += (0..3).filter(|replica| is_hit(&set_up.get(*replica, path))).count();
    }
    // On a busy machine Redis may answer too late, and a replica fetches again.
    assert!(hits * 10 > 3 * CHANGES * 9, "{hits}: it is no cache any more");
}

#[test]
fn constant_readers_get_nothing_stale_after_a_change() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let paths = ["/api/server/todos", "/api/server/todos/1"];
    let before = set_up.upstream.requests().len();
    let hits = while_everybody_reads(&set_up, &paths, Duration::ZERO, |answered| {
        for round in 0..12 {
            answered(set_up.change(round, "/api/server/todos"));
            thread::sleep(Duration::from_millis(150));
        }
    });
    let asked = set_up.upstream.requests().len() - before;
    assert!(hits > 10 * asked, "{hits} hits, {asked} requests: it is no cache any more");
}

#[test]
fn a_change_outdates_nothing_that_it_does_not_touch() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    set_up.wait_until_all_hit("/api/server/todos/2");
    let now = set_up.change(0, "/api/server/todos/1");
    let other = set_up.get(1, "/api/server/todos/2");
    assert!(is_hit(&other) && version(&other) < now, "{:?}", other.headers);
    // The replica of the change outdates nothing a second time.
    set_up.get(0, "/api/server/todos/1");
    assert!(is_hit(&set_up.get(0, "/api/server/todos/1")));
}

#[test]
fn a_sessions_answers_are_outdated_by_a_change_at_another_replica() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let cookie = set_up.replicas.sign_in();
    let get = || set_up.replicas.send_to(1, &with(&cookie, Request::get("/api/server/todos/1")));
    for _ in 0..20 {
        get();
        assert!(is_hit(&get()));
        let now = set_up.change(0, "/api/server/todos");
        assert_eq!(version(&get()), now);
    }
}

#[test]
fn in_a_cluster_a_change_outdates_by_the_node_that_has_its_bucket() {
    let [first, second, third] =
        RedisServer::cluster_of([("0", "5460"), ("5461", "10922"), ("10923", "16383")]);
    let url = first.cluster_url();
    let set_up = VersionedReplicas::over(first, &url, &UNLIMITED);
    for round in 0..60 {
        let path = format!("/api/server/todos/{round}");
        set_up.wait_until_all_hit(&path);
        let now = set_up.change(round, &path);
        for other in 1..4 {
            let answer = set_up.get(round + other, &path);
            assert_eq!(version(&answer), now, "round {round}: {:?}", answer.headers);
        }
    }
    for node in [&set_up.redis, &second, &third] {
        assert!(node.keys().iter().any(|key| key.starts_with("bff:generations:")), "{:?}", node.keys());
    }
}

#[test]
fn numbers_that_are_lost_outdate_everything() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    for loss in [&["FLUSHALL"][..], &["DEL", "bff:generations:0"], &["HDEL", "bff:generations:0", "epoch"]] {
        set_up.wait_until_all_hit(path);
        set_up.redis.ask(loss);
        for replica in 0..3 {
            let answer = set_up.get(replica, path);
            let status = answer.header("cache-status").unwrap();
            // An answer that another has fetched since then may be shared.
            assert!(!is_hit(&answer) || status.ends_with("detail=shared"), "{loss:?}: {status}");
        }
        while_everybody_reads(&set_up, &[path], Duration::ZERO, |answered| answered(set_up.change(0, path)));
    }
}

#[test]
fn a_change_that_redis_refuses_is_written_as_soon_as_it_is_taken() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    set_up.wait_until_all_hit(path);
    set_up.refuse_writes(true);
    let now = set_up.change(0, path);
    assert_eq!(version(&set_up.get(0, path)), now, "its own are outdated at once");
    // It reads no numbers meanwhile, and uses what it has for a second.
    thread::sleep(ALONE_FOR);
    assert!(!is_hit(&set_up.get(0, path)));
    set_up.refuse_writes(false);
    set_up.wait_until_all_know(path, now);
    set_up.wait_until_all_hit(path);
    let log = set_up.replicas.log(0);
    for line in ["Redis takes no changes", "Redis has taken all changes"] {
        assert_eq!(log.matches(line).count(), 1, "{log}");
    }
}

#[test]
fn a_replica_that_leaves_writes_its_last_change_first() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    set_up.wait_until_all_hit(path);
    set_up.refuse_writes(true);
    let now = set_up.change(0, path);
    signal("-TERM", set_up.replicas.process(0));
    thread::sleep(Duration::from_millis(300));
    set_up.refuse_writes(false);
    let since = Instant::now();
    while version(&set_up.get(1, path)) < now {
        assert!(since.elapsed() < Duration::from_secs(1), "{}", set_up.replicas.log(0));
    }
}

/// Does something to Redis.
type Fault = fn(&mut VersionedReplicas);

#[test]
fn a_redis_that_says_nothing_leaves_an_answer_a_second() {
    let mut set_up = VersionedReplicas::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    let faults: [(Fault, Fault); 3] = [
        (|set_up| set_up.redis.cut_connections(), |_| {}),
        (|set_up| set_up.redis.freeze(), |set_up| set_up.redis.thaw()),
        (|set_up| set_up.redis.kill(), |set_up| set_up.redis.restart()),
    ];
    for (begin, end) in faults {
        set_up.wait_until_all_hit(path);
        begin(&mut set_up);
        while_everybody_reads(&set_up, &[path], ALONE_FOR, |answered| {
            answered(set_up.change(0, path));
            thread::sleep(Duration::from_millis(900));
            answered(set_up.change(1, path));
        });
        let now = set_up.change(2, path);
        end(&mut set_up);
        set_up.wait_until_all_know(path, now);
        set_up.wait_until_all_read(path);
        while_everybody_reads(&set_up, &[path], Duration::ZERO, |answered| answered(set_up.change(2, path)));
    }
}

#[test]
fn a_freeze_of_any_length_leaves_nothing_stale_behind() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    for millis in [100, 300, 450, 500, 550, 700, 1000] {
        set_up.wait_until_all_hit(path);
        let now = thread::scope(|scope| {
            set_up.redis.freeze();
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(millis));
                set_up.redis.thaw();
            });
            set_up.change(0, path)
        });
        set_up.wait_until_all_know(path, now);
    }
}

#[test]
fn a_full_redis_does_not_keep_a_change_from_the_others() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let path = "/api/server/todos/1";
    set_up.wait_until_all_hit(path);
    set_up.redis.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!((0..3).all(|replica| is_hit(&set_up.get(replica, path))), "reading goes on");
    while_everybody_reads(&set_up, &[path], ALONE_FOR, |answered| {
        for replica in 0..3 {
            answered(set_up.change(replica, path));
        }
    });
    set_up.redis.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    set_up.wait_until_all_hit(path);
    while_everybody_reads(&set_up, &[path], Duration::ZERO, |answered| answered(set_up.change(0, path)));
}

#[test]
fn a_replica_without_a_cache_tells_others_what_it_changes() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    let other = set_up.more(&[("BFF_CACHE_MAX", "off")]);
    let path = "/api/server/todos/1";
    set_up.wait_until_all_hit(path);
    let change = Request::new("PUT", path).header("Sec-Fetch-Site", "same-origin").json("{}");
    let now = version(&other.send(&change));
    assert_eq!(version(&set_up.get(0, path)), now);
    assert_eq!(set_up.version.load(SeqCst), now);
}

#[test]
fn while_a_key_is_replaced_a_change_outdates_by_both() {
    let set_up = VersionedReplicas::new(
        &[&UNLIMITED[..], &[("BFF_SESSION_KEY", &format!("{KEY_A},{KEY_B}"))]].concat(),
    );
    let after = set_up.more(&[("BFF_SESSION_KEY", &format!("{KEY_B},{KEY_A}"))]);
    let path = "/api/server/todos/1";
    let change = || Request::new("PUT", path).header("Sec-Fetch-Site", "same-origin").json("{}");
    for _ in 0..20 {
        set_up.wait_until_all_hit(path);
        wait_until(|| is_hit(&after.send(&Request::get(path))), || after.log(0));
        let now = set_up.change(0, path);
        assert_eq!(version(&after.send(&Request::get(path))), now);
        let now = version(&after.send(&change()));
        assert_eq!(version(&set_up.get(1, path)), now);
    }
}

#[test]
fn generations_in_redis_name_no_targets_and_expire() {
    let set_up = VersionedReplicas::new(&UNLIMITED);
    set_up.change(0, "/api/server/todos/secret?who=ada");
    let table = set_up.redis.ask(&["HGETALL", "bff:generations:0"]);
    assert!(!table.contains("secret") && !table.contains("todos") && !table.contains("ada"), "{table}");
    let life = set_up.redis.ask(&["TTL", "bff:generations:0"]);
    let life: u64 = life.trim().trim_start_matches(':').parse().unwrap();
    assert!((1..=24 * 3600).contains(&life), "{life}");
}
