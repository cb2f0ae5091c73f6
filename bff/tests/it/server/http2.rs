//! HTTP/2, where it is on.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use bytes::Bytes;
use http::{HeaderValue, header};

use crate::harness::{
    browser::Request,
    http2::{Http2, request, taking},
    own_tls::{program, write_certificate},
    polling::wait_until,
    program::{Program, bff},
    token_upstream::TokenUpstream,
    upstream::Upstream,
};

/// Streams of one connection that are served at once.
const STREAMS_MAX: usize = 100;

fn started(upstream: &str, settings: &[(&str, &str)]) -> (Program, String) {
    let folder = tempfile::tempdir().unwrap();
    let certificate = write_certificate(folder.path());
    let program = program(upstream, folder.path(), &[&[("BFF_HTTP2", "on")], settings].concat());
    (program, certificate)
}

fn connected(program: &Program, certificate: &str) -> Http2 {
    Http2::connect(program.port, certificate, &taking(1024 * 1024))
}

#[test]
fn a_whole_session_goes_over_one_connection() {
    let upstream = TokenUpstream::start();
    let (program, certificate) = started(&upstream.upstream.url(), &[]);
    let mut client = connected(&program, &certificate);
    let mut signing_in = request("POST", "/bff/login");
    signing_in.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    signing_in.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut begun = client.begin(signing_in, Some(br#"{"username":"ada","#));
    begun.content.send_data(Bytes::from_static(br#""password":"adapass"}"#), true).unwrap();
    let signed_in = client.answer(begun);
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let cookies = signed_in.headers.iter().filter(|(name, _)| name == "set-cookie");
    let pairs: Vec<&str> = cookies.map(|(_, value)| value.split(';').next().unwrap()).collect();
    let mut session = request("GET", "/bff/session");
    // A client may send each of its cookies in a field of its own (RFC 9113 §8.2.3).
    for pair in ["other=1"].iter().chain(&pairs) {
        session.headers_mut().append(header::COOKIE, HeaderValue::from_str(pair).unwrap());
    }
    let answer = client.send(session);
    assert!(answer.text().contains("ada"), "{}", answer.text());
    assert!(answer.header("x-request-id").is_some() && answer.header("strict-transport-security").is_some());
    client.send(request("GET", "/api/server/../x")).problem(400, "ambiguous_path");
    let mut elsewhere = request("GET", "/api/server/open");
    *elsewhere.uri_mut() = "https://evil.example/api/server/open".parse().unwrap();
    client.send(elsewhere).problem(421, "wrong_host");
}

#[test]
fn content_goes_upstream_whether_or_not_its_length_is_said() {
    let upstream = Upstream::ok("{}");
    let (program, certificate) = started(&upstream.url(), &[]);
    let mut client = connected(&program, &certificate);
    let change = |method| {
        let mut change = request(method, "/api/server/a");
        change.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        change
    };
    let mut streamed = client.begin(change("POST"), Some(b"{\"a\":"));
    streamed.content.send_data(Bytes::from_static(b"1}"), true).unwrap();
    assert_eq!(client.answer(streamed).status, 200);
    let sent = upstream.last().to_lowercase();
    assert!(sent.contains("transfer-encoding: chunked") && sent.contains("1}"), "{sent}");
    let mut sized = change("PUT");
    sized.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("2"));
    let mut sized = client.begin(sized, Some(b"{}"));
    sized.content.send_data(Bytes::new(), true).unwrap();
    assert_eq!(client.answer(sized).status, 200);
    assert!(upstream.last().to_lowercase().contains("content-length: 2"), "{}", upstream.last());
    assert_eq!(client.send(change("DELETE")).status, 200);
    let sent = upstream.last().to_lowercase();
    assert!(!sent.contains("transfer-encoding") && !sent.contains("content-length"), "{sent}");
}

#[test]
fn security_40_a_connection_has_a_limit_for_its_streams_and_their_fields() {
    let is_open = Arc::new(AtomicBool::new(false));
    let opened = Arc::clone(&is_open);
    let upstream = Upstream::scripted(move |connection, _| {
        while !opened.load(Ordering::Acquire) {
            thread::yield_now();
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").is_ok()
    });
    let settings =
        [("BFF_CALLER_EXCHANGES", "1000"), ("BFF_RATE_LIMIT", "off"), ("BFF_ADDRESS_LIMIT", "off")];
    let (program, certificate) = started(&upstream.url(), &settings);
    let mut client = connected(&program, &certificate);
    let path = |number| format!("/api/server/{number}");
    let held: Vec<_> =
        (0..STREAMS_MAX).map(|number| client.begin(request("GET", &path(number)), None)).collect();
    client.send(request("GET", "/api/server/more")).problem(429, "rate_limited");
    is_open.store(true, Ordering::Release);
    for begun in held {
        assert_eq!(client.answer(begun).status, 200);
    }
    assert_eq!(client.send(request("GET", "/api/server/more")).status, 200);
    let mut wordy = request("GET", "/bff/session");
    for _ in 0..40 {
        wordy.headers_mut().append("x-more", HeaderValue::from_str(&"x".repeat(1000)).unwrap());
    }
    client.send(wordy).problem(431, "invalid_request");
}

#[test]
fn security_38_a_stream_that_nobody_takes_ends_its_connection() {
    let upstream = Upstream::ok(&"x".repeat(1024 * 1024));
    let settings = [("BFF_IDLE_TIMEOUT", "400ms"), ("BFF_METRICS_LISTEN", "127.0.0.1:0")];
    let (mut program, certificate) = started(&upstream.url(), &settings);
    let metrics = program.metrics_port();
    // The frames are read, and no room is made for more.
    let mut client = Http2::connect(program.port, &certificate, &taking(1000));
    let _unread = client.begin(request("GET", "/api/server/a"), None);
    client.ended();
    let counted = || Request::get("/metrics").send(metrics).text().contains("fault=\"unread\"} 1");
    wait_until(counted, || "nobody has counted it");
}

#[test]
fn security_40_who_takes_no_refusals_is_let_go() {
    let settings = [("BFF_RATE_LIMIT", "off"), ("BFF_METRICS_LISTEN", "127.0.0.1:0")];
    let (mut program, certificate) = started(&Upstream::ok("{}").url(), &settings);
    let metrics = program.metrics_port();
    let mut client = Http2::connect(program.port, &certificate, &taking(0));
    let _asked: Vec<_> =
        (0..3 * STREAMS_MAX).map(|_| client.begin(request("GET", "/healthz"), None)).collect();
    client.ended();
    let counted = || Request::get("/metrics").send(metrics).text().contains("fault=\"streams\"} 1");
    wait_until(counted, || "nobody has counted it");
}

#[test]
fn security_38_a_connection_of_many_streams_is_not_kept_for_nothing() {
    let settings = [("BFF_CLIENT_TIMEOUT", "300ms"), ("BFF_KEEP_ALIVE", "300ms")];
    let (program, certificate) = started(&Upstream::ok("{}").url(), &settings);
    connected(&program, &certificate).ended();
    let mut client = connected(&program, &certificate);
    assert_eq!(client.send(request("GET", "/api/server/a")).status, 200);
    client.ended();
}

#[test]
fn security_32_a_connection_that_ends_stops_the_upstream() {
    let upstream = Upstream::after_head(|connection| {
        // Reading ends with the connection.
        let _ = std::io::copy(connection, &mut std::io::sink());
        let _ = connection.write_all(b"the end");
    });
    let (mut program, certificate) = started(&upstream.url(), &[]);
    let mut client = connected(&program, &certificate);
    let begun = client.begin(request("GET", "/api/server/a"), None);
    let waiting = thread::spawn(move || {
        upstream.wait_for(1);
    });
    client.run_while(|| !waiting.is_finished());
    drop((begun, client));
    program.wait_for_log("the browser left");
}

#[test]
fn a_server_that_stops_waits_for_streams_under_way_alone() {
    let (is_open, is_asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (opened, asked) = (Arc::clone(&is_open), Arc::clone(&is_asked));
    let upstream = Upstream::scripted(move |connection, _| {
        asked.store(true, Ordering::Release);
        while !opened.load(Ordering::Acquire) {
            thread::yield_now();
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").is_ok()
    });
    let (program, certificate) = started(&upstream.url(), &[("BFF_DRAIN_TIMEOUT", "60s")]);
    let idle = connected(&program, &certificate);
    let mut client = connected(&program, &certificate);
    let begun = client.begin(request("GET", "/api/server/a"), None);
    client.run_while(|| !is_asked.load(Ordering::Acquire));
    crate::harness::program::terminate(&program.child);
    idle.ended();
    is_open.store(true, Ordering::Release);
    assert_eq!(client.answer(begun).status, 200);
    program.stopped();
}

#[test]
fn http2_is_spoken_where_it_is_on_and_over_tls_alone() {
    let folder = tempfile::tempdir().unwrap();
    let output = bff(&folder).env("BFF_HTTP2", "on").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.starts_with("bff: BFF_TLS_CERT: \"\" is missing: BFF_HTTP2 is of no use without it"),
        "{said}"
    );
}
