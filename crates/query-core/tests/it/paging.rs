//! Flights that bring one more page. What they fetch is the driver's business; when they start is the cache's.

use query_core::{Event, FetchKind, FetchStatus, Plan, Retry, query_key};

use crate::stage::{Stage, options, seconds};

#[test]
fn one_more_page_is_a_flight_of_its_own_kind() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    let observer = stage.observe_fetched(&key, "1");
    stage.step(Event::FetchPage { key: key.clone(), kind: FetchKind::More, plan: Plan::default() });
    stage.step(Event::FetchPage { key: key.clone(), kind: FetchKind::More, plan: Plan::default() });
    assert_eq!((stage.in_the_air(&key), stage.flight(&key).1), (1, FetchKind::More));
    assert_eq!(stage.view(observer).kind, Some(FetchKind::More));
    stage.land(&key, "1 2");
    assert!(stage.shows(observer, "1 2"));
}

#[test]
fn a_page_asked_for_during_a_refresh_comes_after_it() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    stage.observe_fetched(&key, "1");
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
    stage.step(Event::FetchPage { key: key.clone(), kind: FetchKind::More, plan: Plan::default() });
    assert_eq!((stage.in_the_air(&key), stage.flight(&key).1), (1, FetchKind::Refresh));
    stage.land(&key, "1");
    assert_eq!((stage.in_the_air(&key), stage.flight(&key).1), (1, FetchKind::More));
}

#[test]
fn a_failed_refresh_drops_the_page_asked_for() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    let observer = stage.observe_fetched(&key, "1");
    stage.step(Event::Refetch { key: key.clone(), plan: options(|options| options.retries = 0).plan() });
    stage.step(Event::FetchPage { key: key.clone(), kind: FetchKind::More, plan: Plan::default() });
    stage.fail(&key, Retry::Never);
    assert_eq!(stage.view(observer).fetch, FetchStatus::Idle);
}

#[test]
fn invalidating_turns_the_flight_for_a_page_into_a_refresh() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    stage.observe_fetched(&key, "1");
    stage.step(Event::FetchPage { key: key.clone(), kind: FetchKind::More, plan: Plan::default() });
    stage.invalidate(&key);
    assert_eq!((stage.in_the_air(&key), stage.flight(&key).1), (1, FetchKind::Refresh));
}

#[test]
fn a_page_that_waits_to_be_tried_again_becomes_a_refresh_when_invalidated() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    stage.observe_fetched(&key, "1");
    stage.step(Event::FetchPage { key: key.clone(), kind: FetchKind::More, plan: Plan::default() });
    stage.fail(&key, Retry::Backoff);
    stage.invalidate(&key);
    assert_eq!(stage.in_the_air(&key), 0, "the wait goes on");
    stage.pass(seconds(1));
    assert_eq!((stage.in_the_air(&key), stage.flight(&key).1), (1, FetchKind::Refresh));
}
