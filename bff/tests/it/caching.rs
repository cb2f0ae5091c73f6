//! What is answered from the cache, what is not, and who gets it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    browser::{PATIENCE, Request, Response, connect, read},
    test_app::{TestApp, folder_with},
    token_upstream::{sign_in, with},
    upstream::Upstream,
};

/// An answer with these fields; its body is `body`.
fn answer(fields: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// An upstream whose every answer has these fields, and its number for a body.
fn counting(fields: &'static str) -> Upstream {
    let count = AtomicUsize::new(0);
    Upstream::scripted(move |connection, _| {
        let number = count.fetch_add(1, SeqCst) + 1;
        connection.write_all(answer(fields, &format!("answer {number}")).as_bytes()).is_ok()
    })
}

/// A server with this route table.
fn with_routes(upstream: &Upstream, table: &str, settings: &[(&str, &str)]) -> (TestApp, tempfile::TempDir) {
    let folder = folder_with(&[("routes.toml", table.as_bytes())]);
    let routes = folder.path().join("routes.toml");
    let mut all = vec![("BFF_ROUTES", routes.to_str().unwrap())];
    all.extend(settings);
    (TestApp::before(&upstream.url(), &all), folder)
}

fn cache_status(answer: &Response) -> &str {
    answer.header("cache-status").unwrap_or_default()
}

/// Asks until `good`.
fn poll(app: &TestApp, path: &str, good: impl Fn(&Response) -> bool) -> Response {
    let since = Instant::now();
    loop {
        let answer = app.get(path);
        if good(&answer) {
            return answer;
        }
        assert!(since.elapsed() < PATIENCE, "{} {}", cache_status(&answer), answer.text());
        thread::sleep(Duration::from_millis(20));
    }
}

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
fn nothing_is_kept_of_what_does_not_say_for_how_long() {
    for fields in ["ETag: \"a\"\r\n", "Cache-Control: private, max-age=60\r\n", "Cache-Control: no-store\r\n"]
    {
        let upstream = counting(fields);
        let app = TestApp::before(&upstream.url(), &[]);
        assert_eq!(app.get("/api/server/a").text(), "answer 1", "{fields}");
        assert_eq!(app.get("/api/server/a").text(), "answer 2", "{fields}");
    }
}

#[test]
fn switched_off_it_keeps_nothing() {
    let upstream = counting("Cache-Control: max-age=60\r\n");
    let app = TestApp::before(&upstream.url(), &[("BFF_CACHE_MAX", "off")]);
    assert_eq!(app.get("/api/server/a").header("cache-status"), Some("bff; fwd=bypass"));
    assert_eq!(app.get("/api/server/a").text(), "answer 2");
}

#[test]
fn the_clients_own_words_count() {
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
fn a_route_adds_what_the_upstream_does_not_say() {
    let upstream = counting("");
    let table = r#"
        [[route]]
        path = "/todos"
        cache = { ttl = "60s", stale-while-revalidate = "120s", stale-if-error = "10m" }
    "#;
    let (app, _folder) = with_routes(&upstream, table, &[]);
    let said = Some("public, s-maxage=60, stale-while-revalidate=120");
    assert_eq!(app.get("/api/server/todos").header("cache-control"), said);
    let hit = app.send(&Request::get("/api/server/todos").header("If-Modified-Since", "none"));
    assert_eq!((hit.text(), hit.header("cache-control")), ("answer 1", said));
    // Who speaks for itself may be answered in another way.
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
    let (app, _folder) = with_routes(&upstream, "[[route]]\npath = \"/a\"\ncache = { ttl = \"60s\" }\n", &[]);
    let conditional = app.send(&Request::get("/api/server/a").header("If-None-Match", "\"a\""));
    assert_eq!(conditional.status, 304);
    let hit = poll(&app, "/api/server/a", |answer| cache_status(answer).contains("hit"));
    assert_eq!((hit.status, hit.body.len()), (200, 200_000));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn a_field_aimed_at_caches_goes_before_the_one_for_browsers() {
    let upstream = counting("Cache-Control: no-store\r\nCDN-Cache-Control: max-age=60\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    assert_eq!(app.get("/api/server/a").header("cache-control"), Some("no-store"));
    let hit = app.get("/api/server/a");
    assert_eq!((hit.text(), hit.header("cdn-cache-control")), ("answer 1", None));
}

#[test]
fn a_stale_answer_is_validated_and_its_fields_renewed() {
    let upstream = Upstream::scripted(|connection, request| {
        let conditional = request.to_ascii_lowercase().contains("if-none-match: \"a\"");
        let answer = if conditional {
            "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nCache-Control: max-age=60\r\nX-Total-Count: 2\r\n\r\n".to_owned()
        } else {
            answer("ETag: \"a\"\r\nCache-Control: no-cache\r\nX-Total-Count: 1\r\n", "content")
        };
        connection.write_all(answer.as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    assert_eq!(app.get("/api/server/a").header("x-total-count"), Some("1"));
    // The browser's own condition is judged here, and never sent.
    let validated = app.send(&Request::get("/api/server/a").header("If-None-Match", "\"other\""));
    assert_eq!((validated.status, validated.text()), (200, "content"));
    assert_eq!(validated.header("cache-status"), Some("bff; fwd=stale; fwd-status=304; ttl=60; stored"));
    assert!(!upstream.last().contains("other"), "{}", upstream.last());
    let hit = app.get("/api/server/a");
    assert_eq!((hit.text(), hit.header("x-total-count")), ("content", Some("2")));
    assert_eq!(upstream.requests().len(), 2);
}

#[test]
fn a_change_takes_what_it_is_about_out_of_use() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, request| {
        let number = count.fetch_add(1, SeqCst) + 1;
        let fields = match request.split(' ').next().unwrap() {
            "GET" => "Cache-Control: max-age=60\r\n",
            _ => "Location: /todos/9\r\n",
        };
        connection.write_all(answer(fields, &number.to_string()).as_bytes()).is_ok()
    });
    let table = r#"
        [[route]]
        path = "/todos"
        tags = ["todos"]
        [[route]]
        path = "/todos/{id}"
        invalidates = ["todos"]
        [[route]]
        path = "/users"
    "#;
    let (app, _folder) = with_routes(&upstream, table, &[]);
    let paths =
        ["/api/server/todos?limit=30", "/api/server/todos/1", "/api/server/todos/9", "/api/server/users"];
    for path in paths {
        let first = app.get(path);
        assert_eq!(app.get(path).text(), first.text());
    }
    assert_eq!(app.send(&Request::new("PUT", "/api/server/todos/1").json("{}")).status, 200);
    for path in &paths[..3] {
        assert_eq!(cache_status(&app.get(path)).split("; ").nth(1), Some("fwd=stale"), "{path}");
    }
    assert!(cache_status(&app.get("/api/server/users")).contains("hit"));
}

#[test]
fn a_method_that_nobody_knows_is_never_stored_and_invalidates_unless_it_fails() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, request| {
        let number = count.fetch_add(1, SeqCst) + 1;
        let bytes = if request.contains("fail") {
            "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".to_owned()
        } else {
            answer("Cache-Control: max-age=60\r\n", &number.to_string())
        };
        connection.write_all(bytes.as_bytes()).is_ok()
    });
    let table = "[[route]]\npath = '/{*rest}'\nmethods = ['GET', 'M-SEARCH']\nerrors = 'passthrough'";
    let (app, _folder) = with_routes(&upstream, table, &[]);
    let search = |body: &str| app.send(&Request::new("M-SEARCH", "/api/server/a").body(body));

    assert_eq!(app.get("/api/server/a").text(), "1");
    assert_eq!(search("fail").status, 500);
    assert_eq!(app.get("/api/server/a").text(), "1", "a failure has changed nothing");
    let found = search("words");
    assert_eq!((found.text(), found.header("cache-status")), ("3", None));
    assert!(upstream.requests()[2].starts_with("M-SEARCH /a HTTP/1.1\r\n"));
    assert!(upstream.requests()[2].ends_with("\r\n\r\nwords"), "its content goes along");
    let after = app.get("/api/server/a");
    assert_eq!((after.text(), cache_status(&after).contains("fwd=stale")), ("4", true));
    assert_eq!(search("words").text(), "5", "a stored answer is none to it");
}

#[test]
fn five_hundred_misses_over_two_workers_are_one_request() {
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(Duration::from_millis(700));
        connection.write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_WORKERS", "2"), ("BFF_RATE_LIMIT", "off")]);
    let mut browsers: Vec<TcpStream> = (0..500).map(|_| connect(app.port)).collect();
    for browser in &mut browsers {
        browser.write_all(b"GET /api/server/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    }
    for browser in &mut browsers {
        assert_eq!(read(browser).text(), "content");
    }
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn a_leader_that_leaves_hands_over() {
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(Duration::from_millis(400));
        connection.write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let mut leader = connect(app.port);
    leader.write_all(b"GET /api/server/a HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    upstream.wait_for(1);
    let others: Vec<_> = (0..10)
        .map(|_| {
            let port = app.port;
            thread::spawn(move || Request::get("/api/server/a").send(port))
        })
        .collect();
    thread::sleep(Duration::from_millis(100));
    drop(leader);
    for other in others {
        assert_eq!(other.join().unwrap().text(), "content");
    }
    assert_eq!(upstream.requests().len(), 2, "one for the leader, one for everybody else");
}

#[test]
fn who_waits_gets_the_head_as_soon_as_it_is_there_and_the_leader_may_leave() {
    let released = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&released);
    let upstream = Upstream::scripted(move |connection, _| {
        let _ = connection.write_all(
            b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n",
        );
        while !gate.load(SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        connection.write_all(b"3\r\ntwo\r\n0\r\n\r\n").is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_WORKERS", "2")]);
    let request = b"GET /api/server/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let mut leader = connect(app.port);
    leader.write_all(request).unwrap();
    upstream.wait_for(1);
    let mut other = connect(app.port);
    other.write_all(request).unwrap();
    let mut head = vec![0; 12];
    other.read_exact(&mut head).unwrap();
    assert_eq!(head, b"HTTP/1.1 200");
    drop(leader);
    released.store(true, SeqCst);
    let mut rest = String::new();
    other.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("one") && rest.contains("two") && rest.ends_with("0\r\n\r\n"), "{rest}");
    assert_eq!(poll(&app, "/api/server/a", |answer| cache_status(answer).contains("hit")).text(), "onetwo");
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_34_nothing_incomplete_is_served_twice() {
    let long = "x".repeat(100_000);
    for broken in [
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nshort".to_owned(),
        format!("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 200000\r\n\r\n{long}"),
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"
            .to_owned(),
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\nends with the connection".to_owned(),
    ] {
        let upstream = Upstream::answering(broken.clone());
        let app = TestApp::before(&upstream.url(), &[]);
        for round in 1..=2 {
            let answer = app.get("/api/server/a");
            assert!(!cache_status(&answer).contains("hit"), "{round}: {broken:.80}");
            assert!(
                answer.status == 502 || !answer.complete || broken.contains("connection"),
                "{broken:.80}"
            );
            assert_eq!(upstream.requests().len(), round, "{broken:.80}");
        }
    }
}

#[test]
fn security_34_an_answer_over_its_share_is_passed_on_and_not_kept() {
    let body = "x".repeat(300_000);
    for framing in [
        answer("Cache-Control: max-age=60\r\n", &body),
        format!(
            "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        ),
    ] {
        let upstream = Upstream::answering(framing);
        let app = TestApp::before(&upstream.url(), &[("BFF_CACHE_MAX", "1MiB")]);
        for round in 1..=2 {
            assert_eq!(app.get("/api/server/a").body.len(), body.len());
            assert_eq!(upstream.requests().len(), round);
        }
    }
}

#[test]
fn a_stale_answer_is_served_at_once_and_one_revalidation_follows() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, _| {
        let number = count.fetch_add(1, SeqCst) + 1;
        if number > 1 {
            thread::sleep(Duration::from_secs(2));
        }
        // The time that an answer took is part of its age: the second has to live longer than that.
        let life = if number > 1 { 60 } else { 1 };
        let fields = format!("Cache-Control: max-age={life}, stale-while-revalidate=60\r\n");
        connection.write_all(answer(&fields, &format!("answer {number}")).as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_WORKERS", "2")]);
    app.get("/api/server/a");
    let stale = poll(&app, "/api/server/a", |answer| cache_status(answer).contains("stale-while-revalidate"));
    assert_eq!(stale.text(), "answer 1");
    let since = Instant::now();
    for _ in 0..20 {
        assert_eq!(app.get("/api/server/a").text(), "answer 1");
    }
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    poll(&app, "/api/server/a", |answer| answer.text() == "answer 2");
    assert_eq!(upstream.requests().len(), 2);
}

#[test]
fn with_the_upstream_down_a_stale_answer_is_served_and_says_so() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, request| {
        let fields = "Cache-Control: max-age=0, stale-if-error=60\r\n";
        let first = count.fetch_add(1, SeqCst) == 0;
        if first {
            return connection.write_all(answer(fields, "content").as_bytes()).is_ok();
        }
        if request.to_ascii_lowercase().contains("test: 503") {
            return connection.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").is_ok();
        }
        false
    });
    let app = TestApp::before(&upstream.url(), &[]);
    app.get("/api/server/a");
    let cut = app.get("/api/server/a");
    assert_eq!((cut.status, cut.text()), (200, "content"));
    assert!(cache_status(&cut).ends_with("; detail=stale-if-error"), "{}", cache_status(&cut));
    let busy = app.send(&Request::get("/api/server/a").header("Test", "503"));
    assert_eq!((busy.status, busy.text()), (200, "content"));
    assert!(cache_status(&busy).contains("fwd-status=503"), "{}", cache_status(&busy));
}

/// Answers with who asked; nobody may get another's.
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
        let fields = format!("Content-Type: text/plain\r\nCache-Control: public, max-age=60\r\n{vary}");
        connection.write_all(answer(&fields, &who).as_bytes()).is_ok()
    })
}

fn sign_in_as(app: &TestApp, name: &str) -> String {
    let body = format!(r#"{{"username":"{name}","password":"p"}}"#);
    let answer = app.send(&Request::new("POST", "/bff/login").json(&body));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

const PRIVATE_ROUTES: &str = r#"
    [[route]]
    path = "/kept/{id}"
    cache = { ttl = "60s", private = true }
    [[route]]
    path = "/not-kept/{id}"
    [[route]]
    path = "/open/{id}"
    session = "none"
"#;

#[test]
fn security_26_a_sessions_answers_are_kept_for_it_alone_and_only_where_the_route_says_so() {
    let upstream = telling_who();
    let (app, _folder) = with_routes(&upstream, PRIVATE_ROUTES, &[]);
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
    let settings = [("BFF_RATE_LIMIT", "off"), ("BFF_LOGIN_LIMIT", "off")];
    let (app, _folder) = with_routes(&upstream, PRIVATE_ROUTES, &settings);
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
fn security_26_what_came_for_an_authorization_is_not_for_others() {
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
fn security_26_an_ended_session_gets_nothing_from_the_cache() {
    let upstream = crate::token_upstream::TokenUpstream::start();
    let table = "[[route]]\npath = \"/todos\"\ncache = { private = true }\n";
    let (app, _folder) = with_routes(&upstream.upstream, table, &[]);
    let cookie = sign_in(&app);
    let ask = || app.send(&with(&cookie, Request::get("/api/server/todos")));
    assert_eq!(ask().status, 200);
    assert!(cache_status(&ask()).contains("hit"));
    app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    ask().problem(401, "unauthenticated");
}
