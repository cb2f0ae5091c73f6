//! News of every query, for those who watch the cache.

use query_core::{Cache, Change, Effect, Options, QueryKey, Retry, query_key};

use crate::stage::{Stage, seconds};

/// The changes since the last call, without repetition.
fn news(stage: &mut Stage) -> Vec<(QueryKey, Change)> {
    let mut news: Vec<_> = stage
        .take()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Changed { key, change } => Some((key, change)),
            _ => None,
        })
        .collect();
    news.dedup();
    news
}

fn changes(stage: &mut Stage) -> Vec<Change> {
    news(stage).into_iter().map(|(_, change)| change).collect()
}

#[test]
fn the_life_of_a_query_is_told_to_who_watches() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.observe(&query_key!["before"]);
    assert!(news(&mut stage).is_empty(), "nobody watches");
    stage.cache.watch(true);
    let observer = stage.observe(&key);
    assert_eq!(changes(&mut stage), [Change::Added, Change::Updated]);
    stage.land(&key, "data");
    assert_eq!(changes(&mut stage), [Change::Fetched, Change::Updated]);
    stage.invalidate(&key);
    stage.fail(&key, Retry::Never);
    let told = changes(&mut stage);
    assert!(told.iter().any(|change| matches!(change, Change::Failed(_))), "{told:?}");
    stage.leave(observer);
    stage.take();
    stage.pass(seconds(5 * 60));
    assert_eq!(news(&mut stage), [(key, Change::Removed)]);
    stage.command(Cache::clear);
    stage.cache.watch(false);
    stage.observe(&query_key!["after"]);
    assert!(
        changes(&mut stage).iter().all(|change| *change == Change::Updated || *change == Change::Removed)
    );
}

#[test]
fn the_last_word_on_a_query_is_that_it_is_removed() {
    let mut stage = Stage::new();
    let key = query_key!["todos"];
    stage.cache.watch(true);
    stage.prefetch(&key, &Options::default());
    stage.take();
    stage.remove(&key);
    assert_eq!(changes(&mut stage), [Change::Removed]);
}
