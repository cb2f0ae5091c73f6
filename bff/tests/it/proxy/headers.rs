//! SECURITY.md lines 20, 21, 23 and 25 over the wire.

use std::io::Write as _;

use crate::harness::{
    browser::{Request, raw},
    test_app::{TestApp, folder_with},
    upstream::Upstream,
};

#[test]
fn security_20_no_cookie_crosses_the_bff_in_either_direction() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\nSet-Cookie: accessToken=secret\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok",
    );
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = app.send(&Request::get("/api/server/x").header("Cookie", "session=mine"));
    assert_eq!(answer.header("set-cookie"), None);
    assert!(!upstream.last().contains("cookie"));
}

#[test]
fn security_21_claims_about_the_client_are_replaced_by_what_the_bff_knows() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[("BFF_PUBLIC_URL", "https://app.example")]);
    app.send(
        &Request::get("/api/server/x")
            .header("X-Forwarded-For", "203.0.113.1")
            .header("Forwarded", "for=203.0.113.1")
            .header("X-Real-IP", "203.0.113.1")
            .header("X-User-Id", "1")
            .header("X-Request-Id", "chosen"),
    );
    let sent = upstream.last();
    assert!(sent.contains("\r\nx-forwarded-for: 127.0.0.1\r\n"), "{sent}");
    assert!(sent.contains("\r\nx-forwarded-host: app.example\r\n"), "{sent}");
    assert!(sent.contains("\r\nx-forwarded-proto: https\r\n"), "{sent}");
    assert!(!sent.contains("content-length"), "a GET has no content: {sent}");
    for claim in ["203.0.113.1", "x-user-id", "chosen", "\r\nforwarded"] {
        assert!(!sent.contains(claim), "{claim} in {sent}");
    }
    assert!(sent.contains(&format!("\r\nhost: 127.0.0.1:{}\r\n", upstream.port)));
}

#[test]
fn security_23_requests_with_two_lengths_are_refused() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[]);
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
    ] {
        let request = format!(
            "POST /api/server/x HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n{fields}\r\n0\r\n\r\nhello"
        );
        let answer = raw(app.port, request.as_bytes());
        assert_eq!(answer.status, 400, "{fields}");
    }
    assert!(upstream.requests().is_empty(), "{:?}", upstream.requests());
}

#[test]
fn security_23_hop_by_hop_fields_end_at_the_bff() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\nConnection: close, X-Ratelimit-Private\r\nX-Ratelimit-Private: 1\r\nKeep-Alive: timeout=5\r\nVary: Accept\r\nContent-Length: 0\r\n\r\n",
    );
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = app.send(
        &Request::get("/api/server/x")
            .header("Connection", "X-Hop")
            .header("X-Hop", "1")
            .header("TE", "trailers")
            .header("Upgrade", "h2c"),
    );
    for field in ["x-ratelimit-private", "keep-alive"] {
        assert_eq!(answer.header(field), None, "{field}");
    }
    assert_eq!(answer.header("vary"), Some("Accept"));
    let sent = upstream.last();
    for field in ["\r\nx-hop:", "\r\nte:", "\r\nupgrade:"] {
        assert!(!sent.contains(field), "{field} in {sent}");
    }
}

