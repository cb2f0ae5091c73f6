//! Concurrent misses for one key cause one upstream request, and only complete answers are stored.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use crate::harness::{
    browser::{Request, connect, read},
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
        browser.write_all(b"GET /api/server/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
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
    leader.write_all(b"GET /api/server/a HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
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
    let released = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&released);
    let upstream = Upstream::scripted(move |connection, _| {
        let _ = connection.write_all(
            b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n",
        );
        while !gate.load(SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        connection.write_all(b"3\r\ntwo\r\n0\r\n\r\n").is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_WORKERS", "2")]);
    let request = b"GET /api/server/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let mut leader = connect(app.port);
    leader.write_all(request).unwrap();
    upstream.wait_for(1);
    let mut other = connect(app.port);
    other.write_all(request).unwrap();
    let mut head = vec![0; 12];
    other.read_exact(&mut head).unwrap();
    assert_eq!(head, b"HTTP/1.1 200");
    drop(leader);
    released.store(true, SeqCst);
    let mut rest = String::new();
    other.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("one") && rest.contains("two") && rest.ends_with("0\r\n\r\n"), "{rest}");
    assert_eq!(
        get_until(&app, "/api/server/a", |answer| cache_status(answer).contains("hit")).text(),
        "onetwo"
    );
    assert_eq!(upstream.requests().len(), 1);
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
fn a_failure_of_the_leader_does_not_fail_the_waiting_requests() {
    let upstream = Upstream::scripted(|connection, request| {
        if request.to_ascii_lowercase().contains("x-odd: ") {
            thread::sleep(Duration::from_millis(400));
            return connection.write_all(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n").is_ok();
        }
        connection.write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    thread::scope(|scope| {
        let odd = scope.spawn(|| app.send(&Request::get("/api/server/a").header("X-Odd", "1")));
        upstream.wait_for(1);
        let others: Vec<_> = (0..5).map(|_| scope.spawn(|| app.get("/api/server/a"))).collect();
        for other in others {
            let other = other.join().unwrap();
            assert_eq!((other.status, other.text()), (200, "content"));
        }
        odd.join().unwrap().problem(500, "internal");
    });
    assert_eq!(upstream.requests().len(), 2, "one for the odd one, one for everybody else");
}
