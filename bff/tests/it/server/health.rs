//! `/healthz` and `/readyz`.

use crate::harness::{browser::Request, test_app::TestApp, upstream::unused_port};

#[test]
fn alive_and_ready_with_an_upstream() {
    let app = TestApp::with_demo(&[]);
    assert_eq!((app.get("/healthz").status, app.get("/healthz").text()), (200, "ok\n"));
    assert_eq!((app.get("/readyz").status, app.get("/readyz").text()), (200, "ready\n"));
    assert_eq!(app.get("/healthz").header("cache-control"), Some("no-store"));
}

#[test]
fn alive_but_not_ready_without_one() {
    let port = unused_port();
    let app = TestApp::before(&format!("http://127.0.0.1:{port}"), &[]);
    assert_eq!(app.get("/healthz").status, 200);
    let problem = app.get("/readyz").problem(503, "upstream_unreachable");
    assert!(!problem.to_string().contains("127.0.0.1"));
}

#[test]
fn other_methods_are_not_taken_for_a_check() {
    let app = TestApp::with_demo(&[]);
    app.send(&Request::new("POST", "/healthz")).problem(405, "method_not_allowed");
    let head = app.send(&Request::new("HEAD", "/readyz"));
    assert_eq!((head.status, head.body.len()), (200, 0));
}
