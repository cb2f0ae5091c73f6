//! `POST /bff/report`: reports of browsers.

use serde_json::{Value, json};

use crate::harness::{
    browser::{Request, Response},
    program::Program,
    test_app::{TestApp, folder_with},
    token_upstream::{TokenUpstream, cookie_of, login},
    upstream::Upstream,
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A report of this media type.
fn report(media_type: &str, body: &str) -> Request {
    Request::new("POST", "/bff/report").header("Content-Type", media_type).body(body)
}

/// One of the app's own, as it sends it.
fn panicked() -> Request {
    report("application/x-www-form-urlencoded", "kind=panic&message=a+panic&page=%2Ftodos&requestId=")
}

fn start(upstream: &str, settings: &[(&str, &str)]) -> Program {
    Program::before(upstream, &[&[("BFF_LOG_FORMAT", "json")], settings].concat())
}

/// The lines that are about browsers.
fn told(log: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["target"] == "bff::browser").collect()
}

fn is_taken(answer: &Response) -> bool {
    answer.status == 204 && answer.body.is_empty()
}

#[test]
fn security_35_each_kind_of_report_is_one_log_line_without_secrets() {
    let upstream = Upstream::ok("{}");
    let program = start(&upstream.url(), &[("BFF_TRUSTED_PROXIES", "127.0.0.1")]);
    let legacy = json!({ "csp-report": {
        "document-uri": "https://app.test/todos?token=s3cret", "effective-directive": "img-src",
        "blocked-uri": "https://ada:s3cret@evil.test/x.png?s3cret#s3cret", "script-sample": "s3cret",
        "referrer": "https://app.test/?s3cret", "line-number": 7, "source-file": "https://app.test/a.js?s3cret",
    }});
    let violation = |directive: &str| {
        json!({ "type": "csp-violation", "age": 1, "url": "https://app.test/?s3cret", "body": {
            "documentURL": "https://app.test/", "effectiveDirective": directive, "blockedURL": "data:s3cret",
            "sample": "s3cret", "disposition": "enforce", "statusCode": 200,
        }})
    };
    let several = json!([violation("font-src"), violation("script-src-elem\r\nforged"), { "type": "crash" }]);
    let query =
        json!({ "kind": "query", "message": "upstream_timeout", "page": "/todos?s3cret", "requestId": "r1" });
    for (media_type, body) in [
        ("application/csp-report", legacy),
        ("application/reports+json; charset=utf-8", several),
        ("application/json", query),
    ] {
        let answer = report(media_type, &body.to_string()).send(program.port);
        assert!(is_taken(&answer), "{media_type}: {} {}", answer.status, answer.text());
    }
    let answer =
        panicked().header("traceparent", &format!("00-{TRACE}-b7ad6b7169203331-01")).send(program.port);
    assert!(is_taken(&answer));

    let log = program.stop();
    assert!(!log.contains("s3cret"), "{log}");
    let told = told(&log);
    let told: Vec<Value> = told
        .iter()
        .map(|line| {
            assert_eq!(line["level"], "WARN");
            assert_eq!(line["address"], "127.0.0.1");
            assert_eq!(line["request_id"].as_str().unwrap().len(), 32);
            assert_eq!(line["trace_id"].as_str().unwrap().len(), 32);
            ["event", "page", "directive", "blocked", "source", "line", "said", "failed_request"]
                .iter()
                .filter(|name| line.get(name).is_some())
                .map(|name| (*name, line[name].clone()))
                .collect()
        })
        .collect();
    assert_eq!(
        Value::from(told),
        json!([
            { "event": "csp_violation", "page": "https://app.test/todos", "directive": "img-src",
              "blocked": "https://evil.test/x.png", "source": "https://app.test/a.js", "line": 7 },
            { "event": "csp_violation", "page": "https://app.test/", "directive": "font-src",
              "blocked": "data:", "source": "" },
            { "event": "csp_violation", "page": "https://app.test/",
              "directive": "script-src-elem\u{fffd}\u{fffd}forged", "blocked": "data:", "source": "" },
            { "event": "query_error", "page": "/todos", "said": "upstream_timeout", "failed_request": "r1" },
            { "event": "browser_panic", "page": "/todos", "said": "a panic" },
        ])
    );
    let traced = log.lines().filter(|line| line.contains(TRACE));
    assert_eq!(traced.filter(|line| line.contains("browser_panic")).count(), 1);
}

#[test]
fn security_24_a_report_that_is_too_large_is_refused() {
    let app = TestApp::with_demo(&[]);
    let long =
        |length: usize| json!({ "kind": "panic", "message": "a".repeat(length), "page": "/" }).to_string();
    assert!(is_taken(&app.send(&report("application/json", &long(16_000)))));
    app.send(&report("application/json", &long(16_500))).problem(413, "body_too_large");
}

