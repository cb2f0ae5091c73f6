//! The cache as JSON and back.

use query_core::{Clock, Moment, Segment, Shapes, hydration, query_key};

use crate::stage::{Stage, seconds};

fn texts() -> Shapes {
    Shapes::new().at::<String>(query_key!["todo"])
}

/// Puts what a document has into a cache.
fn hydrate(stage: &mut Stage, json: &str, shapes: &Shapes) {
    for query in hydration(json, shapes).expect("a document of these types") {
        let as_of = Some(Moment::from_millis(query.updated_at));
        stage.command(|cache, now| {
            cache.write(now, &query.key, query.value, as_of).expect("of the same type")
        });
    }
}

/// A clock that has never been set, at this moment.
fn clock(now: Moment) -> Clock {
    Clock::new(now.as_millis(), None)
}

#[test]
fn what_is_dehydrated_hydrates_another_cache() {
    let mut stage = Stage::new();
    let search =
        Segment::record([("page", 2.into()), ("near", 1.5.into()), ("tags", Segment::list(["a", "b"]))]);
    let keys = [
        query_key!["todo", 7u64, true],
        query_key!["todo", -7, None::<u8>],
        query_key!["todo", "x"],
        query_key!["todo", search],
    ];
    for key in &keys {
        stage.write(key, "data");
    }
    stage.write(&query_key!["user"], "alice");
    let json = stage.cache.dehydrate(&texts(), &clock(stage.now)).expect("JSON");

    let mut other = Stage::new();
    other.pass(seconds(5));
    hydrate(&mut other, &json, &texts());
    let mut expected = keys.to_vec();
    expected.sort();
    assert_eq!(other.cache.keys(&query_key![]), expected);
    let observer = other.observe(&keys[0]);
    assert!(other.shows(observer, "data"));
    assert_eq!(other.view(observer).updated_at, Some(stage.now), "as old as it was");
    assert_eq!(other.in_the_air(&keys[0]), 0, "and still fresh");
}

#[test]
fn several_types_are_read_and_written_in_one_call() {
    let json = r#"{"queries":[
        {"key":["todo",1],"updatedAt":1,"data":"a"},
        {"key":["todo","count"],"updatedAt":1,"data":3},
        {"key":["user"],"updatedAt":1,"data":{"name":"alice"}}
    ]}"#;
    let shapes = texts().at::<u32>(query_key!["todo", "count"]);
    let mut stage = Stage::new();
    hydrate(&mut stage, json, &shapes);
    let count = stage.cache.data(&query_key!["todo", "count"]).expect("a count");
    assert_eq!(count.peek::<u32>(), Some(&3), "of two prefixes the longer counts");
    assert_eq!(stage.cache.keys(&query_key![]).len(), 2, "a key without a shape is left out");
    let again = stage.cache.dehydrate(&shapes, &clock(stage.now)).expect("JSON");
    assert_eq!(hydration(&again, &shapes).expect("the same document").len(), 2);
}

#[test]
fn a_document_of_other_types_is_refused_whole() {
    let json = r#"{"queries":[
        {"key":["todo",1],"updatedAt":1,"data":"a"},
        {"key":["todo",2],"updatedAt":1,"data":{"name":"alice"}}
    ]}"#;
    assert!(hydration(json, &texts()).is_err(), "data of another type");
    assert!(hydration("{", &texts()).is_err());
}

#[test]
fn hydrating_does_not_replace_newer_data() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    let observer = stage.observe_fetched(&key, "new");
    assert!(stage.now > Moment::from_millis(1));
    hydrate(&mut stage, r#"{"queries":[{"key":["todo",1],"updatedAt":1,"data":"old"}]}"#, &texts());
    assert!(stage.shows(observer, "new"));
}

#[test]
fn data_that_was_invalidated_is_stale_or_fetched_when_it_is_back() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    stage.write(&key, "old");
    stage.invalidate(&key);
    let json = stage.cache.dehydrate(&texts(), &clock(stage.now)).expect("JSON");

    let mut other = Stage::new();
    hydrate(&mut other, &json, &texts());
    let observer = other.observe(&key);
    assert!(other.view(observer).stale || other.in_the_air(&key) == 1, "it would pass for fresh");
}

#[test]
fn the_outcome_that_a_change_expects_is_not_dehydrated() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    stage.write(&key, "truth");
    stage.change(&[&key], "guess");
    let json = stage.cache.dehydrate(&texts(), &clock(stage.now)).expect("JSON");
    assert!(!json.contains("guess"), "{json}");
}
