//! Content-Security-Policy of API answers: SECURITY.md line 25 where the operator lets the upstream's policy pass.

use std::{
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use crate::harness::{
    browser::{Request, Response},
    test_app::TestApp,
    upstream::Upstream,
};

const NAMED: [(&str, &str); 1] = [("BFF_RESPONSE_HEADERS", "content-security-policy")];
const OURS: Option<&str> = Some("default-src 'none'; frame-ancestors 'none'; sandbox");
const THEIRS: &str = "script-src 'unsafe-inline'";

/// An answer with an entity tag and this policy.
fn answer(fields: &str, policy: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Security-Policy: {policy}\r\n{fields}Content-Length: 7\r\n\r\ncontent"
    )
}

/// An upstream that answers its first request with `fields`, and a condition with a 304 of `newer`.
fn validating(fields: &str, newer: String) -> Upstream {
    let first = answer(&format!("Cache-Control: no-cache\r\n{fields}"), THEIRS);
    Upstream::scripted(move |connection, request| {
        let conditional = request.to_ascii_lowercase().contains("if-none-match");
        let not_modified =
            format!("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nCache-Control: max-age=60\r\n{newer}\r\n");
        connection.write_all(if conditional { &not_modified } else { &first }.as_bytes()).is_ok()
    })
}

fn policy(answer: &Response) -> Option<&str> {
    answer.header("content-security-policy")
}

