//! Mutations while the network is away.

use query_core::{
    Event, MutationEnd, MutationFilter, MutationOptions, MutationStatus, NetworkMode, Retry, query_key,
};

use crate::stage::{Stage, seconds};

fn in_mode(mode: NetworkMode) -> MutationOptions {
    MutationOptions::default().network_mode(mode).retries(1)
}

#[test]
fn changes_made_offline_are_sent_in_order_when_the_network_is_back() {
    let mut stage = Stage::new();
    let (one, two) = (query_key!["one"], query_key!["two"]);
    let observer = stage.observe_fetched(&one, "old");
    stage.step(Event::Online(false));
    let first = stage.change(&[&one], "a");
    let other = stage.change(&[&two], "b");
    let second = stage.change(&[&one], "c");
    assert!(stage.shows(observer, "c"));
    let statuses = |stage: &Stage| -> Vec<MutationStatus> {
        stage.cache.mutations(&MutationFilter::all()).iter().map(|state| state.status).collect()
    };
    assert_eq!(statuses(&stage), [MutationStatus::Paused, MutationStatus::Paused, MutationStatus::Queued]);
    stage.pass(seconds(3600));
    assert_eq!((stage.sent(), stage.take_ended()), (vec![], vec![]), "no time limit runs meanwhile");
    stage.step(Event::Online(true));
    assert_eq!(stage.sent(), [first, other]);
    stage.answer(first, Ok(()));
    stage.settle(first, &[]);
    assert_eq!(stage.sent(), [other, second]);
}

#[test]
fn a_mutation_that_needs_no_network_is_sent_without_one() {
    let mut stage = Stage::new();
    stage.step(Event::Online(false));
    let mutation = stage.change_with(&[], "", in_mode(NetworkMode::Always));
    assert_eq!(stage.sent(), [mutation]);
    stage.answer(mutation, Err(Retry::Backoff));
    stage.pass(seconds(1));
    assert_eq!(stage.sent(), [mutation]);
}

#[test]
fn offline_first_makes_one_attempt_and_then_waits_for_the_network() {
    let mut stage = Stage::new();
    stage.step(Event::Online(false));
    let mutation = stage.change_with(&[], "", in_mode(NetworkMode::OfflineFirst));
    assert_eq!(stage.sent(), [mutation]);
    stage.answer(mutation, Err(Retry::Backoff));
    stage.pass(seconds(100));
    assert_eq!(stage.sent(), []);
    stage.step(Event::Online(true));
    assert_eq!(stage.sent(), [mutation]);
}

#[test]
fn a_retry_that_is_due_without_a_network_waits_for_it() {
    let mut stage = Stage::new();
    let mutation = stage.change_with(&[], "", in_mode(NetworkMode::Online));
    stage.step(Event::Online(false));
    stage.answer(mutation, Err(Retry::Backoff));
    stage.pass(seconds(100));
    assert_eq!(stage.sent(), []);
    stage.step(Event::Online(true));
    assert_eq!(stage.sent(), [mutation]);
}

#[test]
fn a_paused_mutation_can_be_cancelled() {
    let mut stage = Stage::new();
    let key = query_key!["one"];
    let observer = stage.observe_fetched(&key, "old");
    stage.step(Event::Online(false));
    let mutation = stage.change(&[&key], "guess");
    stage.cancel(&[mutation]);
    assert_eq!(stage.take_ended(), [(mutation, MutationEnd::Cancelled)]);
    assert!(stage.shows(observer, "old"));
    stage.settle(mutation, &[]);
    stage.step(Event::Online(true));
    assert_eq!(stage.sent(), []);
}
