//! The changes that somebody has made in this visit, for the page that takes them back.
//!
//! They are kept with what has been read, and so end with the session.

use std::rc::Rc;

use query_yew::{Query, QueryClient, use_query};
use shared::{Todo, UpdateTodoData};
use yew::prelude::*;

use super::{history_key, keep_for_the_visit};
use crate::api::ApiError;

/// The most changes that are kept; the oldest give way.
const CHANGES_MAX: usize = 100;

/// A change that the server has made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Added.
    Created(Todo),
    /// Changed, from this to that.
    Updated {
        /// The todo before.
        before: Todo,
        /// The fields that changed.
        data: UpdateTodoData,
    },
    /// Deleted for good.
    Deleted(Todo),
}

/// Has changes kept for the whole visit, whether somebody looks at them or not.
pub(crate) fn keep_history(client: &QueryClient) {
    keep_for_the_visit(client, &history_key());
}

/// Keeps a change.
pub(super) fn record(client: &QueryClient, change: Change) {
    let before = client.get_data::<Vec<Change>>(&history_key());
    let mut changes = before.map(|changes| Vec::clone(&changes)).unwrap_or_default();
    changes.push(change);
    let surplus = changes.len().saturating_sub(CHANGES_MAX);
    changes.drain(..surplus);
    client.set_data(&history_key(), changes);
}

/// The changes of this visit, the oldest first.
#[hook]
pub(crate) fn use_history() -> Rc<Vec<Change>> {
    use_query(Query::<Vec<Change>, ApiError>::skipped(history_key())).data.unwrap_or_default()
}