#[test]
fn security_25_a_named_upstream_policy_replaces_ours_on_inert_types() {
    for (content_type, inert) in [
        ("Content-Type: application/pdf\r\n", true),
        ("Content-Type: text/plain\r\n", true),
        ("Content-Type: application/problem+json\r\n", true),
        ("Content-Type: image/svg+xml\r\n", false),
        ("Content-Type: text/html\r\n", false),
        ("Content-Type: application/xml\r\n", false),
        ("Content-Type: text/plain\r\nContent-Type: text/html\r\n", false),
        ("Content-Type: application/pdf, image/svg+xml\r\n", false),
        ("", false),
    ] {
        let upstream = Upstream::answering(answer(content_type, THEIRS));
        let unnamed = TestApp::before(&upstream.url(), &[]);
        assert_eq!(policy(&unnamed.get("/api/server/a")), OURS, "{content_type}");
        let named = TestApp::before(&upstream.url(), &NAMED);
        let whose = if inert { Some(THEIRS) } else { OURS };
        for method in ["GET", "HEAD", "POST"] {
            let answer = named.send(&Request::new(method, "/api/server/a"));
            assert_eq!((answer.status, policy(&answer)), (200, whose), "{method} {content_type}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(answer.header("x-frame-options"), Some("DENY"), "it says nothing of frames");
        }
    }
}

#[test]
fn security_25_stored_answers_keep_the_policy_that_was_chosen() {
    for (content_type, whose) in [("application/pdf", Some(THEIRS)), ("image/svg+xml", OURS)] {
        let fields = format!("Cache-Control: max-age=60\r\nContent-Type: {content_type}\r\n");
        let upstream = Upstream::answering(answer(&fields, THEIRS));
        let app = TestApp::before(&upstream.url(), &NAMED);
        for method in ["GET", "GET", "HEAD"] {
            let answer = app.send(&Request::new(method, "/api/server/a"));
            assert_eq!((answer.status, policy(&answer)), (200, whose), "{method} {content_type}");
        }
        let part = app.send(&Request::get("/api/server/a").header("Range", "bytes=0-1"));
        assert_eq!((part.status, policy(&part)), (206, OURS), "a part belongs to what came before");
        // It keeps the policy that it came with: that goes with its type.
        let unchanged = app.send(&Request::get("/api/server/a").header("If-None-Match", "\"a\""));
        assert_eq!((unchanged.status, policy(&unchanged)), (304, None));
        assert_eq!(unchanged.header("x-frame-options"), None);
        assert_eq!(upstream.requests().len(), 1, "all of the stored one");
    }
}

#[test]
fn security_25_a_validation_that_changes_the_type_changes_the_policy() {
    let csp = "Content-Security-Policy: img-src *\r\n";
    for (stored, newer, whose) in [
        ("application/pdf", String::new(), Some(THEIRS)),
        ("application/pdf", csp.to_owned(), Some("img-src *")),
        ("application/pdf", format!("{csp}Content-Type: text/plain\r\n"), Some("img-src *")),
        ("image/svg+xml", csp.to_owned(), OURS),
        ("text/html", csp.to_owned(), OURS),
        ("text/html", format!("{csp}Content-Type: application/pdf\r\n"), Some("img-src *")),
        ("application/pdf", "Content-Type: image/svg+xml\r\n".to_owned(), OURS),
        ("application/pdf", "Content-Type: text/html\r\n".to_owned(), OURS),
        ("application/pdf", format!("{csp}Connection: content-security-policy\r\n"), OURS),
        ("application/pdf", "Content-Type: application/pdf\r\nContent-Type: text/html\r\n".to_owned(), OURS),
    ] {
        let upstream = validating(&format!("Content-Type: {stored}\r\n"), newer.clone());
        let app = TestApp::before(&upstream.url(), &NAMED);
        app.get("/api/server/a");
        for _validated_then_stored in 0..2 {
            let answer = app.get("/api/server/a");
            assert_eq!((answer.status, answer.text()), (200, "content"));
            assert_eq!(policy(&answer), whose, "{stored}, then {newer}");
        }
        assert_eq!(upstream.requests().len(), 2);
    }
}

#[test]
fn security_25_an_upstream_206_or_304_brings_no_policy_along() {
    let upstream = Upstream::scripted(|connection, request| {
        let status = if request.contains("/part") { "206 Partial Content" } else { "304 Not Modified" };
        let fields = "Content-Type: application/pdf\r\nContent-Security-Policy: script-src *\r\n";
        let body = if request.contains("/part") {
            "Content-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n%P"
        } else {
            "\r\n"
        };
        connection.write_all(format!("HTTP/1.1 {status}\r\n{fields}{body}").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &NAMED);
    let part = app.send(&Request::get("/api/server/part").header("Range", "bytes=0-1"));
    assert_eq!((part.status, policy(&part)), (206, OURS));
    let unchanged = app.send(&Request::get("/api/server/a").header("If-None-Match", "\"a\""));
    assert_eq!((unchanged.status, policy(&unchanged), unchanged.header("content-type")), (304, None, None));
}

#[test]
fn security_25_a_type_that_is_not_to_be_stored_takes_the_policy_with_it() {
    let upstream = Upstream::answering(answer(
        "Cache-Control: max-age=60, no-cache=\"content-type\"\r\nContent-Type: application/pdf\r\n",
        THEIRS,
    ));
    let app = TestApp::before(&upstream.url(), &NAMED);
    app.get("/api/server/a");
    let stored = app.get("/api/server/a");
    assert_eq!((stored.header("content-type"), policy(&stored)), (None, OURS));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_25_a_stale_answer_keeps_its_policy() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, request| {
        let fields = format!(
            "Cache-Control: max-age=0, stale-if-error=60\r\nContent-Type: {}\r\n",
            if request.contains("/pdf") { "application/pdf" } else { "image/svg+xml" }
        );
        let bytes = if count.fetch_add(1, SeqCst) < 2 {
            answer(&fields, THEIRS)
        } else {
            "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n".to_owned()
        };
        connection.write_all(bytes.as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &NAMED);
    for path in ["/api/server/pdf", "/api/server/svg"] {
        assert_eq!(app.get(path).status, 200);
    }
    for (path, whose) in [("/api/server/pdf", Some(THEIRS)), ("/api/server/svg", OURS)] {
        let stale = app.get(path);
        assert!(stale.header("cache-status").unwrap().contains("stale-if-error"), "{path}");
        assert_eq!(policy(&stale), whose, "{path}");
    }
}

#[test]
fn security_25_a_problem_in_the_place_of_an_answer_has_our_policy() {
    let failing = answer("Content-Type: application/json\r\n", THEIRS).replace("200 OK", "500 Oops");
    let upstream = Upstream::answering(failing);
    let app = TestApp::before(&upstream.url(), &NAMED);
    let answer = app.get("/api/server/a");
    answer.problem(500, "internal");
    assert_eq!(policy(&answer), OURS);
}
