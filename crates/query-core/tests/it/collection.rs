//! Entries without an observer are dropped after their time.

use query_core::{Effect, Event, Options, query_key};

use crate::stage::{Stage, options, seconds};

const KEPT: u64 = 5 * 60;

#[test]
fn unobserved_data_is_dropped_after_five_minutes() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "a");
    stage.pass(seconds(10_000));
    stage.leave(observer);
    stage.pass(seconds(KEPT - 1));
    assert!(stage.cache.data(&key).is_some());
    stage.take();
    stage.pass(seconds(1));
    assert!(stage.cache.keys(&query_key![]).is_empty());
    assert_eq!(stage.take(), [Effect::Forget { key }]);
    assert_eq!(stage.cache.next_wake(), None, "an empty cache wants no waking");
}

#[test]
fn an_observer_that_comes_back_in_time_saves_the_data() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "a");
    stage.leave(observer);
    stage.pass(seconds(KEPT - 1));
    let observer = stage.observe(&key);
    assert!(stage.shows(observer, "a"), "shown at once, while the refetch is in the air");
    stage.pass(seconds(KEPT));
    assert!(stage.cache.data(&key).is_some());
}

#[test]
fn prefetched_and_written_data_is_dropped_too() {
    let mut stage = Stage::new();
    let (prefetched, written) = (query_key!["prefetched"], query_key!["written"]);
    stage.prefetch(&prefetched, &Options::default());
    stage.pass(seconds(KEPT));
    assert_eq!(stage.in_the_air(&prefetched), 1, "the time starts when the flight has landed");
    stage.land(&prefetched, "a");
    stage.write(&written, "b");
    stage.pass(seconds(KEPT - 1));
    assert_eq!(stage.cache.keys(&query_key![]).len(), 2);
    stage.pass(seconds(1));
    assert!(stage.cache.keys(&query_key![]).is_empty());
}

#[test]
fn an_observer_chooses_how_long_its_data_is_kept() {
    let mut stage = Stage::new();
    let (brief, endless) = (query_key!["brief"], query_key!["endless"]);
    let now = stage.observe_with(&brief, options(|options| options.gc_time = seconds(0)));
    let ever = stage.observe_with(&endless, options(|options| options.gc_time = std::time::Duration::MAX));
    stage.land(&brief, "a");
    stage.land(&endless, "b");
    stage.leave(now);
    stage.leave(ever);
    stage.pass(seconds(1_000_000));
    assert_eq!(stage.cache.keys(&query_key![]), [endless]);
}

#[test]
fn a_long_flight_without_observers_is_not_collected() {
    let mut stage = Stage::new();
    let key = query_key!["slow"];
    stage.prefetch(&key, &Options::default());
    stage.pass(seconds(2 * KEPT));
    stage.step(Event::Tick);
    stage.land(&key, "a");
    assert!(stage.cache.data(&key).is_some());
}
