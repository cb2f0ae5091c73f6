//! WebSockets: which handshakes become a tunnel, and what crosses with them.

use std::io::{Read as _, Write as _};

use front_fixture::unused_port;

use crate::harness::{
    browser::Request,
    polling::wait_until,
    test_app::TestApp,
    token_upstream::{sign_in, with},
    upstream::Upstream,
    websocket::{OPEN, SWITCHED, StreamUpstream, echo, handshake, open, own_origin, refused, rest},
};

#[test]
fn a_websocket_goes_through_in_its_sessions_name() {
    let upstream = StreamUpstream::start();
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    let (cookie, origin) = (sign_in(&app), own_origin(app.port));
    let fields = [
        ("Origin", origin.as_str()),
        ("Cookie", &cookie),
        ("Sec-WebSocket-Protocol", "chat, superchat"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ("Authorization", "Bearer mine"),
        ("X-Unlisted", "x"),
    ];
    let (answer, mut connection) = handshake(app.port, "/api/server/echo?room=1", &fields);
    assert_eq!(answer.status, 101);
    for (name, value) in [
        ("upgrade", Some("websocket")),
        ("connection", Some("upgrade")),
        ("sec-websocket-accept", Some("s3pPLMBiTxaQ9kYGzhPRbK+xOo=")),
        ("sec-websocket-protocol", Some("chat")),
        ("set-cookie", None),
        ("x-secret", None),
        ("transfer-encoding", None),
        ("content-length", None),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.header("x-request-id").is_some());
    for length in [1, 100, 300_000] {
        // A head of our own among the bytes is none.
        let bytes = b"HTTP/1.1 400 Bad Request\r\n\r\n".iter().cycle().take(length);
        let bytes: Vec<u8> = bytes.copied().collect();
        let mut writing = connection.try_clone().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| writing.write_all(&bytes).unwrap());
            let mut back = vec![0; length];
            connection.read_exact(&mut back).unwrap();
            assert_eq!(back, bytes);
        });
    }
    let seen = upstream.upstream.last();
    assert!(seen.starts_with("get /echo?room=1 http/1.1\r\n"), "{seen}");
    for field in [
        "authorization: bearer token-1",
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-key: dghlihnhbxbszsbub25jzq==",
        "sec-websocket-version: 13",
        "sec-websocket-protocol: chat, superchat",
        "sec-websocket-extensions: permessage-deflate",
    ] {
        assert_eq!(seen.matches(&format!("\r\n{field}\r\n")).count(), 1, "{field} in {seen}");
    }
    for field in ["\r\ncookie:", "\r\norigin:", "\r\nx-unlisted:", "bearer mine"] {
        assert!(!seen.contains(field), "{field} in {seen}");
    }
}

