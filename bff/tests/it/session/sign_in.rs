//! A session from sign-in to sign-out, with the form.

use std::time::{Duration, Instant};

use crate::harness::{
    browser::{PATIENCE, Request, connect, read},
    polling::wait_until,
    test_app::TestApp,
    token_upstream::{TokenUpstream, cookie_of, field_of, login, sign_in, with},
};

/// The session's answer to who is signed in.
fn who(app: &TestApp, cookie: &str) -> serde_json::Value {
    app.send(&with(cookie, Request::get("/bff/session"))).json()
}

#[test]
fn a_sign_in_gives_a_user_and_a_cookie_and_the_session_no_more() {
    let app = TestApp::with_demo(&[]);
    let nobody = app.get("/bff/session");
    assert_eq!(nobody.text(), r#"{"signIn":"form"}"#);
    assert_eq!(nobody.header("cache-control"), Some("private, no-store"));
    let answer = app.send(&login("ada", "adapass"));
    let info = answer.json();
    assert_eq!(info["user"], serde_json::json!({"id": "1", "username": "ada", "name": "Ada Okafor"}));
    let members: Vec<_> = info.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["expiresAt", "signIn", "user"]);
    assert_eq!(who(&app, &cookie_of(&answer)), info);
}

#[test]
fn security_03_no_answer_of_a_whole_session_holds_a_token() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    upstream.state().life = Some(2);
    let signed_in = app.send(&login("ada", "adapass"));
    let cookie = cookie_of(&signed_in);
    upstream.assert_no_token_in(&signed_in);
    let ask = |request: Request| {
        let answer = app.send(&with(&cookie, request));
        upstream.assert_no_token_in(&answer);
        answer
    };
    assert_eq!(ask(Request::get("/api/server/auth/me")).status, 200);
    ask(Request::get("/bff/session"));
    ask(Request::get("/bff/sessions"));
    std::thread::sleep(Duration::from_millis(2100));
    assert_eq!(ask(Request::get("/api/server/todos")).status, 200);
    assert_eq!(upstream.state().refreshes, 1);
    // The upstream's own sign-in hands out tokens: it is for the BFF alone, however it is written.
    for path in ["/auth/login", "/auth/refresh", "/AUTH/Login", "/auth/login/"] {
        let token = upstream.state().issued.last().unwrap().clone();
        let body = format!(r#"{{"username":"ada","password":"adapass","refreshToken":"{token}"}}"#);
        let answer = ask(Request::new("POST", &format!("/api/server{path}")).json(&body));
        answer.problem(404, "api_not_found");
    }
    ask(Request::new("POST", "/bff/logout"));
    assert!(upstream.state().issued.len() >= 4);
}

