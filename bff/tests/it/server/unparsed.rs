//! Requests that the framework cannot parse: a problem, a line in the log, a count.

use std::io::{Read as _, Write as _};

use crate::harness::{
    browser::{Request, Response, connect, raw},
    program::Program,
    test_app::TestApp,
    upstream::Upstream,
};

const HOST: &str = "Host: 127.0.0.1\r\n";

fn many_fields() -> String {
    let fields: String = (0..100).map(|number| format!("X-{number}: 1\r\n")).collect();
    format!("GET /api/server/x HTTP/1.1\r\n{HOST}{fields}\r\n")
}

#[test]
fn a_head_that_does_not_parse_is_a_problem_a_line_and_a_count() {
    let upstream = Upstream::ok("{}");
    let settings = [("BFF_METRICS_LISTEN", "127.0.0.1:0"), ("BFF_WORKERS", "1")];
    let mut program = Program::before(&upstream.url(), &settings);
    let metrics = program.metrics_port();
    let cases = [
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n".to_vec(), 400),
        (format!("GET /api/server/x?q={{\"a\":1}} HTTP/1.1\r\n{HOST}\r\n").into_bytes(), 400),
        (format!("GET /api/server/café HTTP/1.1\r\n{HOST}\r\n").into_bytes(), 400),
        (format!("GET /healthz HTTP/1.1\r\n{HOST}Content-Length: x\r\n\r\n").into_bytes(), 400),
        (many_fields().into_bytes(), 431),
        (format!("GET / HTTP/1.1\r\n{HOST}A: {}\r\n\r\n", "x".repeat(200_000)).into_bytes(), 431),
    ];
    let ids: Vec<String> = cases
        .iter()
        .map(|(bytes, status)| {
            let answer = raw(program.port, bytes);
            answer.problem(*status, "invalid_request");
            assert_eq!(answer.header("connection"), Some("close"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            answer.header("x-request-id").unwrap().to_owned()
        })
        .collect();
    let counted = Request::get("/metrics").send(metrics);
    let series = r#"bff_request_duration_seconds_count{outcome="invalid_request",route="none"} 6"#;
    assert!(counted.text().contains(series), "{}", counted.text());
    let log = program.stop();
    for id in ids {
        assert_eq!(
            log.lines().filter(|line| line.contains("[API] - -") && line.contains(&id)).count(),
            1,
            "{log}"
        );
    }
    assert_eq!(upstream.requests().len(), 0);
}

#[test]
fn content_that_does_not_parse_is_a_problem_with_the_requests_id() {
    let upstream = Upstream::after_head(|connection| {
        let _ = connection.read(&mut [0; 64]);
        let _ = connection.read_to_end(&mut Vec::new());
    });
    let program = Program::before(&upstream.url(), &[("BFF_WORKERS", "1")]);
    let mut ids = Vec::new();
    for chunks in ["\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\nZZ\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n"] {
        let request =
            format!("POST /api/server/x HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n{chunks}");
        let answer = raw(program.port, request.as_bytes());
        answer.problem(400, "invalid_request");
        ids.push(answer.header("x-request-id").unwrap().to_owned());
    }
    let log = program.stop();
    for id in ids {
        assert!(log.lines().any(|line| line.contains("does not parse") && line.contains(&id)), "{log}");
        assert_eq!(
            log.lines().filter(|line| line.contains("[API]") && line.contains(&id)).count(),
            1,
            "{log}"
        );
    }
}

#[test]
fn a_head_that_never_ends_is_408_and_silence_is_answered_by_silence() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[("BFF_CLIENT_TIMEOUT", "1s")]);
    let answer = raw(app.port, format!("GET /api/server/x HTTP/1.1\r\n{HOST}").as_bytes());
    answer.problem(408, "client_timeout");
    let mut nothing = Vec::new();
    connect(app.port).read_to_end(&mut nothing).unwrap();
    assert_eq!(nothing, b"");
}

/// Both answers of a connection on which two requests came at once.
fn both(port: u16, first: &str, second: &str) -> (String, Response) {
    let mut connection = connect(port);
    connection.write_all(format!("{first}{second}").as_bytes()).unwrap();
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let start = text.rfind("HTTP/1.1 400 ").unwrap_or_else(|| panic!("{text}"));
    (text[..start].to_owned(), crate::harness::browser::parse(&text.as_bytes()[start..]))
}

#[test]
fn what_does_not_parse_behind_an_answer_leaves_the_answer_whole() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[]);
    for first in ["GET /healthz", "HEAD /healthz", "GET /api/server/a/../b", "GET /bff/session"] {
        let (answer, refusal) =
            both(app.port, &format!("{first} HTTP/1.1\r\n{HOST}\r\n"), "GET /a b c HTTP/1.1\r\n\r\n");
        assert_eq!(answer.matches("x-request-id: ").count(), 1, "{answer}");
        refusal.problem(400, "invalid_request");
    }
}

#[test]
fn content_that_looks_like_a_refusal_reaches_the_browser() {
    let lookalike = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    let (size, half) = (lookalike.len(), 30);
    for framed in [
        format!("Content-Length: {size}\r\n\r\n{lookalike}"),
        format!(
            "Transfer-Encoding: chunked\r\n\r\n{half:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
            &lookalike[..half],
            size - half,
            &lookalike[half..]
        ),
    ] {
        let upstream =
            Upstream::answering(format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{framed}"));
        let app = TestApp::before(&upstream.url(), &[]);
        let answer = app.get("/api/server/x");
        assert!(answer.complete);
        assert_eq!((answer.status, answer.text()), (200, lookalike));
    }
}

#[test]
fn an_answer_in_chunks_ends_with_the_connection_where_no_chunks_are_known() {
    let upstream =
        Upstream::answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    for request in [
        format!("GET /api/server/x HTTP/1.0\r\n{HOST}\r\n"),
        format!("GET /api/server/x HTTP/1.1\r\n{HOST}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
    ] {
        let answer = raw(app.port, request.as_bytes());
        assert_eq!((answer.status, answer.text()), (200, "hello"), "{request}");
        assert_eq!(answer.header("transfer-encoding"), None);
    }
    // Clients that would speak HTTP/2 ask by the same field, and go on with HTTP/1.1.
    let answer = app.send(&Request::get("/api/server/x").header("Upgrade", "h2c"));
    assert_eq!((answer.text(), answer.complete), ("hello", true));
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
}
