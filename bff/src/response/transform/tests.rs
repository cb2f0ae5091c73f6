use proptest::prelude::*;

use super::*;

fn selected(json: &str, fields: &[&str], list: Option<&str>) -> Result<Selected, &'static str> {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    select(json.as_bytes(), &fields, list)
}

fn picked(json: &str, fields: &[&str]) -> Result<String, &'static str> {
    selected(json, fields, None).map(|selected| String::from_utf8(selected.content).unwrap())
}

#[test]
fn security_29_only_selected_fields_leave() {
    let secret = r#""password":"x","ssn":"y""#;
    for (given, left) in [
        (format!(r#"{{"id":1,{secret},"username":"ada"}}"#), r#"{"id":1,"username":"ada"}"#),
        (
            format!(r#" [ {{"id":1,{secret}}}, {{"username":"b",{secret}}} ]"#),
            r#"[{"id":1},{"username":"b"}]"#,
        ),
        (
            format!(r#"{{"users":[{{"id":1,{secret}}}],"total":1,"skip":0,"limit":1,"debug":{{{secret}}}}}"#),
            r#"{"users":[{"id":1}],"total":1,"skip":0,"limit":1}"#,
        ),
        (
            format!(r#"{{"users":[],"total":{{{secret}}},"skip":0,"limit":-1}}"#),
            r#"{"users":[],"skip":0,"limit":-1}"#,
        ),
        (format!(r#"{{"items":[{{"id":1,{secret}}}],"total":1}}"#), r#"{"items":[{"id":1}],"total":1}"#),
        // With another member it may be an order with its items, and is none that anybody selected.
        (format!(r#"{{"items":[{{"id":1}}],"total":1,{secret}}}"#), "{}"),
        (format!(r#"["x",{{{secret}}},[{{{secret}}}]]"#), r#"["x",{},[{}]]"#),
        // Rows have no names to go by.
        (r#"[[1,"ada","123-45-6789"],[{"id":1,"x":2}]]"#.to_owned(), r#"[[],[{"id":1}]]"#),
        (r#"{"data":[["ada","123-45-6789"]],"total":1}"#.to_owned(), r#"{"data":[[]],"total":1}"#),
        (r#"{"\u0069d":1,"pass\u0077ord":2}"#.to_owned(), r#"{"id":1}"#),
        ("{}".to_owned(), "{}"),
    ] {
        assert_eq!(picked(&given, &["id", "username"]).unwrap(), left, "{given}");
    }
}

#[test]
fn security_29_what_cannot_be_picked_from_does_not_leave() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_field = format!("{{\"settings\":{deep},\"results\":{deep}}}");
    assert!(picked(&deep, &["id"]).is_err() && selected(&deep_field, &["id"], Some("results")).is_err());
    assert_eq!(picked(&deep_field, &["settings.theme"]).unwrap(), "{}");
    for given in ["", "{", "[1", "{\"id\":1}x", "<html>", "{\"id\":1,\"a\":}", "\u{feff}"] {
        assert!(picked(given, &["id"]).is_err(), "{given}");
    }
}

#[test]
fn a_value_without_fields_is_what_it_is() {
    for given in ["null", "true", "1.10", "\"text\"", "[]", "[1,null,\"a\"]"] {
        assert_eq!(picked(given, &["id"]).unwrap(), given);
    }
    assert_eq!(picked("\u{feff}{\"id\":1,\"x\":2}", &["id"]).unwrap(), r#"{"id":1}"#);
}

#[test]
fn bytes_that_are_no_text_become_what_browsers_make_of_them() {
    let json = b"{\"id\":\"caf\xe9\",\"x\":2}";
    let selected = select(json, &["id".to_owned()], None).unwrap();
    assert_eq!(String::from_utf8(selected.content).unwrap(), "{\"id\":\"caf\u{fffd}\"}");
}

#[test]
fn numbers_and_texts_stay_as_they_are() {
    let given = r#"{"id":12345678901234567890123,"price":1.10,"text":"\u00e9\/"}"#;
    assert_eq!(picked(given, &["id", "price", "text"]).unwrap(), given);
}

#[test]
fn fields_within_others_are_picked_by_their_way() {
    let given = r#"{"id":1,"user":{"name":"a","mail":"b","role":{"name":"c","x":1}},"tags":[{"name":"d","y":1}],"a.b":2}"#;
    for (fields, left) in [
        (vec!["user.name"], r#"{"user":{"name":"a"}}"#),
        (vec!["id", "user.role.name"], r#"{"id":1,"user":{"role":{"name":"c"}}}"#),
        (vec!["user.name", "user.role"], r#"{"user":{"name":"a","role":{"name":"c","x":1}}}"#),
        (vec!["tags.name"], r#"{"tags":[{"name":"d"}]}"#),
        (vec!["user.none"], r#"{"user":{}}"#),
        // A value that has no fields does not leave for one of them.
        (vec!["id.name"], "{}"),
        (vec!["a.b"], r#"{"a.b":2}"#),
    ] {
        assert_eq!(picked(given, &fields).unwrap(), left, "{fields:?}");
    }
    assert_eq!(picked(r#"{"tags":["secret",{"name":"d"}]}"#, &["tags.name"]).unwrap(), "{}");
}

#[test]
fn pages_of_common_frameworks_are_known_by_their_form() {
    for (given, left) in [
        (
            r#"{"count":1,"next":"http://api/?page=2","previous":null,"results":[{"id":1,"x":2}]}"#,
            r#"{"count":1,"results":[{"id":1}]}"#,
        ),
        (
            r#"{"content":[{"id":1,"x":2}],"totalElements":1,"size":20,"number":0,"pageable":{"a":1},"first":true}"#,
            r#"{"content":[{"id":1}],"totalElements":1,"size":20,"number":0,"first":true}"#,
        ),
        (
            r#"{"_embedded":{"users":[{"id":1,"x":2}]},"_links":{"self":{}},"page":{"size":20}}"#,
            r#"{"_embedded":{"users":[{"id":1}]}}"#,
        ),
        (r#"{"data":[{"id":1,"x":2}],"meta":{"total":1},"links":{}}"#, r#"{"data":[{"id":1}]}"#),
        (r#"{"items":[{"id":1,"x":2}]}"#, r#"{"items":[{"id":1}]}"#),
        (
            r#"{"@odata.context":"c","@odata.count":1,"value":[{"id":1,"x":2}],"@odata.nextLink":"http://api/?page=2"}"#,
            r#"{"@odata.count":1,"value":[{"id":1}]}"#,
        ),
        (
            r#"{"@id":"/a","@type":"hydra:Collection","hydra:totalItems":1,"hydra:member":[{"id":1,"x":2}],"hydra:view":{}}"#,
            r#"{"hydra:totalItems":1,"hydra:member":[{"id":1}]}"#,
        ),
        (
            r#"{"schemas":["urn:x"],"totalResults":1,"startIndex":1,"Resources":[{"id":1,"x":2}]}"#,
            r#"{"totalResults":1,"startIndex":1,"Resources":[{"id":1}]}"#,
        ),
        (
            r#"{"docs":[{"id":1,"x":2}],"totalDocs":1,"hasNextPage":false,"nextPage":null}"#,
            r#"{"docs":[{"id":1}],"totalDocs":1,"hasNextPage":false,"nextPage":null}"#,
        ),
        (
            r#"{"users":[{"id":1,"x":2}],"total":1,"skip":0,"limit":1}"#,
            r#"{"users":[{"id":1}],"total":1,"skip":0,"limit":1}"#,
        ),
    ] {
        assert_eq!(picked(given, &["id"]).unwrap(), left, "{given}");
    }
}

#[test]
fn a_list_that_the_route_names_is_found_in_any_wrapper() {
    let list = |given: &str, way: &str| {
        let selected = selected(given, &["id"], Some(way)).unwrap();
        (String::from_utf8(selected.content).unwrap(), selected.matched)
    };
    for (given, way, left) in [
        (r#"{"hits":[{"id":1,"x":2}],"took":3,"total":1}"#, "hits", r#"{"hits":[{"id":1}],"total":1}"#),
        (r#"{"a":{"b":[{"id":1,"x":2}],"c":1},"secret":1}"#, "a.b", r#"{"a":{"b":[{"id":1}]}}"#),
        (r#"{"hits":null,"x":1}"#, "hits", r#"{"hits":null}"#),
        // A text in the place of the list is nothing that was selected.
        (r#"{"hits":"secret"}"#, "hits", "{}"),
        (r#"{"a":"secret"}"#, "a.b", "{}"),
        // No page: a single item, or an error.
        (r#"{"id":1,"x":2}"#, "hits", r#"{"id":1}"#),
    ] {
        assert_eq!(list(given, way).0, left, "{given} {way}");
    }
}

#[test]
fn a_selection_that_finds_nothing_is_told() {
    for (given, matched) in [
        (r#"{"id":1}"#, true),
        (r#"{"ID":1}"#, false),
        (r#"[{"ID":1},{"id":1}]"#, true),
        (r#"[{"ID":1}]"#, false),
        (r#"{"results":[{"ID":1}],"count":1}"#, false),
        // There is nothing to be found here.
        (r#"{"results":[],"count":0}"#, true),
        ("[]", true),
        ("null", true),
        ("{}", true),
    ] {
        assert_eq!(selected(given, &["id"], None).unwrap().matched, matched, "{given}");
    }
}

proptest! {
    #[test]
    fn no_name_that_is_not_selected_survives(names in prop::collection::vec("[a-d]{1,2}", 0..8)) {
        let object: Vec<String> = names.iter().map(|name| format!("\"{name}\":{{\"{name}\":1}}")).collect();
        let object = format!("{{{}}}", object.join(","));
        let left = picked(&format!("[{object}]"), &["a", "bb"]).unwrap();
        let left: serde_json::Value = serde_json::from_str(&left).unwrap();
        for name in left[0].as_object().unwrap().keys() {
            prop_assert!(name == "a" || name == "bb");
        }
    }
}
