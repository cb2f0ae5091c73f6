//! The end after SIGTERM: not ready at once, still serving for a while, then draining, and over in time.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::{Request, connect, parse},
    polling::wait_until,
    program::{Program, signal, terminate},
    test_app::RouteTable,
    upstream::Upstream,
    websocket::{OPEN, StreamUpstream, echo, open, read_bytes, read_head, rest},
};

/// What a busy machine may add to a time limit.
const SLACK: Duration = Duration::from_secs(2);

/// The limit of the tests that run into it.
const LIMIT: (&str, &str) = ("BFF_DRAIN_TIMEOUT", "3s");
const LIMIT_TIME: Duration = Duration::from_secs(3);

/// Sends SIGTERM, and waits until probes have learnt it.
fn leave(program: &Program) {
    assert_eq!(Request::get("/readyz").send(program.port).status, 200);
    terminate(&program.child);
    let is_ready =
        || Request::get("/readyz").try_send(program.port).is_some_and(|answer| answer.status == 200);
    wait_until(|| !is_ready(), || "probes are told that it is ready");
}

/// Waits for the end; returns the log and the time that it took.
fn ended(program: Program, since: Instant) -> (String, Duration) {
    let log = program.stopped();
    (log, since.elapsed())
}

/// An upstream that never answers, apart from probes.
fn hanging() -> Upstream {
    Upstream::scripted(|connection, request| {
        if request.starts_with("HEAD / ") {
            return connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok();
        }
        // Only a closed connection ends this read.
        let _ = connection.read(&mut [0]);
        false
    })
}

#[test]
fn a_leaving_server_is_not_ready_and_serves_new_connections() {
    let upstream = Upstream::ok("served");
    let program =
        Program::before(&upstream.url(), &[("BFF_DRAIN_DELAY", "40s"), ("BFF_DRAIN_TIMEOUT", "60s")]);
    leave(&program);
    for _ in 0..3 {
        assert_eq!(Request::get("/api/server/a").send(program.port).text(), "served");
        assert_eq!(Request::get("/healthz").send(program.port).status, 200);
        let problem = Request::get("/readyz").send(program.port).problem(503, "busy");
        assert_eq!(problem["detail"], "This server is draining: it stops soon.");
    }
    // The second signal ends the delay.
    let since = Instant::now();
    terminate(&program.child);
    let (log, took) = ended(program, since);
    assert!(took < Duration::from_secs(15), "{took:?}");
    assert!(log.contains("not ready any more, and takes requests for another 40s"), "{log}");
    assert!(!log.contains("they are cut"), "{log}");
}

#[test]
fn a_delay_ends_by_itself_and_the_server_with_code_0() {
    let upstream = Upstream::ok("served");
    let program = Program::before(&upstream.url(), &[("BFF_DRAIN_DELAY", "1s")]);
    let since = Instant::now();
    leave(&program);
    let takes_connections = || TcpStream::connect(("127.0.0.1", program.port)).is_ok();
    wait_until(|| !takes_connections(), || "it still accepts");
    assert!(since.elapsed() >= Duration::from_secs(1), "{:?}", since.elapsed());
    let (log, took) = ended(program, since);
    assert!(took < Duration::from_secs(15) && log.contains("stopped"), "{took:?} {log}");
}

#[test]
fn an_interrupt_during_the_delay_ends_the_server_at_once() {
    let upstream = hanging();
    let settings =
        [("BFF_DRAIN_DELAY", "40s"), ("BFF_DRAIN_TIMEOUT", "60s"), ("BFF_UPSTREAM_TIMEOUT", "60s")];
    let program = Program::before(&upstream.url(), &settings);
    let _browser = Request::get("/api/server/a").begin(program.port);
    upstream.wait_for(1);
    leave(&program);
    let since = Instant::now();
    signal(&program.child, "INT");
    let (log, took) = ended(program, since);
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(log.matches("[API] GET /a 499 ").count(), 1, "{log}");
}

