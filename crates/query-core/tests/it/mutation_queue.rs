//! Mutations in line for the server: by scope, with a time limit, cancelled.

use std::time::Duration;

use query_core::{
    Backoff, Cache, Effect, MutationEffect, MutationEnd, MutationOptions, QueryKey, Retry, Value, query_key,
};

use crate::stage::{Stage, seconds};

fn key() -> QueryKey {
    query_key!["todo", 1]
}

#[test]
fn changes_of_one_scope_are_sent_one_after_the_other() {
    let mut stage = Stage::new();
    let observer = stage.observe_fetched(&key(), "open");
    let first = stage.change(&[&key()], "done");
    let second = stage.change(&[&key()], "open");
    assert!(stage.shows(observer, "open"), "the last choice is shown at once");
    assert_eq!(stage.sent(), [first]);
    stage.pass(seconds(30));
    assert_eq!(stage.sent(), [first], "however slow the first answer is");
    stage.answer(first, Ok(()));
    assert_eq!(stage.sent(), [], "its callbacks come before the next");
    stage.settle(first, &[&key()]);
    assert_eq!(stage.sent(), [second]);
    assert_eq!(stage.in_the_air(&key()), 0);
    stage.answer(second, Ok(()));
    stage.settle(second, &[&key()]);
    assert_eq!(stage.in_the_air(&key()), 1);
}

#[test]
fn changes_of_different_scopes_are_sent_side_by_side() {
    let mut stage = Stage::new();
    let first = stage.change(&[&key()], "a");
    let second = stage.change(&[&query_key!["todo", 2]], "b");
    let third = stage.change(&[&query_key!["todo"]], "c");
    assert_eq!(stage.sent(), [first, second, third], "a prefix is another key");
}

#[test]
fn changes_without_a_scope_are_sent_at_once() {
    let mut stage = Stage::new();
    let first = stage.change(&[&key()], "a");
    let second = stage.begin();
    stage.expect(second, &key(), "b");
    stage.submit(second, &[]);
    assert_eq!(stage.sent(), [first, second]);
}

#[test]
fn change_of_two_scopes_waits_for_both_and_is_waited_for_in_both() {
    let mut stage = Stage::new();
    let (one, two) = (query_key!["one"], query_key!["two"]);
    let first = stage.change(&[&one], "a");
    let second = stage.change(&[&two], "b");
    let both = stage.change(&[&one, &two], "c");
    let last = stage.change(&[&two], "d");
    assert_eq!(stage.sent(), [first, second]);
    stage.answer(second, Ok(()));
    stage.settle(second, &[]);
    assert_eq!(stage.sent(), [first]);
    stage.answer(first, Err(Retry::Never));
    stage.settle(first, &[]);
    assert_eq!(stage.sent(), [both]);
    stage.answer(both, Ok(()));
    stage.settle(both, &[]);
    assert_eq!(stage.sent(), [last]);
}

#[test]
fn an_attempt_without_an_answer_is_given_up_at_its_time_limit() {
    let mut stage = Stage::new();
    let observer = stage.observe_fetched(&key(), "old");
    let hanging = stage.change(&[&key()], "guess");
    let next = stage.change(&[&key()], "later");
    stage.pass(seconds(60) - Duration::from_millis(1));
    assert_eq!((stage.sent(), stage.take_ended()), (vec![hanging], vec![]));
    stage.pass(Duration::from_millis(1));
    assert_eq!(stage.take_ended(), [(hanging, MutationEnd::TimedOut)]);
    assert!(stage.take().contains(&Effect::Mutation(MutationEffect::Abort { mutation: hanging })));
    stage.settle(hanging, &[]);
    assert_eq!(stage.sent(), [next]);
    stage.answer_attempt(hanging, 1, Ok(()));
    assert_eq!(stage.take_ended(), [], "its answer comes too late");
    assert!(stage.shows(observer, "later"));
    stage.answer(next, Err(Retry::Never));
    stage.settle(next, &[]);
    assert!(stage.shows(observer, "old"));
    assert_eq!(stage.in_the_air(&key()), 1, "the server may have done what it did not answer");
}

