//! Observers that are notified, and those that are not.

use std::rc::Rc;

use query_core::{Options, Retry, query_key};

use crate::stage::{Stage, seconds};

#[test]
fn an_equal_result_keeps_the_same_reference() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "a");
    let before = stage.shown(observer).expect("data");
    stage.pass(seconds(5));
    stage.invalidate(&key);
    stage.land(&key, "a");
    let after = stage.shown(observer).expect("data");
    assert!(Rc::ptr_eq(&before, &after));
    assert_eq!(stage.view(observer).updated_at, Some(stage.now), "though it is known to be newer");
}

#[test]
fn writing_equal_data_notifies_nobody() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "a");
    stage.write(&key, "a");
    assert!(!stage.was_notified(observer));
    stage.write(&key, "b");
    assert!(stage.was_notified(observer));
}

#[test]
fn an_observer_hears_of_its_own_key_only() {
    let mut stage = Stage::new();
    let (mine, other) = (query_key!["todo", 1], query_key!["todo", 2]);
    let observer = stage.observe_fetched(&mine, "a");
    stage.write(&other, "b");
    stage.observe(&query_key!["todo", 3]);
    assert!(!stage.was_notified(observer));
}

#[test]
fn an_observer_that_just_came_is_not_told_what_it_sees_anyway() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let first = stage.observe_fetched(&key, "a");
    stage.pass(seconds(61));
    stage.take();
    let second = stage.observe(&key);
    let effects = stage.take();
    let told = |observer| effects.contains(&query_core::Effect::Notify { observer });
    assert!(told(first), "a fetch began under the first");
    assert!(!told(second));
}

#[test]
fn the_same_observation_again_does_nothing() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.fail(&key, Retry::Never);
    stage.take();
    stage.look(observer, &key, Options::default());
    assert!(stage.take().is_empty(), "a component that renders does not retry by it");
}
