//! The view of a developer's tool.

use query_core::{FetchStatus, Filter, Retry, Status, query_key};

use crate::stage::{Stage, seconds};

#[test]
fn every_query_is_listed_with_its_state() {
    let mut stage = Stage::new();
    let (flying, fetched, failed) = (query_key!["a"], query_key!["b"], query_key!["c"]);
    stage.observe_fetched(&fetched, "data");
    let since = stage.now;
    stage.pass(seconds(60));
    stage.observe(&flying);
    stage.observe(&flying);
    stage.observe(&failed);
    stage.fail(&failed, Retry::Never);
    let seen: Vec<_> = stage
        .cache
        .inspect(&Filter::all(), stage.now)
        .into_iter()
        .map(|query| (query.key, query.status, query.fetch, query.stale, query.observers, query.failures))
        .collect();
    assert_eq!(
        seen,
        [
            (flying, Status::Pending, FetchStatus::Fetching, true, 2, 0),
            (fetched, Status::Success, FetchStatus::Idle, true, 1, 0),
            (failed, Status::Error, FetchStatus::Idle, true, 1, 1),
        ]
    );
    assert_eq!(stage.cache.inspect(&Filter::all(), stage.now)[1].updated_at, Some(since));
}