#[test]
fn security_30_reports_have_a_limit_of_their_own_that_no_setting_lifts() {
    let app = TestApp::with_demo(&[("BFF_RATE_LIMIT", "off"), ("BFF_LOGIN_LIMIT", "off")]);
    let violation = json!({ "type": "csp-violation", "body": { "effectiveDirective": "img-src" } });
    let many = report("application/reports+json", &json!(vec![violation; 10]).to_string());
    // Each one in a body counts.
    assert!(is_taken(&app.send(&many)));
    for _another in 0..8 {
        assert!(is_taken(&app.send(&panicked())));
    }
    let refused = app.send(&many);
    refused.problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    // A refused body did not count, so that one more report fits.
    assert!(is_taken(&app.send(&panicked())));
    app.send(&panicked()).problem(429, "rate_limited");
    assert_eq!(app.get("/api/server/todos/1").status, 200);
}

#[test]
fn security_30_refused_reports_fill_the_log_no_faster_than_accepted_ones() {
    let upstream = Upstream::ok("{}");
    let program = start(&upstream.url(), &[("BFF_RATE_LIMIT", "off")]);
    for round in 0..15 {
        let foreign = panicked().header("Sec-Fetch-Site", "cross-site").send(program.port);
        let expected = if round < 10 { (403, "cross_site") } else { (429, "rate_limited") };
        foreign.problem(expected.0, expected.1);
        panicked().send(program.port);
    }
    let log = program.stop();
    let told = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!((told("refused_origin"), told("browser_panic")), (10, 10), "{log}");
    assert_eq!(told("rate_limited"), 0, "{log}");
}

#[test]
fn security_12_reports_that_say_they_are_cross_site_are_refused() {
    let app = TestApp::with_demo(&[("BFF_CORS_ORIGINS", "https://friend.test")]);
    let own = format!("http://127.0.0.1:{}", app.port);
    for fields in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Origin", "https://evil.test")],
        &[("Origin", "null")],
        &[("Origin", "https://friend.test")],
        &[("Origin", &own), ("Sec-Fetch-Site", "cross-site")],
    ] {
        let with = fields.iter().fold(panicked(), |request, (name, value)| request.header(name, value));
        app.send(&with).problem(403, "cross_site");
    }
    for fields in [
        &[("Sec-Fetch-Site", "same-origin")][..],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", &own)],
        &[("Cookie", "bff=AAAA")],
        &[],
    ] {
        let with = fields.iter().fold(panicked(), |request, (name, value)| request.header(name, value));
        assert!(is_taken(&app.send(&with)), "{fields:?}");
    }
}

#[test]
fn security_28_a_malformed_report_is_refused_without_an_echo() {
    let app = TestApp::with_demo(&[]);
    for (media_type, body) in [
        ("text/plain", r#"{"kind":"panic","message":"s3cret","page":"/"}"#),
        ("application/x-www-form-urlencoded", "s3cret"),
        ("application/x-www-form-urlencoded", "kind=s3cret&message=&page="),
        ("application/json", r#"{"s3cret":1}"#),
        ("application/json", r#"{"kind":"s3cret","message":"","page":""}"#),
        ("application/csp-report", r#"{"csp-report":"s3cret"}"#),
        ("application/reports+json", r#"[{"s3cret":1}]"#),
        ("application/s3cret", "s3cret"),
    ] {
        let answer = app.send(&report(media_type, body));
        answer.problem(400, "invalid_request");
        assert!(!format!("{:?}{}", answer.headers, answer.text()).contains("s3cret"), "{media_type} {body}");
    }
    app.get("/bff/report").problem(405, "method_not_allowed");
}

#[test]
fn security_07_a_report_does_not_keep_a_session_alive() {
    let upstream = TokenUpstream::start();
    let settings = [("BFF_SESSION_IDLE", "1s"), ("BFF_SESSION_MAX", "1h")];
    let app = TestApp::before(&upstream.upstream.url(), &settings);
    let cookie = cookie_of(&login("ada", "adapass").send(app.port));
    let user = || {
        let answer = app.send(&Request::get("/bff/session").header("Cookie", &cookie));
        answer.json()["user"]["username"].as_str().map(str::to_owned)
    };
    assert_eq!(user().as_deref(), Some("ada"));
    let end = std::time::Instant::now() + std::time::Duration::from_millis(1_200);
    while std::time::Instant::now() < end {
        let answer = app.send(&panicked().header("Cookie", &cookie));
        assert!([204, 429].contains(&answer.status));
        assert_eq!(answer.header("set-cookie"), None);
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
    assert_eq!(user(), None);
}

#[test]
fn the_start_page_says_where_to_report_to_and_nothing_else_does() {
    let folder = folder_with(&[("index.html", b"<!doctype html>"), ("a.js", b"1")]);
    let spa = ("BFF_SPA_DIR", folder.path().to_str().unwrap());
    for (public_url, endpoints, end) in [
        ("http://127.0.0.1", None, "; report-uri /bff/report"),
        ("https://app.test", Some(r#"bff="/bff/report""#), "; report-uri /bff/report; report-to bff"),
    ] {
        let app = TestApp::with_demo(&[spa, ("BFF_PUBLIC_URL", public_url)]);
        let page = app.get("/");
        assert_eq!(page.header("reporting-endpoints"), endpoints);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.ends_with(end), "{policy}");
        for path in ["/a.js", "/healthz", "/api/server/todos/1"] {
            assert_eq!(app.get(path).header("reporting-endpoints"), None, "{path}");
        }
    }
}
