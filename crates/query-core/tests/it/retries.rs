//! Failed attempts, in the life of a query. The lengths of the waits are tested beside their formula.

use query_core::{Event, FetchStatus, Plan, Retry, Status, query_key};

use crate::stage::{Broken, Stage, options, seconds};

#[test]
fn a_query_is_retried_three_times_and_then_fails() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    for (failures, wait) in [(1, 1), (2, 2), (3, 4)] {
        stage.fail(&key, Retry::Backoff);
        let view = stage.view(observer);
        assert_eq!(
            (view.status, view.fetch, view.failures),
            (Status::Pending, FetchStatus::Waiting, failures)
        );
        stage.pass(seconds(wait) - std::time::Duration::from_millis(1));
        assert_eq!(stage.in_the_air(&key), 0, "not before its time");
        stage.pass(std::time::Duration::from_millis(1));
        assert_eq!(stage.in_the_air(&key), 1);
    }
    stage.fail(&key, Retry::Backoff);
    let view = stage.view(observer);
    assert_eq!((view.status, view.fetch, view.failures), (Status::Error, FetchStatus::Idle, 4));
    let error = view.error.and_then(|error| error.get::<Broken>());
    assert_eq!(error.as_deref(), Some(&Broken(Retry::Backoff)));
    stage.pass(seconds(200));
    assert_eq!(stage.in_the_air(&key), 0);
}

#[test]
fn an_error_that_forbids_it_fails_at_once() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.fail(&key, Retry::Never);
    assert_eq!(stage.view(observer).status, Status::Error);
}

#[test]
fn a_later_success_clears_failures_and_error() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.fail(&key, Retry::Backoff);
    stage.pass(seconds(1));
    stage.land(&key, "a");
    let view = stage.view(observer);
    assert_eq!((view.status, view.failures, view.error.is_none()), (Status::Success, 0, true));
}

#[test]
fn a_failed_refetch_keeps_the_data() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "a");
    stage.invalidate(&key);
    stage.fail(&key, Retry::Never);
    assert_eq!(stage.view(observer).status, Status::Error);
    assert!(stage.shows(observer, "a"));
}

#[test]
fn trying_again_by_hand_does_not_wait_for_the_backoff() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe(&key);
    stage.fail(&key, Retry::Backoff);
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
    assert_eq!(stage.in_the_air(&key), 1);
    stage.pass(seconds(5));
    assert_eq!(stage.in_the_air(&key), 1, "and the attempt that was due is not made as well");
}

#[test]
fn a_wait_the_server_asked_for_is_honoured_even_by_hand() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.fail(&key, Retry::After(seconds(20)));
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
    stage.invalidate(&key);
    stage.observe(&key);
    stage.pass(seconds(19));
    assert_eq!((stage.in_the_air(&key), stage.view(observer).fetch), (0, FetchStatus::Waiting));
    assert!(stage.view(observer).held_off);
    stage.pass(seconds(1));
    assert_eq!(stage.in_the_air(&key), 1);
    assert!(!stage.view(observer).held_off);
}

#[test]
fn server_wait_is_kept_for_observers_that_come_after_all_have_left() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let first = stage.observe(&key);
    stage.fail(&key, Retry::After(seconds(20)));
    stage.step(Event::Leave { observer: first });
    stage.pass(seconds(5));
    let second = stage.observe(&key);
    assert_eq!((stage.in_the_air(&key), stage.view(second).held_off), (0, true));
    stage.pass(seconds(14));
    assert_eq!(stage.in_the_air(&key), 0);
    stage.pass(seconds(1));
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn a_wait_the_server_asked_for_ends_when_nobody_waits_it_out() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let first = stage.observe(&key);
    stage.fail(&key, Retry::After(seconds(20)));
    stage.step(Event::Leave { observer: first });
    stage.pass(seconds(21));
    let second = stage.observe(&key);
    assert_eq!((stage.in_the_air(&key), stage.view(second).held_off), (1, false));
}

#[test]
fn a_backoff_of_our_own_is_not_the_servers() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.fail(&key, Retry::Backoff);
    assert_eq!((stage.view(observer).fetch, stage.view(observer).held_off), (FetchStatus::Waiting, false));
}

#[test]
fn an_observer_may_choose_its_own_number_of_retries() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_with(&key, options(|options| options.retries = 0));
    stage.fail(&key, Retry::Backoff);
    assert_eq!(stage.view(observer).status, Status::Error);
}

#[test]
fn a_failed_query_is_tried_again_by_the_next_observer() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let first = stage.observe(&key);
    stage.fail(&key, Retry::Never);
    stage.observe(&key);
    assert_eq!(stage.in_the_air(&key), 1);
    assert_eq!(stage.view(first).status, Status::Pending, "and waits as if for the first time");
}

#[test]
fn a_refetch_after_a_failure_has_all_its_retries_again() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    for wait in [1, 2, 4, 0] {
        stage.fail(&key, Retry::Backoff);
        stage.pass(seconds(wait));
    }
    assert_eq!(stage.view(observer).status, Status::Error);
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
    stage.fail(&key, Retry::Backoff);
    let view = stage.view(observer);
    assert_eq!((view.fetch, view.failures), (FetchStatus::Waiting, 1));
}
