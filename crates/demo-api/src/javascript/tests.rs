use serde_json::json;

use super::*;

#[test]
fn a_text_is_the_number_that_javascript_reads_in_it() {
    let cases = [
        ("", Some(0.0)),
        (" 7 ", Some(7.0)),
        ("-1.5", Some(-1.5)),
        (".5", Some(0.5)),
        ("1e3", Some(1000.0)),
        ("0x1F", Some(31.0)),
        ("Infinity", Some(f64::INFINITY)),
        ("inf", None),
        ("NaN", None),
        ("abc", None),
        ("1,2", None),
        ("0x", None),
        ("+-1", None),
        (".", None),
    ];
    for (text, expected) in cases {
        assert_eq!(number(text), expected, "{text:?}");
    }
}

#[test]
fn a_value_is_the_text_that_javascript_makes_of_it() {
    let cases = [
        (json!(null), "null"),
        (json!(true), "true"),
        (json!(5), "5"),
        (json!(5.0), "5"),
        (json!(5.5), "5.5"),
        (json!("a"), "a"),
        (json!([1, null, ["b"]]), "1,,b"),
        (json!({"a": 1}), "[object Object]"),
    ];
    for (value, expected) in cases {
        assert_eq!(string(&value), expected);
    }
}

#[test]
fn only_null_false_zero_and_the_empty_text_are_falsy() {
    for value in [json!(null), json!(false), json!(0), json!(-0.0), json!("")] {
        assert!(!truthy(&value), "{value}");
    }
    for value in [json!(true), json!(-1), json!("0"), json!([]), json!({})] {
        assert!(truthy(&value), "{value}");
    }
}
