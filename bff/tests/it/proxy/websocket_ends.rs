//! WebSockets: what ends them, and how little of them is held.

use std::{
    io::Write as _,
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::{PATIENCE, Request, parse},
    polling::wait_until,
    program::Program,
    test_app::{RouteTable, TestApp},
    token_upstream::{cookie_of, login, with},
    upstream::Upstream,
    websocket::{OPEN, SWITCHED, StreamUpstream, echo, open, read_bytes, read_head, rest},
};

/// More than what buffers of both connections hold, and less than what a writer without limit gets rid of.
const BOUND: u64 = 24 * 1024 * 1024;

#[test]
fn an_end_of_one_side_ends_the_other() {
    let upstream = StreamUpstream::start();
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    let mut connection = open(app.port, "/api/server/echo", &[]);
    echo(&mut connection, b"hello");
    assert_eq!(upstream.open(), 1);
    drop(connection);
    wait_until(|| upstream.open() == 0, || "the upstream's connection stays");
    let saying_goodbye = Upstream::scripted(|connection, _| {
        connection.write_all(SWITCHED.as_bytes()).unwrap();
        connection.write_all(&[b'x'; 500_000]).unwrap();
        connection.shutdown(Shutdown::Write).unwrap();
        rest(connection);
        false
    });
    let app = TestApp::with_routes(&saying_goodbye.url(), OPEN, &[]);
    let mut connection = open(app.port, "/api/server/x", &[]);
    // What is still under way to an upstream that has gone takes nothing of its last words away.
    connection.write_all(&[b'y'; 100_000]).unwrap();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(rest(&mut connection).len(), 500_000);
}

#[test]
fn a_browsers_last_words_reach_the_upstream() {
    let (told, heard) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let upstream = Upstream::scripted(move |connection, _| {
        connection.write_all(SWITCHED.as_bytes()).unwrap();
        told.lock().unwrap().send(rest(connection)).unwrap();
        false
    });
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    let mut connection = open(app.port, "/api/server/x", &[]);
    connection.write_all(b"goodbye").unwrap();
    connection.shutdown(Shutdown::Write).unwrap();
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), b"goodbye");
    assert_eq!(rest(&mut connection), b"");
}

#[test]
fn a_websocket_that_says_nothing_ends_after_the_idle_time() {
    let upstream = StreamUpstream::start();
    let table = "[[route]]\npath = '/echo'\nwebsocket = true\nidle-timeout = '600ms'\n";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let mut connection = open(app.port, "/api/server/echo", &[]);
    for _ in 0..10 {
        // One direction is enough.
        echo(&mut connection, b"still here");
        thread::sleep(Duration::from_millis(100));
    }
    let since = Instant::now();
    assert_eq!(rest(&mut connection), b"");
    assert!(since.elapsed() >= Duration::from_millis(400), "{:?}", since.elapsed());
    wait_until(|| upstream.open() == 0, || "the upstream's connection stays");
}

#[test]
fn a_websocket_and_an_event_stream_end_with_the_server() {
    let upstream = StreamUpstream::start();
    let mut app = TestApp::with_routes(&upstream.url(), OPEN, &[("BFF_DRAIN_TIMEOUT", "20s")]);
    let mut connection = open(app.port, "/api/server/echo", &[]);
    echo(&mut connection, b"hello");
    let mut events = Request::get("/api/server/events").begin(app.port);
    let mut head = read_head(&mut events);
    while !String::from_utf8_lossy(&head).contains("data: x\n\n") {
        head.extend(read_bytes(&mut events, 1));
    }
    let since = Instant::now();
    app.stop();
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    assert_eq!(rest(&mut connection), b"");
    // The content ends as it should, so that the browser opens the stream again.
    let answer = parse(&[head, rest(&mut events)].concat());
    assert!(answer.complete && answer.text().starts_with("data: x\n\n"), "{}", answer.text());
}

