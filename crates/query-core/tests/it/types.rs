//! Two types under one key.

use query_core::{Kind, Status, TypeConflict, Value, query_key};

use crate::stage::{Stage, options, text};

fn conflict() -> TypeConflict {
    TypeConflict { held: Kind::of::<String>(), wanted: Kind::of::<u32>() }
}

#[test]
fn an_observer_of_another_type_sees_the_conflict_at_once_and_fetches_nothing() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let first = stage.observe_with(&key, options(|options| options.kind = Some(Kind::of::<String>())));
    stage.take();
    let second = stage.observe_with(&key, options(|options| options.kind = Some(Kind::of::<u32>())));
    let view = stage.view(second);
    assert_eq!((view.conflict, view.status), (Some(conflict()), Status::Error), "before any data is there");
    stage.land(&key, "data");
    assert!(stage.shows(first, "data"));
    let view = stage.view(second);
    assert_eq!((view.conflict, view.data), (Some(conflict()), None));
    stage.invalidate(&key);
    assert_eq!(stage.in_the_air(&key), 1, "for the first alone");
    stage.leave(first);
    stage.invalidate(&key);
    assert_eq!(stage.in_the_air(&key), 1, "what is in the air for the first lands");
}

#[test]
fn data_of_another_type_is_not_written_over_what_somebody_shows() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "data");
    let now = stage.now;
    assert_eq!(stage.cache.write(now, &key, Value::new(7u32), None).expect_err("a conflict"), conflict());
    assert!(stage.shows(observer, "data"));
    stage.leave(observer);
    stage.command(|cache, now| cache.write(now, &key, Value::new(7u32), None).expect("nobody shows it"));
    assert_eq!(stage.cache.data(&key).and_then(Value::peek), Some(&7u32));
    stage.command(|cache, now| cache.write(now, &key, text("back"), None).expect("nobody shows it"));
}

#[test]
fn an_observer_of_another_type_does_not_say_what_a_query_is_about() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let saying = |kind, meta| {
        options(|options| {
            options.kind = Some(kind);
            options.meta = Some(text(meta));
        })
    };
    stage.observe_with(&key, saying(Kind::of::<String>(), "of the first"));
    stage.observe_with(&key, saying(Kind::of::<u32>(), "of the other"));
    assert_eq!(stage.cache.meta(&key), Some(&text("of the first")));
}
