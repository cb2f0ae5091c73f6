//! Commands for the queries that a filter chooses.

use query_core::{Cache, Effect, FetchStatus, Filter, Moment, Retry, Status, Targets, query_key};

use crate::stage::{Stage, options, seconds};

/// A page that is shown and fresh, one that is shown and stale, one that nobody shows, one that failed, and another list.
fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.observe_fetched(&query_key!["todos", 2], "stale");
    stage.pass(seconds(61));
    stage.observe_fetched(&query_key!["todos", 1], "fresh");
    let gone = stage.observe_fetched(&query_key!["todos", 3], "unseen");
    stage.leave(gone);
    stage.observe(&query_key!["todos", 4]);
    stage.fail(&query_key!["todos", 4], Retry::Never);
    stage.observe_fetched(&query_key!["users"], "others");
    stage.take();
    stage
}

/// The last segments of the todos' keys that a filter chooses.
fn chosen(stage: &Stage, filter: &Filter) -> Vec<String> {
    let keys = stage.cache.matching(filter, stage.now);
    keys.iter().map(|key| format!("{:?}", key.segments().last().expect("a segment"))).collect()
}

#[test]
fn a_filter_chooses_by_key_and_by_state() {
    let stage = stage();
    let todos = query_key!["todos"];
    let below = Filter::below(&todos);
    for (filter, expected) in [
        (Filter::all(), vec!["1", "2", "3", "4", "\"users\""]),
        (below.clone(), vec!["1", "2", "3", "4"]),
        (Filter::exact(&todos), vec![]),
        (Filter::exact(&query_key!["todos", 2]), vec!["2"]),
        (below.clone().active(true), vec!["1", "2", "4"]),
        (below.clone().active(false), vec!["3"]),
        (below.clone().stale(true), vec!["2", "4"]),
        (below.clone().stale(false), vec!["1", "3"]),
        (below.clone().status(Status::Error), vec!["4"]),
        (below.clone().fetch_status(FetchStatus::Fetching), vec![]),
        (below.clone().active(true).stale(false), vec!["1"]),
        (below.predicate(|query| query.failures > 0), vec!["4"]),
    ] {
        assert_eq!(chosen(&stage, &filter), expected, "{filter:?}");
    }
}

/// The keys for which a command starts a fetch.
fn fetched(stage: &mut Stage, command: impl FnOnce(&mut Cache, Moment) -> Vec<Effect>) -> Vec<String> {
    stage.command(command);
    let effects = stage.take().into_iter();
    let keys = effects.filter_map(|effect| match effect {
        Effect::Fetch { key, .. } => Some(format!("{:?}", key.segments().last().expect("a segment"))),
        _ => None,
    });
    keys.collect()
}

#[test]
fn invalidating_fetches_the_targets_again() {
    let todos = Filter::below(&query_key!["todos"]);
    for (targets, expected) in [
        (Targets::Active, vec!["1", "2", "4"]),
        (Targets::Inactive, vec!["3"]),
        (Targets::All, vec!["1", "2", "3", "4"]),
        (Targets::None, vec![]),
    ] {
        let mut stage = stage();
        assert_eq!(fetched(&mut stage, |cache, now| cache.invalidate(now, &todos, targets)), expected);
        assert_eq!(chosen(&stage, &todos.clone().stale(true)), ["1", "2", "3", "4"], "{targets:?}");
    }
}

#[test]
fn refetching_leaves_out_what_only_disabled_observers_show() {
    let mut stage = stage();
    let off = query_key!["todos", 5];
    stage.write(&off, "off");
    stage.observe_with(&off, options(|options| options.enabled = false));
    let todos = Filter::below(&query_key!["todos"]);
    assert_eq!(fetched(&mut stage, |cache, now| cache.refetch(now, &todos)), ["1", "2", "3", "4"]);
    assert_eq!(fetched(&mut stage, |cache, now| cache.refetch(now, &todos)), [""; 0], "they are joined");
}

#[test]
fn cancelling_ends_a_fetch_and_leaves_the_data() {
    let mut stage = stage();
    let key = query_key!["todos", 1];
    stage.invalidate(&key);
    assert_eq!(stage.in_the_air(&key), 1);
    stage.command(|cache, now| cache.cancel(now, &Filter::all()));
    assert_eq!(stage.in_the_air(&key), 0);
    let state = &stage.cache.inspect(&Filter::exact(&key), stage.now)[0];
    assert_eq!((state.status, state.fetch), (Status::Success, FetchStatus::Idle));
}

#[test]
fn resetting_begins_anew_and_fetches_what_is_shown() {
    let mut stage = stage();
    let todos = Filter::below(&query_key!["todos"]);
    assert_eq!(fetched(&mut stage, |cache, now| cache.reset(now, &todos)), ["1", "2", "4"]);
    let pending = todos.status(Status::Pending);
    assert_eq!(chosen(&stage, &pending), ["1", "2", "3", "4"]);
}

#[test]
fn removing_forgets_what_nobody_shows() {
    let mut stage = stage();
    stage.remove(Filter::below(&query_key!["todos"]).stale(false));
    assert_eq!(chosen(&stage, &Filter::below(&query_key!["todos"])), ["1", "2", "4"]);
    assert_eq!(chosen(&stage, &Filter::all().status(Status::Pending)), ["1"], "this one is shown");
}
