//! What a query is again when an optimistic write is taken back.

use query_core::{FetchStatus, Retry, Status, query_key};

use crate::stage::Stage;

#[test]
fn a_query_that_had_failed_is_failed_or_fetched_again_after_a_rollback() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.fail(&key, Retry::Never);
    assert_eq!(stage.view(observer).status, Status::Error);
    let mutation = stage.change(&[&key], "guess");
    assert!(stage.shows(observer, "guess"));
    stage.answer(mutation, Err(Retry::Never));
    stage.settle(mutation, &[]);
    let view = stage.view(observer);
    let goes_on = view.status == Status::Error || view.fetch != FetchStatus::Idle;
    assert!(goes_on, "nothing would ever be shown: {view:?}");
}

#[test]
fn data_that_was_invalidated_still_is_after_the_rollback_of_its_removal() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.write(&key, "old");
    stage.invalidate(&key);
    let mutation = stage.begin();
    stage.guess(mutation, &key, None);
    stage.fail_mutation(mutation, &[]);
    let observer = stage.observe(&key);
    assert!(stage.shows(observer, "old") && stage.view(observer).stale);
}
