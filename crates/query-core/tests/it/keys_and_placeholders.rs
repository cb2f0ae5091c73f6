//! The data shown under a key before it has its own.

use query_core::{Options, Status, query_key};

use crate::stage::{Stage, options, text};

fn keeping() -> Options {
    options(|options| options.keep_previous_data = true)
}

#[test]
fn data_of_the_old_key_is_not_shown_under_the_new_one() {
    let mut stage = Stage::new();
    let observer = stage.observe_fetched(&query_key!["todo", 1], "one");
    stage.look(observer, &query_key!["todo", 2], Options::default());
    assert!(stage.shown(observer).is_none());
}

#[test]
fn a_late_answer_for_the_old_key_is_not_shown_under_the_new_one() {
    let mut stage = Stage::new();
    let (old, new) = (query_key!["todo", 1], query_key!["todo", 2]);
    let observer = stage.observe(&old);
    // A second observer keeps the flight of the old key in the air.
    stage.observe(&old);
    stage.look(observer, &new, Options::default());
    stage.take();
    stage.land(&old, "one");
    assert!(!stage.was_notified(observer));
    assert!(stage.shown(observer).is_none());
}

#[test]
fn previous_data_stands_in_until_the_new_key_has_its_own() {
    let mut stage = Stage::new();
    let (one, two) = (query_key!["todos", 1], query_key!["todos", 2]);
    let observer = stage.observe_with(&one, keeping());
    stage.land(&one, "one");
    assert!(!stage.view(observer).placeholder);
    stage.look(observer, &two, keeping());
    assert!(stage.shows(observer, "one"));
    let view = stage.view(observer);
    assert!(view.placeholder && view.stale);
    assert_eq!(view.status, Status::Pending, "the new key itself has nothing yet");
    stage.land(&two, "two");
    assert!(stage.shows(observer, "two") && !stage.view(observer).placeholder);
}

#[test]
fn previous_data_lasts_over_several_quick_changes() {
    let mut stage = Stage::new();
    let observer = stage.observe_with(&query_key!["todos", 1], keeping());
    stage.land(&query_key!["todos", 1], "one");
    for page in 2..5 {
        stage.look(observer, &query_key!["todos", page], keeping());
        assert!(stage.shows(observer, "one"));
    }
}

#[test]
fn cached_data_of_the_new_key_comes_before_previous_data() {
    let mut stage = Stage::new();
    let observer = stage.observe_with(&query_key!["todos", 1], keeping());
    stage.land(&query_key!["todos", 1], "one");
    stage.write(&query_key!["todos", 2], "two");
    stage.look(observer, &query_key!["todos", 2], keeping());
    assert!(stage.shows(observer, "two") && !stage.view(observer).placeholder);
}

#[test]
fn a_placeholder_is_shown_but_neither_cached_nor_fresh() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    let options = options(|options| options.placeholder = Some(text("...")));
    let observer = stage.observe_with(&key, options);
    assert!(stage.shows(observer, "...") && stage.view(observer).placeholder);
    assert!(stage.cache.data(&key).is_none());
    assert_eq!(stage.in_the_air(&key), 1);
    stage.land(&key, "a");
    assert!(stage.shows(observer, "a") && !stage.view(observer).placeholder);
}

#[test]
fn an_equal_placeholder_built_anew_is_the_same_observation() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    let options = || options(|options| options.placeholder = Some(text("...")));
    let observer = stage.observe_with(&key, options());
    let before = stage.shown(observer).expect("a placeholder");
    stage.take();
    stage.look(observer, &key, options());
    assert!(stage.take().is_empty());
    assert!(std::rc::Rc::ptr_eq(&before, &stage.shown(observer).expect("a placeholder")));
}

#[test]
fn a_placeholder_of_the_old_key_does_not_stand_in_for_that_of_the_new_one() {
    let mut stage = Stage::new();
    let with = |placeholder| {
        options(|options| {
            options.keep_previous_data = true;
            options.placeholder = Some(text(placeholder));
        })
    };
    let observer = stage.observe_with(&query_key!["todo", 1], with("one ..."));
    assert!(stage.shows(observer, "one ..."));
    stage.look(observer, &query_key!["todo", 2], with("two ..."));
    assert!(stage.shows(observer, "two ..."), "it shows {:?}", stage.shown(observer));
}
