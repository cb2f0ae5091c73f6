//! Answers that are no longer fresh: validated, served meanwhile, or served for want of a better one.

use std::{
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::Request,
    cacheable::{answer, cache_status, get_until},
    test_app::TestApp,
    upstream::Upstream,
};

#[test]
fn a_stale_answer_is_validated_and_its_fields_renewed() {
    let upstream = Upstream::scripted(|connection, request| {
        let conditional = request.to_ascii_lowercase().contains("if-none-match: \"a\"");
        let answer = if conditional {
            "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nCache-Control: max-age=60\r\nX-Total-Count: 2\r\n\r\n".to_owned()
        } else {
            answer("ETag: \"a\"\r\nCache-Control: no-cache\r\nX-Total-Count: 1\r\n", "content")
        };
        connection.write_all(answer.as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    assert_eq!(app.get("/api/server/a").header("x-total-count"), Some("1"));
    // The browser's own condition is judged here, and never sent.
    let validated = app.send(&Request::get("/api/server/a").header("If-None-Match", "\"other\""));
    assert_eq!((validated.status, validated.text()), (200, "content"));
    assert_eq!(validated.header("cache-status"), Some("bff; fwd=stale; fwd-status=304; ttl=60; stored"));
    assert!(!upstream.last().contains("other"), "{}", upstream.last());
    let hit = app.get("/api/server/a");
    assert_eq!((hit.text(), hit.header("x-total-count")), ("content", Some("2")));
    assert_eq!(upstream.requests().len(), 2);
}

#[test]
fn a_stale_answer_is_served_at_once_and_one_revalidation_follows() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, _| {
        let number = count.fetch_add(1, SeqCst) + 1;
        if number > 1 {
            thread::sleep(Duration::from_secs(2));
        }
        // The time that an answer took is part of its age: the second has to live longer than that.
        let life = if number > 1 { 60 } else { 1 };
        let fields = format!("Cache-Control: max-age={life}, stale-while-revalidate=60\r\n");
        connection.write_all(answer(&fields, &format!("answer {number}")).as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_WORKERS", "2")]);
    app.get("/api/server/a");
    let stale =
        get_until(&app, "/api/server/a", |answer| cache_status(answer).contains("stale-while-revalidate"));
    assert_eq!(stale.text(), "answer 1");
    let since = Instant::now();
    for _ in 0..20 {
        assert_eq!(app.get("/api/server/a").text(), "answer 1");
    }
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    get_until(&app, "/api/server/a", |answer| answer.text() == "answer 2");
    assert_eq!(upstream.requests().len(), 2);
}

#[test]
fn with_the_upstream_down_a_stale_answer_is_served_and_says_so() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, request| {
        let fields = "Cache-Control: max-age=0, stale-if-error=60\r\n";
        let first = count.fetch_add(1, SeqCst) == 0;
        if first {
            return connection.write_all(answer(fields, "content").as_bytes()).is_ok();
        }
        if request.to_ascii_lowercase().contains("test: 503") {
            return connection.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").is_ok();
        }
        false
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_REQUEST_HEADERS", "test")]);
    app.get("/api/server/a");
    let cut = app.get("/api/server/a");
    assert_eq!((cut.status, cut.text()), (200, "content"));
    assert!(cache_status(&cut).ends_with("; detail=stale-if-error"), "{}", cache_status(&cut));
    let busy = app.send(&Request::get("/api/server/a").header("Test", "503"));
    assert_eq!((busy.status, busy.text()), (200, "content"));
    assert!(cache_status(&busy).contains("fwd-status=503"), "{}", cache_status(&busy));
}
