//! SECURITY.md line 10: one refresh, however many requests need it.

use std::{thread, time::Duration};

use crate::harness::{
    browser::{Request, connect},
    ended_token::{all_at_once, with_ended_token},
    test_app::TestApp,
    token_upstream::{Refresh, TokenUpstream, sign_in, with},
};

/// The server with this number of workers, and a session whose access token has ended.
fn set_up(workers: &str, silent: bool) -> (TokenUpstream, TestApp, String) {
    with_ended_token(&[("BFF_WORKERS", workers)], silent)
}

#[test]
fn security_10_a_hundred_requests_with_an_ended_token_cause_one_refresh() {
    for workers in ["1", "2"] {
        let (upstream, app, cookie) = set_up(workers, false);
        for answer in all_at_once(&app, &cookie) {
            assert_eq!(answer.status, 200, "{}", answer.text());
            upstream.assert_no_token_in(&answer);
        }
        assert_eq!(upstream.state().refreshes, 1, "with {workers} workers");
    }
}

#[test]
fn security_10_one_refresh_where_it_takes_three_seconds() {
    let (upstream, app, cookie) = set_up("2", false);
    upstream.state().refresh = Refresh::Slow(Duration::from_secs(3));
    assert!(all_at_once(&app, &cookie).iter().all(|answer| answer.status == 200));
    assert_eq!(upstream.state().refreshes, 1);
}

#[test]
fn security_10_one_refresh_where_only_the_upstreams_401_tells() {
    let (upstream, app, cookie) = set_up("2", true);
    assert!(all_at_once(&app, &cookie).iter().all(|answer| answer.status == 200));
    assert_eq!(upstream.state().refreshes, 1);
}

#[test]
fn security_07_a_dead_refresh_token_ends_the_session_for_everybody() {
    let (upstream, app, cookie) = set_up("2", false);
    upstream.state().refresh = Refresh::Dead;
    for answer in all_at_once(&app, &cookie) {
        answer.problem(401, "unauthenticated");
    }
    assert_eq!(upstream.state().refreshes, 1);
    let who = app.send(&with(&cookie, Request::get("/bff/session")));
    assert_eq!(who.text(), r#"{"signIn":"form"}"#, "no session is left");
}

#[test]
fn a_refresh_without_an_answer_ends_nothing_and_is_not_tried_by_each() {
    let (upstream, app, cookie) = set_up("2", false);
    upstream.state().refresh = Refresh::Broken;
    for answer in all_at_once(&app, &cookie) {
        answer.problem(503, "upstream_overloaded");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let tried = upstream.state().refreshes;
    assert!(tried < 10, "{tried} refreshes for one that failed");
    upstream.state().refresh = Refresh::Good;
    thread::sleep(Duration::from_millis(1100));
    let answer = app.send(&with(&cookie, Request::get("/api/server/todos")));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn security_10_a_browser_that_leaves_does_not_cut_off_the_refresh() {
    use std::io::Write as _;

    let (upstream, app, cookie) = set_up("1", false);
    upstream.state().refresh = Refresh::Slow(Duration::from_millis(500));
    let before = upstream.upstream.requests().len();
    let mut leaving = connect(app.port);
    let head = format!("GET /api/server/todos HTTP/1.1\r\nHost: app.test\r\nCookie: {cookie}\r\n\r\n");
    leaving.write_all(head.as_bytes()).unwrap();
    upstream.upstream.wait_for(before + 1);
    drop(leaving);
    let answer = app.send(&with(&cookie, Request::get("/api/server/todos")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(upstream.state().refreshes, 1);
}

#[test]
fn a_request_body_is_sent_again_after_a_refresh_unless_it_is_too_large() {
    let (upstream, app, cookie) = set_up("1", true);
    let put = |size: usize| {
        app.send(&with(&cookie, Request::new("PUT", "/api/server/todos/1").body("x".repeat(size))))
    };
    assert_eq!(put(1000).status, 200);
    let seen = upstream.upstream.requests();
    let sent: Vec<_> = seen.iter().filter(|request| request.starts_with("PUT")).collect();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| request.ends_with(&"x".repeat(1000))));

    upstream.expire();
    thread::sleep(Duration::from_millis(5100));
    put(100_000).problem(503, "upstream_overloaded");
    assert_eq!(put(100_000).status, 200, "the token has been renewed");
}

#[test]
fn a_401_for_tokens_that_are_seconds_old_causes_no_refresh() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let cookie = sign_in(&app);
    upstream.expire();
    for _ in 0..5 {
        let answer = app.send(&with(&cookie, Request::get("/api/server/todos")));
        assert_eq!((answer.status, answer.text()), (401, r#"{"message":"Token Expired!"}"#));
    }
    assert_eq!(upstream.state().refreshes, 0, "the tokens are seconds old");
}