#[test]
fn a_time_limit_can_be_chosen_and_counts_for_each_attempt() {
    let mut stage = Stage::new();
    let options = MutationOptions::default().time_limit(seconds(5)).retries(1);
    let mutation = stage.change_with(&[&key()], "guess", options);
    stage.pass(seconds(4));
    stage.answer(mutation, Err(Retry::Backoff));
    stage.pass(seconds(1));
    assert_eq!(stage.sent(), [mutation], "the second attempt");
    stage.pass(seconds(4));
    assert_eq!(stage.take_ended(), []);
    stage.pass(seconds(1));
    assert_eq!(stage.take_ended(), [(mutation, MutationEnd::TimedOut)]);
}

#[test]
fn a_mutation_without_a_limit_is_waited_for_for_ever() {
    let mut stage = Stage::new();
    let options = MutationOptions::default().time_limit(Duration::MAX);
    let mutation = stage.change_with(&[], "guess", options);
    assert_eq!(stage.cache.next_wake(), None);
    stage.pass(seconds(1_000_000));
    assert_eq!((stage.sent(), stage.take_ended()), (vec![mutation], vec![]));
}

#[test]
fn a_failed_attempt_is_made_again_before_the_next_of_its_scope() {
    let mut stage = Stage::new();
    let first = stage.change_with(&[&key()], "a", MutationOptions::default().retries(2));
    let second = stage.change(&[&key()], "b");
    for wait in [1, 2] {
        stage.answer(first, Err(Retry::Backoff));
        stage.pass(seconds(wait) - Duration::from_millis(1));
        assert_eq!(stage.sent(), []);
        stage.pass(Duration::from_millis(1));
        assert_eq!(stage.sent(), [first]);
    }
    stage.answer(first, Err(Retry::Backoff));
    assert_eq!(stage.take_ended(), [(first, MutationEnd::Failed)]);
    stage.settle(first, &[]);
    assert_eq!(stage.sent(), [second]);
}

#[test]
fn a_backoff_of_its_own_is_used_unless_the_server_names_a_wait() {
    let mut stage = Stage::new();
    let backoff = Backoff { first: seconds(10), longest: seconds(20) };
    let options = MutationOptions::default().retries(9).backoff(backoff);
    let mutation = stage.change_with(&[], "a", options);
    for (retry, wait) in [(Retry::Backoff, 10), (Retry::After(seconds(3)), 3), (Retry::Backoff, 20)] {
        stage.answer(mutation, Err(retry));
        stage.pass(seconds(wait - 1));
        assert_eq!(stage.sent(), []);
        stage.pass(seconds(1));
        assert_eq!(stage.sent(), [mutation]);
    }
}

#[test]
fn two_failures_put_back_the_data_from_before_both() {
    for newest_first in [false, true] {
        let mut stage = Stage::new();
        let observer = stage.observe_fetched(&key(), "old");
        let mut mutations = [stage.begin(), stage.begin()];
        stage.expect(mutations[0], &key(), "first guess");
        stage.expect(mutations[1], &key(), "second guess");
        if newest_first {
            mutations.reverse();
        }
        for mutation in mutations {
            stage.fail_mutation(mutation, &[]);
        }
        assert!(stage.shows(observer, "old"), "{:?}", stage.shown(observer));
    }
}

#[test]
fn any_order_of_three_failures_ends_with_the_data_from_before() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut stage = Stage::new();
        let observer = stage.observe_fetched(&key(), "old");
        let mutations = [stage.begin(), stage.begin(), stage.begin()];
        for (mutation, guess) in mutations.into_iter().zip(["a", "b", "c"]) {
            stage.expect(mutation, &key(), guess);
        }
        let mut left = vec!["old", "a", "b", "c"];
        for failing in order {
            stage.fail_mutation(mutations[failing], &[]);
            left.retain(|guess| *guess != ["a", "b", "c"][failing]);
            let expected = left.last().expect("the old data");
            assert!(
                stage.shows(observer, expected),
                "{order:?}: {:?}, not {expected}",
                stage.shown(observer)
            );
        }
    }
}