#[test]
fn security_14_a_foreign_page_opens_no_websocket() {
    let upstream = StreamUpstream::start();
    let settings = [("BFF_CORS_ORIGINS", "https://partner.example")];
    let app = TestApp::with_routes(&upstream.url(), OPEN, &settings);
    let (cookie, origin) = (sign_in(&app), own_origin(app.port));
    let asked = upstream.upstream.requests().len();
    for fields in [
        &[("Origin", "https://evil.example")][..],
        &[("Origin", "null")],
        &[("Origin", "https://partner.example")],
        &[("Origin", &origin), ("Origin", &origin)],
        &[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")],
        &[("Origin", &origin), ("Sec-Fetch-Site", "cross-site")],
        &[("Origin", "https://evil.example"), ("Cookie", &cookie), ("X-CSRF", "1")],
        &[("Cookie", &cookie)],
    ] {
        refused(app.port, "/api/server/echo", fields).problem(403, "cross_site");
    }
    assert_eq!(upstream.upstream.requests().len(), asked);
    // A program has no browser's session to misuse.
    let (answer, _) = handshake(app.port, "/api/server/echo", &[]);
    assert_eq!(answer.status, 101);
    let (answer, _) = handshake(app.port, "/api/server/echo", &[("Cookie", &cookie), ("X-CSRF", "1")]);
    assert_eq!(answer.status, 101);
}

#[test]
fn a_handshake_where_no_route_lets_one_is_a_problem() {
    let upstream = StreamUpstream::start();
    let table = "[[route]]\npath = '/echo'\nmethods = ['GET']\n\
                 [[route]]\npath = '/private'\nsession = 'required'\nwebsocket = true\n\
                 [[route]]\npath = '/changes'\nmethods = ['POST']\n";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    refused(app.port, "/api/server/echo", &[]).problem(400, "websocket_not_allowed");
    refused(app.port, "/api/server/private", &[]).problem(401, "unauthenticated");
    refused(app.port, "/api/server/changes", &[]).problem(405, "method_not_allowed");
    refused(app.port, "/api/server/nowhere", &[]).problem(404, "api_not_found");
    refused(app.port, "/api/server/a/../echo", &[]).problem(400, "ambiguous_path");
    assert!(upstream.upstream.requests().is_empty());
    let built_in = TestApp::before(&upstream.url(), &[]);
    refused(built_in.port, "/api/server/echo", &[]).problem(400, "websocket_not_allowed");
}

#[test]
fn a_wish_to_upgrade_that_is_no_handshake_is_an_ordinary_request() {
    let upstream = Upstream::ok("plain");
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    for (method, fields) in [
        ("GET", &[("Sec-WebSocket-Version", "13")][..]),
        ("GET", &[("Sec-WebSocket-Key", "abc")]),
        ("GET", &[("Sec-WebSocket-Key", "a"), ("Sec-WebSocket-Key", "b"), ("Sec-WebSocket-Version", "13")]),
        ("OPTIONS", &[("Sec-WebSocket-Key", "abc"), ("Sec-WebSocket-Version", "13")]),
    ] {
        let mut request = Request::new(method, "/api/server/echo").header("Upgrade", "websocket");
        for (name, value) in fields {
            request = request.header(name, value);
        }
        // A field of the request names the option, the client's own a close.
        let answer = app.send(&request.header("Connection", "Upgrade"));
        assert_eq!((answer.status, answer.text()), (200, "plain"), "{method} {fields:?}");
        assert!(!upstream.last().contains("websocket"), "{}", upstream.last());
    }
    let item = r#"{"requests":[{"url":"/echo","method":"GET","headers":{"Connection":"Upgrade","Upgrade":"websocket",
        "Sec-WebSocket-Key":"dGhlIHNhbXBsZSBub25jZQ==","Sec-WebSocket-Version":"13"}}]}"#;
    let answer = app.send(&Request::new("POST", "/api/server/batch").json(item));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!upstream.last().contains("websocket"), "no tunnel begins in a batch");
}

#[test]
fn an_upstream_that_does_not_switch_is_heard() {
    let switched_to_other = SWITCHED.replace("Upgrade: websocket", "Upgrade: h2c");
    let long = format!("HTTP/1.1 403 X\r\nContent-Length: 200000\r\n\r\n{}", "x".repeat(200_000));
    for (answer, status, code) in [
        ("HTTP/1.1 404 X\r\nContent-Length: 4\r\n\r\ngone", 404, None),
        ("HTTP/1.1 403 X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngone\r\n0\r\n\r\n", 403, None),
        ("HTTP/1.0 403 X\r\n\r\ngone", 403, None),
        ("HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n", 200, None),
        (&long, 403, None),
        ("HTTP/1.1 500 X\r\nContent-Length: 4\r\n\r\noops", 500, Some("internal")),
        ("HTTP/1.1 403 X\r\nContent-Length: 9\r\n\r\ngone", 502, Some("upstream_invalid")),
        (&switched_to_other, 502, Some("upstream_invalid")),
        ("", 502, Some("upstream_invalid")),
    ] {
        let upstream = Upstream::answering(answer);
        let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
        let refusal = refused(app.port, "/api/server/echo", &[]);
        assert_eq!(refusal.status, status, "{answer}");
        if let Some(code) = code {
            refusal.problem(status, code);
        }
    }
    let upstream =
        Upstream::answering("HTTP/1.1 426 X\r\nSec-WebSocket-Version: 13, 8\r\nContent-Length: 0\r\n\r\n");
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    let refusal = refused(app.port, "/api/server/echo", &[]);
    assert_eq!((refusal.status, refusal.header("sec-websocket-version")), (426, Some("13, 8")));
    let nowhere = format!("http://127.0.0.1:{}", unused_port());
    let app = TestApp::with_routes(&nowhere, OPEN, &[]);
    refused(app.port, "/api/server/echo", &[]).problem(502, "upstream_unreachable");
    let silent = Upstream::scripted(|connection, _| connection.read(&mut [0]).is_ok());
    let app = TestApp::with_routes(&silent.url(), OPEN, &[("BFF_UPSTREAM_TIMEOUT", "300ms")]);
    refused(app.port, "/api/server/echo", &[]).problem(504, "upstream_timeout");
}

