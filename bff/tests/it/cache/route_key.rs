//! SECURITY.md line 43: on a route with a `ttl` the upstream sees nothing that is not in the key.

use std::{
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use crate::harness::{
    browser::{Request, Response},
    cacheable::{answer, is_hit},
    program::Program,
    test_app::{RouteTable, TestApp},
    token_upstream::{TokenUpstream, sign_in, with},
    upstream::Upstream,
};

const TABLE: &str =
    "[[route]]\npath = '/a'\nrequest-headers = ['X-Tenant', 'my-app-*']\ncache = { ttl = '60s' }";

/// Named by the operator for all routes, and by none of their own.
const NAMED: [(&str, &str); 1] = [("BFF_REQUEST_HEADERS", "X-Plan, X-Api-Key")];

/// An upstream whose every answer is its own number.
fn numbering(status: &'static str, fields: &'static str) -> Upstream {
    let count = AtomicUsize::new(0);
    Upstream::scripted(move |connection, _| {
        let number = (count.fetch_add(1, SeqCst) + 1).to_string();
        let head = format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\n\r\n{number}", number.len());
        connection.write_all(head.as_bytes()).is_ok()
    })
}

fn ask(app: &TestApp, fields: &[(&str, &str)]) -> Response {
    let request = fields
        .iter()
        .fold(Request::get("/api/server/a"), |request, (name, value)| request.header(name, value));
    app.send(&request)
}

#[test]
fn security_43_only_fields_in_the_key_go_upstream_on_a_route_with_a_ttl() {
    let upstream = numbering("200 OK", "");
    let app = TestApp::with_routes(&upstream.url(), TABLE, &NAMED);
    let fields = [
        ("Accept", "application/json"),
        ("Accept-Language", "de"),
        ("X-Tenant", "acme"),
        ("My-App-Version", "2"),
        ("X-Plan", "gold"),
        ("User-Agent", "odd"),
        ("Accept-Encoding", "gzip"),
        ("Accept-Charset", "x"),
        ("Save-Data", "on"),
        ("Prefer", "x"),
        ("Cache-Control", "no-cache"),
        ("Pragma", "no-cache"),
        ("If-None-Match", "\"x\""),
        ("X-Requested-With", "x"),
        ("Baggage", "x"),
        ("Idempotency-Key", "x"),
    ];
    for method in ["HEAD", "GET"] {
        let request = Request::new(method, "/api/server/a");
        let request = fields.iter().fold(request, |request, (name, value)| request.header(name, value));
        assert_eq!(app.send(&request).status, 200);
        let sent = upstream.last();
        let names = sent.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, _)| name);
        let own = ["date", "host", "via", "traceparent", "x-request-id"];
        let mut names: Vec<_> =
            names.filter(|name| !own.contains(name) && !name.starts_with("x-forwarded-")).collect();
        names.sort_unstable();
        let expected = ["accept", "accept-encoding", "accept-language", "my-app-version", "x-tenant"];
        assert_eq!(names, expected, "{method}: {sent}");
        assert!(sent.contains("\r\naccept-encoding: identity\r\n"), "the same for everybody: {sent}");
    }
    // What is kept is that of anybody who sends the same of what counts.
    let others = [("X-Plan", "none"), ("User-Agent", "usual")];
    assert!(is_hit(&ask(&app, &[&fields[..4], &others].concat())));
}

#[test]
fn security_43_a_field_outside_the_key_cannot_poison_what_is_kept() {
    for name in ["User-Agent", "X-Requested-With", "X-Plan", "Accept-Encoding", "Prefer", "Baggage"] {
        let upstream = Upstream::scripted(move |connection, request| {
            let odd = request.to_ascii_lowercase().contains(&format!("{}: odd", name.to_ascii_lowercase()));
            connection.write_all(answer("", if odd { "poisoned" } else { "usual" }).as_bytes()).is_ok()
        });
        let table = "[[route]]\npath = '/a'\ncache = { ttl = '60s' }";
        let app = TestApp::with_routes(&upstream.url(), table, &NAMED);
        ask(&app, &[(name, "odd")]);
        assert_eq!(ask(&app, &[]).text(), "usual", "{name}");
    }
}

