//! Concurrent misses for one key cause one upstream request, and only complete answers are stored.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use crate::harness::{
    browser::{PATIENCE, Request, connect, read},
    cacheable::{answer, cache_status, get_until},
    test_app::TestApp,
    upstream::Upstream,
};

#[test]
fn five_hundred_misses_over_two_workers_are_one_request() {
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(Duration::from_millis(700));
        connection.write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_WORKERS", "2"), ("BFF_RATE_LIMIT", "off")]);
    let mut browsers: Vec<TcpStream> = (0..500).map(|_| connect(app.port)).collect();
    for browser in &mut browsers {
        browser
            .write_all(b"GET /api/server/a HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n")
            .unwrap();
    }
    for browser in &mut browsers {
        assert_eq!(read(browser).text(), "content");
    }
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn a_leader_that_leaves_hands_over() {
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(Duration::from_millis(400));
        connection.write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let mut leader = connect(app.port);
    leader.write_all(b"GET /api/server/a HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
    upstream.wait_for(1);
    let others: Vec<_> = (0..10)
        .map(|_| {
            let port = app.port;
            thread::spawn(move || Request::get("/api/server/a").send(port))
        })
        .collect();
    thread::sleep(Duration::from_millis(100));
    drop(leader);
    for other in others {
        assert_eq!(other.join().unwrap().text(), "content");
    }
    assert_eq!(upstream.requests().len(), 2, "one for the leader, one for everybody else");
}

#[test]
fn a_waiting_request_gets_the_head_at_once_and_the_leader_may_leave() {
    let released = Gate::default();
    let gate = released.clone();
    let upstream = Upstream::scripted(move |connection, _| {
        let head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 100006\r\n\r\none";
        let _ = connection.write_all(head.as_bytes());
        gate.pass();
        connection.write_all(&vec![b'-'; 100_000]).is_ok() && connection.write_all(b"two").is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_WORKERS", "2")]);
    let (mut leader, mut other) = (ask(&app), ask(&app));
    for browser in [&mut leader, &mut other] {
        read_until(browser, "\r\n\r\none");
    }
    drop(leader);
    released.open();
    let mut rest = String::new();
    other.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.len(), rest.ends_with("-two")), (100_003, true));
    let hit = get_until(&app, "/api/server/a", |answer| cache_status(answer).contains("hit"));
    assert_eq!(hit.body.len(), 100_006);
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn a_head_that_says_not_shareable_releases_those_that_wait() {
    for fields in [
        "Cache-Control: no-store\r\nContent-Length: 3\r\n",
        "Cache-Control: private, max-age=60\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\n",
        "Cache-Control: max-age=60\r\nVary: *\r\nContent-Length: 3\r\n",
        // It may be stored, and yet nobody knows how long it will be, or it is too long.
        "Cache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n",
        "Cache-Control: max-age=60\r\nContent-Length: 90000000\r\n",
    ] {
        let (headed, released) = (Gate::default(), Gate::default());
        let (gate, last) = (headed.clone(), released.clone());
        let upstream = Upstream::scripted(move |connection, _| {
            gate.pass();
            let _ = connection.write_all(format!("HTTP/1.1 200 OK\r\n{fields}\r\n").as_bytes());
            last.pass();
            false
        });
        let app = TestApp::before(&upstream.url(), &[]);
        let browsers = [ask(&app), ask(&app), ask(&app)];
        upstream.wait_for(1);
        headed.open();
        // Side by side: none of the three has a byte of content yet.
        upstream.wait_for(3);
        released.open();
        drop(browsers);
        // The memory of it lasts: nobody waits for the next one either.
        if !fields.contains("chunked") && !fields.contains("9000") {
            let browsers = [ask(&app), ask(&app)];
            upstream.wait_for(5);
            drop(browsers);
        }
    }
}

#[test]
fn waiting_for_another_takes_nothing_of_ones_own_time() {
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(Duration::from_millis(700));
        connection.write_all(answer("Cache-Control: no-store\r\n", "content").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_UPSTREAM_TIMEOUT", "1s")]);
    let mut browsers = [ask(&app), ask(&app), ask(&app)];
    for browser in &mut browsers {
        assert_eq!(read(browser).status, 200);
    }
    assert_eq!(upstream.requests().len(), 3);
}

#[test]
fn a_conditional_request_gets_all_of_an_answer_that_is_another() {
    let chunked = |tag: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: {tag}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnew!\r\n0\r\n\r\n"
        )
    };
    let long = answer("Cache-Control: max-age=60\r\nETag: \"new\"\r\n", &"x".repeat(100_000));
    for (framed, length) in [(chunked("\"new\""), 4), (long, 100_000)] {
        let upstream =
            Upstream::scripted(move |connection, _| connection.write_all(framed.as_bytes()).is_ok());
        let table = "[[route]]\npath = \"/{*rest}\"\ncache = { ttl = \"60s\" }\n";
        let app = TestApp::with_routes(&upstream.url(), table, &[]);
        let ask = |tag: &str| app.send(&Request::get("/api/server/a").header("If-None-Match", tag));
        let other = ask("\"old\"");
        assert_eq!((other.status, other.complete, other.body.len()), (200, true, length));
        let known = get_until(&app, "/api/server/a", |answer| cache_status(answer).contains("hit"));
        assert_eq!(known.body.len(), length);
        assert_eq!(ask("\"new\"").status, 304);
        // A client that has it is no reason not to store it.
        let app = TestApp::with_routes(&upstream.url(), table, &[]);
        let unchanged = app.send(&Request::get("/api/server/b").header("If-None-Match", "\"new\""));
        assert_eq!(unchanged.status, 304);
        let stored = get_until(&app, "/api/server/b", |answer| cache_status(answer).contains("hit"));
        assert_eq!(stored.body.len(), length);
    }
}

#[test]
fn a_slow_reader_slows_no_other() {
    // More than the sockets between server and reader take.
    const LONG: usize = 30_000_000;
    let upstream = Upstream::scripted(|connection, _| {
        connection.write_all(answer("Cache-Control: max-age=60\r\n", &"x".repeat(LONG)).as_bytes()).is_ok()
    });
    let settings = [("BFF_WORKERS", "2"), ("BFF_CACHE_MAX", "1GiB")];
    let app = TestApp::before(&upstream.url(), &settings);
    let slow = ask(&app);
    upstream.wait_for(1);
    assert_eq!(read(&mut ask(&app)).body.len(), LONG);
    assert_eq!(upstream.requests().len(), 1);
    drop(slow);
}

#[test]
fn a_route_may_forbid_to_wait_for_the_same_request() {
    let gate = Gate::default();
    let held = gate.clone();
    let upstream = Upstream::scripted(move |connection, _| {
        held.pass();
        connection.write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes()).is_ok()
    });
    let table = "[[route]]\npath = \"/{*rest}\"\ncollapse = false\n";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let mut browsers = [ask(&app), ask(&app)];
    upstream.wait_for(2);
    gate.open();
    for browser in &mut browsers {
        assert_eq!(read(browser).text(), "content");
    }
}

#[test]
fn a_reload_does_not_wait_for_an_answer_that_it_could_not_use() {
    let gate = Gate::default();
    let held = gate.clone();
    let upstream = Upstream::scripted(move |connection, _| {
        held.pass();
        connection.write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let mut browsers = ["no-cache", "max-age=0", "max-age=60"].map(|directive| {
        let mut browser = connect(app.port);
        let request = format!(
            "GET /api/server/a HTTP/1.1\r\nHost: app.test\r\nCache-Control: {directive}\r\nConnection: close\r\n\r\n"
        );
        browser.write_all(request.as_bytes()).unwrap();
        browser
    });
    // The last one asks as well: nobody is under way for it.
    upstream.wait_for(3);
    gate.open();
    for browser in &mut browsers {
        assert_eq!(read(browser).text(), "content");
    }
    let stored = app.get("/api/server/a");
    assert!(cache_status(&stored).starts_with("bff; hit"), "what a reload gets is stored");
}

#[test]
fn security_34_nothing_incomplete_is_served_twice() {
    let long = "x".repeat(100_000);
    for broken in [
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nshort".to_owned(),
        format!("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 200000\r\n\r\n{long}"),
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"
            .to_owned(),
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\nends with the connection".to_owned(),
    ] {
        let upstream = Upstream::answering(broken.clone());
        let app = TestApp::before(&upstream.url(), &[]);
        for round in 1..=2 {
            let answer = app.get("/api/server/a");
            assert!(!cache_status(&answer).contains("hit"), "{round}: {broken:.80}");
            assert!(
                answer.status == 502 || !answer.complete || broken.contains("connection"),
                "{broken:.80}"
            );
            assert_eq!(upstream.requests().len(), round, "{broken:.80}");
        }
    }
}

#[test]
fn security_34_an_answer_over_its_share_is_passed_on_and_not_kept() {
    let body = "x".repeat(300_000);
    for framing in [
        answer("Cache-Control: max-age=60\r\n", &body),
        format!(
            "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        ),
    ] {
        let upstream = Upstream::answering(framing);
        let app = TestApp::before(&upstream.url(), &[("BFF_CACHE_MAX", "1MiB")]);
        for round in 1..=2 {
            assert_eq!(app.get("/api/server/a").body.len(), body.len());
            assert_eq!(upstream.requests().len(), round);
        }
    }
}

#[test]
fn a_failure_of_the_leader_is_its_own() {
    for failure in ["HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "", "HTTP/1.1 200 OK\r\nContent-Le"] {
        let gate = Gate::default();
        let held = gate.clone();
        let upstream = Upstream::scripted(move |connection, request| {
            if request.to_ascii_lowercase().contains("x-odd: ") {
                held.pass();
                let _ = connection.write_all(failure.as_bytes());
                return false;
            }
            connection.write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes()).is_ok()
        });
        let app = TestApp::before(&upstream.url(), &[("BFF_REQUEST_HEADERS", "x-odd")]);
        thread::scope(|scope| {
            let odd = scope.spawn(|| app.send(&Request::get("/api/server/a").header("X-Odd", "1")));
            upstream.wait_for(1);
            let mut others = [ask(&app), ask(&app), ask(&app)];
            gate.open();
            for other in &mut others {
                let answer = read(other);
                assert_eq!((answer.status, answer.text()), (200, "content"));
            }
            assert!(odd.join().unwrap().status >= 500);
        });
    }
}

/// Sends the request that all of these tests are about.
fn ask(app: &TestApp) -> TcpStream {
    let mut browser = connect(app.port);
    browser.write_all(b"GET /api/server/a HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n").unwrap();
    browser
}

/// Reads until `text` has come.
fn read_until(browser: &mut TcpStream, text: &str) {
    let (mut read, mut byte) = (Vec::new(), [0]);
    while !read.ends_with(text.as_bytes()) {
        browser.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
}

/// Holds an upstream up until a test opens it.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn pass(&self) {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_timeout_while(open, PATIENCE, |open| !*open).unwrap());
    }

    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}
