//! Reads that a change holds back, or takes out of the air: each is made after all.

use query_core::{Event, FetchKind, Options, Plan, QueryKey, Retry, query_key};

use crate::stage::{Stage, options};

fn refetch(stage: &mut Stage, key: &QueryKey) {
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
}

fn fetch_page(stage: &mut Stage, key: &QueryKey, kind: FetchKind) {
    stage.step(Event::FetchPage { key: key.clone(), kind, plan: Plan::default() });
}

fn disabled() -> Options {
    options(|options| options.enabled = false)
}

#[test]
fn a_refetch_by_hand_of_a_disabled_query_is_made_after_the_change_that_aborted_it() {
    let mut stage = Stage::new();
    let key = query_key!["search"];
    stage.write(&key, "old");
    stage.observe_with(&key, disabled());
    refetch(&mut stage, &key);
    assert_eq!(stage.in_the_air(&key), 1);
    let mutation = stage.change(&[&key], "guess");
    assert_eq!(stage.in_the_air(&key), 0);
    stage.answer(mutation, Ok(()));
    stage.settle(mutation, &[]);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn a_refetch_by_hand_of_a_disabled_query_is_made_after_the_change_that_holds_it() {
    let mut stage = Stage::new();
    let key = query_key!["search"];
    stage.write(&key, "old");
    stage.observe_with(&key, disabled());
    let mutation = stage.change(&[&key], "guess");
    refetch(&mut stage, &key);
    assert_eq!(stage.in_the_air(&key), 0);
    stage.answer(mutation, Ok(()));
    stage.settle(mutation, &[]);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn a_prefetch_that_a_change_aborted_is_made_after_it() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.prefetch(&key, &Options::default());
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    stage.fail_mutation(mutation, &[]);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn a_read_held_back_brings_no_others_below_its_key() {
    let mut stage = Stage::new();
    let (list, detail) = (query_key!["todos"], query_key!["todos", 1]);
    stage.observe_fetched(&list, "list");
    stage.observe_fetched(&detail, "detail");
    let mutation = stage.begin();
    stage.expect(mutation, &list, "guess");
    refetch(&mut stage, &list);
    stage.succeed(mutation, &[]);
    assert_eq!(stage.in_the_air(&list), 1);
    assert_eq!(stage.in_the_air(&detail), 0, "nobody asked for it");
}

#[test]
fn a_read_held_back_does_not_wait_for_changes_below_its_key() {
    let mut stage = Stage::new();
    let (list, detail) = (query_key!["todos"], query_key!["todos", 1]);
    stage.observe_fetched(&list, "list");
    stage.observe_fetched(&detail, "detail");
    let of_list = stage.begin();
    stage.expect(of_list, &list, "guess");
    let of_detail = stage.begin();
    stage.expect(of_detail, &detail, "guess");
    refetch(&mut stage, &list);
    stage.submit(of_detail, &[]);
    stage.succeed(of_list, &[]);
    assert_eq!(stage.in_the_air(&list), 1, "nothing holds it any more");
    assert_eq!(stage.in_the_air(&detail), 0);
}

/// Lands the refresh in the air, and expects the flight for a page after it.
fn expect_a_page_after_the_refresh(stage: &mut Stage, key: &QueryKey) {
    assert_eq!(stage.flight(key).1, FetchKind::Refresh);
    stage.land(key, "1 anew");
    assert_eq!(stage.in_the_air(key), 1, "the page is still wanted");
    assert_eq!(stage.flight(key).1, FetchKind::More);
}

#[test]
fn a_page_asked_for_is_fetched_after_the_refresh_of_an_invalidation() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    stage.observe_fetched(&key, "1");
    fetch_page(&mut stage, &key, FetchKind::More);
    stage.invalidate(&key);
    expect_a_page_after_the_refresh(&mut stage, &key);
}

#[test]
fn a_page_that_a_change_aborted_is_fetched_after_it() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    stage.observe_fetched(&key, "1");
    fetch_page(&mut stage, &key, FetchKind::More);
    let mutation = stage.change(&[&key], "guess");
    stage.answer(mutation, Ok(()));
    stage.settle(mutation, &[]);
    expect_a_page_after_the_refresh(&mut stage, &key);
}

#[test]
fn a_page_asked_for_during_a_change_is_fetched_after_it() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    stage.observe_fetched(&key, "1");
    let mutation = stage.change(&[&key], "guess");
    fetch_page(&mut stage, &key, FetchKind::More);
    assert_eq!(stage.in_the_air(&key), 0);
    stage.answer(mutation, Ok(()));
    stage.settle(mutation, &[]);
    expect_a_page_after_the_refresh(&mut stage, &key);
}

#[test]
fn a_page_asked_for_again_is_tried_again_at_once() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    stage.observe_fetched(&key, "1");
    fetch_page(&mut stage, &key, FetchKind::More);
    stage.fail(&key, Retry::Backoff);
    assert_eq!(stage.in_the_air(&key), 0);
    fetch_page(&mut stage, &key, FetchKind::More);
    assert_eq!(stage.in_the_air(&key), 1, "as a refetch by hand is");
    assert_eq!(stage.flight(&key).1, FetchKind::More);
}

#[test]
fn pages_asked_for_at_both_ends_are_fetched_one_after_the_other() {
    let mut stage = Stage::new();
    let key = query_key!["feed"];
    stage.observe_fetched(&key, "2");
    refetch(&mut stage, &key);
    fetch_page(&mut stage, &key, FetchKind::More);
    fetch_page(&mut stage, &key, FetchKind::Earlier);
    stage.land(&key, "2 anew");
    assert_eq!(stage.flight(&key).1, FetchKind::More);
    stage.land(&key, "2 3");
    assert_eq!(stage.in_the_air(&key), 1, "the earlier page is still wanted");
    assert_eq!(stage.flight(&key).1, FetchKind::Earlier);
}

#[test]
fn a_read_that_a_change_holds_is_not_lost_to_a_later_change() {
    let mut stage = Stage::new();
    let key = query_key!["search"];
    stage.write(&key, "old");
    stage.observe_with(&key, disabled());
    let first = stage.change(&[&key], "first guess");
    refetch(&mut stage, &key);
    let second = stage.change(&[&key], "second guess");
    for mutation in [first, second] {
        stage.answer(mutation, Ok(()));
        stage.settle(mutation, &[]);
    }
    assert_eq!(stage.in_the_air(&key), 1);
}
