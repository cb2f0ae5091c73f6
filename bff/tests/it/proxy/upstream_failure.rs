//! Upstreams that fail: several servers, retries, breakers.

use std::{
    io::{Read as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use front_fixture::unused_port;

use crate::harness::{
    browser::{Request, Response, connect},
    polling::wait_until,
    test_app::TestApp,
    upstream::Upstream,
};

/// An upstream that answers 503 while it is told to.
struct Moody {
    upstream: Upstream,
    fails: Arc<AtomicBool>,
}

impl Moody {
    fn start(name: &'static str, fails: bool) -> Self {
        let fails = Arc::new(AtomicBool::new(fails));
        let mood = Arc::clone(&fails);
        let upstream = Upstream::scripted(move |connection, _| {
            let answer = match mood.load(SeqCst) {
                true => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".to_owned(),
                false => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{name}", name.len()),
            };
            connection.write_all(answer.as_bytes()).is_ok()
        });
        Self { upstream, fails }
    }

    fn asked(&self) -> usize {
        self.upstream.requests().len()
    }
}

fn app(servers: &[String], fields: &str) -> TestApp {
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\nupstream = 'api'\n[upstream.api]\nurl = {servers:?}\n{fields}"
    );
    TestApp::with_routes("http://127.0.0.1:9", &table, &[("BFF_RATE_LIMIT", "off")])
}

fn get(app: &TestApp, number: usize) -> Response {
    // Each of them is another one: an answer that is stored would ask nobody.
    app.get(&format!("/api/server/todos/{number}"))
}

#[test]
fn requests_are_spread_over_all_servers_of_an_upstream() {
    let servers = [(); 3].map(|()| Moody::start("ok", false));
    let app = app(&servers.each_ref().map(|server| server.upstream.url()), "");
    for number in 0..30 {
        assert_eq!(get(&app, number).status, 200);
    }
    assert_eq!(servers.each_ref().map(Moody::asked), [10, 10, 10]);
}

#[test]
fn a_server_that_cannot_be_reached_is_left_out_and_no_request_is_lost() {
    let good = Moody::start("ok", false);
    let app = app(&[format!("http://127.0.0.1:{}", unused_port()), good.upstream.url()], "");
    for number in 0..20 {
        assert_eq!(get(&app, number).status, 200);
        let post = Request::new("POST", &format!("/api/server/todos/{number}")).body("{}");
        assert_eq!(app.send(&post).status, 200, "nothing of it has reached the other one");
    }
    assert_eq!(good.asked(), 40);
}

#[test]
fn a_server_that_fails_gets_no_more_than_a_trial_until_it_is_back() {
    let (bad, good) = (Moody::start("bad", true), Moody::start("good", false));
    let app = app(&[bad.upstream.url(), good.upstream.url()], "");
    let failed = (0..100).filter(|number| get(&app, *number).status == 503).count();
    assert_eq!((failed, bad.asked()), (5, 5), "five failures open its breaker");
    bad.fails.store(false, SeqCst);
    // Its rest is a second; then one request tries it, and it takes part again.
    let mut number = 100;
    let mut ask = || {
        number += 1;
        assert_eq!(get(&app, number).status, 200);
        bad.asked() > 20
    };
    wait_until(&mut ask, || "the server does not come back");
}

#[test]
fn a_breaker_spares_a_failing_upstream_and_says_when_to_come_back() {
    for (fields, reached) in [("", 50), ("breaker = true", 5)] {
        let api = Moody::start("ok", true);
        let app = app(&[api.upstream.url()], fields);
        let answers: Vec<_> = (0..50).map(|number| get(&app, number)).collect();
        assert!(answers.iter().all(|answer| answer.status == 503), "{fields}");
        assert_eq!(api.asked(), reached, "{fields}");
        let last = answers.last().unwrap();
        last.problem(503, "upstream_overloaded");
        api.fails.store(false, SeqCst);
        if fields.is_empty() {
            continue;
        }
        assert_eq!(last.header("retry-after"), Some("1"));
        let mut number = 100;
        let mut is_back = || {
            number += 1;
            get(&app, number).status == 200
        };
        wait_until(&mut is_back, || "the upstream does not come back");
        assert!((200..220).all(|number| get(&app, number).status == 200));
    }
}

#[test]
fn a_breaker_counts_answers_that_break_off_as_well() {
    let broken = Upstream::scripted(|connection, _| {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
        let _ = connection.write_all(head);
        false
    });
    let app = app(&[broken.url()], "breaker = true");
    for number in 0..20 {
        // Such an answer has no end, which the client sees.
        let _ = Request::get(&format!("/api/server/todos/{number}")).try_send(app.port);
    }
    let reached = broken.requests().len();
    assert!((5..10).contains(&reached), "{reached}");
}

#[test]
fn idempotent_requests_are_repeated_within_a_tenth_of_all() {
    for (fields, reached) in [("", 50), ("retries = true", 65)] {
        let api = Moody::start("ok", true);
        let app = app(&[api.upstream.url()], fields);
        for number in 0..50 {
            assert_eq!(get(&app, number).status, 503);
        }
        // Ten retries are saved up, and fifty requests bring five more.
        let asked = api.asked();
        assert!((reached - 1..=reached).contains(&asked), "{fields}: {asked}");
        let post = Request::new("POST", "/api/server/todos").body("{}");
        assert_eq!(app.send(&post).status, 503);
        assert_eq!(api.asked(), asked + 1, "a POST is never repeated");
    }
}

#[test]
fn a_repeated_request_finds_a_server_that_is_back_at_once() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let upstream = Upstream::scripted(move |connection, _| {
        let answer = match counted.fetch_add(1, SeqCst) % 2 {
            0 => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        };
        connection.write_all(answer.as_bytes()).is_ok()
    });
    let app = app(&[upstream.url()], "retries = true");
    for number in 0..8 {
        assert_eq!(get(&app, number).status, 200);
    }
    let put = Request::new("PUT", "/api/server/todos/1").body("content");
    assert_eq!(app.send(&put).status, 200);
    let sent = upstream.requests();
    assert_eq!(sent.len(), 18);
    assert!(sent[16..].iter().all(|request| request.ends_with("content")));
}

