//! Requests that pages of other sites could make a browser send.

use crate::harness::{
    browser::Request,
    test_app::TestApp,
    token_upstream::{TokenUpstream, login, sign_in},
    upstream::Upstream,
};

/// Fields of a request that a page of another site makes.
const FOREIGN: [(&str, &str); 3] =
    [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example")];

#[test]
fn security_12_a_change_in_a_session_needs_a_proof_of_same_origin() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let cookie = sign_in(&app);
    let before = upstream.upstream.requests().len();
    for path in ["/api/server/todos/1", "/bff/sessions/x"] {
        let bare = Request::new("DELETE", path).header("Cookie", &cookie);
        app.send(&bare).problem(403, "cross_site");
        for (name, value) in FOREIGN {
            let request = Request::new("DELETE", path).header("Cookie", &cookie).header("X-CSRF", "1");
            app.send(&request.header(name, value)).problem(403, "cross_site");
            app.send(&Request::new("DELETE", path).header(name, value)).problem(403, "cross_site");
        }
    }
    assert_eq!(upstream.upstream.requests().len(), before, "the upstream heard nothing of it");
    let own = format!("http://127.0.0.1:{}", app.port);
    for (name, value) in [("Sec-Fetch-Site", "same-origin"), ("Origin", own.as_str()), ("X-CSRF", "1")] {
        let request = Request::new("DELETE", "/api/server/todos/1").header("Cookie", &cookie);
        assert_eq!(app.send(&request.header(name, value)).status, 200, "{name}");
    }
}

#[test]
fn security_12_an_unknown_method_counts_as_unsafe() {
    let upstream = TokenUpstream::start();
    let app = TestApp::with_routes(
        &upstream.upstream.url(),
        "[[route]]\npath = '/{*rest}'\nmethods = ['GET', 'REPORT']",
        &[],
    );
    let cookie = sign_in(&app);
    let before = upstream.upstream.requests().len();
    let report = || Request::new("REPORT", "/api/server/todos").header("Cookie", &cookie);
    app.send(&report()).problem(403, "cross_site");
    app.send(&report().header("Sec-Fetch-Site", "none")).problem(403, "cross_site");
    for (name, value) in FOREIGN {
        app.send(&report().header("X-CSRF", "1").header(name, value)).problem(403, "cross_site");
    }
    assert_eq!(upstream.upstream.requests().len(), before, "the upstream heard nothing of it");
    assert_eq!(app.send(&report().header("X-CSRF", "1")).status, 200);
}

#[test]
fn security_13_forms_and_bodiless_posts_of_another_site_change_nothing() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let cookie = sign_in(&app);
    let before = upstream.upstream.requests().len();
    for path in ["/bff/logout", "/bff/login", "/api/server/todos/add"] {
        for (name, value) in FOREIGN {
            let post = || Request::new("POST", path).header("Cookie", &cookie).header(name, value);
            for request in [
                post(),
                post().header("Content-Type", "text/plain").body("{}"),
                post().header("Content-Type", "application/x-www-form-urlencoded").body("a=b"),
            ] {
                app.send(&request).problem(403, "cross_site");
            }
        }
    }
    app.send(&login("ada", "adapass").header("Origin", "null")).problem(403, "cross_site");
    assert_eq!(upstream.upstream.requests().len(), before);
    let who = app.send(&Request::get("/bff/session").header("Cookie", &cookie)).json();
    assert_eq!(who["user"]["username"], "ada", "the session is still there");
}

#[test]
fn security_14_event_streams_and_downloads_are_no_exception() {
    let upstream = Upstream::ok("secret");
    let app = TestApp::before(&upstream.url(), &[]);
    for (name, value) in FOREIGN {
        for accept in ["text/event-stream", "application/octet-stream", "text/html"] {
            let request = Request::get("/api/server/x").header("Accept", accept).header(name, value);
            app.send(&request).problem(403, "cross_site");
        }
    }
    assert!(upstream.requests().is_empty());
    assert_eq!(app.send(&Request::get("/api/server/x").header("Sec-Fetch-Site", "none")).status, 200);
}

#[test]
fn security_15_only_listed_origins_may_read_and_without_credentials() {
    let upstream = Upstream::ok("{}");
    let cors = |origin: &str, app: &TestApp| {
        let answer = app.send(&Request::get("/api/server/x").header("Origin", origin));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        (answer.status, answer.header("access-control-allow-origin").map(str::to_owned))
    };
    let closed = TestApp::before(&upstream.url(), &[]);
    assert_eq!(cors("https://partner.example", &closed), (403, None));
    let open = TestApp::before(&upstream.url(), &[("BFF_CORS_ORIGINS", "https://partner.example")]);
    assert_eq!(cors("https://partner.example", &open), (200, Some("https://partner.example".to_owned())));
    assert_eq!(cors("https://evil.example", &open), (403, None));
    assert_eq!(cors("https://partner.example.evil", &open), (403, None));

    let count = upstream.requests().len();
    let preflight = Request::new("OPTIONS", "/api/server/x")
        .header("Origin", "https://partner.example")
        .header("Access-Control-Request-Method", "PUT");
    let answer = open.send(&preflight);
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://partner.example"));
    assert!(answer.header("access-control-allow-methods").unwrap().contains("PUT"));
    assert_eq!(upstream.requests().len(), count, "the upstream is not asked");
    // To act in the session is no part of the grant.
    let login = login("ada", "adapass").header("Origin", "https://partner.example");
    open.send(&login).problem(403, "cross_site");
}
