//! Stored responses of a session or an authorization are served to nobody else.

use std::io::Write as _;

use crate::harness::{
    browser::Request,
    cacheable::{answer, cache_status, counting},
    test_app::TestApp,
    token_upstream::{TokenUpstream, sign_in, with},
    upstream::Upstream,
};

/// Answers with the authorization of the request, so that a mix-up shows.
fn telling_who() -> Upstream {
    Upstream::scripted(|connection, request| {
        let field = |name: &str| {
            request.lines().find_map(|line| {
                let (known, value) = line.split_once(": ")?;
                known.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        if request.starts_with("POST /auth/login") {
            let body = request.split("\r\n\r\n").nth(1).unwrap();
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            let name = body["username"].as_str().unwrap();
            let body =
                format!(r#"{{"accessToken":"token-{name}","refreshToken":"r","id":1,"username":"{name}"}}"#);
            return connection
                .write_all(answer("Content-Type: application/json\r\n", &body).as_bytes())
                .is_ok();
        }
        let who = field("authorization").unwrap_or_else(|| "nobody".to_owned());
        if request.starts_with("GET /auth/me") {
            let name = who.trim_start_matches("Bearer token-");
            let body = format!(r#"{{"id":1,"username":"{name}"}}"#);
            return connection
                .write_all(answer("Content-Type: application/json\r\n", &body).as_bytes())
                .is_ok();
        }
        let vary = field("x-vary").map_or_else(String::new, |vary| format!("Vary: {vary}\r\n"));
        let fields = format!(
            "Content-Type: text/plain\r\nCache-Control: public, max-age=60\r\n\
             CDN-Cache-Control: public, max-age=60\r\nSurrogate-Control: max-age=60\r\n\
             X-Accel-Expires: 60\r\n{vary}"
        );
        connection.write_all(answer(&fields, &who).as_bytes()).is_ok()
    })
}

fn sign_in_as(app: &TestApp, name: &str) -> String {
    let body = format!(r#"{{"username":"{name}","password":"p"}}"#);
    let answer = app.send(&Request::new("POST", "/bff/login").json(&body));
    assert_eq!(answer.status, 200, "{}", answer.text());
    crate::harness::token_upstream::cookie_of(&answer)
}

const PRIVATE_ROUTES: &str = r#"
    [[route]]
    path = "/kept/{id}"
    request-headers = ["X-Vary", "X-A"]
    cache = { ttl = "60s", private = true }
    [[route]]
    path = "/not-kept/{id}"
    [[route]]
    path = "/open/{id}"
    session = "none"
"#;

#[test]
fn security_26_session_answers_are_stored_privately_if_the_route_says_so() {
    let upstream = telling_who();
    let app = TestApp::with_routes(&upstream.url(), PRIVATE_ROUTES, &[]);
    let (ada, bob) = (sign_in_as(&app, "ada"), sign_in_as(&app, "bob"));
    let ask = |cookie: &str, path: &str| app.send(&with(cookie, Request::get(path)));
    for (path, kept) in [("/api/server/kept/1", true), ("/api/server/not-kept/1", false)] {
        assert_eq!(app.get(path).text(), "nobody");
        for (cookie, who) in
            [(&ada, "Bearer token-ada"), (&bob, "Bearer token-bob"), (&ada, "Bearer token-ada")]
        {
            let answer = ask(cookie, path);
            assert_eq!(
                (answer.text(), answer.header("cache-control")),
                (who, Some("private, no-store")),
                "{path}"
            );
        }
        assert_eq!(cache_status(&ask(&ada, path)).contains("hit"), kept, "{path}");
        assert!(cache_status(&app.get(path)).contains("hit"));
    }
    assert_eq!(ask(&ada, "/api/server/open/1").text(), "nobody");
    assert!(cache_status(&ask(&bob, "/api/server/open/1")).contains("hit"));
}

#[test]
fn security_26_two_sessions_never_see_each_others_answers() {
    use proptest::{prelude::*, test_runner::TestRunner};
    let upstream = telling_who();
    let named = ("BFF_REQUEST_HEADERS", "x-vary, x-a");
    let settings = [("BFF_RATE_LIMIT", "off"), ("BFF_LOGIN_LIMIT", "off"), named];
    let app = TestApp::with_routes(&upstream.url(), PRIVATE_ROUTES, &settings);
    let people = ["ada", "bob", "eve"].map(|name| (sign_in_as(&app, name), format!("Bearer token-{name}")));
    let routes = prop::sample::select(vec!["kept", "not-kept", "open"]);
    let vary = prop::sample::select(vec!["", "Cookie", "Authorization", "X-A", "Accept, X-A", "*"]);
    let request = (0..4_usize, routes, 0..3_u8, vary, "[ab]{0,1}", "[a-z]{0,3}");
    let requests = prop::collection::vec(request, 1..30);
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() });
    let result = runner.run(&requests, |requests| {
        for (who, route, id, vary, value, noise) in requests {
            let request = Request::get(&format!("/api/server/{route}/{id}"))
                .header("X-Vary", vary)
                .header("X-A", &value);
            let (request, expected) = match people.get(who) {
                Some((cookie, bearer)) => (with(&format!("a={noise}; {cookie}"), request), bearer.as_str()),
                None => (request.header("Cookie", &format!("a={noise}")), "nobody"),
            };
            let expected = if route == "open" { "nobody" } else { expected };
            let answer = app.send(&request);
            prop_assert_eq!(answer.text(), expected);
        }
        Ok(())
    });
    result.unwrap();
}

#[test]
fn security_26_an_answer_to_an_authorization_is_not_served_to_others() {
    let fields = "Cache-Control: max-age=60\r\n";
    let upstream = counting(fields);
    let app = TestApp::before(&upstream.url(), &[]);
    let authorized = || app.send(&Request::get("/api/server/a").header("Authorization", "Bearer x"));
    assert_eq!(authorized().text(), "answer 1");
    assert_eq!(app.get("/api/server/a").text(), "answer 2");
    assert_eq!(app.get("/api/server/a").text(), "answer 2");
    assert_eq!(authorized().text(), "answer 3", "nobody said that it is for everybody");
    let cookie_is_no_matter = Request::get("/api/server/a").header("Cookie", "a=b");
    assert_eq!(app.send(&cookie_is_no_matter).text(), "answer 2");
}

#[test]
fn security_26_a_sessions_answers_tell_no_cache_in_front_to_keep_them() {
    let upstream = telling_who();
    let aimed = ["cdn-cache-control", "surrogate-control", "x-accel-expires"];
    let passed = aimed.join(",");
    let app = TestApp::with_routes(&upstream.url(), PRIVATE_ROUTES, &[("BFF_RESPONSE_HEADERS", &passed)]);
    let cookie = sign_in_as(&app, "ada");
    for path in ["/api/server/kept/1", "/api/server/kept/1", "/api/server/not-kept/1"] {
        let answer = app.send(&with(&cookie, Request::get(path)));
        assert_eq!(
            (answer.text(), answer.header("cache-control")),
            ("Bearer token-ada", Some("private, no-store"))
        );
        assert!(aimed.iter().all(|name| answer.header(name).is_none()), "{path}");
    }
    assert_eq!(app.get("/api/server/open/1").header("x-accel-expires"), Some("60"));
}

#[test]
fn security_26_an_ended_session_gets_nothing_from_the_cache() {
    let upstream = TokenUpstream::start();
    let table = "[[route]]\npath = \"/todos\"\ncache = { private = true }\n";
    let app = TestApp::with_routes(&upstream.upstream.url(), table, &[]);
    let cookie = sign_in(&app);
    let ask = || app.send(&with(&cookie, Request::get("/api/server/todos")));
    assert_eq!(ask().status, 200);
    assert!(cache_status(&ask()).contains("hit"));
    app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    ask().problem(401, "unauthenticated");
}
