//! When data is fetched again.

use std::time::Duration;

use query_core::{Event, FetchStatus, Retry, query_key};

use crate::stage::{Stage, options, seconds};

#[test]
fn data_is_fresh_for_a_minute_by_default() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "a");
    stage.pass(seconds(59));
    assert!(!stage.view(observer).stale);
    stage.observe(&key);
    assert_eq!(stage.in_the_air(&key), 0);
    stage.pass(seconds(1));
    assert!(stage.view(observer).stale);
    stage.observe(&key);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn an_observer_is_told_when_its_data_turns_stale_and_nothing_is_fetched() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "a");
    stage.pass(seconds(60));
    assert!(stage.was_notified(observer));
    assert_eq!(stage.in_the_air(&key), 0);
    stage.pass(seconds(3600));
    assert!(!stage.was_notified(observer), "once");
}

#[test]
fn each_observer_has_its_own_idea_of_stale() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_fetched(&key, "a");
    stage.pass(seconds(5));
    let strict = stage.observe_with(&key, options(|options| options.stale_time = seconds(5)));
    assert_eq!(stage.in_the_air(&key), 1);
    assert!(stage.view(strict).stale);
}

#[test]
fn data_of_endless_stale_time_stays_fresh_until_invalidated() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_with(&key, options(|options| options.stale_time = Duration::MAX));
    stage.land(&key, "a");
    stage.pass(seconds(1_000_000));
    assert!(!stage.view(observer).stale);
    stage.invalidate(&key);
    assert!(stage.view(observer).stale);
}

#[test]
fn invalidating_a_prefix_refetches_what_is_observed_and_marks_the_rest() {
    let mut stage = Stage::new();
    let (seen, unseen, other) = (query_key!["todos", 1], query_key!["todos", 2], query_key!["user"]);
    stage.observe_fetched(&seen, "a");
    stage.observe_fetched(&other, "alice");
    stage.write(&unseen, "b");
    stage.invalidate(query_key!["todos"]);
    assert_eq!([&seen, &unseen, &other].map(|key| stage.in_the_air(key)), [1, 0, 0]);
    stage.observe(&unseen);
    assert_eq!(stage.in_the_air(&unseen), 1, "marked stale, so fetched when it is looked at");
}

#[test]
fn invalidating_restarts_a_read_that_may_predate_the_change() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    let (before, _) = stage.flight(&key);
    stage.invalidate(&key);
    let (after, _) = stage.flight(&key);
    assert_ne!(before, after);
    assert_eq!(stage.in_the_air(&key), 1);
    stage.land(&key, "new");
    assert!(stage.shows(observer, "new") && !stage.view(observer).stale);
}

#[test]
fn invalidating_does_not_fetch_for_disabled_observers() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_with(&key, options(|options| options.enabled = false));
    stage.invalidate(&key);
    assert_eq!(stage.in_the_air(&key), 0);
}

#[test]
fn written_data_is_fresh_and_seen_at_once() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    let observer = stage.observe_fetched(&key, "a");
    stage.pass(seconds(61));
    stage.take();
    stage.write(&key, "b");
    assert!(stage.was_notified(observer));
    assert!(stage.shows(observer, "b") && !stage.view(observer).stale);
}

#[test]
fn data_of_the_past_does_not_replace_newer_data_nor_claim_the_future() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    let observer = stage.observe_fetched(&key, "new");
    let past = query_core::Moment::from_millis(stage.now.as_millis() - 1);
    stage.write_as_of(&key, "old", Some(past));
    assert!(stage.shows(observer, "new"));
    let other = query_key!["todo", 2];
    let future = stage.now.plus(seconds(1000));
    stage.write_as_of(&other, "x", Some(future));
    let observer = stage.observe(&other);
    assert_eq!(stage.view(observer).updated_at, Some(stage.now));
}

#[test]
fn an_interval_refetches_only_while_the_page_is_visible() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let every = options(|options| options.refetch_interval = Some(seconds(10)));
    let observer = stage.observe_with(&key, every);
    stage.land(&key, "a");
    stage.pass(seconds(10));
    assert_eq!(stage.in_the_air(&key), 1);
    stage.land(&key, "b");
    stage.step(Event::Visible(false));
    stage.pass(seconds(100));
    assert_eq!(stage.in_the_air(&key), 0);
    stage.step(Event::Visible(true));
    assert_eq!(stage.in_the_air(&key), 1, "what came due meanwhile is fetched when it can be seen");
    stage.fail(&key, Retry::Never);
    stage.pass(seconds(10));
    assert_eq!(stage.view(observer).fetch, FetchStatus::Fetching, "an error does not end the interval");
}