#[test]
fn security_04_the_cookie_has_its_prefix_over_https_and_not_over_loopback() {
    let upstream = TokenUpstream::start();
    let field = |public_url: &[(&str, &str)]| {
        let app = TestApp::before(&upstream.upstream.url(), public_url);
        let answer = app.send(&login("ada", "adapass"));
        field_of(&answer, "bff=").to_owned()
    };
    let https = field(&[("BFF_PUBLIC_URL", "https://app.example")]);
    let (pair, attributes) = https.split_once(';').unwrap();
    assert!(pair.starts_with("__Host-Http-bff=") && pair.len() < 100, "{https}");
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Strict; Secure");
    let plain = field(&[]);
    assert!(plain.starts_with("bff=") && plain.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{plain}");

    let app = TestApp::before(&upstream.upstream.url(), &[("BFF_PUBLIC_URL", "http://app.example")]);
    let refused = app.send(&login("ada", "adapass"));
    refused.problem(403, "forbidden");
    assert_eq!(refused.header("set-cookie"), None);
}

#[test]
fn security_06_every_sign_in_makes_a_new_id_and_adopts_no_planted_one() {
    let app = TestApp::with_demo(&[]);
    let planted = format!("bff={}", "A".repeat(43));
    let first = cookie_of(&app.send(&with(&planted, login("ada", "adapass"))));
    assert_ne!(first, planted);
    let told = app.send(&with(&planted, Request::get("/bff/session")));
    assert_eq!(told.text(), r#"{"signIn":"form"}"#);
    assert!(told.header("set-cookie").unwrap().contains("Max-Age=0"), "the browser is told to forget it");
    let second = cookie_of(&app.send(&with(&first, login("ada", "adapass"))));
    assert_ne!(second, first);
    assert!(who(&app, &first).get("user").is_none(), "what was replaced has ended");
    assert!(who(&app, &second).get("user").is_some());
}

#[test]
fn security_07_a_session_ends_after_its_idle_time_or_greatest_age() {
    for (settings, busy) in [
        ([("BFF_SESSION_IDLE", "700ms"), ("BFF_SESSION_MAX", "1h")], false),
        ([("BFF_SESSION_IDLE", "900ms"), ("BFF_SESSION_MAX", "900ms")], true),
    ] {
        let app = TestApp::with_demo(&settings);
        let cookie = sign_in(&app);
        let end = Instant::now() + PATIENCE;
        assert!(who(&app, &cookie).get("user").is_some());
        let mut pause = Duration::from_millis(100);
        loop {
            std::thread::sleep(pause);
            if who(&app, &cookie).get("user").is_none() {
                break;
            }
            assert!(Instant::now() < end, "the session lives on");
            // Asking is using: an idle session must be left alone for longer and longer until it ends.
            if !busy {
                pause *= 2;
            }
        }
        let refused = app.send(&with(&cookie, Request::get("/bff/sessions")));
        refused.problem(401, "unauthenticated");
    }
}

#[test]
fn security_08_sign_out_ends_the_session_and_clears_the_browsers_data() {
    let app = TestApp::with_demo(&[]);
    let cookie = sign_in(&app);
    let out = app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    assert_eq!((out.status, out.text()), (200, "{}"));
    assert_eq!(out.header("clear-site-data"), Some(r#""cache", "storage""#));
    let removed = out.header("set-cookie").unwrap();
    assert!(removed.starts_with("bff=;") && removed.contains("Max-Age=0"), "{removed}");
    assert!(who(&app, &cookie).get("user").is_none(), "the cookie alone is worth nothing any more");
    let again = app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    assert_eq!(again.status, 200, "whoever is out already is out");
}

#[test]
fn security_11_a_person_lists_and_ends_the_own_sessions_and_nobody_elses() {
    let app = TestApp::with_demo(&[]);
    let desk = cookie_of(&app.send(&login("ada", "adapass").header("User-Agent", "Firefox")));
    let phone = cookie_of(&app.send(&login("ada", "adapass").header("User-Agent", "Safari")));
    let demo_user = app.get("/api/server/users/2").json();
    let name = demo_user["username"].as_str().unwrap();
    let stranger = cookie_of(&app.send(&login(name, &format!("{name}pass"))));
    let list = |cookie: &str| {
        let listed = app.send(&with(cookie, Request::get("/bff/sessions"))).json();
        listed["sessions"].as_array().unwrap().clone()
    };
    let mine = list(&desk);
    let agents: Vec<_> = mine.iter().map(|session| session["userAgent"].as_str().unwrap()).collect();
    assert_eq!(agents, ["Firefox", "Safari"]);
    assert_eq!((&mine[0]["current"], &mine[1]["current"]), (&true.into(), &false.into()));
    assert_eq!(mine[0]["address"], "127.0.0.1");
    assert_eq!(list(&stranger).len(), 1);

    let handle = mine[1]["handle"].as_str().unwrap();
    let end =
        |cookie: &str| app.send(&with(cookie, Request::new("DELETE", &format!("/bff/sessions/{handle}"))));
    end(&stranger).problem(404, "api_not_found");
    app.send(&Request::new("DELETE", &format!("/bff/sessions/{handle}"))).problem(401, "unauthenticated");
    assert!(who(&app, &phone).get("user").is_some());
    assert_eq!(end(&desk).status, 204);
    assert!(who(&app, &phone).get("user").is_none());
    assert_eq!(list(&desk).len(), 1);
    let as_cookie = app.send(&with(&format!("bff={handle}"), Request::get("/bff/sessions")));
    as_cookie.problem(401, "unauthenticated");
}

#[test]
fn a_person_has_so_many_sessions_and_the_least_recent_makes_room() {
    let app = TestApp::with_demo(&[("BFF_LOGIN_LIMIT", "off")]);
    let first = sign_in(&app);
    let cookies: Vec<String> = (0..50).map(|_| sign_in(&app)).collect();
    assert!(who(&app, &first).get("user").is_none());
    let listed = app.send(&with(&cookies[49], Request::get("/bff/sessions"))).json();
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 50);
}

#[test]
fn security_16_the_way_back_is_a_local_path() {
    let app = TestApp::with_demo(&[]);
    for (given, page) in [
        ("/todos%3Fpage=2", "/login?returnUrl=%2Ftodos%3Fpage%3D2"),
        ("//evil.example", "/login?returnUrl=%2F"),
        ("/%5Cevil.example", "/login?returnUrl=%2F"),
        ("https://evil.example", "/login?returnUrl=%2F"),
        ("/%0d%0aSet-Cookie:a=b", "/login?returnUrl=%2F"),
        ("", "/login?returnUrl=%2F"),
    ] {
        let answer = app.get(&format!("/bff/login?returnUrl={given}"));
        assert_eq!((answer.status, answer.header("location")), (303, Some(page)), "{given}");
    }
}

#[test]
fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let app = TestApp::with_demo(&[]);
    let told = |username: &str| {
        let mut problem = app.send(&login(username, "wrong")).problem(401, "unauthenticated");
        problem["requestId"].take();
        problem
    };
    assert_eq!(told("ada"), told("nobody-of-that-name"));
}

#[test]
fn security_28_a_sign_in_that_fails_behind_tells_nothing_of_it() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let answer = app.send(&login("broken", "adapass"));
    answer.problem(502, "upstream_invalid");
    let everything = format!("{:?}{}", answer.headers, answer.text());
    for leak in ["login.js", "/auth", &upstream.upstream.port.to_string()] {
        assert!(!everything.contains(leak), "{leak} in {everything}");
    }
    let gone = TestApp::before("http://127.0.0.1:1", &[]);
    gone.send(&login("ada", "adapass")).problem(502, "upstream_unreachable");
}

#[test]
fn security_30_the_sign_in_has_a_limit_of_its_own() {
    let app = TestApp::with_demo(&[("BFF_LOGIN_LIMIT", "3/1m")]);
    for _ in 0..3 {
        app.send(&login("ada", "wrong")).problem(401, "unauthenticated");
    }
    let refused = app.send(&login("ada", "adapass"));
    let problem = refused.problem(429, "rate_limited");
    assert_eq!(problem["error"], "Too many requests");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=120).contains(&wait), "{wait}");
    // A forwarding field of an untrusted client changes nothing.
    app.send(&login("bob", "x").header("X-Forwarded-For", "203.0.113.9")).problem(429, "rate_limited");
    assert_eq!(app.get("/api/server/todos/1").status, 200, "it is the sign-in's alone");
}

