//! The cache as JSON and back.

use query_core::{Moment, hydration, query_key};

use crate::stage::{Stage, seconds};

#[test]
fn what_is_dehydrated_hydrates_another_cache() {
    let mut stage = Stage::new();
    let keys = [query_key!["todo", 7u64, true], query_key!["todo", -7, None::<u8>], query_key!["todo", "x"]];
    for key in &keys {
        stage.write(key, "data");
    }
    stage.write(&query_key!["user"], "alice");
    let json = stage.cache.dehydrate::<String>(&query_key!["todo"]).expect("JSON");

    let mut other = Stage::new();
    other.pass(seconds(5));
    for event in hydration::<String>(&json, &query_key![]).expect("the same document") {
        other.step(event);
    }
    let mut expected = keys.to_vec();
    expected.sort();
    assert_eq!(other.cache.keys(&query_key![]), expected);
    let observer = other.observe(&keys[0]);
    assert!(other.shows(observer, "data"));
    assert_eq!(other.view(observer).updated_at, Some(stage.now), "as old as it was");
    assert_eq!(other.in_the_air(&keys[0]), 0, "and still fresh");
}

#[test]
fn only_the_prefix_is_read() {
    let json = r#"{"queries":[
        {"key":["todo",1],"updatedAt":1,"data":"a"},
        {"key":["user"],"updatedAt":1,"data":{"name":"alice"}}
    ]}"#;
    assert_eq!(hydration::<String>(json, &query_key!["todo"]).expect("strings").len(), 1);
    assert!(hydration::<String>(json, &query_key![]).is_err(), "data of another type");
    assert!(hydration::<String>("{", &query_key![]).is_err());
}

#[test]
fn hydrating_does_not_replace_newer_data() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    let observer = stage.observe_fetched(&key, "new");
    assert!(stage.now > Moment::from_millis(1));
    let json = r#"{"queries":[{"key":["todo",1],"updatedAt":1,"data":"old"}]}"#;
    for event in hydration::<String>(json, &query_key![]).expect("JSON") {
        stage.step(event);
    }
    assert!(stage.shows(observer, "new"));
}
