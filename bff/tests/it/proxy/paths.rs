//! SECURITY.md line 18 over the wire.

use crate::harness::{
    browser::{Request, raw},
    test_app::TestApp,
    upstream::Upstream,
};

#[test]
fn security_18_ambiguous_paths_never_reach_the_upstream() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[]);
    for path in [
        "/a/../b",
        "/../b",
        "/a/..",
        "/a/%2e%2e/b",
        "/%2E%2E",
        "/./a",
        "//a",
        "/a//b",
        "/a\\b",
        "/a%5cb",
        "/a%2fb",
        "/a%2Fb",
        "/a%00",
        "/a%0d%0aX:%201",
        "/a%ff",
        "/%c0%af",
        "/a%252e%252e%252fb",
        "/%61",
        "/http://evil.example/",
    ] {
        let answer = app.get(&format!("/api/server{path}"));
        answer.problem(400, "ambiguous_path");
    }
    assert!(upstream.requests().is_empty(), "{:?}", upstream.requests());
}

#[test]
fn security_18_absolute_form_is_refused() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[]);
    let request = "GET http://app.test/api/server/x HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n";
    raw(app.port, request.as_bytes()).problem(400, "ambiguous_path");
    assert!(upstream.requests().is_empty());
}

#[test]
fn a_prefix_in_another_spelling_is_not_the_prefix() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[]);
    for path in ["/%61pi/server/x", "/api%2fserver/x", "/api/server%2fx", "/API/server/x", "/api//server/x"] {
        let status = app.get(path).status;
        assert!(matches!(status, 400 | 404), "{path} {status}");
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn security_18_the_matched_path_is_sent_as_it_is() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[]);
    for path in ["/a%20b", "/%E2%82%AC", "/a;v=1,2/b:c@d", "/todos/", "/x?y=../..&z=%2e%2e%2f//\\"] {
        app.get(&format!("/api/server{path}"));
        let sent = upstream.requests().pop().unwrap();
        assert_eq!(sent.split(' ').nth(1), Some(path));
    }
}

#[test]
fn the_prefix_alone_is_no_api() {
    let app = TestApp::with_demo(&[]);
    for path in ["/api/server", "/api/server/", "/api/server?x=1"] {
        let problem = app.get(path).problem(404, "api_not_found");
        assert_eq!(problem["data"], "Api Not Found");
    }
}

#[test]
fn security_36_trace_and_unknown_methods_are_refused() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[]);
    for method in ["TRACE", "PROPFIND", "get"] {
        let answer = app.send(&Request::new(method, "/api/server/x"));
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    }
    assert!(upstream.requests().is_empty());
}
