//! Conditions of changes: the tag of one thing comes through to browsers, and the upstream judges by it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::{Batch, BatchAnswers, BatchItem, condition::PRECONDITION_FAILED};

use crate::harness::{browser::Request, test_app::TestApp};

fn change(method: &str, condition: &str, body: &str) -> Request {
    Request::new(method, "/api/server/todos/1")
        .header("Sec-Fetch-Site", "same-origin")
        .header("If-Match", condition)
        .json(body)
}

#[test]
fn a_change_of_what_has_changed_since_is_412_in_the_upstreams_words() {
    let app = TestApp::with_demo(&[]);
    let read = app.get("/api/server/todos/1");
    let loaded = read.header("etag").unwrap().to_owned();
    assert!(loaded.starts_with('"'), "{loaded}");
    let made = app.send(&change("PUT", &loaded, r#"{"todo":"first"}"#));
    assert_eq!(made.status, 200, "{}", made.text());
    let current = made.header("etag").unwrap().to_owned();
    for method in ["PUT", "PATCH", "DELETE"] {
        let refused = app.send(&change(method, &loaded, "{}"));
        assert_eq!(
            (refused.status, refused.json()),
            (412, json!({"message": "Todo with id '1' has changed since"}))
        );
    }
    assert_eq!(app.get("/api/server/todos/1").header("etag"), Some(current.as_str()));
    assert_eq!(app.send(&change("DELETE", &current, "")).status, 200);
}

#[test]
fn the_tag_of_a_compressed_answer_is_good_for_a_change() {
    let app = TestApp::with_demo(&[]);
    let long = json!({ "todo": "long ".repeat(1000) }).to_string();
    assert_eq!(app.send(&change("PUT", "*", &long)).status, 200);
    let read = app.send(&Request::get("/api/server/todos/1").header("Accept-Encoding", "gzip"));
    assert_eq!(read.header("content-encoding"), Some("gzip"));
    let tag = read.header("etag").unwrap();
    assert!(tag.ends_with(".gz\""), "{tag}");
    assert_eq!(app.send(&change("PUT", tag, "{}")).status, 200);
}

#[test]
fn an_item_of_a_batch_shows_the_tag_and_goes_under_a_condition() {
    let app = TestApp::with_demo(&[]);
    let batch = |item: BatchItem<Value>| {
        let request = Request::new("POST", "/api/server/batch").header("Sec-Fetch-Site", "same-origin");
        let batch = serde_json::to_string(&Batch { requests: vec![item] }).unwrap();
        let mut answers: BatchAnswers<Value> =
            serde_json::from_value(app.send(&request.json(&batch)).json()).unwrap();
        answers.responses.remove(0)
    };
    let item = |method: &str, data: Option<Value>| BatchItem {
        url: "/todos/1".to_owned(),
        method: method.to_owned(),
        data,
        headers: BTreeMap::new(),
    };
    let read = batch(item("GET", None));
    let change = || item("PUT", Some(json!({ "todo": "x" }))).if_match(read.tag().unwrap());
    assert_eq!(batch(change()).status, 200);
    let refused = batch(change());
    assert_eq!(refused.status, PRECONDITION_FAILED);
    assert_eq!(refused.data.unwrap()["message"], "Todo with id '1' has changed since");
}
