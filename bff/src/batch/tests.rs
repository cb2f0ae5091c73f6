use std::io::Write as _;

use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use super::*;
use http_message::{Caller, Reply, ReplyBody, TraceContext, budget::Budget};

const LIMITS: BatchLimits = BatchLimits { items: 3, answer: 1000, answers: 3000 };

fn taken(content: &str, headers: &HeaderBlock) -> Result<Vec<Item>, Failure> {
    let context = RequestContext {
        id: "id".into(),
        trace: TraceContext::begin(),
        caller: Caller { address: None },
        started: Instant::now(),
        due: None,
    };
    items(&Bytes::copy_from_slice(content.as_bytes()), headers, &context, LIMITS)
}

fn item(json: &str) -> Result<Exchange, Failure> {
    let item = taken(&format!(r#"{{"requests":[{json}]}}"#), &HeaderBlock::new()).unwrap().remove(0);
    item.exchange.map_err(|item| item.failure)
}

#[test]
fn security_31_what_makes_a_batch_wrong_is_found_before_any_of_it_is_sent() {
    let one = r#"{"url":"/a","method":"GET"}"#;
    let four = format!(r#"{{"requests":[{one},{one},{one},{one}]}}"#);
    assert!(matches!(taken(&four, &HeaderBlock::new()), Err(Failure::BatchTooLarge)));
    // Nothing behind the first item that is too many is looked at.
    let endless = format!(r#"{{"requests":[{one},{one},{one},{one},what no parser takes"#);
    assert!(matches!(taken(&endless, &HeaderBlock::new()), Err(Failure::BatchTooLarge)));
    for url in [
        "/batch",
        "/batch/",
        "/BATCH",
        "/batch?x=1",
        "http://evil.example/a",
        "//evil.example/a",
        "/\\evil",
        "a",
        "",
        "?x=1",
        "\\\\evil",
    ] {
        let url = serde_json::to_string(url).unwrap();
        let batch = format!(r#"{{"requests":[{one},{{"url":{url},"method":"GET"}}]}}"#);
        assert!(matches!(taken(&batch, &HeaderBlock::new()), Err(Failure::Invalid(_))), "{url}");
    }
    for wrong in
        ["", "[]", "{}", r#"{"requests":{}}"#, r#"{"requests":[{"method":"GET"}]}"#, r#"{"requests":[1]}"#]
    {
        assert!(matches!(taken(wrong, &HeaderBlock::new()), Err(Failure::Invalid(_))), "{wrong}");
    }
}

#[test]
fn an_item_becomes_the_exchange_that_the_same_request_alone_would_be() {
    let mut headers = HeaderBlock::new();
    headers.insert(header::COOKIE, HeaderValue::from_static("bff=x"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("99"));
    headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"batch\""));
    headers.insert(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("same-origin"));
    let batch = r#"{"requests":[{"url":"/todos/1?x=1&y","method":"PUT","data":{"a":1.10},"headers":{"If-Match":"\"e\""}}]}"#;
    let item = taken(batch, &headers).unwrap().remove(0);
    let exchange = item.exchange.ok().unwrap();
    assert_eq!((&*item.context.id, exchange.method), ("id.0", Method::PUT));
    assert_eq!(exchange.target, "/todos/1?x=1&y");
    assert_eq!(exchange.headers.get(header::COOKIE).unwrap(), "bff=x");
    assert_eq!(exchange.headers.get("sec-fetch-site").unwrap(), "same-origin");
    assert_eq!(exchange.headers.get(header::IF_MATCH).unwrap(), "\"e\"");
    assert!(
        !exchange.headers.contains_key(header::IF_NONE_MATCH)
            && !exchange.headers.contains_key(header::CONTENT_LENGTH)
    );
    assert!(
        matches!(exchange.body, http_message::RequestBody::Whole(content) if content == r#"{"a":1.10}"#),
        "as it was written"
    );
}

#[test]
fn security_31_an_item_cannot_be_what_a_request_alone_could_not() {
    for wrong in [
        r#"{"url":"/a","method":"TRACE"}"#,
        r#"{"url":"/a","method":"PROPFIND"}"#,
        r#"{"url":"/a","method":"get"}"#,
        r#"{"url":"/a","method":"GET","data":{}}"#,
        r#"{"url":"/a?x=\r\ny","method":"GET"}"#,
        r##"{"url":"/a?x#y","method":"GET"}"##,
        r#"{"url":"/a","method":"GET","headers":{"Cookie":"bff=other"}}"#,
        r#"{"url":"/a","method":"GET","headers":{"Sec-Fetch-Site":"same-origin"}}"#,
        r#"{"url":"/a","method":"GET","headers":{"Origin":"https://app.example"}}"#,
        r#"{"url":"/a","method":"GET","headers":{"X-CSRF":"1"}}"#,
        r#"{"url":"/a","method":"GET","headers":{"X-Forwarded-For":"1.1.1.1"}}"#,
        r#"{"url":"/a","method":"GET","headers":{"Transfer-Encoding":"chunked"}}"#,
        r#"{"url":"/a","method":"GET","headers":{"Host":"x"}}"#,
        r#"{"url":"/a","method":"GET","headers":{"a b":"x"}}"#,
        r#"{"url":"/a","method":"GET","headers":{"a":"x\r\nb: c"}}"#,
    ] {
        assert!(matches!(item(wrong), Err(Failure::Invalid(_))), "{wrong}");
    }
}

/// The status of an item's answer, whether it brings content, and how much is held for it. A request may hold 1000 bytes.
async fn held_for(content: Vec<u8>, coding: &'static str) -> (u16, bool, u64) {
    let budget = Budget::new(5_000);
    let mut headers = HeaderBlock::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    let reply = Reply { status: StatusCode::OK, headers, body: ReplyBody::Full(content.into()) };
    let held = budget.hold(1_000);
    let answer = of_reply(reply, "id", 10_000, &held, None).await;
    (answer.status, answer.data.is_some(), budget.held())
}

#[actix_web::test]
async fn security_40_text_is_counted_as_long_as_it_is_when_escaped() {
    // 200 bytes on the way are 1202 in JSON.
    assert_eq!(held_for(vec![1; 200], "identity").await, (502, false, 200));
    assert_eq!(held_for(b"plain".to_vec(), "identity").await, (200, true, 7));
}

#[actix_web::test]
async fn security_40_what_is_compressed_is_counted_as_long_as_it_is_plain() {
    let gzip = |length: usize| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&vec![b'a'; length]).unwrap();
        encoder.finish().unwrap()
    };
    let small = gzip(2_000);
    let length = small.len() as u64;
    assert_eq!(held_for(small, "gzip").await, (502, false, length));
    assert_eq!(held_for(gzip(100), "gzip").await, (200, true, 102));
}
