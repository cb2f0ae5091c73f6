//! A route table decides what is forwarded.

use std::{
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use crate::harness::{
    browser::Request,
    test_app::{RouteTable, TestApp},
    upstream::Upstream,
};

const TABLE: &str = r#"
[[route]]
path = "/todos/{id}"
methods = ["GET"]
timeout = "300ms"

[[route]]
path = "/reports/{*rest}"
errors = "passthrough"
encoded-slash = true
"#;

#[test]
fn security_17_only_the_listed_paths_and_methods_are_forwarded() {
    let upstream = Upstream::ok("");
    let app = TestApp::with_routes(&upstream.url(), TABLE, &[]);
    assert_eq!(app.get("/api/server/todos/1").status, 200);
    app.get("/api/server/users/1").problem(404, "api_not_found");
    app.get("/api/server/todos").problem(404, "api_not_found");
    let refused = app.send(&Request::new("DELETE", "/api/server/todos/1"));
    refused.problem(405, "method_not_allowed");
    assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    assert_eq!(upstream.requests().len(), 1);
    assert_eq!(app.get("/api/server/reports/a%2Fb").status, 200);
    assert!(upstream.requests()[1].starts_with("GET /reports/a%2Fb "));
    app.get("/api/server/reports/a%2F..%2Fb").problem(400, "ambiguous_path");
}

#[test]
fn a_route_may_name_other_methods_which_are_told_apart_to_the_letter() {
    let upstream = Upstream::ok("found");
    let table = "[[route]]\npath = '/dav/{*rest}'\nmethods = ['GET', 'PROPFIND']\nrequest-headers = ['Depth']\n\
         [[route]]\npath = '/usual'";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let answer =
        app.send(&Request::new("PROPFIND", "/api/server/dav/a?b").header("Depth", "1").body("<all/>"));
    assert_eq!((answer.status, answer.text()), (200, "found"));
    let sent = upstream.last();
    assert!(
        sent.starts_with("propfind /dav/a?b http/1.1\r\n") && sent.contains("\r\ndepth: 1\r\n"),
        "{sent}"
    );
    assert!(sent.contains("\r\ncontent-length: 6\r\n") && sent.ends_with("<all/>"), "{sent}");
    for method in ["propfind", "REPORT", "TRACE", &"M".repeat(4000)] {
        let refused = app.send(&Request::new(method, "/api/server/dav/a"));
        refused.problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("GET, PROPFIND, HEAD"), "{method}");
    }
    let usual = app.send(&Request::new("PROPFIND", "/api/server/usual"));
    usual.problem(405, "method_not_allowed");
    assert_eq!(usual.header("allow"), Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn an_unknown_method_is_not_retried_when_a_pooled_connection_is_closed() {
    let routes = RouteTable::new("[[route]]\npath = '/{*rest}'\nmethods = ['GET', 'PROPFIND']");
    for (method, status, sent) in [("GET", 200, 3), ("PROPFIND", 502, 2)] {
        let count = AtomicUsize::new(0);
        // The second request is the first one's connection's end.
        let upstream = Upstream::scripted(move |connection, _| {
            count.fetch_add(1, SeqCst) != 1
                && connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
        });
        let app = TestApp::before(&upstream.url(), &[routes.setting()]);
        assert_eq!(app.get("/api/server/a").status, 200);
        assert_eq!(app.send(&Request::new(method, "/api/server/b")).status, status, "{method}");
        assert_eq!(upstream.requests().len(), sent, "{method}");
    }
}

#[test]
fn a_route_has_a_timeout_and_an_error_policy_of_its_own() {
    let upstream = Upstream::scripted(|connection, request| {
        if request.starts_with("GET /todos") {
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        connection.write_all(b"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nwhole").is_ok()
    });
    let app = TestApp::with_routes(&upstream.url(), TABLE, &[]);
    app.get("/api/server/todos/1").problem(504, "upstream_timeout");
    let passed = app.get("/api/server/reports/1");
    assert_eq!((passed.status, passed.text()), (500, "whole"));
}