#[test]
fn security_43_a_field_outside_the_key_is_named_once_in_the_log() {
    let upstream = numbering("200 OK", "");
    let routes = RouteTable::new(TABLE);
    let program = Program::before(&upstream.url(), &[routes.setting(), NAMED[0]]);
    for tenant in ["a", "b", "c"] {
        let request = Request::get("/api/server/a").header("X-Plan", "gold").header("X-Tenant", tenant);
        assert_eq!(request.header("User-Agent", "odd").send(program.port).status, 200);
    }
    let log = program.stop();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("stays behind")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("x-plan") && lines[0].contains("request-headers"), "{}", lines[0]);
}

#[test]
fn security_43_what_is_kept_for_one_session_is_kept_by_the_same_key() {
    let upstream = TokenUpstream::start();
    let table =
        "[[route]]\npath = '/todos'\nrequest-headers = ['X-Tenant']\ncache = { ttl = '60s', private = true }";
    let app = TestApp::with_routes(&upstream.upstream.url(), table, &NAMED);
    let cookie = sign_in(&app);
    let ask = |tenant: &str, plan: &str| {
        let request = Request::get("/api/server/todos").header("X-Tenant", tenant).header("X-Plan", plan);
        is_hit(&app.send(&with(&cookie, request)))
    };
    assert_eq!([ask("a", "1"), ask("b", "1"), ask("a", "2"), ask("b", "2")], [false, false, true, true]);
    assert!(!upstream.upstream.last().contains("x-plan"));
}

#[test]
fn security_43_answers_are_kept_apart_by_what_the_upstream_is_sent() {
    let upstream = numbering("200 OK", "Content-Language: de\r\n");
    let app = TestApp::with_routes(&upstream.url(), TABLE, &NAMED);
    let different: [&[(&str, &str)]; 9] = [
        &[],
        &[("Accept", "text/csv")],
        &[("Accept-Language", "de")],
        &[("Accept-Language", "de, odd;q=0.1")],
        &[("Accept", "text/csv"), ("Accept-Language", "de")],
        &[("X-Tenant", "acme")],
        &[("X-Tenant", "")],
        &[("X-Tenant", "acme"), ("My-App-A", "1")],
        &[("X-Tenant", "acme"), ("My-App-B", "1")],
    ];
    for _first_then_stored in 0..2 {
        for (index, fields) in different.iter().enumerate() {
            assert_eq!(ask(&app, fields).text(), (index + 1).to_string(), "{fields:?}");
        }
    }
    assert_eq!(upstream.requests().len(), different.len());
    assert!(is_hit(&ask(&app, &[("X-Plan", "gold")])), "nothing of the setting for all routes");
}

#[test]
fn security_43_own_credentials_are_sent_and_nothing_of_theirs_is_kept() {
    let upstream = Upstream::scripted(|connection, request| {
        let lower = request.to_ascii_lowercase();
        let who = ["bearer x", "own-key"].into_iter().find(|who| lower.contains(who)).unwrap_or("nobody");
        connection.write_all(answer("Cache-Control: public, max-age=60\r\n", who).as_bytes()).is_ok()
    });
    let app = TestApp::with_routes(&upstream.url(), TABLE, &NAMED);
    for (name, value, who) in [("Authorization", "Bearer x", "bearer x"), ("X-Api-Key", "own-key", "own-key")]
    {
        assert_eq!(ask(&app, &[(name, value)]).text(), who);
        assert_eq!(ask(&app, &[]).text(), "nobody");
        assert_eq!(ask(&app, &[(name, value)]).text(), who);
    }
    assert_eq!(upstream.requests().len(), 5);
}

