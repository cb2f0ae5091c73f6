//! What becomes of the tokens of an ended session at the upstream (`BFF_LOGOUT_PATH`).

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::Request,
    ended_token::with_ended_token,
    keys::KEY_A,
    polling::wait_until,
    program::Program,
    test_app::TestApp,
    token_upstream::{Refresh, cookie_of, login, with},
    upstream::Upstream,
};

const LOGOUT: (&str, &str) = ("BFF_LOGOUT_PATH", "/auth/logout");

/// An upstream whose tokens are numbered; `sign_out` says how the sign-outs of a number are answered, and after how long.
fn upstream(sign_out: impl Fn(usize) -> (u16, Duration) + Send + Sync + 'static) -> Upstream {
    let (signed_in, signed_out) = (AtomicUsize::new(0), AtomicUsize::new(0));
    Upstream::scripted(move |connection, request| {
        let (status, body) = match request.split(' ').nth(1).unwrap() {
            "/auth/login" => {
                let number = signed_in.fetch_add(1, Ordering::SeqCst);
                (200, format!(r#"{{"access_token":"access-{number}","refresh_token":"refresh-{number}"}}"#))
            }
            "/auth/logout" => {
                let (status, wait) = sign_out(signed_out.fetch_add(1, Ordering::SeqCst));
                thread::sleep(wait);
                (status, "{}".to_owned())
            }
            _ => (200, r#"{"id":1,"username":"ada"}"#.to_owned()),
        };
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}");
        write!(connection, "{head}\r\n\r\n{body}").is_ok()
    })
}

fn willing() -> Upstream {
    upstream(|_| (200, Duration::ZERO))
}

/// The sign-outs so far: the token in the header, and the content.
fn sign_outs(upstream: &Upstream) -> Vec<(String, String)> {
    let requests = upstream.requests();
    let sent = requests.iter().filter_map(|request| request.strip_prefix("POST /auth/logout "));
    sent.map(|request| {
        let (head, content) = request.split_once("\r\n\r\n").unwrap();
        let bearer = head.lines().find_map(|line| line.split_once(": Bearer ")).expect("a token");
        (bearer.1.to_owned(), content.to_owned())
    })
    .collect()
}

#[track_caller]
fn wait_for_sign_outs(upstream: &Upstream, count: usize) {
    wait_until(|| sign_outs(upstream).len() == count, || format!("{:?}", sign_outs(upstream)));
}

fn sign_in(app: &TestApp) -> String {
    cookie_of(&app.send(&login("ada", "adapass")))
}

fn sign_out(app: &TestApp, cookie: &str) -> u16 {
    app.send(&with(cookie, Request::new("POST", "/bff/logout"))).status
}

fn first() -> Vec<(String, String)> {
    vec![("access-0".to_owned(), r#"{"refresh_token":"refresh-0"}"#.to_owned())]
}

#[test]
fn security_50_signing_out_revokes_the_refresh_token_under_its_own_name() {
    for store in [&[][..], &[("BFF_SESSION_STORE", "cookie"), ("BFF_SESSION_KEY", KEY_A)]] {
        let upstream = willing();
        let app = TestApp::before(&upstream.url(), &[&[LOGOUT], store].concat());
        let cookie = sign_in(&app);
        assert_eq!(sign_out(&app, &cookie), 200);
        wait_for_sign_outs(&upstream, 1);
        assert_eq!(sign_outs(&upstream), first());
        assert_eq!(sign_out(&app, &cookie), 200, "it is out already");
    }
}

#[test]
fn security_50_a_session_ended_from_the_list_is_revoked() {
    let upstream = willing();
    let app = TestApp::before(&upstream.url(), &[LOGOUT]);
    let (_phone, desk) = (sign_in(&app), sign_in(&app));
    let listed = app.send(&with(&desk, Request::get("/bff/sessions"))).json();
    let handle = listed["sessions"][1]["handle"].as_str().unwrap().to_owned();
    let end = Request::new("DELETE", &format!("/bff/sessions/{handle}"));
    assert_eq!(app.send(&with(&desk, end)).status, 204);
    wait_for_sign_outs(&upstream, 1);
    assert_eq!(sign_outs(&upstream), first());
}

#[test]
fn security_50_a_new_sign_in_revokes_the_session_that_it_replaces() {
    let upstream = willing();
    let app = TestApp::before(&upstream.url(), &[LOGOUT]);
    let before = sign_in(&app);
    cookie_of(&app.send(&with(&before, login("ada", "adapass"))));
    wait_for_sign_outs(&upstream, 1);
    assert_eq!(sign_outs(&upstream), first());
}

#[test]
fn security_50_an_expiry_that_a_request_notices_is_revoked() {
    for store in [&[][..], &[("BFF_SESSION_STORE", "cookie"), ("BFF_SESSION_KEY", KEY_A)]] {
        let upstream = willing();
        let app =
            TestApp::before(&upstream.url(), &[&[LOGOUT, ("BFF_SESSION_IDLE", "300ms")], store].concat());
        let cookie = sign_in(&app);
        thread::sleep(Duration::from_millis(350));
        assert!(sign_outs(&upstream).is_empty());
        for _ in 0..3 {
            app.send(&with(&cookie, Request::get("/api/server/todos"))).problem(401, "unauthenticated");
        }
        wait_for_sign_outs(&upstream, 1);
        assert_eq!(sign_outs(&upstream), first());
    }
}

#[test]
fn security_50_tokens_that_come_after_the_end_are_revoked_as_well() {
    let (upstream, app, cookie) = with_ended_token(&[LOGOUT], false);
    upstream.state().refresh = Refresh::Slow(Duration::from_millis(800));
    let before = upstream.upstream.requests().len();
    thread::scope(|scope| {
        let asking = scope.spawn(|| app.send(&with(&cookie, Request::get("/api/server/todos"))).status);
        upstream.upstream.wait_for(before + 1);
        assert_eq!(sign_out(&app, &cookie), 200);
        assert_eq!(asking.join().unwrap(), 401);
    });
    wait_for_sign_outs(&upstream.upstream, 2);
    let mut given_back: Vec<String> =
        sign_outs(&upstream.upstream).into_iter().map(|(_, content)| content).collect();
    given_back.sort();
    assert_eq!(
        given_back,
        [r#"{"refreshToken":"refresh-0-token"}"#, r#"{"refreshToken":"refresh-2-token"}"#]
    );
}

#[test]
fn security_50_a_revocation_is_behind_the_answer_and_retried() {
    let upstream = upstream(|number| match number {
        0 => (503, Duration::from_secs(2)),
        _ => (200, Duration::ZERO),
    });
    let app = TestApp::before(&upstream.url(), &[LOGOUT]);
    let cookie = sign_in(&app);
    let began = Instant::now();
    assert_eq!(sign_out(&app, &cookie), 200);
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
    wait_for_sign_outs(&upstream, 2);
}

#[test]
fn security_50_a_refusal_is_not_retried() {
    let upstream = upstream(|_| (401, Duration::ZERO));
    let mut app = TestApp::before(&upstream.url(), &[LOGOUT]);
    let cookie = sign_in(&app);
    assert_eq!(sign_out(&app, &cookie), 200);
    wait_for_sign_outs(&upstream, 1);
    app.stop();
    assert_eq!(sign_outs(&upstream).len(), 1);
}

#[test]
fn security_50_what_is_to_be_revoked_at_the_stop_is_within_the_drain() {
    let answered = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&answered);
    let upstream = upstream(move |number| {
        counted.fetch_add(1, Ordering::SeqCst);
        (if number == 0 { 503 } else { 200 }, Duration::from_millis(300))
    });
    let mut app = TestApp::before(&upstream.url(), &[LOGOUT]);
    let cookie = sign_in(&app);
    assert_eq!(sign_out(&app, &cookie), 200);
    wait_for_sign_outs(&upstream, 1);
    app.stop();
    assert_eq!(answered.load(Ordering::SeqCst), 2, "it was tried again before the end");
}

#[test]
fn security_50_a_stop_waits_for_no_longer_than_the_drain() {
    let upstream = upstream(|_| (200, Duration::from_secs(15)));
    let settings = [LOGOUT, ("BFF_DRAIN_TIMEOUT", "1s"), ("BFF_UPSTREAM_TIMEOUT", "30s")];
    let mut app = TestApp::before(&upstream.url(), &settings);
    let cookie = sign_in(&app);
    assert_eq!(sign_out(&app, &cookie), 200);
    wait_for_sign_outs(&upstream, 1);
    let began = Instant::now();
    app.stop();
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

#[test]
fn security_50_the_sign_out_path_is_never_reachable_from_the_browser() {
    let upstream = willing();
    let app = TestApp::before(&upstream.url(), &[LOGOUT]);
    let cookie = sign_in(&app);
    for path in ["/auth/logout", "/AUTH/Logout", "/auth/logout/", "/auth/logout;x"] {
        let request = Request::new("POST", &format!("/api/server{path}")).json("{}");
        app.send(&with(&cookie, request)).problem(404, "api_not_found");
    }
    assert!(sign_outs(&upstream).is_empty());
}

#[test]
fn security_50_a_failed_revocation_is_logged_without_the_token() {
    let upstream = upstream(|_| (400, Duration::ZERO));
    let mut program = Program::before(&upstream.url(), &[LOGOUT, ("BFF_LOG", "trace")]);
    let cookie = cookie_of(&login("ada", "adapass").send(program.port));
    with(&cookie, Request::new("POST", "/bff/logout")).send(program.port);
    program.wait_for_log("could not be revoked");
    let log = program.stop();
    assert!(!log.contains("refresh-0") && !log.contains("access-0"), "{log}");
}

#[test]
fn security_50_revocations_are_counted_by_outcome() {
    let upstream = upstream(|number| (if number == 0 { 200 } else { 404 }, Duration::ZERO));
    let settings = [LOGOUT, ("BFF_METRICS_LISTEN", "127.0.0.1:0")];
    let mut program = Program::before(&upstream.url(), &settings);
    let metrics = program.metrics_port();
    for number in 1..=2 {
        let cookie = cookie_of(&login("ada", "adapass").send(program.port));
        with(&cookie, Request::new("POST", "/bff/logout")).send(program.port);
        wait_for_sign_outs(&upstream, number);
    }
    let text = || Request::get("/metrics").send(metrics).text().to_owned();
    for result in ["revoked", "refused"] {
        let line = format!(r#"bff_token_revocations_total{{result="{result}"}} 1"#);
        wait_until(|| text().contains(&line), text);
    }
}
