//! The options of queries: when they are fetched again, and how.

use std::time::Duration;

use query_core::{Backoff, Event, FetchStatus, NetworkMode, Refetch, Retry, Value, query_key};

use crate::stage::{Stage, options, seconds, text};

#[test]
fn the_longest_gc_time_of_all_observers_counts() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let long = stage.observe_with(&key, options(|options| options.gc_time = seconds(3600)));
    stage.land(&key, "data");
    let short = stage.observe_with(&key, options(|options| options.gc_time = seconds(1)));
    stage.leave(long);
    stage.leave(short);
    stage.pass(seconds(3599));
    assert!(stage.cache.data(&key).is_some());
    stage.pass(seconds(1));
    assert!(stage.cache.data(&key).is_none());
}

#[test]
fn a_query_has_waits_of_its_own_before_it_is_tried_again() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_millis(150) };
    stage.observe_with(&key, options(|options| options.backoff = backoff));
    for wait in [100, 150, 150] {
        stage.fail(&key, Retry::Backoff);
        stage.pass(Duration::from_millis(wait - 1));
        assert_eq!(stage.in_the_air(&key), 0);
        stage.pass(Duration::from_millis(1));
        assert_eq!(stage.in_the_air(&key), 1);
    }
}

#[test]
fn an_observer_that_appears_fetches_as_it_was_chosen() {
    for (refetch, fresh, stale) in [(Refetch::Never, 0, 0), (Refetch::Stale, 0, 1), (Refetch::Always, 1, 1)] {
        for (age, expected) in [(1, fresh), (61, stale)] {
            let mut stage = Stage::new();
            let key = query_key!["todos"];
            let gone = stage.observe_fetched(&key, "data");
            stage.leave(gone);
            stage.pass(seconds(age));
            let choice = options(|options| options.refetch_on_mount = refetch);
            let observer = stage.observe_with(&key, choice.clone());
            assert_eq!(stage.in_the_air(&key), expected, "{refetch:?} after {age} s");
            let other = choice.clone();
            stage.look(observer, &key, options(|options| *options = other));
            assert_eq!(stage.in_the_air(&key), expected, "rendering is no appearance");
        }
    }
}

#[test]
fn a_failure_is_tried_again_by_who_appears_unless_chosen_otherwise() {
    for (retry, expected) in [(true, 1), (false, 0)] {
        let mut stage = Stage::new();
        let key = query_key!["todos"];
        stage.observe(&key);
        stage.fail(&key, Retry::Never);
        stage.observe_with(&key, options(|options| options.retry_on_mount = retry));
        assert_eq!(stage.in_the_air(&key), expected);
    }
}

#[test]
fn coming_to_the_front_fetches_fresh_data_where_it_always_does() {
    for (refetch, expected) in [(Refetch::Never, 0), (Refetch::Stale, 0), (Refetch::Always, 1)] {
        let mut stage = Stage::new();
        let key = query_key!["todos"];
        stage.observe_with(&key, options(|options| options.refetch_on_window_focus = refetch));
        stage.land(&key, "data");
        stage.step(Event::Visible(false));
        stage.step(Event::Visible(true));
        assert_eq!(stage.in_the_air(&key), expected, "{refetch:?}");
    }
}

#[test]
fn another_interval_counts_from_the_last_attempt_and_fetches_nothing_by_itself() {
    let mut stage = Stage::new();
    let key = query_key!["job"];
    let every = |wait: u64| {
        options(|options| {
            options.stale_time = seconds(0);
            options.refetch_interval = Some(seconds(wait));
        })
    };
    let observer = stage.observe_with(&key, every(10));
    stage.land(&key, "data");
    stage.pass(seconds(1));
    stage.look(observer, &key, every(3));
    assert_eq!(stage.in_the_air(&key), 0, "a component that renders does not fetch by it");
    stage.pass(seconds(2));
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn an_interval_goes_on_in_the_background_only_where_that_was_chosen() {
    for (in_background, expected) in [(false, 0), (true, 1)] {
        let mut stage = Stage::new();
        let key = query_key!["todos"];
        let choice = options(|options| {
            options.refetch_interval = Some(seconds(5));
            options.refetch_interval_in_background = in_background;
        });
        stage.observe_with(&key, choice);
        stage.land(&key, "data");
        stage.step(Event::Visible(false));
        stage.pass(seconds(5));
        assert_eq!(stage.in_the_air(&key), expected);
    }
}

#[test]
fn a_query_that_never_asks_for_the_network_is_fetched_and_retried_without_one() {
    let mut stage = Stage::new();
    stage.step(Event::Online(false));
    let key = query_key!["local"];
    stage.observe_with(&key, options(|options| options.network_mode = NetworkMode::Always));
    assert_eq!(stage.in_the_air(&key), 1);
    stage.fail(&key, Retry::Backoff);
    stage.pass(seconds(1));
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn an_offline_first_query_is_tried_once_and_then_waits_for_the_network() {
    let mut stage = Stage::new();
    stage.step(Event::Online(false));
    let key = query_key!["todos"];
    let observer =
        stage.observe_with(&key, options(|options| options.network_mode = NetworkMode::OfflineFirst));
    assert_eq!(stage.in_the_air(&key), 1, "a service worker may have it");
    stage.fail(&key, Retry::Backoff);
    stage.pass(seconds(1));
    assert_eq!(stage.view(observer).fetch, FetchStatus::Paused);
    stage.step(Event::Online(true));
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn what_a_query_says_of_itself_can_be_asked_of_its_key() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_with(&key, options(|options| options.meta = Some(text("quiet"))));
    let meta = stage.cache.meta(&key).and_then(Value::peek::<String>);
    assert_eq!(meta.map(String::as_str), Some("quiet"));
}
