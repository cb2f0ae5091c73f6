//! Sessions kept in cookies (`BFF_SESSION_STORE=cookie`).

use std::{
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::harness::{
    browser::{PATIENCE, Request, Response},
    ended_token::{all_at_once, with_ended_token},
    keys::{KEY_A, KEY_B},
    program::Program,
    test_app::{RouteTable, TestApp, folder_with},
    token_upstream::{Refresh, TokenUpstream, cookie_of, field_of, login, sign_in, with},
};

const IN_COOKIES: (&str, &str) = ("BFF_SESSION_STORE", "cookie");
/// Short enough for a use to be written down after a second.
const SHORT: (&str, &str) = ("BFF_SESSION_IDLE", "10s");
const TOUCHED: Duration = Duration::from_millis(1100);

fn carrying(upstream: &TokenUpstream, settings: &[(&str, &str)]) -> TestApp {
    let mut all = vec![IN_COOKIES, ("BFF_SESSION_KEY", KEY_A), ("BFF_RATE_LIMIT", "off")];
    all.retain(|(name, _)| settings.iter().all(|(given, _)| given != name));
    all.extend(settings);
    TestApp::before(&upstream.upstream.url(), &all)
}

fn is_signed_in(app: &TestApp, cookie: &str) -> bool {
    app.send(&with(cookie, Request::get("/bff/session"))).json().get("user").is_some()
}

fn todos(app: &TestApp, cookie: &str) -> Response {
    app.send(&with(cookie, Request::get("/api/server/todos")))
}

/// The cookie that an answer brings, if it does.
fn brought(answer: &Response) -> Option<String> {
    let pair = answer.header("set-cookie")?.split(';').next()?.to_owned();
    assert!(pair.len() <= 4097, "name, equals sign and value: {}", pair.len());
    Some(pair)
}

#[test]
fn a_session_outlives_the_process_that_it_began_in() {
    let upstream = TokenUpstream::start();
    let mut first = carrying(&upstream, &[]);
    let signed_in = first.send(&login("ada", "adapass"));
    let cookie = cookie_of(&signed_in);
    assert_eq!(todos(&first, &cookie).status, 200);
    first.stop();
    let second = carrying(&upstream, &[]);
    let who = second.send(&with(&cookie, Request::get("/bff/session")));
    assert_eq!(who.json(), signed_in.json());
    assert_eq!((who.header("set-cookie"), todos(&second, &cookie).status), (None, 200));
    assert_eq!(upstream.state().issued.len(), 2, "nobody was asked for other tokens");
}

#[test]
fn replicas_with_the_same_key_learn_from_each_others_cookies() {
    let upstream = TokenUpstream::start();
    let (one, two) = (carrying(&upstream, &[SHORT]), carrying(&upstream, &[SHORT]));
    upstream.state().life = Some(2);
    let first = sign_in(&one);
    assert_eq!(todos(&two, &first).status, 200);
    upstream.state().life = Some(3600);
    thread::sleep(Duration::from_millis(2100));
    let second = brought(&todos(&one, &first)).expect("new tokens");
    // This replica has seen the first cookie, whose refresh token is spent.
    let answer = todos(&two, &second);
    assert_eq!((answer.status, brought(&answer)), (200, None));
    assert_eq!(upstream.state().refreshes, 1);
}

#[test]
fn keys_are_rotated_while_people_are_signed_in() {
    let upstream = TokenUpstream::start();
    let before = sign_in(&carrying(&upstream, &[SHORT]));
    let rotated = carrying(&upstream, &[SHORT, ("BFF_SESSION_KEY", &format!("{KEY_B},{KEY_A}"))]);
    thread::sleep(TOUCHED);
    let after = brought(&todos(&rotated, &before)).expect("a use that is written down");
    let only_new = carrying(&upstream, &[SHORT, ("BFF_SESSION_KEY", KEY_B)]);
    assert!(is_signed_in(&only_new, &after) && !is_signed_in(&only_new, &before));
}

#[test]
fn security_03_a_session_in_a_cookie_shows_no_token() {
    let (upstream, app, first) = with_ended_token(&[IN_COOKIES, ("BFF_SESSION_KEY", KEY_A)], false);
    let renewed = todos(&app, &first);
    upstream.assert_no_token_in(&renewed);
    for cookie in [first, brought(&renewed).expect("new tokens")] {
        let sealed = URL_SAFE_NO_PAD.decode(cookie.split_once('=').unwrap().1).unwrap();
        let text = String::from_utf8_lossy(&sealed).into_owned();
        for told in upstream.state().issued.iter().map(String::as_str).chain(["ada", "Okafor", "token"]) {
            assert!(!text.contains(told) && !cookie.contains(told), "{told}");
        }
    }
}

#[test]
fn security_04_a_session_in_a_cookie_has_the_attributes_of_a_session_id() {
    let upstream = TokenUpstream::start();
    let app = carrying(&upstream, &[("BFF_PUBLIC_URL", "https://app.example")]);
    let signed_in = app.send(&login("ada", "adapass"));
    let (pair, attributes) = field_of(&signed_in, "bff=").split_once(';').unwrap();
    assert!(pair.starts_with("__Host-Http-bff=") && pair.len() <= 4097);
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Strict; Secure");
}

#[test]
fn security_05_a_session_too_large_for_a_cookie_is_refused_at_sign_in() {
    let upstream = TokenUpstream::start();
    upstream.state().padding = 4000;
    let program = Program::before(&upstream.upstream.url(), &[IN_COOKIES, ("BFF_SESSION_KEY", KEY_A)]);
    let port = program.port;
    let refused = login("ada", "adapass").send(port);
    let problem = refused.problem(502, "upstream_invalid");
    assert!(problem["detail"].as_str().unwrap().contains("too large for the cookie"), "{problem}");
    assert_eq!(refused.header("set-cookie"), None);
    upstream.state().padding = 0;
    cookie_of(&login("ada", "adapass").send(port));
    let log = program.stop();
    let line = log.lines().find(|line| line.contains("over 4096")).expect("the log says how large");
    assert!(line.contains("its access token has 4015, its refresh token 15"), "{line}");
    upstream.state().issued.iter().for_each(|token| assert!(!log.contains(token.as_str()), "{token}"));
}

#[test]
fn renewed_tokens_that_do_not_fit_serve_one_more_request() {
    let (upstream, app, cookie) = with_ended_token(&[IN_COOKIES, ("BFF_SESSION_KEY", KEY_A)], false);
    upstream.state().padding = 4000;
    let answer = todos(&app, &cookie);
    assert_eq!(answer.status, 200);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    todos(&app, &cookie).problem(401, "unauthenticated");
}

#[test]
fn security_06_a_foreign_or_tampered_cookie_is_no_session_and_is_removed() {
    let upstream = TokenUpstream::start();
    let app = carrying(&upstream, &[]);
    let cookie = sign_in(&app);
    let foreign = sign_in(&carrying(&upstream, &[("BFF_SESSION_KEY", KEY_B)]));
    let cut = &cookie[..cookie.len() - 8];
    let mut tampered = cookie.clone();
    let at = tampered.len() - 30;
    tampered.replace_range(at..=at, if &tampered[at..=at] == "A" { "B" } else { "A" });
    for other in [&foreign, cut, &tampered, "bff=planted", &cookie[..47], "bff=A"] {
        todos(&app, other).problem(401, "unauthenticated");
        let who = app.send(&with(other, Request::get("/bff/session")));
        assert_eq!(who.text(), r#"{"signIn":"form"}"#, "{other}");
        assert!(who.header("set-cookie").unwrap().contains("Max-Age=0"), "{other}");
        let mine = app.send(&with(other, login("ada", "adapass")));
        assert_ne!(cookie_of(&mine), *other);
    }
    assert!(is_signed_in(&app, &cookie));
}

#[test]
fn security_06_a_new_sign_in_is_a_new_session_and_ends_the_one_before() {
    let upstream = TokenUpstream::start();
    let app = carrying(&upstream, &[]);
    let first = sign_in(&app);
    let second = cookie_of(&app.send(&with(&first, login("ada", "adapass"))));
    // The name is what comes first.
    assert_ne!(first[..46], second[..46]);
    assert!(!is_signed_in(&app, &first) && is_signed_in(&app, &second));
}

#[test]
fn security_07_a_cookie_that_was_put_aside_ends_when_its_session_would() {
    let upstream = TokenUpstream::start();
    for limit in ["BFF_SESSION_IDLE", "BFF_SESSION_MAX"] {
        let settings = [(limit, "1s"), ("BFF_SESSION_IDLE", "1s")];
        let first = carrying(&upstream, &settings);
        let cookie = sign_in(&first);
        let began = Instant::now();
        let fresh = carrying(&upstream, &settings);
        assert!(is_signed_in(&fresh, &cookie) || began.elapsed() > Duration::from_millis(900));
        thread::sleep(Duration::from_millis(1100));
        for app in [&first, &fresh, &carrying(&upstream, &settings)] {
            assert!(!is_signed_in(app, &cookie), "{limit}");
            todos(app, &cookie).problem(401, "unauthenticated");
        }
    }
}

#[test]
fn security_07_a_cookie_session_lives_while_used_up_to_its_greatest_age() {
    let upstream = TokenUpstream::start();
    let app = carrying(&upstream, &[("BFF_SESSION_IDLE", "1s"), ("BFF_SESSION_MAX", "3s")]);
    let (mut cookie, began) = (sign_in(&app), Instant::now());
    let mut lived = Duration::ZERO;
    loop {
        let answer = todos(&app, &cookie);
        if answer.status == 401 {
            break;
        }
        lived = began.elapsed();
        assert!(lived < PATIENCE, "it lives on");
        cookie = brought(&answer).unwrap_or(cookie);
        thread::sleep(Duration::from_millis(150));
    }
    assert!(lived > Duration::from_millis(2000) && lived < Duration::from_millis(3100), "{lived:?}");
}

#[test]
fn security_08_sign_out_removes_the_cookie_and_this_process_refuses_it() {
    let upstream = TokenUpstream::start();
    let app = carrying(&upstream, &[SHORT]);
    let cookie = sign_in(&app);
    thread::sleep(TOUCHED);
    let newer = brought(&todos(&app, &cookie)).expect("a use that is written down");
    let out = app.send(&with(&newer, Request::new("POST", "/bff/logout")));
    assert_eq!(out.status, 200);
    assert_eq!(out.header("clear-site-data"), Some(r#""cache", "storage""#));
    let removed = out.header("set-cookie").unwrap();
    assert!(removed.starts_with("bff=;") && removed.contains("Max-Age=0"), "{removed}");
    for copy in [&cookie, &newer] {
        todos(&app, copy).problem(401, "unauthenticated");
        assert!(!is_signed_in(&app, copy));
    }
}

#[test]
fn security_10_a_hundred_requests_of_a_cookie_session_cause_one_refresh() {
    for silent in [false, true] {
        let settings = [IN_COOKIES, ("BFF_SESSION_KEY", KEY_A), ("BFF_WORKERS", "2")];
        let (upstream, app, cookie) = with_ended_token(&settings, silent);
        let answers = all_at_once(&app, &cookie);
        assert_eq!(upstream.state().refreshes, 1);
        let mut newer = String::new();
        for answer in &answers {
            assert_eq!(answer.status, 200, "{}", answer.text());
            upstream.assert_no_token_in(answer);
            newer = brought(answer).expect("every answer brings what the request did not know");
        }
        // A late request with the older cookie still works; a new process needs the newer one.
        assert_eq!(todos(&app, &cookie).status, 200);
        assert_eq!(todos(&carrying(&upstream, &[]), &newer).status, 200);
        assert_eq!(upstream.state().refreshes, 1);
    }
}

#[test]
fn security_07_a_dead_refresh_token_ends_a_cookie_session_for_everybody() {
    let settings = [IN_COOKIES, ("BFF_SESSION_KEY", KEY_A), ("BFF_WORKERS", "2")];
    let (upstream, app, cookie) = with_ended_token(&settings, false);
    upstream.state().refresh = Refresh::Dead;
    for answer in all_at_once(&app, &cookie) {
        answer.problem(401, "unauthenticated");
    }
    assert_eq!(upstream.state().refreshes, 1);
    assert!(!is_signed_in(&app, &cookie));
}

#[test]
fn security_11_a_person_is_told_of_the_own_session_alone_and_can_end_it() {
    let upstream = TokenUpstream::start();
    let app = carrying(&upstream, &[]);
    let (desk, phone) = (sign_in(&app), sign_in(&app));
    let list = |cookie: &str| {
        let listed = app.send(&with(cookie, Request::get("/bff/sessions"))).json();
        let [one] = &listed["sessions"].as_array().unwrap()[..] else { panic!("{listed}") };
        assert_eq!(one["current"], true);
        one["handle"].as_str().unwrap().to_owned()
    };
    let end = |cookie: &str, handle: &str| {
        app.send(&with(cookie, Request::new("DELETE", &format!("/bff/sessions/{handle}"))))
    };
    let (at_desk, on_phone) = (list(&desk), list(&phone));
    end(&desk, &on_phone).problem(404, "api_not_found");
    assert_eq!(end(&desk, &at_desk).status, 204);
    assert!(!is_signed_in(&app, &desk) && is_signed_in(&app, &phone));
}

#[test]
fn security_26_no_answer_that_others_might_store_brings_a_session_along() {
    let upstream = TokenUpstream::start();
    let routes = RouteTable::new(
        "[[route]]\npath = '/open'\nsession = 'none'\n[[route]]\npath = '/for-cdns'\n\
         session = 'none'\n[[route]]\npath = '/{*rest}'\n",
    );
    let page = folder_with(&[("index.html", b"<p>")]);
    let app = carrying(
        &upstream,
        &[
            SHORT,
            ("BFF_RESPONSE_HEADERS", "cdn-cache-control"),
            routes.setting(),
            ("BFF_SPA_DIR", page.path().to_str().unwrap()),
        ],
    );
    let cookie = sign_in(&app);
    thread::sleep(TOUCHED);
    assert!(brought(&todos(&app, &cookie)).is_some());
    let open = app.send(&with(&cookie, Request::get("/api/server/open")));
    assert_eq!(
        (open.text(), open.header("cache-control")),
        (r#"{"bearer":false}"#, Some("public, max-age=60"))
    );
    let start = app.send(&with(&cookie, Request::get("/").header("Accept", "text/html")));
    assert_eq!(start.status, 200);
    let for_cdns = app.send(&with(&cookie, Request::get("/api/server/for-cdns")));
    let said = (for_cdns.header("cache-control"), for_cdns.header("cdn-cache-control"));
    assert_eq!(said, (Some("no-store"), Some("max-age=60")));
    for answer in [open, start, for_cdns] {
        assert_eq!(answer.header("set-cookie"), None);
    }
    assert!(brought(&app.send(&with(&cookie, Request::get("/bff/session")))).is_some());
}

#[test]
fn cache_hits_and_batches_renew_the_session_cookie_outside_the_body() {
    let upstream = TokenUpstream::start();
    let routes = RouteTable::new("[[route]]\npath = '/{*rest}'\ncache = { ttl = '60s', private = true }");
    let app = carrying(&upstream, &[SHORT, routes.setting()]);
    let cookie = sign_in(&app);
    thread::sleep(TOUCHED);
    assert!(brought(&todos(&app, &cookie)).is_some());
    let cached = todos(&app, &cookie);
    assert!(cached.header("cache-status").unwrap().contains("hit"));
    assert!(brought(&cached).is_some());
    let batch = Request::new("POST", "/api/server/batch");
    let batch = batch.json(r#"{"requests":[{"url":"/todos","method":"GET"}]}"#);
    let answer = app.send(&with(&cookie, batch));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let value = brought(&answer).expect("the batch's own head");
    assert!(!answer.text().to_ascii_lowercase().contains("set-cookie"), "{}", answer.text());
    assert!(!answer.text().contains(&value[4..]), "{}", answer.text());
}

#[test]
fn a_streamed_batch_leaves_renewed_tokens_to_the_next_answer() {
    let (upstream, app, cookie) = with_ended_token(&[IN_COOKIES, ("BFF_SESSION_KEY", KEY_A)], false);
    let batch = Request::new("POST", "/api/server/batch").header("Accept", "application/x-ndjson");
    let batch = batch.json(r#"{"requests":[{"url":"/todos","method":"GET"},{"url":"/x","method":"GET"}]}"#);
    let lines = app.send(&with(&cookie, batch));
    assert_eq!((lines.status, lines.text().lines().count(), brought(&lines)), (200, 2, None));
    upstream.assert_no_token_in(&lines);
    let newer = brought(&app.send(&with(&cookie, Request::get("/bff/session")))).expect("new tokens");
    assert_eq!(todos(&carrying(&upstream, &[]), &newer).status, 200);
    assert_eq!(upstream.state().refreshes, 1);
}

#[test]
fn security_09_a_start_without_backchannel_logout_logs_a_warning() {
    let program = Program::before(
        "http://127.0.0.1:1",
        &[
            IN_COOKIES,
            ("BFF_SESSION_KEY", KEY_A),
            ("BFF_OIDC_ISSUER", "http://127.0.0.1:1"),
            ("BFF_OIDC_CLIENT_ID", "bff"),
        ],
    );
    let port = program.port;
    assert_eq!(Request::get("/healthz").send(port).status, 200);
    let log = program.stop();
    assert!(log.contains("the OpenID provider cannot end sessions"), "{log}");
}

#[test]
fn security_35_a_cookie_that_is_a_session_does_not_stand_in_the_log() {
    let upstream = TokenUpstream::start();
    let program = Program::before(
        &upstream.upstream.url(),
        &[IN_COOKIES, ("BFF_SESSION_KEY", KEY_A), ("BFF_LOG", "trace")],
    );
    let port = program.port;
    let cookie = cookie_of(&login("ada", "adapass").send(port));
    assert_eq!(with(&cookie, Request::get("/api/server/todos")).send(port).status, 200);
    with(&cookie, Request::new("POST", "/bff/logout")).send(port);
    let log = program.stop();
    assert!(log.contains("signed_out"), "{log}");
    let value = &cookie[4..];
    for secret in [&value[..43], &value[value.len() - 43..]] {
        assert!(!log.contains(secret), "{log}");
    }
}
