//! Requests and responses arrive as they were sent.

use std::io::Write as _;

use front_fixture::unused_port;
use shared::{Endpoint, Todo, TodoPage, endpoint};

use crate::harness::{
    browser::{Request, raw},
    test_app::TestApp,
    upstream::Upstream,
};

#[test]
fn the_demo_answers_through_the_bff() {
    let app = TestApp::with_demo(&[]);
    let answer = app.get("/api/server/todos?limit=2&skip=10");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    let page: TodoPage = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((page.skip, page.limit), (10, 2));
    assert_eq!(page.todos.iter().map(|todo| todo.id).collect::<Vec<_>>(), [11, 12]);
}

#[test]
fn a_todo_can_be_created_read_changed_and_deleted() {
    let app = TestApp::with_demo(&[]);
    let created = app.send(
        &Request::new("POST", "/api/server/todos/add")
            .json(r#"{"todo":"Test","completed":false,"userId":1}"#),
    );
    assert_eq!(created.status, 201);
    let todo: Todo = serde_json::from_slice(&created.body).unwrap();
    let path = format!("/api/server/todos/{}", todo.id);
    let changed = app.send(&Request::new("PUT", &path).json(r#"{"completed":true}"#));
    assert_eq!((changed.status, changed.json()["completed"].as_bool()), (200, Some(true)));
    assert_eq!(app.get(&path).json()["completed"], true);
    let deleted = app.send(&Request::new("DELETE", &path));
    assert_eq!((deleted.status, deleted.json()["isDeleted"].as_bool()), (200, Some(true)));
    assert_eq!(app.get(&path).status, 404);
}

#[test]
fn every_endpoint_of_the_app_is_served() {
    let app = TestApp::with_demo(&[]);
    for endpoint in endpoint::ENDPOINTS {
        let path = format!("{}{}", shared::API_BASE, endpoint.path.replace("{id}", "1"));
        let mut request = Request::new(endpoint.method.as_str(), &path);
        if endpoint.path == endpoint::CreateTodo::PATH {
            request = request.json(r#"{"todo":"x","completed":false,"userId":1}"#);
        } else if endpoint.method == shared::Method::Put {
            request = request.json("{}");
        }
        let answer = app.send(&request);
        assert!(matches!(answer.status, 200 | 201), "{}: {} {}", endpoint.name, answer.status, answer.text());
    }
}

#[test]
fn all_seven_methods_go_through() {
    let upstream = Upstream::ok("done");
    let app = TestApp::before(&upstream.url(), &[]);
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = app.send(&Request::new(method, "/api/server/thing?a=1"));
        assert_eq!(answer.status, 200, "{method}");
        let sent = upstream.requests().pop().unwrap();
        assert!(sent.starts_with(&format!("{method} /thing?a=1 HTTP/1.1\r\n")), "{sent}");
        if method == "HEAD" {
            assert_eq!((answer.header("content-length"), answer.body.len()), (Some("4"), 0));
        } else {
            assert_eq!(answer.text(), "done", "{method}");
        }
    }
}

#[test]
fn the_base_path_of_the_upstream_stands_before_every_path() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&format!("{}/v1/", upstream.url()), &[]);
    app.get("/api/server/todos/7?x=%20&y=a+b&z");
    assert!(upstream.requests()[0].starts_with("GET /v1/todos/7?x=%20&y=a+b&z HTTP/1.1\r\n"));
}

#[test]
fn an_upload_arrives_byte_for_byte_with_its_length_or_chunked() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[]);
    let body: String = (0..200_000).map(|n| char::from(b'a' + u8::try_from(n % 26).unwrap())).collect();
    app.send(&Request::new("POST", "/api/server/upload").body(body.clone()));
    let sent = upstream.requests().pop().unwrap();
    assert!(sent.to_ascii_lowercase().contains("\r\ncontent-length: 200000\r\n"));
    assert!(sent.ends_with(&body));

    let chunked = "POST /api/server/upload HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(raw(app.port, chunked.as_bytes()).status, 200);
    let sent = upstream.requests().pop().unwrap();
    assert!(sent.to_ascii_lowercase().contains("\r\ntransfer-encoding: chunked\r\n"));
    let content = sent.split_once("\r\n\r\n").unwrap().1.replace(['\r', '\n'], "");
    assert!(content.contains("abc") && content.contains("de"), "{content}");
}