#[test]
fn streams_go_on_during_the_delay_and_end_with_it() {
    let upstream = StreamUpstream::start();
    let table = RouteTable::new(OPEN);
    let settings = [table.setting(), ("BFF_DRAIN_DELAY", "40s"), ("BFF_DRAIN_TIMEOUT", "60s")];
    let program = Program::before(&upstream.url(), &settings);
    let mut socket = open(program.port, "/api/server/echo", &[]);
    echo(&mut socket, b"hello");
    let mut events = Request::get("/api/server/events").begin(program.port);
    let mut head = read_head(&mut events);
    leave(&program);
    echo(&mut socket, b"still there");
    // One that begins during the delay is taken as well.
    let mut late = open(program.port, "/api/server/echo", &[]);
    echo(&mut late, b"hello");
    while head.windows(9).filter(|window| *window == b"data: x\n\n").count() < 3 {
        head.extend(read_bytes(&mut events, 1));
    }
    let since = Instant::now();
    terminate(&program.child);
    assert_eq!((rest(&mut socket), rest(&mut late)), (Vec::new(), Vec::new()));
    let answer = parse(&[head, rest(&mut events)].concat());
    assert!(answer.complete, "the browser would not open it again");
    let (log, took) = ended(program, since);
    assert!(took < Duration::from_secs(15), "{took:?}");
    assert!(!log.contains("they are cut"), "{log}");
}

#[test]
fn a_request_that_hangs_is_cut_in_time_and_leaves_its_line() {
    let upstream = hanging();
    let program = Program::before(&upstream.url(), &[LIMIT, ("BFF_UPSTREAM_TIMEOUT", "60s")]);
    let _browser = Request::get("/api/server/a").begin(program.port);
    upstream.wait_for(1);
    let since = Instant::now();
    terminate(&program.child);
    let (log, took) = ended(program, since);
    assert!(took > Duration::from_secs(2) && took < LIMIT_TIME + SLACK, "{took:?}");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("[API] GET /a 499 ")).collect();
    assert!(lines.len() == 1 && lines[0].contains("(the server stopped; request "), "{log}");
    assert!(log.contains("they are cut (BFF_DRAIN_TIMEOUT)"), "{log}");
    assert!(log.lines().last().unwrap().ends_with(" stopped"), "{log}");
}

#[test]
fn the_delay_is_a_part_of_the_time() {
    let upstream = hanging();
    let settings = [LIMIT, ("BFF_DRAIN_DELAY", "2s"), ("BFF_UPSTREAM_TIMEOUT", "60s")];
    let program = Program::before(&upstream.url(), &settings);
    let _browser = Request::get("/api/server/a").begin(program.port);
    upstream.wait_for(1);
    let since = Instant::now();
    terminate(&program.child);
    let (_, took) = ended(program, since);
    assert!(took > Duration::from_secs(2) && took < LIMIT_TIME + SLACK, "{took:?}");
}

#[test]
fn an_upload_that_does_not_end_is_cut_in_time() {
    let upstream = Upstream::after_head(|connection| {
        let _ = connection.read_to_end(&mut Vec::new());
    });
    let program = Program::before(&upstream.url(), &[LIMIT]);
    let mut browser = connect(program.port);
    browser
        .write_all(b"POST /api/server/up HTTP/1.1\r\nHost: app.test\r\nContent-Length: 9000000\r\n\r\n")
        .unwrap();
    browser.write_all(&[b'x'; 200_000]).unwrap();
    upstream.wait_for(1);
    let since = Instant::now();
    terminate(&program.child);
    let (log, took) = ended(program, since);
    assert!(took < LIMIT_TIME + SLACK, "{took:?}");
    assert!(log.contains("they are cut (BFF_DRAIN_TIMEOUT)"), "{log}");
    assert_eq!(log.matches("[API] POST /up ").count(), 1, "{log}");
}

#[test]
fn a_collector_that_does_not_answer_does_not_hold_the_end_up() {
    let (upstream, collector) = (Upstream::ok("served"), hanging());
    let collector_url = collector.url();
    let settings = [("BFF_DRAIN_TIMEOUT", "1s"), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector_url.as_str())];
    let program = Program::before(&upstream.url(), &settings);
    assert_eq!(Request::get("/api/server/a").send(program.port).text(), "served");
    let since = Instant::now();
    terminate(&program.child);
    let (log, took) = ended(program, since);
    assert!(took < Duration::from_secs(1) + SLACK, "{took:?} {log}");
}
