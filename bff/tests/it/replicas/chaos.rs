//! Two hundred people at work while Redis fails in every way, and while the servers are replaced.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::{Request, Response},
    polling::wait_until,
    redis_server::RedisServer,
    replicas::{Replicas, UNLIMITED},
    token_upstream::{TokenUpstream, with},
};

const PEOPLE: usize = 200;

/// Between two requests of one person.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest that a request may take while Redis fails, with the time that a busy machine adds.
const BOUND: Duration = Duration::from_secs(5);

const SETTINGS: [(&str, &str); 3] = [UNLIMITED[0], UNLIMITED[1], ("BFF_METRICS_LISTEN", "127.0.0.1:0")];

/// A person who requests their own name again and again.
struct Person {
    name: String,
    cookie: String,
    /// Answers that were right so far.
    good: AtomicUsize,
}

impl Person {
    fn sign_in(replicas: &Replicas, number: usize) -> Self {
        let name = format!("person-{number}");
        let cookie = replicas.sign_in_as(&name);
        Self { name, cookie, good: AtomicUsize::new(0) }
    }

    fn question(&self) -> Request {
        with(&self.cookie, Request::get("/api/server/whoami"))
    }

    /// The outcome of an answer. Panics where it is not a documented one.
    fn judge(&self, answer: &Response) -> &'static str {
        match answer.status {
            200 => {
                assert_eq!(answer.json()["name"], self.name, "somebody else's answer");
                self.good.fetch_add(1, Ordering::Relaxed);
                "200"
            }
            _ => {
                answer.problem(503, "upstream_overloaded");
                assert_eq!(answer.header("retry-after"), Some("1"));
                assert_eq!(answer.header("set-cookie"), None, "the cookie stays");
                "503"
            }
        }
    }
}

/// People at work, and the outcomes of their requests.
struct Work<'a> {
    people: &'a [Person],
    over: AtomicBool,
    outcomes: Mutex<BTreeMap<&'static str, usize>>,
    longest: Mutex<Duration>,
}

impl<'a> Work<'a> {
    fn new(people: &'a [Person]) -> Self {
        Self { people, over: AtomicBool::new(false), outcomes: Mutex::default(), longest: Mutex::default() }
    }

    /// Runs until `faults` comes back, with everybody at work meanwhile; `ask` sends a request.
    fn during(&self, ask: impl Fn(&Request) -> Response + Sync, faults: impl FnOnce()) {
        thread::scope(|scope| {
            for person in self.people {
                let ask = &ask;
                scope.spawn(move || {
                    // A panic in one thread must not leave the others at work for ever.
                    let _stop = StopOnPanic(&self.over);
                    while !self.over.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        let what = person.judge(&ask(&person.question()));
                        let took = began.elapsed();
                        assert!(took < BOUND, "{took:?} until {what}");
                        *self.outcomes.lock().unwrap().entry(what).or_default() += 1;
                        let mut longest = self.longest.lock().unwrap();
                        *longest = took.max(*longest);
                        drop(longest);
                        thread::sleep(PAUSE);
                    }
                });
            }
            let _stop = StopOnEnd(&self.over);
            faults();
        });
    }

    /// Waits until everybody has had a right answer from now on.
    fn wait_until_all_are_well(&self) {
        let before: Vec<usize> =
            self.people.iter().map(|person| person.good.load(Ordering::Relaxed)).collect();
        let all_are_well = || {
            assert!(!self.over.load(Ordering::Relaxed), "a thread has panicked");
            let mut people = self.people.iter().zip(&before);
            people.all(|(person, before)| person.good.load(Ordering::Relaxed) > *before)
        };
        wait_until(all_are_well, || "not everybody is served again");
    }

    fn count(&self, what: &str) -> usize {
        self.outcomes.lock().unwrap().get(what).copied().unwrap_or_default()
    }
}

struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

struct StopOnEnd<'a>(&'a AtomicBool);

impl Drop for StopOnEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn two_hundred_people_keep_their_sessions_while_redis_fails_in_every_way() {
    // Every confirmed write survives a crash.
    let mut redis = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let upstream = TokenUpstream::start();
    let replicas = Replicas::start(3, &upstream.upstream.url(), &redis.url(), &SETTINGS);
    let people: Vec<Person> = (0..PEOPLE).map(|number| Person::sign_in(&replicas, number)).collect();

    let work = Work::new(&people);
    work.during(
        |request| replicas.send(request),
        || {
            work.wait_until_all_are_well();
            redis.kill();
            thread::sleep(Duration::from_secs(1));
            redis.restart();
            work.wait_until_all_are_well();
            redis.freeze();
            thread::sleep(Duration::from_secs(2));
            redis.thaw();
            work.wait_until_all_are_well();
            for _ in 0..10 {
                redis.cut_connections();
                thread::sleep(Duration::from_millis(50));
            }
            work.wait_until_all_are_well();
        },
    );
    let (good, unavailable) = (work.count("200"), work.count("503"));
    eprintln!("fault run: {good} × 200, {unavailable} × 503, longest {:?}", work.longest.lock().unwrap());
    assert!(unavailable > 0, "the faults were none");
    for person in &people {
        assert_eq!(person.judge(&replicas.send(&person.question())), "200");
    }
    // The operator can tell which part it was, and for how long.
    for number in 0..replicas.count() {
        let text = replicas.metrics(number);
        let value = |series: &str| -> f64 {
            let line = text.lines().find_map(|line| line.strip_prefix(series));
            line.map_or(0.0, |value| value.trim().parse().unwrap())
        };
        assert_eq!(value("bff_redis_up "), 1.0, "{text}");
        let away = value("bff_redis_away_seconds_total ");
        eprintln!("replica {number}: {away:.1} s without Redis");
        assert!((1.0..20.0).contains(&away), "{away} s in {text}");
        let failed: f64 = ["away", "late", "refused"]
            .iter()
            .map(|outcome| value(&format!("bff_redis_duration_seconds_count{{outcome=\"{outcome}\"}} ")))
            .sum();
        assert!(failed > 0.0, "{text}");
    }
}

#[test]
fn replicas_are_replaced_one_after_the_other_and_no_request_fails() {
    let redis = RedisServer::start();
    let upstream = TokenUpstream::start();
    let replicas = Replicas::start(3, &upstream.upstream.url(), &redis.url(), &SETTINGS);
    let people: Vec<Person> = (0..PEOPLE / 4).map(|number| Person::sign_in(&replicas, number)).collect();

    let work = Work::new(&people);
    work.during(
        |request| replicas.send_to_any(request),
        || {
            for round in 0..6 {
                work.wait_until_all_are_well();
                replicas.replace(round % 3);
            }
            work.wait_until_all_are_well();
        },
    );
    eprintln!("rolling restart: {} × 200, longest {:?}", work.count("200"), work.longest.lock().unwrap());
    assert_eq!(work.count("503"), 0);
}
