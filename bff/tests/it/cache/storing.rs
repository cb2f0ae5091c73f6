//! Responses that are stored and reused, and those that are not.

use std::io::Write as _;

use crate::harness::{
    browser::Request,
    cacheable::{answer, cache_status, counting, get_until, is_hit},
    test_app::TestApp,
    upstream::Upstream,
};

#[test]
fn a_fresh_answer_is_served_without_the_upstream() {
    let upstream = counting("Cache-Control: max-age=60\r\nETag: \"a\"\r\nContent-Type: text/plain\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    let miss = app.get("/api/server/a?b=1");
    assert_eq!(miss.header("cache-status"), Some("bff; fwd=uri-miss; ttl=60; stored"));
    let hit = app.get("/api/server/a?b=1");
    assert!(cache_status(&hit).starts_with("bff; hit; ttl="), "{}", cache_status(&hit));
    assert_eq!((hit.status, hit.text()), (200, "answer 1"));
    assert!(hit.header("age").is_some() && hit.header("date").is_some());
    assert_eq!(hit.header("content-type"), Some("text/plain"));
    let head = app.send(&Request::new("HEAD", "/api/server/a?b=1"));
    assert_eq!((head.status, head.header("content-length")), (200, Some("8")));
    let unchanged = app.send(&Request::get("/api/server/a?b=1").header("If-None-Match", "\"x\", W/\"a\""));
    assert_eq!((unchanged.status, unchanged.header("etag")), (304, Some("\"a\"")));
    let part = app.send(&Request::get("/api/server/a?b=1").header("Range", "bytes=-1"));
    assert_eq!((part.status, part.text(), part.header("content-range")), (206, "1", Some("bytes 7-7/8")));
    assert_eq!(upstream.requests().len(), 1);
    assert_eq!(app.get("/api/server/a?b=2").text(), "answer 2");
}

#[test]
fn an_answer_without_a_lifetime_is_not_stored() {
    for fields in ["ETag: \"a\"\r\n", "Cache-Control: private, max-age=60\r\n", "Cache-Control: no-store\r\n"]
    {
        let upstream = counting(fields);
        let app = TestApp::before(&upstream.url(), &[]);
        assert_eq!(app.get("/api/server/a").text(), "answer 1", "{fields}");
        assert_eq!(app.get("/api/server/a").text(), "answer 2", "{fields}");
    }
}

#[test]
fn an_age_that_is_no_number_is_ignored_and_the_first_of_a_list_counts() {
    for (age, is_reused) in [
        ("Age: abc\r\n", true),
        ("Age: -7200\r\n", true),
        ("Age: 7200.0\r\n", true),
        ("Age: 0, 7200\r\n", true),
        ("Age: 0\r\nAge: 7200\r\n", true),
        ("Age: 7200, 0\r\n", false),
        ("Age: 7200\r\nAge: 0\r\n", false),
    ] {
        let upstream = counting(format!("Cache-Control: max-age=3600\r\n{age}"));
        let app = TestApp::before(&upstream.url(), &[]);
        assert_eq!(app.get("/api/server/a").text(), "answer 1", "{age}");
        assert_eq!(is_hit(&app.get("/api/server/a")), is_reused, "{age}");
    }
}

#[test]
fn an_expiry_is_read_in_all_forms_of_a_date_and_in_any_case() {
    for (expires, is_reused) in [
        ("Thu, 18 Aug 2050 02:01:18 GMT", true),
        ("Thursday, 18-Aug-50 02:01:18 GMT", true),
        ("Thu Aug 18 02:01:18 2050", true),
        ("Mon Aug  8 02:01:18 2050", true),
        ("THU, 18 AUG 2050 02:01:18 gmt", true),
        ("Thu, 18 Aug 2050 02:01:18 UTC", false),
        ("Thu, 18 Aug 50 02:01:18 GMT", false),
        ("0", false),
    ] {
        let upstream = counting(format!("Expires: {expires}\r\n"));
        let app = TestApp::before(&upstream.url(), &[]);
        assert_eq!(app.get("/api/server/a").text(), "answer 1", "{expires}");
        assert_eq!(is_hit(&app.get("/api/server/a")), is_reused, "{expires}");
    }
    let upstream = counting("Cache-Control: max-age=60\r\nLast-Modified: SUNDAY, 06-NOV-94 08:49:37 gmt\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    app.get("/api/server/a");
    let since = |date| app.send(&Request::get("/api/server/a").header("If-Modified-Since", date)).status;
    assert_eq!(since("Sun Nov  6 08:49:37 1994"), 304);
    assert_eq!(since("Sun Nov  6 08:49:36 1994"), 200);
}

#[test]
fn a_cache_that_is_off_stores_nothing() {
    let upstream = counting("Cache-Control: max-age=60\r\n");
    let app = TestApp::before(&upstream.url(), &[("BFF_CACHE_MAX", "off")]);
    assert_eq!(app.get("/api/server/a").header("cache-status"), Some("bff; fwd=bypass"));
    assert_eq!(app.get("/api/server/a").text(), "answer 2");
}

#[test]
fn the_clients_cache_control_is_obeyed() {
    let upstream = counting("Cache-Control: max-age=60\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    let asking = |control: &str| app.send(&Request::get("/api/server/a").header("Cache-Control", control));
    asking("only-if-cached").problem(504, "upstream_timeout");
    assert_eq!(asking("no-store").text(), "answer 1");
    assert_eq!(app.get("/api/server/a").text(), "answer 2");
    assert_eq!(asking("only-if-cached, max-age=30").text(), "answer 2");
    assert_eq!(asking("min-fresh=100").text(), "answer 3");
    let validated = asking("no-cache");
    assert_eq!(
        (validated.text(), cache_status(&validated)),
        ("answer 4", "bff; fwd=request; ttl=60; stored")
    );
    assert_eq!(app.get("/api/server/a").text(), "answer 4");
}

#[test]
fn a_route_adds_a_lifetime_that_the_upstream_does_not_give() {
    let upstream = counting("");
    let table = r#"
        [[route]]
        path = "/todos"
        cache = { ttl = "60s", stale-while-revalidate = "120s", stale-if-error = "10m" }
    "#;
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let said = Some("public, s-maxage=60, stale-while-revalidate=120");
    assert_eq!(app.get("/api/server/todos").header("cache-control"), said);
    let hit = app.send(&Request::get("/api/server/todos").header("If-Modified-Since", "none"));
    assert_eq!((hit.text(), hit.header("cache-control")), ("answer 1", said));
    // A request with an authorization may be answered in another way.
    let own = app.send(&Request::get("/api/server/todos").header("Authorization", "Bearer x"));
    assert_eq!((own.text(), own.header("cache-control")), ("answer 2", None));
    assert_eq!(app.get("/api/server/todos").text(), "answer 1");
}

#[test]
fn the_answer_to_a_post_that_is_the_target_itself_answers_a_get() {
    let upstream = counting("Cache-Control: max-age=60\r\nContent-Location: /a\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    for (path, kept) in [("/api/server/a", true), ("/api/server/b", false)] {
        let posted = app.send(&Request::new("POST", path).body("x"));
        assert_eq!(app.get(path).text() == posted.text(), kept, "{path}");
    }
}

#[test]
fn a_long_answer_is_kept_for_everybody_though_its_first_reader_has_it() {
    let body = "x".repeat(200_000);
    let upstream = Upstream::scripted(move |connection, _| {
        connection.write_all(answer("ETag: \"a\"\r\n", &body).as_bytes()).is_ok()
    });
    let app =
        TestApp::with_routes(&upstream.url(), "[[route]]\npath = \"/a\"\ncache = { ttl = \"60s\" }\n", &[]);
    let conditional = app.send(&Request::get("/api/server/a").header("If-None-Match", "\"a\""));
    assert_eq!(conditional.status, 304);
    let hit = get_until(&app, "/api/server/a", |answer| cache_status(answer).contains("hit"));
    assert_eq!((hit.status, hit.body.len()), (200, 200_000));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn a_field_aimed_at_caches_goes_before_the_one_for_browsers() {
    let upstream = counting("Cache-Control: no-store\r\nCDN-Cache-Control: max-age=60\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    assert_eq!(app.get("/api/server/a").header("cache-control"), Some("no-store"));
    let hit = app.get("/api/server/a");
    assert_eq!((hit.text(), hit.header("cache-control")), ("answer 1", Some("no-store")));
}

#[test]
fn a_field_for_cdns_is_passed_on_whether_or_not_it_is_obeyed_here() {
    for (said, cache_max, is_reused) in [
        ("max-age=60", "1MiB", true),
        ("max-age=60", "off", false),
        ("private", "1MiB", false),
        ("no-store", "1MiB", false),
        ("max-age= 60", "1MiB", false),
    ] {
        let upstream = counting(format!("Cache-Control: no-store\r\nCDN-Cache-Control: {said}\r\n"));
        let app = TestApp::before(&upstream.url(), &[("BFF_CACHE_MAX", cache_max)]);
        let posted = app.send(&Request::new("POST", "/api/server/a").body("x"));
        let (first, second) = (app.get("/api/server/a"), app.get("/api/server/a"));
        assert_eq!(is_hit(&second), is_reused, "{said} {cache_max}");
        for answer in [posted, first, second] {
            assert_eq!(answer.header("cdn-cache-control"), Some(said), "{cache_max}");
        }
    }
}

/// An upstream that answers with these fields, and with what it has seen of one of the request's.
fn telling(field: &'static str, fields: &'static str) -> Upstream {
    Upstream::scripted(move |connection, request| {
        let seen = request.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case(field).then(|| value.to_owned())
        });
        let seen = seen.unwrap_or_else(|| "nothing".to_owned());
        connection.write_all(answer(fields, &seen).as_bytes()).is_ok()
    })
}

#[test]
fn security_26_a_field_named_in_connection_cannot_poison_the_cache() {
    let upstream = telling("X-Tenant", "Vary: X-Tenant\r\nCache-Control: max-age=60\r\n");
    let app = TestApp::before(&upstream.url(), &[("BFF_REQUEST_HEADERS", "x-tenant")]);
    let acme = || Request::get("/api/server/a").header("X-Tenant", "acme");
    assert_eq!(app.send(&acme().header("Connection", "close, x-tenant")).text(), "nothing");
    assert_eq!(app.send(&acme()).text(), "acme");
    let hit = app.get("/api/server/a");
    assert_eq!((hit.text(), cache_status(&hit).contains("hit")), ("nothing", true), "who has none");
}

#[test]
fn security_26_an_answer_to_an_api_key_is_not_served_to_others() {
    for name in ["X-Api-Key", "Api-Key", "X-Auth-Token", "Private-Token"] {
        let upstream = telling(name, "");
        let table = "[[route]]\npath = '/{*rest}'\ncache = { ttl = '60s' }";
        let app = TestApp::with_routes(&upstream.url(), table, &[("BFF_REQUEST_HEADERS", name)]);
        assert_eq!(app.send(&Request::get("/api/server/a").header(name, "key-of-a")).text(), "key-of-a");
        assert_eq!(app.get("/api/server/a").text(), "nothing", "{name}");
        assert_eq!(app.send(&Request::get("/api/server/a").header(name, "key-of-b")).text(), "key-of-b");
        assert_eq!(upstream.requests().len(), 3);
    }
}
