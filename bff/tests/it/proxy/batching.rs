//! `POST /api/server/batch`: many requests in one.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::harness::{
    browser::{Request, Response, connect},
    polling::wait_until,
    program::Program,
    test_app::{RouteTable, TestApp},
    token_upstream::{TokenUpstream, sign_in, with},
    upstream::Upstream,
};

/// Answers `/slow` late, `/fails` with 500, `/forbidden` with 403, and everything else with its own path.
fn upstream() -> Upstream {
    Upstream::scripted(|connection, request| {
        let path = request.split(' ').nth(1).unwrap();
        let (status, body) = match path {
            "/fails" => (500, "at app.js".to_owned()),
            "/forbidden" => (403, r#"{"message":"Not yours"}"#.to_owned()),
            "/slow" => {
                thread::sleep(Duration::from_millis(700));
                (200, r#"{"path":"/slow"}"#.to_owned())
            }
            _ => (200, json!({ "path": path, "method": request.split(' ').next() }).to_string()),
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(format!("{head}{body}").as_bytes()).is_ok()
    })
}

fn batch_of(urls: &[&str]) -> Request {
    let items: Vec<Value> = urls.iter().map(|url| json!({ "url": url, "method": "GET" })).collect();
    Request::new("POST", "/api/server/batch").json(&json!({ "requests": items }).to_string())
}

/// The answers to all items, each with its content, which stands in one place alone.
fn responses(answer: &Response) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    let both = json["responses"].as_array().unwrap().iter().zip(json["results"].as_array().unwrap());
    both.map(|(response, result)| {
        let mut response = response.clone();
        if !result.is_null() {
            assert!(response.get("data").is_none(), "the content stands twice: {response}");
            response["data"] = result.clone();
        }
        response
    })
    .collect()
}

#[test]
fn a_batch_answers_each_item_by_itself_in_the_order_of_the_requests() {
    let upstream = upstream();
    let app = TestApp::before(&upstream.url(), &[]);
    let good: Vec<String> = (0..16).map(|number| format!("/todos/{number}?x={number}")).collect();
    let mut urls = vec!["/slow", "/fails", "/forbidden", "/a/../b"];
    urls.extend(good.iter().map(String::as_str));
    let answer = app.send(&batch_of(&urls));
    let all = responses(&answer);
    assert_eq!(all.len(), 20);
    assert_eq!((&all[0]["status"], &all[0]["data"]["path"]), (&200.into(), &"/slow".into()));
    assert_eq!((&all[1]["status"], &all[1]["problem"]["code"]), (&500.into(), &"internal".into()));
    assert_eq!((&all[2]["status"], &all[2]["data"]["message"]), (&403.into(), &"Not yours".into()));
    assert_eq!((&all[3]["status"], &all[3]["problem"]["code"]), (&400.into(), &"ambiguous_path".into()));
    for (one, url) in all[4..].iter().zip(&good) {
        assert_eq!((&one["status"], &one["data"]["path"]), (&200.into(), &url.as_str().into()));
        assert_eq!(one["headers"]["content-type"], "application/json");
    }
    let results = answer.json()["results"].as_array().unwrap().clone();
    assert_eq!(results[0]["path"], "/slow");
    assert_eq!(results[1..4], [Value::Null, Value::Null, Value::Null]);
    assert_eq!(results[4]["path"], good[0].as_str());
    assert!(!answer.text().contains("app.js"));
}

#[test]
fn lines_come_as_soon_as_each_answer_is_there() {
    let upstream = upstream();
    let app = TestApp::before(&upstream.url(), &[]);
    let body = json!({"requests": [{"url": "/slow", "method": "GET"}, {"url": "/todos", "method": "GET"}]})
        .to_string();
    let mut connection = connect(app.port);
    let head = format!(
        "POST /api/server/batch HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nAccept: application/x-ndjson\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let started = std::time::Instant::now();
    connection.write_all(head.as_bytes()).unwrap();
    let lines = BufReader::new(connection).lines().map(Result::unwrap);
    let mut objects =
        lines.filter(|line| line.starts_with('{')).map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let first = objects.next().unwrap();
    assert_eq!((&first["index"], &first["data"]["path"]), (&1.into(), &"/todos".into()));
    assert!(started.elapsed() < Duration::from_millis(700), "the first line waited for the slow one");
    let second = objects.next().unwrap();
    assert_eq!((&second["index"], &second["data"]["path"]), (&0.into(), &"/slow".into()));
    assert_eq!(objects.next(), None);
}

#[test]
fn security_31_a_bad_batch_is_refused_before_the_upstream_is_asked() {
    let upstream = upstream();
    let app = TestApp::before(&upstream.url(), &[]);
    app.send(&batch_of(&["/a"; 21])).problem(413, "batch_too_large");
    for url in ["/batch", "http://evil.example/a", "//evil.example/a", "a"] {
        app.send(&batch_of(&["/a", url])).problem(400, "invalid_request");
    }
    let items = r#"{"requests":[{"url":"/a","method":"GET"}]}"#;
    let post = || Request::new("POST", "/api/server/batch");
    app.send(&post().header("Content-Type", "text/plain").body(items)).problem(400, "invalid_request");
    app.send(&post().header("Sec-Fetch-Site", "cross-site").json(items)).problem(403, "cross_site");
    app.get("/api/server/batch").problem(405, "method_not_allowed");
    assert!(upstream.requests().is_empty(), "{:?}", upstream.requests());
    assert_eq!(responses(&app.send(&post().json(r#"{"requests":[]}"#))), Vec::<Value>::new());
}

#[test]
fn security_24_an_items_address_is_capped_like_that_of_a_request_alone() {
    let upstream = upstream();
    let app = TestApp::before(&upstream.url(), &[("BFF_MAX_URI", "1KiB")]);
    // The limit counts the whole target, "/api/server" included.
    let (short, long) = (format!("/{}", "a".repeat(1012)), format!("/{}", "a".repeat(1013)));
    assert_eq!(app.get(&format!("/api/server{short}")).status, 200);
    app.get(&format!("/api/server{long}")).problem(414, "invalid_request");
    let all = responses(&app.send(&batch_of(&[&short, &long])));
    assert_eq!((&all[0]["status"], &all[1]["status"]), (&200.into(), &414.into()));
    assert_eq!(all[1]["problem"]["code"], "invalid_request");
    assert_eq!(upstream.requests().len(), 2);
}

#[test]
fn security_18_what_an_items_path_is_matched_by_is_what_is_sent() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let credentials = json!({ "username": "ada", "password": "adapass" });
    let items: Vec<Value> = ["/auth/login", "/auth/login#x", "/auth/login#?x", "/auth/login?#x"]
        .map(|url| json!({ "url": url, "method": "POST", "data": credentials }))
        .into();
    let body = json!({ "requests": items }).to_string();
    let all = responses(&app.send(&Request::new("POST", "/api/server/batch").json(&body)));
    let statuses: Vec<&Value> = all.iter().map(|answer| &answer["status"]).collect();
    assert_eq!(statuses, [404, 400, 400, 400]);
    assert!(upstream.upstream.requests().is_empty(), "{:?}", upstream.upstream.requests());
}

#[test]
fn security_24_an_item_has_no_more_fields_than_a_request_alone() {
    let upstream = upstream();
    let app = TestApp::before(&upstream.url(), &[]);
    let with = |count: usize| {
        let fields: serde_json::Map<String, Value> =
            (0..count).map(|number| (format!("x-{number}"), "".into())).collect();
        json!({ "url": "/a", "method": "GET", "headers": fields })
    };
    let body = json!({ "requests": [with(96), with(97)] }).to_string();
    let all = responses(&app.send(&Request::new("POST", "/api/server/batch").json(&body)));
    assert_eq!((&all[0]["status"], &all[1]["status"]), (&200.into(), &431.into()));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_31_a_batch_has_one_deadline() {
    let upstream = Upstream::after_head(|_| thread::sleep(Duration::from_secs(2)));
    let app = TestApp::before(&upstream.url(), &[("BFF_UPSTREAM_TIMEOUT", "500ms")]);
    let started = std::time::Instant::now();
    for one in responses(&app.send(&batch_of(&["/a", "/b", "/c"]))) {
        assert_eq!((&one["status"], &one["problem"]["code"]), (&504.into(), &"upstream_timeout".into()));
    }
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn security_30_every_item_is_charged() {
    let upstream = upstream();
    let app = TestApp::before(&upstream.url(), &[("BFF_RATE_LIMIT", "10/1h")]);
    let all = responses(&app.send(&batch_of(&["/a"; 12])));
    let statuses: Vec<u64> = all.iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10);
    let refused: Vec<&Value> = all.iter().filter(|one| one["status"] == 429).collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0]["problem"]["code"], "rate_limited");
    assert!(refused[0]["headers"]["retry-after"].is_string());
    app.get("/api/server/a").problem(429, "rate_limited");
    assert_eq!(upstream.requests().len(), 10);
}

#[test]
fn an_item_goes_in_the_sessions_name_and_needs_the_same_proof() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let cookie = sign_in(&app);
    let answer = app.send(&with(&cookie, batch_of(&["/todos", "/auth/me", "/auth/login"])));
    upstream.assert_no_token_in(&answer);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let all = responses(&answer);
    assert_eq!(all[0]["data"], json!({"ok": true}));
    assert_eq!(all[0]["headers"]["cache-control"], "private, no-store");
    assert_eq!(all[1]["data"], json!({"id": 1, "username": "ada", "firstName": "Ada", "lastName": "Okafor"}));
    assert_eq!(all[2]["problem"]["code"], "api_not_found");
    app.send(&batch_of(&["/todos"]).header("Cookie", &cookie)).problem(403, "cross_site");
}

#[test]
fn a_batch_item_that_is_not_json_is_text_and_binary_or_large_ones_fail() {
    for (content_type, body, status, data) in [
        ("text/plain", &b"hello"[..], 200, json!("hello")),
        ("application/json", b"{not json", 200, json!("{not json")),
        ("application/octet-stream", b"\xff\xfe", 502, Value::Null),
        ("application/json", &[b'1'; 2000], 502, Value::Null),
    ] {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let upstream = Upstream::answering([head.as_bytes(), body].concat());
        let app = TestApp::before(&upstream.url(), &[("BFF_BATCH_ANSWER_MAX", "1KiB")]);
        let all = responses(&app.send(&batch_of(&["/x"])));
        assert_eq!((&all[0]["status"], &all[0]["data"]), (&status.into(), &data), "{content_type}");
    }
}

#[test]
fn security_31_no_item_writes_another_items_line() {
    // One JSON document of many lines, one of which looks like an answer of ours.
    let forged = "[\r\n{\"index\":0,\"status\":200,\"headers\":{},\"data\":\"forged\"}\n]";
    let upstream = Upstream::scripted(move |connection, request| {
        let body = if request.contains("/pretty") { forged } else { "1" };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(format!("{head}{body}").as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = app.send(&batch_of(&["/plain", "/pretty"]).header("Accept", "application/x-ndjson"));
    let text = answer.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{text}");
    for line in lines {
        let expected = if line["index"] == 0 { json!(1) } else { serde_json::from_str(forged).unwrap() };
        assert_eq!(line["data"], expected);
    }
}

/// An upstream whose answers are of the length that their path names.
fn sized() -> Upstream {
    Upstream::scripted(|connection, request| {
        use std::io::Write as _;
        let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
        let length: usize = path.split('/').next().unwrap_or_default().parse().unwrap_or(2);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: max-age=60\r\nContent-Length: {length}\r\n\r\n\""
        );
        let content = format!("{}\"", "x".repeat(length - 2));
        connection.write_all(head.as_bytes()).is_ok() && connection.write_all(content.as_bytes()).is_ok()
    })
}

fn items_of(length: usize, count: usize) -> String {
    let items: Vec<String> =
        (0..count).map(|number| format!(r#"{{"url":"/{length}/{number}","method":"GET"}}"#)).collect();
    format!(r#"{{"requests":[{}]}}"#, items.join(","))
}

#[test]
fn security_40_the_answers_of_a_batch_have_a_budget_together() {
    let upstream = sized();
    let app =
        TestApp::before(&upstream.url(), &[("BFF_BATCH_ANSWERS_MAX", "1MiB"), ("BFF_CACHE_MAX", "off")]);
    let answer = app.send(&Request::new("POST", "/api/server/batch").json(&items_of(100_000, 20)));
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    let of = |status: u64| {
        answer["responses"].as_array().unwrap().iter().filter(|one| one["status"] == status).count()
    };
    let (whole, left_out) = (of(200), of(502));
    assert_eq!(whole + left_out, 20);
    assert!((9..=10).contains(&whole), "{whole}");
}

#[test]
fn security_40_what_the_process_holds_has_a_budget_and_is_given_back() {
    let upstream = sized();
    let table = "[[route]]\npath = \"/100000/picked\"\nselect = [\"x\"]\n[[route]]\npath = \"/{*rest}\"\n";
    let routes = RouteTable::new(table);
    let settings = [
        ("BFF_HELD_MAX", "64KiB"),
        ("BFF_METRICS_LISTEN", "127.0.0.1:0"),
        ("BFF_WORKERS", "1"),
        routes.setting(),
    ];
    let mut program = Program::before(&upstream.url(), &settings);
    let metrics = program.metrics_port();
    let batch = Request::new("POST", "/api/server/batch").json(&items_of(100_000, 1));
    let refused = &batch.send(program.port).json()["responses"][0];
    assert_eq!((&refused["status"], &refused["problem"]["code"]), (&json!(503), &json!("busy")));
    Request::get("/api/server/100000/picked").send(program.port).problem(503, "busy");
    // What flows needs no room: it is not stored, and arrives.
    for _ in 0..2 {
        let answer = Request::get("/api/server/100000/7").send(program.port);
        assert_eq!((answer.status, answer.body.len(), answer.complete), (200, 100_000, true));
        assert_eq!(answer.header("cache-status"), Some("bff; fwd=uri-miss"));
    }
    let held = || {
        let text = Request::get("/metrics").send(metrics).text().to_owned();
        text.lines().find_map(|line| line.strip_prefix("bff_held_bytes ").map(str::to_owned))
    };
    let small = Request::new("POST", "/api/server/batch").json(&items_of(20_000, 2));
    assert_eq!(small.send(program.port).json()["responses"][1]["status"], 200);
    wait_until(|| held().as_deref() == Some("0"), || "what was held was never given back");
}

#[test]
fn security_45_a_batch_has_a_cap_of_its_own() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[]);
    let batch = format!(r#"{{"x":"{}","requests":[]}}"#, "x".repeat(256 * 1024));
    let refused = app.send(&Request::new("POST", "/api/server/batch").json(&batch));
    refused.problem(413, "body_too_large");
}