#[test]
fn security_25_every_answer_carries_the_security_headers() {
    let folder = folder_with(&[("index.html", b"<!doctype html><script>let a = 1</script>"), ("a.js", b"1")]);
    let spa = folder.path().to_str().unwrap();
    let app = TestApp::with_demo(&[("BFF_SPA_DIR", spa), ("BFF_PUBLIC_URL", "https://app.example")]);
    for path in
        ["/", "/a.js", "/healthz", "/readyz", "/missing.js", "/api/server/todos/1", "/api/server/a//b"]
    {
        let answer = app.send(&Request::get(path).header("Accept", "text/html"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert!(answer.header("permissions-policy").unwrap().contains("camera=()"), "{path}");
        assert_eq!(answer.header("x-request-id").unwrap().len(), 32, "{path}");
        let csp = answer.header("content-security-policy").unwrap();
        assert!(
            csp.starts_with("default-src 'none';") && csp.contains("frame-ancestors 'none'"),
            "{path} {csp}"
        );
        assert!(!csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'"), "{path} {csp}");
        // A script may be a worker, which goes by the policy of its own answer.
        assert_eq!(csp.contains("sandbox"), !["/", "/a.js"].contains(&path), "{path} {csp}");
    }
    let csp = app.get("/").header("content-security-policy").unwrap().to_owned();
    for part in [
        "'wasm-unsafe-eval' 'sha256-",
        "object-src 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(csp.contains(part), "{part} in {csp}");
    }
}

#[test]
fn security_25_plain_http_says_nothing_of_https() {
    let app = TestApp::with_demo(&[]);
    assert_eq!(app.get("/healthz").header("strict-transport-security"), None);
}

#[test]
fn security_28_nothing_tells_what_runs_here_or_behind() {
    let upstream = Upstream::answering(
        "HTTP/1.1 500 Oops\r\nServer: Express/4\r\nX-Powered-By: Express\r\nVia: 1.1 inner\r\nContent-Length: 9\r\n\r\nat app.js",
    );
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = app.get("/api/server/x");
    let everything = format!("{:?}{}", answer.headers, answer.text()).to_ascii_lowercase();
    for leak in ["express", "inner", "app.js", "actix", "127.0.0.1", &upstream.port.to_string()] {
        assert!(!everything.contains(leak), "{leak} in {everything}");
    }
}

#[test]
fn server_timing_tells_where_the_time_went() {
    let app = TestApp::with_demo(&[]);
    let timing = app.get("/api/server/todos/1").header("server-timing").unwrap().to_owned();
    assert!(timing.starts_with("bff;dur=") && timing.contains(", upstream;dur="), "{timing}");
}

#[test]
fn a_replaced_body_keeps_the_fields_that_its_status_needs() {
    for (status, code, kind, field, value) in [
        (503, "upstream_overloaded", "application/json", "Retry-After", "120"),
        (429, "rate_limited", "text/html", "Retry-After", "30"),
        (405, "method_not_allowed", "text/html", "Allow", "GET, PUT"),
        (416, "invalid_request", "text/html", "Content-Range", "bytes */100"),
        (401, "unauthenticated", "text/html", "WWW-Authenticate", "Bearer realm=\"api\""),
        (404, "api_not_found", "text/html", "Cache-Control", "max-age=5"),
    ] {
        let upstream = Upstream::answering(format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{field}: {value}\r\nETag: \"1\"\r\nContent-Length: 3\r\n\r\n<p>"
        ));
        let answer = TestApp::before(&upstream.url(), &[]).get("/api/server/x");
        answer.problem(status, code);
        assert_eq!(answer.header(field), Some(value));
        assert_eq!(answer.header("etag"), None);
    }
}

#[test]
fn addresses_in_answers_lead_back_to_the_same_resource() {
    let upstream = Upstream::scripted(|connection, request| {
        let (path, host) = (request.split(' ').nth(1).unwrap(), "https://app.example");
        let answer = match path {
            "/items" => format!(
                "201 Created\r\nLocation: {host}/api/server/items/7\r\nContent-Location: {host}/items/7\r\nLink: </items?page=2>; rel=next"
            ),
            "/old" => "302 Found\r\nLocation: /caf\u{e9}?q=\u{e9}".to_owned(),
            _ => "200 OK\r\nRefresh: 1; url=/items/7".to_owned(),
        };
        connection.write_all(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_PUBLIC_URL", "https://app.example")]);
    let created = app.get("/api/server/items");
    assert_eq!(created.header("location"), Some("/api/server/items/7"));
    assert_eq!(created.header("content-location"), Some("/api/server/items/7"));
    assert_eq!(created.header("link"), Some("</api/server/items?page=2>; rel=next"));
    let moved = app.get("/api/server/old");
    assert_eq!((moved.status, moved.header("location")), (302, Some("/api/server/caf%C3%A9?q=%C3%A9")));
    assert_eq!(app.get("/api/server/x").header("refresh"), Some("1; url=/api/server/items/7"));
}

#[test]
fn a_route_may_let_further_fields_leave() {
    let upstream =
        Upstream::answering("HTTP/1.1 200 OK\r\nX-Version: 7\r\nX-Secret: 1\r\nContent-Length: 0\r\n\r\n");
    let table = "[[route]]\npath = \"/a\"\nresponse-headers = [\"X-Version\"]\n[[route]]\npath = \"/b\"\n";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let (named, other) = (app.get("/api/server/a"), app.get("/api/server/b"));
    assert_eq!((named.header("x-version"), named.header("x-secret")), (Some("7"), None));
    assert_eq!(other.header("x-version"), None);
}
