//! Intervals: when one goes on, when it waits, and that it never spins.

use query_core::{Event, Filter, Kind, Options, query_key};

use crate::stage::{Stage, options, seconds};

fn every_ten_seconds() -> Options {
    options(|options| options.refetch_interval = Some(seconds(10)))
}

#[test]
fn an_interval_waits_while_a_change_holds_its_query() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_with(&key, every_ten_seconds());
    stage.land(&key, "old");
    let mutation = stage.change(&[&key], "new");
    stage.pass(seconds(20));
    assert_eq!(stage.in_the_air(&key), 0, "an answer might be of before the change");
    stage.answer(mutation, Ok(()));
    stage.settle(mutation, &[]);
    stage.pass(seconds(10));
    assert_eq!(stage.in_the_air(&key), 1, "it goes on after the change");
}

#[test]
fn an_interval_waits_for_a_change_that_waits_for_the_network() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_with(&key, every_ten_seconds());
    stage.land(&key, "old");
    stage.step(Event::Online(false));
    let mutation = stage.change(&[&key], "new");
    stage.pass(seconds(3600));
    assert_eq!(stage.in_the_air(&key), 0);
    stage.step(Event::Online(true));
    stage.answer(mutation, Ok(()));
    stage.settle(mutation, &[]);
    stage.pass(seconds(10));
    assert_eq!(stage.in_the_air(&key), 1, "it goes on after the change");
}

#[test]
fn an_observer_of_another_type_has_no_interval() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_with(&key, options(|options| options.kind = Some(Kind::of::<String>())));
    stage.land(&key, "data");
    let mut other = every_ten_seconds();
    other.kind = Some(Kind::of::<u8>());
    stage.observe_with(&key, other);
    stage.pass(seconds(20));
    assert_eq!(stage.in_the_air(&key), 0, "it could not show the answer");
}

#[test]
fn an_interval_begins_anew_when_its_fetch_is_cancelled() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_with(&key, every_ten_seconds());
    stage.land(&key, "data");
    stage.pass(seconds(10));
    assert_eq!(stage.in_the_air(&key), 1);
    let filter = Filter::from(&key);
    stage.command(|cache, now| cache.cancel(now, &filter));
    stage.pass(seconds(9));
    assert_eq!(stage.in_the_air(&key), 0, "what was cancelled is not made again at once");
    stage.pass(seconds(1));
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn an_interval_goes_on_when_the_first_fetch_is_cancelled() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_with(&key, every_ten_seconds());
    let filter = Filter::from(&key);
    stage.command(|cache, now| cache.cancel(now, &filter));
    stage.pass(seconds(10));
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn an_interval_without_anyone_to_fetch_for_it_does_not_spin() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.write(&key, "data");
    stage.observe_with(&key, every_ten_seconds());
    stage.pass(seconds(10));
    assert_eq!(stage.in_the_air(&key), 1);
    stage.step(Event::Unfetchable { key: key.clone() });
    assert!(stage.cache.next_wake().is_none_or(|wake| wake > stage.now), "the cache is due at once");
}
