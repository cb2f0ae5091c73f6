//! What flows in a session's name ends with the session, and visibly so.

use std::time::{Duration, Instant};

use crate::harness::{
    browser::{Request, parse},
    polling::wait_until,
    test_app::TestApp,
    token_upstream::{cookie_of, login, sign_in, with},
    websocket::{OPEN, StreamUpstream, echo, open, read_bytes, read_head, rest},
};

/// Everything flows to its end within this time.
const AT_ONCE: Duration = Duration::from_secs(1);

#[test]
fn security_08_what_flows_ends_at_once_with_a_sign_out() {
    for store in ["memory", "cookie"] {
        let key = ("BFF_SESSION_KEY", crate::harness::keys::KEY_A);
        let upstream = StreamUpstream::start();
        let app = TestApp::with_routes(&upstream.url(), OPEN, &[("BFF_SESSION_STORE", store), key]);
        let (cookie, other) = (sign_in(&app), sign_in(&app));
        let mut tunnel = open(app.port, "/api/server/echo", &[("Cookie", &cookie)]);
        let mut others = open(app.port, "/api/server/echo", &[("Cookie", &other)]);
        let mut events = with(&cookie, Request::get("/api/server/events")).begin(app.port);
        let mut download = with(&cookie, Request::get("/api/server/download")).begin(app.port);
        let events_head = [read_head(&mut events), read_bytes(&mut events, 14)].concat();
        let download_head = [read_head(&mut download), read_bytes(&mut download, 12)].concat();
        echo(&mut tunnel, b"hello");
        wait_until(|| upstream.open() == 4, || upstream.open());
        let since = Instant::now();
        let out = app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
        assert_eq!(out.status, 200, "{}", out.text());
        assert_eq!(rest(&mut tunnel), b"");
        // A browser opens an event stream again by itself, and gets 401 then.
        let events = parse(&[events_head, rest(&mut events)].concat());
        assert!(events.complete && !events.body.is_empty(), "{}", events.text());
        let download = parse(&[download_head, rest(&mut download)].concat());
        assert!(!download.complete && !download.body.is_empty(), "it is cut");
        assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
        wait_until(|| upstream.open() == 1, || upstream.open());
        echo(&mut others, b"still here");
        let again = app.send(&with(&cookie, Request::get("/api/server/events")));
        again.problem(401, "unauthenticated");
    }
}

#[test]
fn what_flows_ends_with_an_end_from_the_list_a_new_sign_in_or_a_dead_token() {
    let upstream = StreamUpstream::start();
    let app = TestApp::with_routes(&upstream.url(), OPEN, &[]);
    let (cookie, other) = (sign_in(&app), sign_in(&app));
    let mut tunnel = open(app.port, "/api/server/echo", &[("Cookie", &cookie)]);
    let own = app.send(&with(&other, Request::get("/bff/sessions"))).json();
    let sessions = own["sessions"].as_array().unwrap();
    let handle = sessions.iter().find(|one| one["current"] == false).unwrap()["handle"].as_str().unwrap();
    let ended = app.send(&with(&other, Request::new("DELETE", &format!("/bff/sessions/{handle}"))));
    assert!(ended.status < 300, "{}", ended.text());
    assert_eq!(rest(&mut tunnel), b"");
    let mut tunnel = open(app.port, "/api/server/echo", &[("Cookie", &other)]);
    assert_eq!(app.send(&with(&other, login("ada", "adapass"))).status, 200);
    assert_eq!(rest(&mut tunnel), b"");
    let short = cookie_of(&app.send(&login("short", "adapass")));
    let mut tunnel = open(app.port, "/api/server/echo", &[("Cookie", &short)]);
    echo(&mut tunnel, b"hello");
    // A request finds that the token cannot be renewed.
    let ask = || app.send(&with(&short, Request::get("/api/server/todos"))).status;
    wait_until(|| ask() == 401, || "the token does not end");
    assert_eq!(rest(&mut tunnel), b"");
}

#[test]
fn what_flows_ends_with_the_longest_life_of_its_session() {
    let upstream = StreamUpstream::start();
    let settings = [("BFF_SESSION_MAX", "2s"), ("BFF_SESSION_IDLE", "2s")];
    let app = TestApp::with_routes(&upstream.url(), OPEN, &settings);
    let since = Instant::now();
    let cookie = sign_in(&app);
    let mut tunnel = open(app.port, "/api/server/echo", &[("Cookie", &cookie)]);
    let mut events = with(&cookie, Request::get("/api/server/events")).begin(app.port);
    assert_eq!(rest(&mut tunnel), b"");
    assert!(parse(&rest(&mut events)).complete);
    let took = since.elapsed();
    assert!(took > Duration::from_millis(1500) && took < Duration::from_secs(4), "{took:?}");
}
