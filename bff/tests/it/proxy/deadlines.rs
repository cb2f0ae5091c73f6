//! Deadlines: what flows is not cut, a silence is ended, and each one is told as the fault of the side that was silent.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Duration,
};

use crate::harness::{
    browser::{Request, connect, raw, read},
    test_app::TestApp,
    upstream::Upstream,
};

/// A head has to come within 400 ms; a silence within a body may last 800 ms.
const SHORT: [(&str, &str); 2] = [("BFF_UPSTREAM_TIMEOUT", "400ms"), ("BFF_IDLE_TIMEOUT", "800ms")];

/// Shorter than the longest silence; twelve of them are longer than any deadline.
const PAUSE: Duration = Duration::from_millis(100);

/// Longer than both deadlines.
const SILENCE: Duration = Duration::from_millis(1500);

fn drip(connection: &mut TcpStream, head: &str, piece: &[u8]) {
    let _ = connection.write_all(head.as_bytes());
    for _ in 0..12 {
        let _ = connection.write_all(piece);
        thread::sleep(PAUSE);
    }
}

/// An upstream whose answers flow for longer than any deadline.
fn flowing() -> Upstream {
    Upstream::scripted(|connection, request| {
        if request.starts_with("GET /download ") {
            drip(connection, "HTTP/1.1 200 OK\r\nContent-Length: 120000\r\n\r\n", &[b'x'; 10_000]);
        } else {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            drip(connection, head, b"9\r\ndata: x\n\n\r\n");
            let _ = connection.write_all(b"0\r\n\r\n");
        }
        true
    })
}

#[test]
fn a_download_and_an_event_stream_go_on_while_they_flow() {
    let upstream = flowing();
    let app = TestApp::before(&upstream.url(), &SHORT);
    let download = app.get("/api/server/download");
    assert_eq!((download.status, download.complete, download.body.len()), (200, true, 120_000));
    let events = app.get("/api/server/events");
    assert_eq!((events.status, events.complete), (200, true));
    assert_eq!(events.text(), "data: x\n\n".repeat(12));
}

#[test]
fn an_upload_from_a_slow_line_goes_on_while_it_flows() {
    let upstream = Upstream::ok("taken");
    let app = TestApp::before(&upstream.url(), &SHORT);
    // Over what is kept whole, and under it.
    for length in [120_000, 12_000] {
        for method in ["POST", "PUT"] {
            let mut browser = connect(app.port);
            let head = format!(
                "{method} /api/server/x HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
            );
            drip(&mut browser, &head, &vec![b'x'; length / 12]);
            let answer = read(&mut browser);
            assert_eq!((answer.status, answer.text()), (200, "taken"), "{method} {length}");
        }
    }
}

#[test]
fn a_browser_that_stops_sending_is_at_fault_itself() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &SHORT);
    for length in [10, 100_000] {
        for method in ["POST", "PUT"] {
            let request = format!(
                "{method} /api/server/x HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\nabc"
            );
            raw(app.port, request.as_bytes()).problem(408, "client_timeout");
        }
    }
}

#[test]
fn an_upstream_that_takes_nothing_of_an_upload_is_at_fault() {
    let upstream = Upstream::after_head(|_| thread::sleep(2 * SILENCE));
    let app = TestApp::before(&upstream.url(), &SHORT);
    let upload = Request::new("POST", "/api/server/x").body(vec![b'x'; 9_000_000]);
    app.send(&upload).problem(504, "upstream_timeout");
}

#[test]
fn security_32_an_upstream_that_is_silent_is_ended() {
    let silent_after = |bytes: &'static str| {
        Upstream::scripted(move |connection, _| {
            let _ = connection.write_all(bytes.as_bytes());
            thread::sleep(SILENCE);
            false
        })
    };
    for (bytes, status) in [
        ("", 504),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 504),
        ("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\nabc", 200),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 200),
    ] {
        let upstream = silent_after(bytes);
        let answer = TestApp::before(&upstream.url(), &SHORT).get("/api/server/x");
        assert_eq!((answer.status, answer.complete), (status, status == 504), "{bytes}");
    }
}

#[test]
fn security_32_an_answer_that_is_read_whole_is_due_however_it_drips() {
    let upstream = Upstream::scripted(|connection, request| {
        let head = match request.starts_with("GET /selected ") {
            true => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            false => "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n",
        };
        drip(connection, head, b"1\r\nx\r\n");
        false
    });
    let table = "[[route]]\npath = \"/selected\"\nselect = [\"id\"]\n[[route]]\npath = \"/{*rest}\"\n";
    let app = TestApp::with_routes(&upstream.url(), table, &SHORT);
    app.get("/api/server/small").problem(504, "upstream_timeout");
    app.get("/api/server/selected").problem(504, "upstream_timeout");
}

#[test]
fn a_routes_own_limits_count_for_it() {
    let upstream = Upstream::scripted(|connection, request| {
        if request.starts_with("GET /late") {
            thread::sleep(2 * PAUSE);
            return connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok();
        }
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
        thread::sleep(2 * PAUSE);
        connection.write_all(b"1\r\nb\r\n0\r\n\r\n").is_ok()
    });
    let hasty = [("BFF_UPSTREAM_TIMEOUT", "100ms"), ("BFF_IDLE_TIMEOUT", "100ms")];
    let table = |limits: &str| format!("[[route]]\npath = \"/{{*rest}}\"\n{limits}\n");
    for (limits, late, halting) in [
        ("", 504, false),
        ("timeout = \"20s\"", 200, true),
        ("head-timeout = \"20s\"", 200, false),
        ("idle-timeout = \"20s\"", 504, true),
        ("timeout = \"20s\"\nhead-timeout = \"100ms\"", 504, true),
        ("timeout = \"20s\"\nidle-timeout = \"100ms\"", 200, false),
    ] {
        let app = TestApp::with_routes(&upstream.url(), &table(limits), &hasty);
        assert_eq!(app.get("/api/server/late").status, late, "{limits}");
        let answer = app.get("/api/server/halting");
        assert_eq!((answer.status, answer.complete), (200, halting), "{limits}");
    }
}

#[test]
fn security_33_a_browser_that_does_not_read_gives_its_place_back() {
    let upstream = Upstream::scripted(|connection, request| {
        if request.starts_with("GET /endless") {
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n");
            while connection.write_all(&[b'x'; 64 * 1024]).is_ok() {}
            return false;
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok()
    });
    let settings = [("BFF_UPSTREAM_CONNECTIONS", "1"), ("BFF_IDLE_TIMEOUT", "900ms")];
    let app = TestApp::before(&upstream.url(), &settings);
    let mut idle = connect(app.port);
    idle.write_all(b"GET /api/server/endless HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
    upstream.wait_for(1);
    crate::harness::polling::wait_until(
        || app.get("/api/server/other").status == 200,
        || "the place was never given back",
    );
    // The answer ends with a cut, and not as if it were whole.
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest);
    assert!(rest.len() < 900_000_000);
}

#[test]
fn security_32_a_browser_that_crawls_is_ended_like_one_that_stops() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &SHORT);
    for method in ["POST", "PUT"] {
        let mut browser = connect(app.port);
        // A byte comes long before each silence would be too long.
        let head = format!(
            "{method} /api/server/x HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: 60000\r\n\r\n"
        );
        drip(&mut browser, &head, b"x");
        read(&mut browser).problem(408, "client_timeout");
    }
}