#[test]
fn security_43_what_is_not_kept_goes_with_all_of_its_fields() {
    let upstream = TokenUpstream::start();
    let table = "[[route]]\npath = '/todos'\ncache = { ttl = '60s' }";
    let app = TestApp::with_routes(&upstream.upstream.url(), table, &NAMED);
    let cookie = sign_in(&app);
    let request = Request::get("/api/server/todos").header("User-Agent", "odd").header("X-Plan", "gold");
    assert_eq!(app.send(&with(&cookie, request)).status, 200);
    let sent = upstream.upstream.last();
    assert!(sent.contains("user-agent: odd") && sent.contains("x-plan: gold"), "{sent}");
    let part = Request::get("/api/server/todos").header("Range", "bytes=0-1").header("X-Plan", "odd");
    let before = upstream.upstream.requests().len();
    for _not_kept in 0..2 {
        app.send(&part);
    }
    assert_eq!(upstream.upstream.requests().len(), before + 2);
    assert!(upstream.upstream.last().contains("range: bytes=0-1"));
}

#[test]
fn security_43_a_changes_answer_is_not_kept_on_a_route_with_a_ttl() {
    let upstream = numbering("200 OK", "Cache-Control: max-age=60\r\nContent-Location: /a\r\n");
    let app = TestApp::with_routes(&upstream.url(), TABLE, &NAMED);
    assert_eq!(
        app.send(&Request::new("POST", "/api/server/a").header("X-Plan", "odd").body("x")).text(),
        "1"
    );
    assert!(upstream.last().contains("x-plan: odd"));
    assert_eq!(ask(&app, &[]).text(), "2");
}

#[test]
fn security_43_errors_are_kept_only_where_the_route_says_so() {
    for (status, fields, errors, kept) in [
        ("404 Not Found", "Cache-Control: max-age=60\r\n", false, false),
        ("404 Not Found", "Cache-Control: max-age=60\r\n", true, true),
        ("404 Not Found", "", false, false),
        ("404 Not Found", "", true, true),
        // How long such an error holds is for the upstream to say.
        ("400 Bad Request", "", true, false),
        ("429 Too Many", "", true, false),
        ("400 Bad Request", "Cache-Control: max-age=60\r\n", true, true),
        ("500 Oops", "Cache-Control: max-age=60\r\n", false, false),
    ] {
        let upstream = numbering(status, fields);
        let errors_too = if errors { ", errors = true" } else { "" };
        let table =
            format!("[[route]]\npath = '/a'\nerrors = 'passthrough'\ncache = {{ ttl = '60s'{errors_too} }}");
        let app = TestApp::with_routes(&upstream.url(), &table, &[]);
        ask(&app, &[]);
        assert_eq!(ask(&app, &[]).text() == "1", kept, "{status} {fields:?} {errors}");
    }
    let upstream = numbering("404 Not Found", "Cache-Control: max-age=60\r\n");
    let app = TestApp::with_routes(&upstream.url(), "[[route]]\npath = '/a'", &[]);
    ask(&app, &[]);
    assert!(is_hit(&ask(&app, &[])), "without a ttl the upstream's word counts");
}

#[test]
fn security_43_other_parameters_are_in_neither_key_nor_request() {
    let upstream = numbering("200 OK", "");
    let table = "[[route]]\npath = '/a'\nquery = ['page', 'filter[by]']\ncache = { ttl = '60s' }";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let get = |query: &str| app.get(&format!("/api/server/a{query}"));
    for (query, sent, number) in [
        ("?page=2&utm=1", "/a?page=2", "1"),
        ("?utm=2&page=2&page%3D=1", "/a?page=2", "1"),
        ("?utm=3", "/a", "2"),
        ("", "/a", "2"),
        ("?", "/a", "2"),
        ("?filter%5Bby%5D=x&p%61ge=3&PAGE=1", "/a?filter%5Bby%5D=x&p%61ge=3", "3"),
        ("?page", "/a?page", "4"),
    ] {
        assert_eq!(get(query).text(), number, "{query}");
        if upstream.requests().len().to_string() == number {
            assert_eq!(upstream.requests().pop().unwrap().split(' ').nth(1), Some(sent), "{query}");
        }
    }
    assert_eq!(upstream.requests().len(), 4);
    // A change is sent as it is, and outdates what is kept of its target.
    assert_eq!(app.send(&Request::new("PUT", "/api/server/a?page=2&utm=9").body("x")).status, 200);
    assert!(upstream.last().starts_with("put /a?page=2&utm=9 "));
    assert!(!is_hit(&get("?page=2")));
}
