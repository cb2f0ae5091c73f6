use shared::{Problem, ProblemCode, Todo, TodoPage};
use wasm_bindgen_test::wasm_bindgen_test;

use super::Json;

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    Json::parse(text).read()
}

#[wasm_bindgen_test]
fn a_page_is_read_with_its_items_whatever_else_it_has() {
    let page = parse::<TodoPage>(
        r#"{"todos":[{"id":7,"todo":"„é“","completed":true,"userId":3,"new":[null]}],"total":1,"skip":0,"limit":1}"#,
    );
    let todo = Todo { id: 7, todo: "„é“".to_owned(), completed: true, user_id: 3 };
    assert_eq!(page, Some(TodoPage { todos: vec![todo], total: 1, skip: 0, limit: 1 }));
}

#[wasm_bindgen_test]
fn a_problem_is_read_back_as_it_was_written() {
    let mut problem = Problem::new(ProblemCode::RateLimited, 429, "Slow down.", "r1");
    assert_eq!(parse(&serde_json::to_string(&problem).unwrap()), Some(problem.clone()));
    problem.error = None;
    assert_eq!(parse(&serde_json::to_string(&problem).unwrap()), Some(problem));
}

#[wasm_bindgen_test]
fn what_does_not_fit_is_refused() {
    for text in [
        "",
        "{",
        "null",
        "[]",
        "7",
        r#"{"id":1}"#,
        r#"{"id":-1,"todo":"","completed":true,"userId":3}"#,
        r#"{"id":1.5,"todo":"","completed":true,"userId":3}"#,
        r#"{"id":"1","todo":"","completed":true,"userId":3}"#,
    ] {
        assert_eq!(parse::<Todo>(text), None, "{text}");
    }
    assert_eq!(parse::<ProblemCode>(r#""no_such_code""#), None);
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct WithDefaults {
    #[serde(default)]
    count: u32,
    name: String,
    #[serde(default = "seven")]
    seven: u32,
    note: Option<String>,
    #[serde(skip_deserializing)]
    skipped: u32,
    #[serde(rename = "end")]
    last: bool,
}

fn seven() -> u32 {
    7
}

#[wasm_bindgen_test]
fn a_member_that_is_missing_has_its_default_or_is_missed() {
    let read = parse::<WithDefaults>(r#"{"name":"a","end":true}"#);
    let expected =
        WithDefaults { count: 0, name: "a".to_owned(), seven: 7, note: None, skipped: 0, last: true };
    assert_eq!(read, Some(expected));
    assert_eq!(parse::<WithDefaults>(r#"{"count":1,"end":true}"#), None);
    assert_eq!(parse::<WithDefaults>(r#"{"name":"a"}"#), None);
    // What is there has to fit, default or not.
    assert_eq!(parse::<WithDefaults>(r#"{"count":"1","name":"a","end":true}"#), None);
    assert_eq!(parse::<WithDefaults>(r#"{"count":null,"name":"a","end":true}"#), None);
}

#[wasm_bindgen_test]
fn types_that_it_cannot_read_are_refused_whatever_the_text() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Aliased {
        #[serde(alias = "_id")]
        id: u32,
        #[serde(default)]
        other: u32,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Inner {
        inner: u32,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Flattened {
        id: u32,
        #[serde(flatten)]
        rest: Inner,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        One { id: u32 },
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        One { id: u32 },
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum WithContent {
        One(u32),
    }
    for text in [r#"{"id":1}"#, r#"{"_id":1}"#, r#"{"id":1,"_id":1,"other":2}"#] {
        assert_eq!(parse::<Aliased>(text), None, "{text}");
    }
    assert_eq!(parse::<Flattened>(r#"{"id":1,"inner":2}"#), None);
    assert_eq!(parse::<Tagged>(r#"{"kind":"One","id":1}"#), None);
    assert_eq!(parse::<Untagged>(r#"{"id":1}"#), None);
    assert_eq!(parse::<WithContent>(r#"{"One":1}"#), None);
    assert_eq!(parse::<std::collections::BTreeMap<String, u32>>(r#"{"a":1}"#), None);
}

#[wasm_bindgen_test]
fn enums_of_names_tuples_and_options_are_read() {
    assert_eq!(parse::<ProblemCode>(r#""rate_limited""#), Some(ProblemCode::RateLimited));
    assert_eq!(parse::<(u32, String)>(r#"[1,"a"]"#), Some((1, "a".to_owned())));
    assert_eq!(parse::<Vec<Option<bool>>>("[true,null]"), Some(vec![Some(true), None]));
    assert_eq!(parse::<u64>("9007199254740991"), Some(9_007_199_254_740_991));
}