#[test]
fn security_33_a_form_that_never_ends_is_given_up() {
    use std::io::Write as _;

    let app = TestApp::with_demo(&[]);
    let mut slow = connect(app.port);
    let head = "POST /bff/login HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    slow.write_all(head.as_bytes()).unwrap();
    read(&mut slow).problem(408, "client_timeout");
}

#[test]
fn security_33_uploads_that_crawl_do_not_keep_people_from_signing_in() {
    use std::io::Write as _;

    let upstream = TokenUpstream::start();
    let app = TestApp::before(
        &upstream.upstream.url(),
        &[("BFF_UPSTREAM_CONNECTIONS", "4"), ("BFF_CALLER_EXCHANGES", "9")],
    );
    let uploads: Vec<_> = (0..3)
        .map(|_| {
            let mut upload = connect(app.port);
            let head = "PUT /api/server/x HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100000\r\n\r\nx";
            upload.write_all(head.as_bytes()).unwrap();
            upload
        })
        .collect();
    let large = Request::new("PUT", "/api/server/x").body(vec![b'y'; 100_000]);
    let is_busy = || app.send(&large).status == 503;
    wait_until(is_busy, || "the uploads are under way");
    sign_in(&app);
    drop(uploads);
}

#[test]
fn security_33_uploads_that_crawl_do_not_keep_others_from_small_changes() {
    use std::io::Write as _;

    let upstream = TokenUpstream::start();
    let app = TestApp::before(
        &upstream.upstream.url(),
        &[("BFF_UPSTREAM_CONNECTIONS", "4"), ("BFF_CALLER_EXCHANGES", "9")],
    );
    let crawling = |length: usize| {
        let mut upload = connect(app.port);
        let head =
            format!("POST /api/server/x HTTP/1.1\r\nHost: app.test\r\nContent-Length: {length}\r\n\r\nx");
        upload.write_all(head.as_bytes()).unwrap();
        upload
    };
    let uploads: Vec<_> = (0..3).map(|_| crawling(100_000)).collect();
    let large = Request::new("POST", "/api/server/x").body(vec![b'y'; 100_000]);
    wait_until(|| app.send(&large).status == 503, || "the uploads are under way");
    // Many small ones that crawl hold no place at all.
    let small: Vec<_> = (0..20).map(|_| crawling(100)).collect();
    for method in ["POST", "PUT", "PATCH"] {
        let answer = app.send(&Request::new(method, "/api/server/x").body("y"));
        assert_ne!(answer.status, 503, "{method}");
    }
    drop((uploads, small));
}

#[test]
fn a_malformed_sign_in_is_refused_before_the_upstream_is_asked() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let post = || Request::new("POST", "/bff/login");
    let good = r#"{"username":"ada","password":"adapass"}"#;
    for request in [
        post(),
        post().json(""),
        post().json("[]"),
        post().json(r#"{"username":"ada"}"#),
        post().json(r#"{"username":"","password":"x"}"#),
        post().header("Content-Type", "text/plain").body(good),
        post()
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("username=ada&password=adapass"),
        post().body(good),
    ] {
        app.send(&request).problem(400, "invalid_request");
    }
    let long = format!(r#"{{"username":"ada","password":"{}"}}"#, "x".repeat(20_000));
    app.send(&post().json(&long)).problem(413, "body_too_large");
    app.send(&Request::new("PUT", "/bff/login")).problem(405, "method_not_allowed");
    app.get("/bff/logout").problem(405, "method_not_allowed");
    assert!(upstream.upstream.requests().is_empty());
}
