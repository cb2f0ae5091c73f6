//! One flight per key, owned by the cache.

use query_core::{Cache, Effect, Event, FetchStatus, Options, Plan, Retry, Status, query_key};

use crate::stage::{Stage, options, seconds, text};

#[test]
fn the_first_observer_of_a_key_starts_a_fetch() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    assert_eq!(stage.in_the_air(&key), 1);
    let view = stage.view(observer);
    assert_eq!((view.status, view.fetch), (Status::Pending, FetchStatus::Fetching));
    stage.land(&key, "a");
    let view = stage.view(observer);
    assert_eq!((view.status, view.fetch), (Status::Success, FetchStatus::Idle));
    assert!(stage.shows(observer, "a"));
}

#[test]
fn observers_of_one_key_share_one_flight_and_its_result() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let (first, second) = (stage.observe(&key), stage.observe(&key));
    assert_eq!(stage.in_the_air(&key), 1);
    stage.land(&key, "a");
    assert!(stage.shows(first, "a") && stage.shows(second, "a"));
}

#[test]
fn the_flight_outlives_the_observer_that_started_it() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let (first, second) = (stage.observe(&key), stage.observe(&key));
    stage.leave(first);
    assert_eq!(stage.in_the_air(&key), 1);
    stage.land(&key, "a");
    assert!(stage.shows(second, "a"));
}

#[test]
fn the_last_observer_leaving_aborts_the_flight() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    let (flight, _) = stage.flight(&key);
    stage.leave(observer);
    assert!(stage.take().contains(&Effect::Abort { flight }));
    stage.step(Event::Fetched { key: key.clone(), flight, result: Ok(text("late")) });
    assert!(stage.cache.data(&key).is_none(), "an aborted flight brings nothing");
}

#[test]
fn an_aborted_query_is_fetched_again_by_the_next_observer() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.leave(observer);
    stage.observe(&key);
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn leaving_during_the_wait_for_a_retry_ends_the_flight() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    stage.fail(&key, Retry::Backoff);
    stage.leave(observer);
    stage.pass(seconds(10));
    assert_eq!(stage.in_the_air(&key), 0);
}

#[test]
fn a_change_of_key_aborts_the_flight_of_the_old_key() {
    let mut stage = Stage::new();
    let (old, new) = (query_key!["todo", 1], query_key!["todo", 2]);
    let observer = stage.observe(&old);
    stage.look(observer, &new, Options::default());
    assert_eq!((stage.in_the_air(&old), stage.in_the_air(&new)), (0, 1));
}

#[test]
fn a_disabled_observer_fetches_nothing_and_sees_what_others_fetch() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let off = stage.observe_with(&key, options(|options| options.enabled = false));
    assert_eq!(stage.in_the_air(&key), 0);
    assert_eq!(stage.view(off).fetch, FetchStatus::Idle);
    stage.observe(&key);
    stage.land(&key, "a");
    assert!(stage.shows(off, "a"));
}

#[test]
fn enabling_an_observer_fetches_what_is_missing() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_with(&key, options(|options| options.enabled = false));
    stage.look(observer, &key, Options::default());
    assert_eq!(stage.in_the_air(&key), 1);
}

#[test]
fn refetch_fetches_fresh_data_and_joins_a_flight_in_the_air() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe_fetched(&key, "a");
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
    stage.step(Event::Refetch { key: key.clone(), plan: Plan::default() });
    assert_eq!(stage.in_the_air(&key), 1);
    assert!(stage.shows(observer, "a"), "the old data stays on screen meanwhile");
    stage.land(&key, "b");
    assert!(stage.shows(observer, "b"));
}

#[test]
fn prefetched_data_is_there_for_the_observer_to_come() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    stage.prefetch(&key, &Options::default());
    stage.land(&key, "a");
    stage.prefetch(&key, &Options::default());
    assert_eq!(stage.in_the_air(&key), 0, "fresh data is not prefetched again");
    let observer = stage.observe(&key);
    assert_eq!(stage.in_the_air(&key), 0);
    assert!(stage.shows(observer, "a"));
}

#[test]
fn an_observer_joins_a_prefetch_in_the_air() {
    let mut stage = Stage::new();
    let key = query_key!["todo", 1];
    stage.prefetch(&key, &Options::default());
    let observer = stage.observe(&key);
    assert_eq!(stage.in_the_air(&key), 1);
    stage.land(&key, "a");
    assert!(stage.shows(observer, "a"));
}

#[test]
fn the_number_of_running_fetches_is_reported_when_it_changes() {
    let mut stage = Stage::new();
    let (one, two) = (query_key!["one"], query_key!["two"]);
    stage.observe(&one);
    stage.observe(&one);
    stage.observe(&two);
    let counts = |stage: &mut Stage| -> Vec<usize> {
        let count = |effect| {
            if let Effect::FetchingCount(count) = effect { Some(count) } else { None }
        };
        stage.take().into_iter().filter_map(count).collect()
    };
    assert_eq!(counts(&mut stage), [1, 2]);
    stage.land(&one, "a");
    stage.fail(&two, Retry::Never);
    assert_eq!(counts(&mut stage), [1, 0]);
}

#[test]
fn clear_forgets_everything_and_aborts_what_is_in_the_air() {
    let mut stage = Stage::new();
    let (fetched, flying) = (query_key!["user"], query_key!["todos"]);
    let observer = stage.observe_fetched(&fetched, "alice");
    let waiting = stage.observe(&flying);
    let (flight, _) = stage.flight(&flying);
    stage.take();
    stage.command(Cache::clear);
    let effects = stage.take();
    assert!(effects.contains(&Effect::Abort { flight }));
    assert!(effects.contains(&Effect::Notify { observer }));
    assert!(stage.shown(observer).is_none() && stage.shown(waiting).is_none());
    assert_eq!(stage.view(waiting).fetch, FetchStatus::Idle);
    assert_eq!(stage.in_the_air(&fetched) + stage.in_the_air(&flying), 0, "nothing is fetched by a logout");
    stage.invalidate(query_key![]);
    assert_eq!(stage.in_the_air(&fetched) + stage.in_the_air(&flying), 2, "but on request, after a login");
}

#[test]
fn what_the_last_user_saw_is_no_placeholder_after_clear() {
    let mut stage = Stage::new();
    let keeping = options(|options| options.keep_previous_data = true);
    let observer = stage.observe_with(&query_key!["todos", 1], keeping.clone());
    stage.land(&query_key!["todos", 1], "alice's");
    stage.look(observer, &query_key!["todos", 2], keeping);
    assert!(stage.shows(observer, "alice's"));
    stage.command(Cache::clear);
    assert!(stage.shown(observer).is_none());
}

#[test]
fn remove_forgets_what_is_below_the_prefix_only() {
    let mut stage = Stage::new();
    for key in [query_key!["todo", 1], query_key!["todo", 2], query_key!["user"]] {
        stage.write(&key, "data");
    }
    stage.remove(query_key!["todo"]);
    assert_eq!(stage.cache.keys(&query_key![]), [query_key!["user"]]);
    assert!(stage.take().contains(&Effect::Forget { key: query_key!["todo", 2] }));
}

#[test]
fn the_late_answer_of_an_aborted_flight_does_not_land_the_next_one() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    let observer = stage.observe(&key);
    let (aborted, _) = stage.flight(&key);
    stage.leave(observer);
    let observer = stage.observe(&key);
    stage.step(Event::Fetched { key: key.clone(), flight: aborted, result: Ok(text("late")) });
    assert!(stage.shown(observer).is_none());
    assert_eq!(stage.view(observer).fetch, FetchStatus::Fetching);
}
