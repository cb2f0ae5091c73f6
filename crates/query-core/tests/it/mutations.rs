//! Optimistic writes, their rollback, and the invalidation at the end.

use query_core::{Cache, Event, Options, Plan, Retry, query_key};

use crate::stage::{Stage, seconds};

#[test]
fn an_optimistic_write_is_seen_at_once_and_refetched_at_the_end() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "old");
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    assert!(stage.was_notified(observer));
    assert!(stage.shows(observer, "guess"));
    stage.succeed(mutation, &[&key]);
    assert_eq!(stage.in_the_air(&key), 1);
    assert!(stage.shows(observer, "guess"));
    stage.land(&key, "truth");
    assert!(stage.shows(observer, "truth"));
}

#[test]
fn a_failed_mutation_puts_the_data_back() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "old");
    let (before, since) = (stage.shown(observer).expect("data"), stage.view(observer).updated_at);
    let mutation = stage.begin();
    stage.pass(seconds(5));
    stage.expect(mutation, &key, "guess");
    stage.expect(mutation, &key, "second guess");
    stage.fail_mutation(mutation, &[]);
    let after = stage.shown(observer).expect("data");
    assert!(std::rc::Rc::ptr_eq(&before, &after), "the very same data, from before the first write");
    assert_eq!(stage.view(observer).updated_at, since, "and as old as it is");
    assert_eq!(stage.in_the_air(&key), 0);
}

#[test]
fn a_failed_mutation_leaves_what_somebody_wrote_since() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "old");
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    stage.write(&key, "news");
    stage.fail_mutation(mutation, &[]);
    assert!(stage.shows(observer, "news"));
    assert_eq!(stage.in_the_air(&key), 1, "the server is asked what is true now");
}

#[test]
fn the_failure_of_the_first_of_two_keeps_the_guess_of_the_second() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "old");
    let (first, second) = (stage.begin(), stage.begin());
    stage.expect(first, &key, "first");
    stage.expect(second, &key, "first and second");
    stage.fail_mutation(first, &[&key]);
    assert!(stage.shows(observer, "first and second"));
    assert_eq!(stage.in_the_air(&key), 0, "a read now would undo the second on screen");
    stage.succeed(second, &[]);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn a_read_in_flight_is_cancelled_by_an_optimistic_write_and_made_again() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "old");
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    assert_eq!(stage.in_the_air(&key), 0);
    // Even though the mutation says nothing about invalidating it.
    stage.succeed(mutation, &[]);
    assert_eq!(stage.in_the_air(&key), 1);
    assert!(stage.shows(observer, "guess"));
}

#[test]
fn a_read_wanted_while_a_mutation_runs_is_made_when_it_has_settled() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_fetched(&key, "old");
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    stage.invalidate(query_key![]);
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
    assert_eq!(stage.in_the_air(&key), 0);
    stage.fail_mutation(mutation, &[]);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn only_the_last_of_concurrent_mutations_invalidates() {
    let mut stage = Stage::new();
    let (list, one) = (query_key!["todos"], query_key!["todos", "detail", 1]);
    stage.observe_fetched(&list, "a");
    stage.observe_fetched(&one, "b");
    let mutations = [stage.begin(), stage.begin(), stage.begin()];
    for mutation in mutations {
        stage.expect(mutation, &one, "guess");
    }
    for mutation in &mutations[..2] {
        stage.succeed(*mutation, &[&list]);
        assert_eq!(stage.in_the_air(&list) + stage.in_the_air(&one), 0);
    }
    stage.succeed(mutations[2], &[&list]);
    assert_eq!((stage.in_the_air(&list), stage.in_the_air(&one)), (1, 1));
}

#[test]
fn mutations_of_other_keys_do_not_hold_an_invalidation_back() {
    let mut stage = Stage::new();
    let (todos, user) = (query_key!["todos"], query_key!["user"]);
    stage.observe_fetched(&todos, "a");
    stage.observe_fetched(&user, "b");
    let (first, second) = (stage.begin(), stage.begin());
    stage.expect(first, &todos, "guess");
    stage.expect(second, &user, "guess");
    stage.succeed(first, &[&todos]);
    assert_eq!(stage.in_the_air(&todos), 1);
}

#[test]
fn an_optimistic_removal_is_put_back_on_failure() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    let observer = stage.observe_fetched(&key, "old");
    let mutation = stage.begin();
    stage.guess(mutation, &key, None);
    assert!(stage.shown(observer).is_none());
    stage.fail_mutation(mutation, &[]);
    assert!(stage.shows(observer, "old"));
}

#[test]
fn data_made_up_by_a_failed_mutation_is_gone_again() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    stage.fail_mutation(mutation, &[]);
    assert!(stage.cache.data(&key).is_none());
}

#[test]
fn an_optimistic_write_does_not_make_stale_data_fresh() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "old");
    stage.pass(seconds(61));
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    assert!(stage.view(observer).stale);
}

#[test]
fn clear_ends_the_business_of_running_mutations() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_fetched(&key, "alice's");
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    stage.submit(mutation, &[&key]);
    stage.command(Cache::clear);
    stage.answer(mutation, Err(Retry::Never));
    assert!(stage.cache.data(&key).is_none(), "the data of the last user does not come back");
}

#[test]
fn a_mutation_without_optimistic_writes_invalidates_when_it_settles() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_fetched(&key, "a");
    let mutation = stage.begin();
    stage.succeed(mutation, &[&query_key!["todos"]]);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn the_first_fetch_of_an_unwritten_key_is_not_held_back() {
    let mut stage = Stage::new();
    let (written, other) = (query_key!["todos"], query_key!["todos", 2]);
    stage.observe_fetched(&written, "a");
    let mutation = stage.begin();
    stage.expect(mutation, &written, "guess");
    stage.observe_with(&other, Options::default());
    assert_eq!(stage.in_the_air(&other), 1);
}

#[test]
fn optimistic_write_and_its_rollback_keep_the_data_invalidated() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "old");
    stage.invalidate(&key);
    stage.fail(&key, Retry::Never);
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    assert!(stage.view(observer).stale);
    stage.fail_mutation(mutation, &[]);
    assert!(stage.view(observer).stale);
}

#[test]
fn a_mutation_from_before_clear_does_not_hold_back_reads_after_it() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe_fetched(&key, "alice's");
    let mutation = stage.begin();
    stage.expect(mutation, &key, "guess");
    stage.command(Cache::clear);
    stage.write(&key, "bob's");
    stage.invalidate(&key);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn what_is_read_of_a_key_without_data_during_a_change_is_read_again() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    stage.observe_fetched(&key, "old");
    let mutation = stage.begin();
    stage.guess(mutation, &key, None);
    let newcomer = stage.observe(&key);
    stage.land(&key, "from before the change");
    assert!(stage.shows(newcomer, "from before the change"), "it has nothing better to show");
    stage.succeed(mutation, &[]);
    assert_eq!(stage.in_the_air(&key), 1);
}