#[test]
fn a_request_is_not_repeated_where_the_upstream_asks_to_wait() {
    let head = "HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n";
    let upstream = Upstream::scripted(move |connection, _| connection.write_all(head.as_bytes()).is_ok());
    let app = app(&[upstream.url()], "retries = true");
    let answer = get(&app, 1);
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("30")));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_61_a_slow_upload_does_not_keep_an_upstream_that_is_back_away() {
    let api = Moody::start("ok", true);
    let app = app(&[api.upstream.url()], "breaker = true");
    assert!((0..10).all(|number| get(&app, number).status == 503));
    api.fails.store(false, SeqCst);
    let begun = Instant::now();
    let mut uploads = Vec::new();
    wait_until(
        || {
            // Each of them may be a trial, and none of them sends its content.
            let mut upload = connect(app.port);
            let head = "POST /api/server/upload HTTP/1.1\r\nHost: app.test\r\nContent-Length: 500000\r\n\r\n";
            upload.write_all(head.as_bytes()).unwrap();
            uploads.push(upload);
            get(&app, 100 + uploads.len()).status == 200
        },
        || "the upstream is kept away",
    );
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn security_61_a_route_in_a_hurry_opens_no_breaker_for_the_others() {
    let slow = Upstream::scripted(|connection, request| {
        if request.contains("/slow") {
            thread::sleep(Duration::from_millis(300));
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok()
    });
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\nupstream = 'api'\n[[route]]\npath = '/slow/{{id}}'\nupstream = 'api'\ntimeout = '20ms'\n\
         [upstream.api]\nurl = '{}'\nbreaker = true",
        slow.url()
    );
    let app = TestApp::with_routes("http://127.0.0.1:9", &table, &[("BFF_RATE_LIMIT", "off")]);
    for number in 0..12 {
        app.get(&format!("/api/server/slow/{number}")).problem(504, "upstream_timeout");
    }
    assert_eq!(get(&app, 1).status, 200);
}

#[test]
fn security_48_no_caller_takes_all_places_of_a_small_upstream() {
    let upstream = Upstream::scripted(|connection, request| {
        let head: &[u8] = match request.contains("/events") {
            true => b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n",
            false => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        };
        connection.write_all(head).is_ok() && !request.contains("/events")
            || connection.read(&mut [0]).is_ok()
    });
    let app = app(&[upstream.url()], "connections = 8");
    let streams: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = connect(app.port);
            stream.write_all(b"GET /api/server/events HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
            let mut first = [0; 12];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200");
            stream
        })
        .collect();
    get(&app, 1).problem(429, "rate_limited");
    drop(streams);
    wait_until(|| get(&app, 2).status == 200, || "the places are not given back");
}
