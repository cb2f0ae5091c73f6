//! Heuristic freshness: answers that nobody has named a lifetime for.

use std::{
    io::Write as _,
    time::{Duration, SystemTime},
};

use crate::harness::{
    browser::Request,
    cacheable::{cache_status, counting, is_hit},
    test_app::TestApp,
    token_upstream::{TokenUpstream, sign_in, with},
    upstream::Upstream,
};

const ON: (&str, &str) = ("BFF_CACHE_HEURISTIC", "on");

const OLD: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

#[test]
fn an_answer_is_fresh_for_a_tenth_of_the_time_since_its_last_change() {
    let modified = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(10_000));
    for (fields, most) in [(format!("Last-Modified: {modified}\r\n"), 1000), (OLD.to_owned(), 86_400)] {
        let upstream = counting(fields);
        let app = TestApp::before(&upstream.url(), &[ON]);
        let miss = app.get("/api/server/a");
        let (said, ttl) = cache_status(&miss).split_once("; ttl=").unwrap();
        let (ttl, stored) = ttl.split_once("; ").unwrap();
        let seconds: i64 = ttl.parse().unwrap();
        assert_eq!((said, stored, miss.header("cache-control")), ("bff; fwd=uri-miss", "stored", None));
        assert!((most - 5..=most).contains(&seconds), "{seconds}");
        assert_eq!(app.get("/api/server/a").text(), "answer 1");
    }
}

#[test]
fn heuristics_are_off_unless_the_setting_or_the_route_says_otherwise() {
    let off: &[(&str, &str)] = &[];
    for (settings, cache, is_reused) in [
        (off, "", false),
        (&[ON], "", true),
        (off, "cache = { heuristic = true }", true),
        (&[ON], "cache = { heuristic = false }", false),
        (&[ON], "cache = { stale-if-error = '1s' }", true),
    ] {
        let upstream = counting(OLD);
        let table = format!("[[route]]\npath = '/a'\n{cache}\n");
        let app = TestApp::with_routes(&upstream.url(), &table, settings);
        app.get("/api/server/a");
        assert_eq!(is_hit(&app.get("/api/server/a")), is_reused, "{settings:?} {cache}");
    }
}

#[test]
fn heuristics_are_not_used_where_the_upstream_says_how_long() {
    for fields in [
        "",
        "Last-Modified: 1994\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nCache-Control: no-cache\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nCache-Control: no-store\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nCache-Control: private\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nCache-Control: max-age=0\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nExpires: 0\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nPragma: no-cache\r\n",
    ] {
        let upstream = counting(fields);
        let app = TestApp::before(&upstream.url(), &[ON]);
        app.get("/api/server/a");
        assert_eq!(app.get("/api/server/a").text(), "answer 2", "{fields}");
    }
}

#[test]
fn an_unchanged_answer_that_is_no_longer_to_be_kept_is_not_guessed_about() {
    let upstream = Upstream::scripted(|connection, request| {
        let answer = match request.to_ascii_lowercase().contains("if-modified-since") {
            true => format!("HTTP/1.1 304 Not Modified\r\n{OLD}Pragma: no-cache\r\n\r\n"),
            false => format!("HTTP/1.1 200 OK\r\n{OLD}Content-Length: 1\r\n\r\nx"),
        };
        connection.write_all(answer.as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[ON]);
    app.get("/api/server/a");
    assert!(is_hit(&app.get("/api/server/a")));
    let validated = app.send(&Request::get("/api/server/a").header("Cache-Control", "no-cache"));
    assert_eq!((validated.status, validated.text()), (200, "x"));
    assert!(!is_hit(&app.get("/api/server/a")));
}

#[test]
fn heuristics_are_for_statuses_that_allow_them_and_for_public_answers() {
    let upstream = Upstream::scripted(|connection, request| {
        let (status, control) = request.split_once(" /").unwrap().1.split_once('/').unwrap();
        let control = match control.starts_with("public ") {
            true => "Cache-Control: public\r\n",
            false => "",
        };
        let answer = format!("HTTP/1.1 {status} X\r\n{OLD}{control}Content-Length: 1\r\n\r\nx");
        connection.write_all(answer.as_bytes()).is_ok()
    });
    let table = "[[route]]\npath = '/{*rest}'\nerrors = 'passthrough'\n";
    let app = TestApp::with_routes(&upstream.url(), table, &[ON]);
    for (path, is_reused) in [
        ("404/plain", true),
        ("410/plain", true),
        ("501/plain", true),
        ("403/plain", false),
        ("503/plain", false),
        ("599/plain", false),
        ("599/public", true),
    ] {
        let path = format!("/api/server/{path}");
        let first = app.get(&path);
        let second = app.get(&path);
        assert_eq!((second.status, is_hit(&second)), (first.status, is_reused), "{path}");
    }
}

#[test]
fn an_answer_to_credentials_of_its_own_is_not_kept_by_heuristics() {
    let upstream = counting(format!("{OLD}Cache-Control: public\r\n"));
    let app = TestApp::before(&upstream.url(), &[ON]);
    let own = || app.send(&Request::get("/api/server/a").header("Authorization", "Bearer x"));
    own();
    assert!(!is_hit(&own()));
}

#[test]
fn security_26_heuristics_in_a_session_need_the_routes_word() {
    let upstream = TokenUpstream::start();
    let table = "
        [[route]]
        path = '/unchanged/by-setting'
        cache = { private = true }
        [[route]]
        path = '/unchanged/by-route'
        cache = { private = true, heuristic = true }
        [[route]]
        path = '/unchanged/for-all'
        cache = { heuristic = true }
    ";
    let app = TestApp::with_routes(&upstream.upstream.url(), table, &[ON]);
    let (ada, other) = (sign_in(&app), sign_in(&app));
    for (name, is_reused) in [("by-setting", false), ("by-route", true), ("for-all", false)] {
        let ask =
            |cookie: &str| app.send(&with(cookie, Request::get(&format!("/api/server/unchanged/{name}"))));
        assert_eq!(ask(&ada).status, 200);
        let again = ask(&ada);
        assert_eq!(
            (is_hit(&again), again.header("cache-control")),
            (is_reused, Some("private, no-store")),
            "{name}"
        );
        assert!(!is_hit(&ask(&other)), "{name}");
    }
}