#[test]
fn a_large_download_arrives_byte_for_byte() {
    let body: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(&body);
    let upstream = Upstream::answering(answer);
    let app = TestApp::before(&upstream.url(), &[]);
    let got = app.get("/api/server/large");
    assert!(got.complete);
    assert_eq!(got.header("content-length"), Some("12000000"));
    assert!(got.body == body);
}

#[test]
fn statuses_empty_bodies_and_bodies_that_are_not_json_stay_as_they_are() {
    for (answer, status, body) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""),
        ("HTTP/1.1 202 Accepted\r\nContent-Type: text/csv\r\nContent-Length: 3\r\n\r\na,b", 202, "a,b"),
        (
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab",
            206,
            "ab",
        ),
        ("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 12\r\n\r\n", 304, ""),
        (
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 15\r\n\r\n{\"message\":\"x\"}",
            400,
            "{\"message\":\"x\"}",
        ),
        ("HTTP/1.1 418 Teapot\r\nContent-Length: 5\r\n\r\nshort", 418, "short"),
        ("HTTP/1.1 299 Odd\r\nContent-Length: 1\r\n\r\n1", 299, "1"),
    ] {
        let upstream = Upstream::answering(answer);
        let app = TestApp::before(&upstream.url(), &[]);
        let got = app.get("/api/server/x");
        assert_eq!((got.status, got.text(), got.complete), (status, body, true), "{answer:?}");
    }
}

#[test]
fn a_compressed_answer_stays_compressed() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"{\"todos\":[]}").unwrap();
    let compressed = encoder.finish().unwrap();
    let mut answer =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", compressed.len())
            .into_bytes();
    answer.extend_from_slice(&compressed);
    let upstream = Upstream::answering(answer);
    let app = TestApp::before(&upstream.url(), &[]);
    let got = app.send(&Request::get("/api/server/x").header("Accept-Encoding", "gzip"));
    assert_eq!(got.header("content-encoding"), Some("gzip"));
    assert_eq!(got.body, compressed);
    assert!(upstream.last().contains("\r\naccept-encoding: gzip\r\n"));
}

#[test]
fn a_browser_of_http_1_0_gets_no_chunks() {
    let upstream =
        Upstream::answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = raw(app.port, b"GET /api/server/x HTTP/1.0\r\nHost: app.test\r\n\r\n");
    assert_eq!((answer.header("transfer-encoding"), answer.text()), (None, "hello"));
}

#[test]
fn a_connection_that_the_upstream_closed_while_idle_costs_no_request() {
    // Answers once a connection, then closes it without having said so.
    let upstream = Upstream::scripted(|connection, _| {
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        false
    });
    let app = TestApp::before(&upstream.url(), &[]);
    for _ in 0..20 {
        assert_eq!(app.get("/api/server/x").status, 200);
    }
    assert_eq!(upstream.requests().len(), 20);
}

#[test]
fn an_upstream_that_leads_back_here_is_noticed_at_once() {
    let port = unused_port();
    let listen = format!("127.0.0.1:{port}");
    let upstream = format!("http://{listen}/api/server");
    let app = TestApp::before(&upstream, &[("BFF_LISTEN", listen.as_str())]);
    app.send(&Request::new("POST", "/api/server/x").json("{}")).problem(508, "loop_detected");
    app.get("/api/server/x").problem(508, "loop_detected");
}

#[test]
fn a_bff_behind_a_bff_is_no_loop() {
    let upstream = Upstream::ok("at the end");
    let inner = TestApp::before(&upstream.url(), &[]);
    let outer = TestApp::before(&format!("http://127.0.0.1:{}/api/server", inner.port), &[]);
    assert_eq!(outer.get("/api/server/x").text(), "at the end");
    let request = upstream.last().to_ascii_lowercase();
    assert_eq!(request.matches("via: 1.1 bff-").count(), 2, "{request}");
    assert!(request.contains("x-forwarded-prefix: /api/server\r\n"), "{request}");
}
