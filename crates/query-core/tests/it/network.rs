//! The network coming and going, the page being shown and hidden.

use query_core::{Event, FetchStatus, Refetch, Retry, query_key};

use crate::stage::{Stage, options, seconds};

#[test]
fn without_a_network_a_fetch_waits_for_it() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.step(Event::Online(false));
    let observer = stage.observe(&key);
    assert_eq!((stage.in_the_air(&key), stage.view(observer).fetch), (0, FetchStatus::Paused));
    assert_eq!(stage.cache.fetching(), 0);
    stage.step(Event::Online(true));
    assert_eq!((stage.in_the_air(&key), stage.view(observer).fetch), (1, FetchStatus::Fetching));
}

#[test]
fn a_retry_that_comes_due_without_a_network_waits_for_it() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.step(Event::Online(false));
    stage.fail(&key, Retry::Backoff);
    stage.pass(seconds(100));
    assert_eq!((stage.in_the_air(&key), stage.view(observer).fetch), (0, FetchStatus::Paused));
    stage.step(Event::Online(true));
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn reconnecting_refetches_what_is_stale_and_observed() {
    let mut stage = Stage::new();
    let (stale, fresh, unseen, off) =
        (query_key!["stale"], query_key!["fresh"], query_key!["unseen"], query_key!["off"]);
    stage.observe_fetched(&stale, "a");
    stage.observe_with(&off, options(|options| options.refetch_on_reconnect = Refetch::Never));
    stage.land(&off, "d");
    stage.write(&unseen, "c");
    stage.step(Event::Online(false));
    stage.pass(seconds(60));
    stage.write(&fresh, "b");
    stage.observe(&fresh);
    stage.step(Event::Online(true));
    assert_eq!([&stale, &fresh, &unseen, &off].map(|key| stage.in_the_air(key)), [1, 0, 0, 0]);
}

#[test]
fn news_that_is_none_refetches_nothing() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_with(&key, options(|options| options.refetch_on_window_focus = Refetch::Stale));
    stage.land(&key, "a");
    stage.pass(seconds(60));
    stage.step(Event::Online(true));
    stage.step(Event::Visible(true));
    assert_eq!(stage.in_the_air(&key), 0);
}

#[test]
fn coming_to_the_front_refetches_stale_data_only_where_asked_to() {
    let mut stage = Stage::new();
    let (by_default, asked) = (query_key!["default"], query_key!["asked"]);
    stage.observe_fetched(&by_default, "a");
    stage.observe_with(&asked, options(|options| options.refetch_on_window_focus = Refetch::Stale));
    stage.land(&asked, "b");
    stage.step(Event::Visible(false));
    stage.step(Event::Visible(true));
    assert_eq!(stage.in_the_air(&asked), 0, "fresh data is left alone");
    stage.step(Event::Visible(false));
    stage.pass(seconds(60));
    stage.step(Event::Visible(true));
    assert_eq!([&by_default, &asked].map(|key| stage.in_the_air(key)), [0, 1]);
}
