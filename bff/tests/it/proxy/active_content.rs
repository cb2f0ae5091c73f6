//! SECURITY.md line 54: what the upstream sends is no script, style or page of our origin.

use crate::harness::{browser::Request, test_app::TestApp, upstream::Upstream};

/// Types that a browser runs or applies, with what they become.
const ACTIVE: [(&str, &str); 17] = [
    ("text/html", TEXT),
    ("application/xhtml+xml", TEXT),
    ("text/javascript", TEXT),
    ("Text/JavaScript; charset=latin1", TEXT),
    ("application/javascript", TEXT),
    ("application/x-javascript", TEXT),
    ("application/ecmascript", TEXT),
    ("text/ecmascript", TEXT),
    ("text/x-javascript", TEXT),
    ("text/x-ecmascript", TEXT),
    ("text/jscript", TEXT),
    ("text/livescript", TEXT),
    ("text/javascript1.5", TEXT),
    ("application/json, text/javascript", TEXT),
    ("text/css", TEXT),
    ("text/xsl", TEXT),
    ("application/wasm", "application/octet-stream"),
];

const TEXT: &str = "text/plain; charset=utf-8";

/// Types that stay what they are.
const DATA: [&str; 9] = [
    "application/json",
    "application/problem+json; charset=utf-8",
    "application/pdf",
    "application/xml",
    "image/png",
    "image/svg+xml",
    "text/csv",
    "text/event-stream",
    "application/octet-stream",
];

fn answering(content_type: &str) -> Upstream {
    Upstream::answering(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nCache-Control: max-age=60\r\nContent-Length: 8\r\n\r\nalert(1)"
    ))
}

#[test]
fn security_54_scripts_and_styles_of_the_upstream_cannot_run_here() {
    for (content_type, becomes) in ACTIVE.into_iter().chain(DATA.map(|data| (data, data))) {
        let upstream = answering(content_type);
        let app = TestApp::before(&upstream.url(), &[]);
        for method in ["GET", "GET", "HEAD", "POST"] {
            let request = Request::new(method, "/api/server/x.js").header("Sec-Fetch-Dest", "script");
            let answer = app.send(&request.header("Sec-Fetch-Site", "same-origin"));
            assert_eq!(answer.header("content-type"), Some(becomes), "{method} {content_type}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
        }
    }
}

#[test]
fn security_54_no_upstream_says_where_a_worker_may_act_or_what_is_sniffed() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Content-Type-Options: sniff\r\nService-Worker-Allowed: /\r\nContent-Length: 0\r\n\r\n",
    );
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = app.get("/api/server/x");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("service-worker-allowed"), None);
}

#[test]
fn security_54_a_route_may_say_that_its_content_is_active() {
    for (content_type, becomes) in ACTIVE {
        let upstream = answering(content_type);
        let table = "[[route]]\npath = '/widgets/{*rest}'\nactive = true\n[[route]]\npath = '/{*rest}'";
        let app = TestApp::with_routes(&upstream.url(), table, &[]);
        let active = app.get("/api/server/widgets/a");
        assert_eq!(active.header("content-type"), Some(content_type));
        assert_eq!(active.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(app.get("/api/server/other").header("content-type"), Some(becomes));
    }
}
