//! Connections to the upstream are kept, whatever the method and the framing of the answers.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::harness::{
    browser::Request,
    https_upstream::HttpsUpstream,
    test_app::{TestApp, folder_with},
    upstream::Upstream,
};

/// Requests of each kind, one after the other.
const REQUESTS: usize = 20;

/// A method, the status that is expected, and the upstream's answer.
const KINDS: [(&str, &str, u16, &str); 8] = [
    ("sized", "GET", 200, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ("chunked", "GET", 200, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    ("empty", "GET", 200, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("204", "DELETE", 204, "HTTP/1.1 204 No Content\r\n\r\n"),
    ("304", "GET", 304, "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n"),
    ("HEAD, sized", "HEAD", 200, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    ("HEAD, chunked", "HEAD", 200, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ("POST", "POST", 201, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"),
];

/// Answers every request on a connection with `answer`, until the other side closes it.
fn serve(mut connection: impl Read + Write, answer: &str) {
    let (mut received, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(count) = connection.read(&mut piece)
        && count > 0
    {
        received.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&received).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() < length.map_or(0, |length| length.parse().unwrap()) {
            continue;
        }
        received.clear();
        if connection.write_all(answer.as_bytes()).and_then(|()| connection.flush()).is_err() {
            return;
        }
    }
}

/// An upstream that counts its connections; over TLS it has a certificate, which is given as PEM.
fn upstream(answer: &'static str, tls: bool) -> (u16, Arc<AtomicUsize>, String) {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    if tls {
        let upstream = HttpsUpstream::start("localhost", move |_, connection| {
            counted.fetch_add(1, Ordering::SeqCst);
            serve(connection, answer);
        });
        return (upstream.port, connections, upstream.certificate);
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || serve(connection.unwrap(), answer));
        }
    });
    (port, connections, String::new())
}

/// How many connections twenty requests of a kind take.
fn connections(method: &str, expected: u16, answer: &'static str, tls: bool) -> usize {
    let (port, connections, pem) = upstream(answer, tls);
    let folder = folder_with(&[("ca.pem", pem.as_bytes())]);
    let ca = folder.path().join("ca.pem");
    let (scheme, settings) =
        if tls { ("https", vec![("BFF_UPSTREAM_CA", ca.to_str().unwrap())]) } else { ("http", vec![]) };
    let app = TestApp::before(&format!("{scheme}://localhost:{port}"), &settings);
    for number in 0..REQUESTS {
        let request = Request::new(method, &format!("/api/server/{number}"));
        let request = match method {
            "POST" => request.body("{\"a\":1}"),
            _ if expected == 304 => request.header("If-None-Match", "\"a\""),
            _ => request,
        };
        assert_eq!(app.send(&request).status, expected, "{method} {answer}");
    }
    connections.load(Ordering::SeqCst)
}

#[test]
fn twenty_requests_of_any_kind_take_one_connection() {
    let mut table = Vec::new();
    for (kind, method, expected, answer) in KINDS {
        for tls in [false, true] {
            table.push((kind, tls, connections(method, expected, answer, tls)));
        }
    }
    for (kind, tls, connections) in &table {
        println!(
            "{kind:14} {:5} {REQUESTS} requests, {connections} connections",
            if *tls { "TLS" } else { "plain" }
        );
    }
    assert!(table.iter().all(|(.., connections)| *connections == 1), "{table:?}");
}

#[test]
fn a_connection_is_not_used_again_when_the_upstream_is_to_close_it() {
    for (field, expected) in [("Keep-Alive: timeout=0", 3), ("Keep-Alive: timeout=60", 1)] {
        let peers = Arc::new(Mutex::new(HashSet::new()));
        let seen = Arc::clone(&peers);
        let answer = format!("HTTP/1.1 200 OK\r\n{field}\r\nContent-Length: 2\r\n\r\nok");
        let upstream = Upstream::scripted(move |connection, _| {
            seen.lock().unwrap().insert(connection.peer_addr().unwrap());
            connection.write_all(answer.as_bytes()).is_ok()
        });
        let app = TestApp::before(&upstream.url(), &[]);
        for _ in 0..3 {
            // Nobody would know what became of a POST whose connection is closed under it.
            assert_eq!(app.send(&Request::new("POST", "/api/server/x").json("{}")).status, 200);
        }
        assert_eq!(peers.lock().unwrap().len(), expected, "{field}");
    }
}

#[test]
fn an_idempotent_request_is_sent_again_after_an_idle_connections_408() {
    // The upstream says that a kept connection was idle for too long, just as the next request comes.
    let served = Mutex::new(HashSet::new());
    let upstream = Upstream::scripted(move |connection, _| {
        let first = served.lock().unwrap().insert(connection.peer_addr().unwrap());
        let answer = match first {
            true => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            false => "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        };
        connection.write_all(answer.as_bytes()).is_ok() && first
    });
    for (method, expected) in [("GET", 200), ("PUT", 200), ("POST", 408)] {
        let app = TestApp::before(&upstream.url(), &[]);
        assert_eq!(app.get("/api/server/first").status, 200);
        assert_eq!(
            app.send(&Request::new(method, "/api/server/second").body("{}")).status,
            expected,
            "{method}"
        );
    }
}

#[test]
fn an_idempotent_request_is_sent_again_when_its_kept_connection_is_closed() {
    // A connection that has served one request is closed when the next one comes.
    let served = Mutex::new(HashSet::new());
    let upstream = Upstream::scripted(move |connection, _| {
        let first = served.lock().unwrap().insert(connection.peer_addr().unwrap());
        first && connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok()
    });
    for (method, body, expected) in [
        ("GET", "", 200),
        ("DELETE", "", 200),
        ("PUT", "{}", 200),
        ("DELETE", "{\"a\":1}", 200),
        // Nobody knows what became of these.
        ("POST", "{}", 502),
        ("PATCH", "{}", 502),
    ] {
        let app = TestApp::before(&upstream.url(), &[]);
        assert_eq!(app.get("/api/server/first").status, 200);
        let request = Request::new(method, "/api/server/second");
        let request = if body.is_empty() { request } else { request.json(body) };
        let before = upstream.requests().len();
        assert_eq!(app.send(&request).status, expected, "{method} {body}");
        let sent = upstream.requests().split_off(before);
        assert_eq!(sent.len(), if expected == 200 { 2 } else { 1 }, "{method} {body}");
        assert!(sent.iter().all(|request| request.ends_with(body)), "{sent:?}");
    }
}