#[test]
fn bytes_around_the_switch_are_the_tunnels() {
    let upstream = Upstream::scripted(|connection, _| {
        connection.write_all([SWITCHED.as_bytes(), b"early"].concat().as_slice()).unwrap();
        let mut said = [0; 5];
        connection.read_exact(&mut said).unwrap();
        connection.write_all(&said).unwrap();
        false
    });
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    let mut connection = open(app.port, "/api/server/x", &[]);
    connection.write_all(b"hasty").unwrap();
    assert_eq!(rest(&mut connection), b"earlyhasty");
}

#[test]
fn a_token_that_is_refused_is_renewed_before_the_handshake_goes_out_again() {
    let upstream = Upstream::scripted(|connection, request| {
        let path = request.split(' ').nth(1).unwrap();
        let with_old = request.to_ascii_lowercase().contains("authorization: bearer old");
        let (status, body) = match path {
            "/auth/login" => (200, r#"{"accessToken":"old","refreshToken":"refresh-1"}"#),
            "/auth/refresh" => (200, r#"{"accessToken":"new","refreshToken":"refresh-2"}"#),
            "/echo" if !with_old => return connection.write_all(SWITCHED.as_bytes()).is_ok(),
            "/echo" => (401, r#"{"message":"Token Expired!"}"#),
            _ => (200, r#"{"id":1,"username":"ada"}"#),
        };
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.write_all(answer.as_bytes()).is_ok()
    });
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    let cookie = sign_in(&app);
    let origin = own_origin(app.port);
    wait_until(
        || {
            // A young token is not renewed because of a refusal.
            let fields = [("Origin", origin.as_str()), ("Cookie", cookie.as_str())];
            handshake(app.port, "/api/server/echo", &fields).0.status == 101
        },
        || "no new token",
    );
    assert!(upstream.last().contains("authorization: bearer new"), "{}", upstream.last());
}

#[test]
fn security_24_a_websocket_holds_a_place_and_gives_it_back() {
    let upstream = StreamUpstream::start();
    let settings = [("BFF_UPSTREAM_CONNECTIONS", "2"), ("BFF_CALLER_EXCHANGES", "2")];
    let app = TestApp::with_routes(&upstream.url(), OPEN, &settings);
    let mut first = open(app.port, "/api/server/echo", &[]);
    let second = open(app.port, "/api/server/echo", &[]);
    let answer = app.get("/api/server/todos");
    assert!(answer.status == 503 || answer.status == 429, "{}", answer.text());
    drop(second);
    wait_until(|| app.get("/api/server/todos").status == 200, || "the place is not given back");
    echo(&mut first, b"still here");
    let rate = [("BFF_RATE_LIMIT", "2/1h")];
    let app = TestApp::with_routes(&upstream.url(), OPEN, &rate);
    let cookie = sign_in(&app);
    assert_eq!(app.send(&with(&cookie, Request::get("/api/server/todos"))).status, 200);
    let _open = open(app.port, "/api/server/echo", &[("Cookie", &cookie)]);
    let origin = own_origin(app.port);
    refused(app.port, "/api/server/echo", &[("Origin", &origin), ("Cookie", &cookie)])
        .problem(429, "rate_limited");
}
