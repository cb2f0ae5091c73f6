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
fn security_24_a_routes_own_cap_stands_in_the_place_of_the_usual_one() {
    let upstream = Upstream::ok("");
    let table = "[[route]]\npath = '/small'\nmax-body = '10B'\n[[route]]\npath = '/large'\nmax-body = '2KiB'\n\
                 [[route]]\npath = '/usual'";
    let app = TestApp::with_routes(&upstream.url(), table, &[("BFF_MAX_BODY", "1KiB")]);
    for (path, cap) in [("/small", 10), ("/usual", 1024), ("/large", 2048)] {
        let before = upstream.requests().len();
        let post = |length: usize| {
            let path = format!("/api/server{path}");
            app.send(&Request::new("POST", &path).body(vec![b'x'; length]))
        };
        let chunked = |length: usize| {
            let head = format!(
                "POST /api/server{path} HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nTransfer-Encoding: chunked"
            );
            let body = "x".repeat(length);
            raw(app.port, format!("{head}\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n").as_bytes())
        };
        assert_eq!((post(cap).status, chunked(cap).status), (200, 200), "{path}");
        post(cap + 1).problem(413, "body_too_large");
        chunked(cap + 1).problem(413, "body_too_large");
        assert_eq!(upstream.requests().len(), before + 2, "{path}");
    }
    app.send(&Request::new("POST", "/api/server/nowhere").body(vec![b'x'; 4096]))
        .problem(404, "api_not_found");
}

#[test]
fn security_24_an_items_content_is_capped_by_its_route() {
    let upstream = Upstream::ok("");
    let table = "[[route]]\npath = '/small'\nmax-body = '10B'\n[[route]]\npath = '/usual'";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let items = r#"{"requests":[{"url":"/small","method":"POST","data":"12345678"},
        {"url":"/small","method":"POST","data":"123456789"},{"url":"/usual","method":"POST","data":"123456789"}]}"#;
    let answer = app.send(&Request::new("POST", "/api/server/batch").json(items)).json();
    let statuses: Vec<u64> =
        answer["responses"].as_array().unwrap().iter().filter_map(|one| one["status"].as_u64()).collect();
    assert_eq!(statuses, [200, 413, 200]);
    assert_eq!(upstream.requests().len(), 2);
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
