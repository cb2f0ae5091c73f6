//! One request can be followed by its trace id: from the browser through the log to the upstream, and back.

use serde_json::Value;

use crate::harness::{browser::Request, program::Program, test_app::TestApp, upstream::Upstream};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// The setting by which the tests are a proxy of ours.
const TRUSTED: (&str, &str) = ("BFF_TRUSTED_PROXIES", "127.0.0.1");

fn traceparent() -> String {
    format!("00-{TRACE}-b7ad6b7169203331-01")
}

/// The value of a field in a request as the upstream saw it.
fn field<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[test]
fn a_trace_goes_on_through_log_and_upstream_and_is_named_in_the_answer() {
    let upstream = Upstream::ok("{}");
    let program = Program::before(
        &upstream.url(),
        &[("BFF_LOG_FORMAT", "json"), ("BFF_LOG", "debug"), ("BFF_RATE_LIMIT", "1/1m"), TRUSTED],
    );
    let port = program.port;
    let request = Request::get("/api/server/todos")
        .header("traceparent", &traceparent())
        .header("tracestate", "vendor=1");
    let answer = request.send(port);
    assert_eq!(answer.status, 200);
    let told = answer.header("traceresponse").unwrap();
    assert!(told.starts_with(&format!("00-{TRACE}-")), "{told}");
    request.send(port).problem(429, "rate_limited");

    let seen = upstream.requests().remove(0);
    let sent = field(&seen, "traceparent").unwrap();
    assert!(sent.starts_with(&format!("00-{TRACE}-")) && sent.ends_with("-01"), "{sent}");
    assert_ne!(sent, traceparent());
    assert_ne!(sent, told, "the upstream's place is one of its own");
    assert_eq!(field(&seen, "tracestate"), Some("vendor=1"));

    let log = program.stop();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ours: Vec<&Value> = lines.iter().filter(|line| line["trace_id"] == TRACE).collect();
    let has = |message: &str, field: &str, value: Value| {
        ours.iter().any(|line| line["message"] == message && line[field] == value)
    };
    assert!(has("[API]", "status", 200.into()), "{log}");
    assert!(has("[API]", "status", 429.into()), "{log}");
    assert!(has("the upstream answered", "status", 200.into()), "{log}");
    assert!(has("refused", "event", "rate_limited".into()), "{log}");
    let span = told.split('-').nth(2).unwrap();
    assert!(ours.iter().any(|line| line["span_id"] == span), "{log}");
    assert!(
        lines.iter().any(|line| line.get("trace_id").is_none()),
        "the start belongs to no request: {log}"
    );
}

#[test]
fn a_request_without_a_trace_begins_one() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[]);
    let stray =
        Request::get("/api/server/todos").header("traceparent", "00-0-0-00").header("tracestate", "a=b");
    let told: Vec<String> = [Request::get("/api/server/todos"), stray]
        .iter()
        .map(|request| app.send(request).header("traceresponse").unwrap().to_owned())
        .collect();
    let seen = upstream.requests();
    for (told, seen) in told.iter().zip(&seen) {
        let id = |text: &str| text.split('-').nth(1).unwrap().to_owned();
        assert_eq!(id(told), id(field(seen, "traceparent").unwrap()));
        assert_eq!(field(seen, "tracestate"), None);
    }
    assert_ne!(told[0], told[1]);
}

#[test]
fn the_items_of_a_batch_share_its_trace() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[TRUSTED]);
    let batch = r#"{"requests":[{"url":"/a","method":"GET"},{"url":"/b","method":"GET"}]}"#;
    let request = Request::new("POST", "/api/server/batch")
        .header("Sec-Fetch-Site", "same-origin")
        .header("traceparent", &traceparent())
        .json(batch);
    assert_eq!(app.send(&request).status, 200);
    let places: Vec<String> =
        upstream.requests().iter().map(|seen| field(seen, "traceparent").unwrap().to_owned()).collect();
    assert_eq!(places.len(), 2);
    assert!(places.iter().all(|place| place.contains(TRACE)));
    assert_ne!(places[0], places[1]);
}

#[test]
fn a_tracestate_without_a_trace_does_not_go_upstream_from_a_batch() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[]);
    let request = Request::new("POST", "/api/server/batch")
        .header("Sec-Fetch-Site", "same-origin")
        .header("tracestate", "evil=1")
        .json(r#"{"requests":[{"url":"/a","method":"GET"}]}"#);
    assert_eq!(app.send(&request).status, 200);
    assert_eq!(field(&upstream.last(), "tracestate"), None);
}

#[test]
fn security_59_a_strangers_trace_is_not_taken_up() {
    let upstream = Upstream::ok("{}");
    for settings in [&[][..], &[("BFF_TRUSTED_PROXIES", "10.0.0.0/8")], &[TRUSTED]] {
        let is_trusted = settings == [TRUSTED];
        let app = TestApp::before(&upstream.url(), settings);
        let request = Request::get("/api/server/todos")
            .header("traceparent", &traceparent())
            .header("tracestate", "vendor=1")
            .header("baggage", "tenant=evil");
        let answer = app.send(&request);
        assert_eq!(answer.header("traceresponse").unwrap().contains(TRACE), is_trusted, "{settings:?}");
        let seen = upstream.requests().pop().unwrap();
        assert_eq!(field(&seen, "traceparent").unwrap().contains(TRACE), is_trusted, "{seen}");
        assert_eq!(field(&seen, "tracestate"), is_trusted.then_some("vendor=1"));
        assert_eq!(field(&seen, "baggage"), is_trusted.then_some("tenant=evil"));
    }
}

#[test]
fn security_59_a_strangers_wish_to_record_nothing_is_not_heeded() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[]);
    let hidden = traceparent().replace("-01", "-00");
    app.send(&Request::get("/api/server/todos").header("traceparent", &hidden));
    assert!(field(&upstream.requests()[0], "traceparent").unwrap().ends_with("-01"));
}
