//! SECURITY.md line 24: everything that is read has a cap.

use crate::harness::{
    browser::{Request, raw},
    test_app::TestApp,
    upstream::Upstream,
};

#[test]
fn security_24_a_body_over_the_cap_is_refused_before_the_upstream() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[("BFF_MAX_BODY", "1KiB")]);
    let fits = app.send(&Request::new("POST", "/api/server/x").body(vec![b'x'; 1024]));
    assert_eq!(fits.status, 200);
    let too_large = app.send(&Request::new("POST", "/api/server/x").body(vec![b'x'; 1025]));
    too_large.problem(413, "body_too_large");
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_24_a_chunked_body_over_the_cap_is_cut_off() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[("BFF_MAX_BODY", "1KiB")]);
    let mut request =
        b"POST /api/server/x HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec();
    for _ in 0..100 {
        request.extend_from_slice(b"64\r\n");
        request.extend_from_slice(&[b'x'; 100]);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    raw(app.port, &request).problem(413, "body_too_large");
    assert!(upstream.requests().is_empty(), "the upstream took an unfinished upload for a whole one");
}

#[test]
fn security_24_the_address_and_the_header_block_are_capped() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[("BFF_MAX_URI", "100B"), ("BFF_MAX_HEADERS", "500B")]);
    let long = "a".repeat(101);
    app.get(&format!("/api/server/{long}")).problem(414, "invalid_request");
    app.get(&format!("/api/server/a?{long}")).problem(414, "invalid_request");
    let many = app.send(&Request::get("/api/server/a").header("X-Long", &"y".repeat(500)));
    many.problem(431, "invalid_request");
    assert!(upstream.requests().is_empty());
    assert_eq!(app.get("/api/server/a").status, 200);
}

#[test]
fn security_24_a_path_that_is_encoded_many_times_over_costs_nothing() {
    let app = TestApp::with_demo(&[]);
    let started = std::time::Instant::now();
    app.get(&format!("/api/server/%{}", "25".repeat(15_000))).problem(414, "invalid_request");
    app.get(&format!("/api/server/%{}", "25".repeat(3_000))).problem(400, "ambiguous_path");
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn security_24_a_header_block_without_end_is_cut_off() {
    let app = TestApp::with_demo(&[]);
    let endless = format!("GET /api/server/todos HTTP/1.1\r\nHost: app.test\r\nX: {}", "y".repeat(300_000));
    let answer = raw(app.port, endless.as_bytes());
    assert!(matches!(answer.status, 400 | 413 | 431), "{}", answer.status);
}
