//! A route table decides what is forwarded.

use crate::{
    browser::Request,
    test_app::{TestApp, folder_with},
    upstream::Upstream,
};

const TABLE: &[u8] = br#"
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
    let folder = folder_with(&[("routes.toml", TABLE)]);
    let routes = folder.path().join("routes.toml");
    let app = TestApp::before(&upstream.url(), &[("BFF_ROUTES", routes.to_str().unwrap())]);
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
fn a_route_has_a_timeout_and_an_error_policy_of_its_own() {
    let upstream = Upstream::scripted(|connection, request| {
        use std::io::Write as _;
        if request.starts_with("GET /todos") {
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        connection.write_all(b"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nwhole").is_ok()
    });
    let folder = folder_with(&[("routes.toml", TABLE)]);
    let routes = folder.path().join("routes.toml");
    let app = TestApp::before(&upstream.url(), &[("BFF_ROUTES", routes.to_str().unwrap())]);
    app.get("/api/server/todos/1").problem(504, "upstream_timeout");
    let passed = app.get("/api/server/reports/1");
    assert_eq!((passed.status, passed.text()), (500, "whole"));
}
