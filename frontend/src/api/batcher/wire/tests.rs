use serde_json::{json, value::RawValue};
use shared::{Batch, Method, Problem};

use super::*;

#[test]
fn the_body_is_a_batch_of_the_contract() {
    let content = r#"{"completed":true}"#;
    let calls = [
        Call { method: Method::Get, relative: "/todos?limit=0".to_owned(), body: None },
        Call {
            method: Method::Put,
            relative: "/todos/..%2Fx%22".to_owned(),
            body: Some(RawValue::from_string(content.to_owned()).unwrap()),
        },
    ];
    let batch: Batch<Box<RawValue>> = serde_json::from_str(&body(calls.iter()).unwrap()).unwrap();
    let items: Vec<_> = batch
        .requests
        .iter()
        .map(|item| (item.method.as_str(), item.url.as_str(), item.data.as_ref().map(|data| data.get())))
        .collect();
    assert_eq!(items, [("GET", "/todos?limit=0", None), ("PUT", "/todos/..%2Fx%22", Some(content))]);
    assert!(batch.requests.iter().all(|item| item.headers.is_empty()));
}

#[test]
fn what_is_no_line_of_a_batch_is_not_understood() {
    for line in [
        "",
        "\n",
        "<html>\n",
        "[]",
        "{}",
        r#"{"index":0}"#,
        r#"{"status":200}"#,
        r#"{"index":0,"status":99999}"#,
    ] {
        assert!(answer(line.as_bytes()).is_none(), "{line}");
    }
    assert!(answer(b"\xff\n").is_none());
}

#[test]
fn content_comes_with_the_place_of_its_read() {
    let line = json!({ "index": 3, "status": 200, "headers": {}, "data": { "id": 7, "list": [null] } });
    let (index, content) = answer(line.to_string().as_bytes()).unwrap();
    assert_eq!(index, 3);
    assert_eq!(content.unwrap().read::<serde_json::Value>(), Some(json!({ "id": 7, "list": [null] })));
}

/// The server's line for an answer: a problem of its own, other JSON as it is, other text as a string.
fn line(status: u16, retry_after: Option<&str>, is_json: bool, content: &str) -> String {
    let mut line = json!({ "index": 0, "status": status, "headers": { "ratelimit": "\"default\";r=0;t=9" } });
    if let Some(retry_after) = retry_after {
        line["headers"]["retry-after"] = retry_after.into();
    }
    match serde_json::from_str::<Problem>(content) {
        Ok(problem) => line["problem"] = serde_json::to_value(problem).unwrap(),
        Err(_) if content.is_empty() => {}
        Err(_) if is_json => line["data"] = serde_json::from_str(content).unwrap(),
        Err(_) => line["data"] = content.into(),
    }
    line.to_string() + "\n"
}

#[test]
fn an_answer_means_what_it_would_have_meant_alone() {
    let problem = |code, status| serde_json::to_string(&Problem::new(code, status, "Why.", "r-1")).unwrap();
    let message = r#"{"message":"Todo with id '9' not found"}"#;
    let mut cases: Vec<(u16, Option<&str>, bool, String)> = vec![
        (429, Some("7"), true, problem(ProblemCode::RateLimited, 429)),
        (429, None, true, String::new()),
        (429, Some("Wed, 21 Oct 2026 07:28:00 GMT"), false, "slow down".into()),
        (404, None, true, message.into()),
        // Declared to be text, and read as JSON nevertheless.
        (404, None, false, message.into()),
        (404, None, false, "<html>".into()),
        (400, None, true, "null".into()),
        (408, None, true, String::new()),
        (500, None, false, "<html>".into()),
        (503, Some("3"), true, problem(ProblemCode::UpstreamOverloaded, 503)),
        (304, None, true, String::new()),
    ];
    for code in ProblemCode::ALL {
        cases.push((400, None, true, problem(code, 400)));
    }
    for (status, retry_after, is_json, content) in cases {
        let alone = outcome(status, retry_after.map(str::to_owned), Json::parse(&content));
        let (_, among_others) = answer(line(status, retry_after, is_json, &content).as_bytes()).unwrap();
        assert_eq!(among_others.unwrap_err(), alone.unwrap_err(), "{status} {content}");
    }
}