#[test]
fn a_download_goes_on_while_the_server_drains() {
    let upstream = Upstream::scripted(|connection, _| {
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").unwrap();
        for _ in 0..10 {
            connection.write_all(&[b'x'; 10_000]).unwrap();
            thread::sleep(Duration::from_millis(100));
        }
        true
    });
    let mut app = TestApp::before(&upstream.url(), &[]);
    let mut download = Request::get("/api/server/download").begin(app.port);
    let head = read_head(&mut download);
    let reading = thread::spawn(move || parse(&[head, rest(&mut download)].concat()));
    app.stop();
    let answer = reading.join().unwrap();
    assert_eq!((answer.complete, answer.body.len()), (true, 100_000));
}

#[test]
fn security_24_a_reader_that_does_not_read_stops_the_writer() {
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let upstream = Upstream::scripted(move |connection, _| {
        connection.write_all(SWITCHED.as_bytes()).unwrap();
        write_endlessly(connection, &counted);
        false
    });
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    let connection = open(app.port, "/api/server/x", &[]);
    assert_stops(&sent);
    drop(connection);
    // The other way round: the upstream does not read.
    let deaf = Upstream::scripted(|connection, _| {
        connection.write_all(SWITCHED.as_bytes()).unwrap();
        thread::sleep(PATIENCE);
        false
    });
    let app = TestApp::with_routes(&deaf.url(), OPEN, &[]);
    let mut connection = open(app.port, "/api/server/x", &[]);
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    thread::spawn(move || write_endlessly(&mut connection, &counted));
    assert_stops(&sent);
}

fn write_endlessly(connection: &mut TcpStream, sent: &AtomicU64) {
    connection.set_write_timeout(Some(PATIENCE)).unwrap();
    while let Ok(count) = connection.write(&[b'x'; 64 * 1024]) {
        sent.fetch_add(count as u64, Ordering::SeqCst);
    }
}

/// Waits until nothing has been written for half a second, and expects little to have been.
fn assert_stops(sent: &AtomicU64) {
    let (mut last, mut since) = (0, Instant::now());
    wait_until(
        || {
            let now = sent.load(Ordering::SeqCst);
            if now != last {
                (last, since) = (now, Instant::now());
            }
            last > 0 && since.elapsed() > Duration::from_millis(500)
        },
        || "the writer does not stop",
    );
    assert!(last < BOUND, "{last}");
}

#[test]
fn a_websocket_is_one_line_at_its_end_and_is_counted_until_then() {
    let upstream = StreamUpstream::start();
    let routes = RouteTable::new(OPEN);
    let settings = [routes.setting(), ("BFF_METRICS_LISTEN", "127.0.0.1:0")];
    let mut program = Program::before(&upstream.url(), &settings);
    let (metrics, port) = (program.metrics_port(), program.port);
    let scrape = || Request::get("/metrics").send(metrics).text().to_owned();
    let cookie = cookie_of(&login("ada", "adapass").send(port));
    let mut first = open(port, "/api/server/echo", &[("Cookie", &cookie)]);
    let mut second = open(port, "/api/server/echo", &[]);
    echo(&mut first, b"hello");
    echo(&mut second, b"hello");
    let counted = scrape();
    for line in [
        "bff_tunnels 2",
        "bff_tunnel_bytes_total{direction=\"down\"} 10",
        "bff_tunnel_bytes_total{direction=\"up\"} 10",
        "bff_upstream_exchanges 2",
    ] {
        assert!(counted.lines().any(|one| one == line), "{line} in {counted}");
    }
    with(&cookie, Request::new("POST", "/bff/logout")).send(port);
    assert_eq!(rest(&mut first), b"");
    wait_until(|| scrape().lines().any(|line| line == "bff_tunnels 1"), scrape);
    // SIGTERM.
    let log = program.stop();
    assert_eq!(rest(&mut second), b"");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("[API] GET /echo 101 ")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[0].contains("(the session ended;") && lines[1].contains("(the server stops;"), "{log}");
}