#[test]
fn failure_above_a_success_puts_back_what_succeeded() {
    let mut stage = Stage::new();
    let observer = stage.observe_fetched(&key(), "old");
    let (first, second) = (stage.change(&[&key()], "first"), stage.change(&[&key()], "second"));
    stage.answer(first, Ok(()));
    stage.settle(first, &[]);
    stage.answer(second, Err(Retry::Never));
    stage.settle(second, &[]);
    assert!(stage.shows(observer, "first"));
}

#[test]
fn a_cancelled_mutation_in_line_is_never_sent() {
    let mut stage = Stage::new();
    let observer = stage.observe_fetched(&key(), "old");
    let (first, second) = (stage.change(&[&key()], "first"), stage.change(&[&key()], "second"));
    stage.cancel(&[second]);
    assert_eq!(stage.take_ended(), [(second, MutationEnd::Cancelled)]);
    stage.settle(second, &[]);
    assert!(stage.shows(observer, "first"));
    stage.answer(first, Ok(()));
    stage.settle(first, &[]);
    assert_eq!(stage.sent(), []);
    assert_eq!(stage.in_the_air(&key()), 0, "the server has never heard of it");
}

#[test]
fn a_cancelled_mutation_in_the_air_is_aborted_and_its_key_read_again() {
    let mut stage = Stage::new();
    let observer = stage.observe_fetched(&key(), "old");
    let (first, second) = (stage.change(&[&key()], "first"), stage.change(&[&key()], "second"));
    stage.cancel(&[first]);
    stage.cancel(&[first]);
    assert_eq!(stage.take_ended(), [(first, MutationEnd::Cancelled)]);
    assert!(stage.take().contains(&Effect::Mutation(MutationEffect::Abort { mutation: first })));
    stage.settle(first, &[]);
    assert!(stage.shows(observer, "second"));
    assert_eq!(stage.sent(), [second]);
    stage.answer(second, Ok(()));
    stage.settle(second, &[]);
    assert_eq!(stage.in_the_air(&key()), 1);
}

#[test]
fn several_cancelled_at_once_leave_nothing_of_them() {
    let mut stage = Stage::new();
    let observer = stage.observe_fetched(&key(), "old");
    let mutations = [stage.change(&[&key()], "first"), stage.change(&[&key()], "second")];
    stage.cancel(&mutations);
    assert!(stage.shows(observer, "old"));
}

#[test]
fn clear_cancels_what_was_not_sent_and_awaits_what_was() {
    let mut stage = Stage::new();
    let (sent, waiting) = (stage.change(&[&key()], "a"), stage.change(&[&key()], "b"));
    let retried = stage.change_with(&[], "", MutationOptions::default().retries(1));
    stage.answer(retried, Err(Retry::Backoff));
    stage.command(Cache::clear);
    assert_eq!(stage.take_ended(), [(waiting, MutationEnd::Cancelled), (retried, MutationEnd::Cancelled)]);
    let next = stage.change(&[&key()], "the next person's");
    assert_eq!(stage.sent(), [sent, next], "and the next person does not wait for it");
    stage.answer(sent, Ok(()));
    assert_eq!(stage.take_ended(), [(sent, MutationEnd::Succeeded)]);
}

#[test]
fn an_attempt_that_fails_after_clear_is_not_made_again() {
    let mut stage = Stage::new();
    let mutation = stage.change_with(&[&key()], "a", MutationOptions::default().retries(3));
    stage.command(Cache::clear);
    stage.answer(mutation, Err(Retry::Backoff));
    assert_eq!(stage.take_ended(), [(mutation, MutationEnd::Failed)]);
}

#[test]
fn data_of_another_type_is_not_written_over_what_is_there() {
    let mut stage = Stage::new();
    let observer = stage.observe_fetched(&key(), "old");
    let mutation = stage.begin();
    let written = stage.cache.write_optimistically(stage.now, mutation, &key(), Some(Value::new(7_u32)));
    assert!(written.is_err());
    assert!(stage.shows(observer, "old"));
}
