//! SECURITY.md lines 35 and 53: security events are logged up to a rate, and secrets are not.

use serde_json::json;

use crate::harness::{
    browser::{Request, raw},
    program::Program,
    token_upstream::{TokenUpstream, cookie_of, login, with},
};

#[test]
fn security_35_security_events_are_logged_whole_and_without_secrets() {
    let upstream = TokenUpstream::start();
    for format in ["pretty", "json"] {
        let program = Program::before(
            &upstream.upstream.url(),
            &[("BFF_LOG_FORMAT", format), ("BFF_LOG", "trace"), ("BFF_LOGIN_LIMIT", "3/1m")],
        );
        let port = program.port;
        login("eve\\u2028forged line", "hunter2").send(port).problem(401, "unauthenticated");
        let cookie = cookie_of(&login("ada", "adapass").send(port));
        Request::new("DELETE", "/api/server/todos/1")
            .header("Cookie", &cookie)
            .send(port)
            .problem(403, "cross_site");
        raw(port, b"GET /api/server/a/../b HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n")
            .problem(400, "ambiguous_path");
        with(&cookie, Request::get("/api/server/todos")).send(port);
        with(&cookie, Request::new("POST", "/bff/logout")).send(port);
        login("ada", "wrong").send(port).problem(401, "unauthenticated");
        login("ada", "wrong").send(port).problem(429, "rate_limited");
        let log = program.stop();
        for event in
            ["sign_in_failed", "sign_in", "refused_origin", "refused_path", "session_end", "rate_limited"]
        {
            let field = if format == "json" {
                format!("\"event\":\"{event}\"")
            } else {
                format!("event=\"{event}\"")
            };
            assert!(log.contains(&field), "{field} in {log}");
        }
        assert!(!log.contains('\u{2028}') && !log.contains("\\u{2028}"), "{log}");
        let id = cookie.split_once('=').unwrap().1;
        for secret in
            ["hunter2", "adapass", id].into_iter().chain(upstream.state().issued.iter().map(String::as_str))
        {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }
}

#[test]
fn security_35_no_path_writes_a_line_of_its_own_or_a_password() {
    let upstream = TokenUpstream::start();
    for format in ["pretty", "json"] {
        let program = Program::before(&upstream.upstream.url(), &[("BFF_LOG_FORMAT", format)]);
        let long = "é".repeat(2000);
        let items = json!([
            { "url": "/a\nINFO [API] DELETE /forged 200 1ms\u{1b}[31m", "method": "GET" },
            { "url": format!("/b{long}"), "method": "GET" },
        ]);
        let batch = Request::new("POST", "/api/server/batch").json(&json!({ "requests": items }).to_string());
        assert_eq!(batch.send(program.port).status, 200);
        for target in ["http://eve:hunter2@app.test/api/server/x", "/%61pi/server/y"] {
            let request = format!("GET {target} HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n");
            raw(program.port, request.as_bytes()).problem(400, "ambiguous_path");
        }
        let log = program.stop();
        let lines: Vec<&str> = log.lines().filter(|line| line.contains("[API]")).collect();
        assert_eq!(lines.len(), 5, "{log}");
        assert!(lines.iter().all(|line| line.len() < 4096 && !line.contains('\u{1b}')), "{log}");
        assert!(!log.contains("hunter2"), "{log}");
        for path in ["*/api/server/x", "*/%61pi/server/y"] {
            assert!(lines.iter().any(|line| line.contains(path)), "{path} in {log}");
        }
    }
}

#[test]
fn security_53_refusals_are_logged_up_to_a_rate_and_then_counted() {
    let upstream = TokenUpstream::start();
    let settings = [("BFF_TRUSTED_PROXIES", "127.0.0.1"), ("BFF_RATE_LIMIT", "off"), ("BFF_WORKERS", "2")];
    let program = Program::before(&upstream.upstream.url(), &settings);
    let refuse = |address: &str, path: &str| {
        let request = Request::new("DELETE", path).header("Sec-Fetch-Site", "cross-site");
        request.header("X-Forwarded-For", address).send(program.port).status
    };
    for _ in 0..60 {
        assert_eq!(refuse("203.0.113.9", "/api/server/todos/1"), 403);
    }
    assert_eq!(refuse("203.0.113.9", "/api/server/a/../b"), 400);
    assert_eq!(refuse("198.51.100.1", "/api/server/todos/1"), 403);
    let log = program.stop();
    let of = |event: &str, address: &str| {
        let event = format!("event=\"{event}\"");
        log.lines().filter(|line| line.contains(&event) && line.contains(address)).count()
    };
    // Ten lines, and one that says how many more there were.
    assert_eq!(of("refused_origin", "203.0.113.9"), 11, "{log}");
    assert!(log.lines().any(|line| line.contains("50 more") && line.contains("203.0.113.9")), "{log}");
    assert_eq!(of("refused_path", "203.0.113.9"), 1, "another kind has its own: {log}");
    assert_eq!(of("refused_origin", "198.51.100.1"), 1, "another address has its own: {log}");
}

#[test]
fn security_53_what_does_not_parse_is_an_event_with_id_and_address() {
    let upstream = TokenUpstream::start();
    let program = Program::before(&upstream.upstream.url(), &[]);
    for (bytes, status) in [
        (&b"\x16\x03\x01\x02\x00\x01\r\n\r\n"[..], 400),
        (b"GET /api/server/x HTTP/1.1\r\nHost: app.test\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST /api/server/x HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 400),
    ] {
        let answer = raw(program.port, bytes);
        answer.problem(status, "invalid_request");
    }
    let log = program.stop();
    let events: Vec<&str> = log.lines().filter(|line| line.contains("refused_syntax")).collect();
    assert_eq!(events.len(), 3, "{log}");
    assert!(events.iter().all(|line| line.contains("127.0.0.1") && line.contains("request_id=")), "{log}");
}
