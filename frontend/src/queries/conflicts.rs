//! Changes to what somebody else has changed meanwhile. They are in the cache: they are data of the session, and go with it.

use std::rc::Rc;

use query_yew::{QueryClient, QueryKey, query_key};
use shared::Todo;

use crate::{api::Version, domain::todo_change::TodoChange};

/// Two versions of one todo.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conflict {
    /// The change that was not made.
    pub(crate) mine: TodoChange,
    /// The todo by now.
    pub(crate) theirs: Rc<Version<Todo>>,
}

pub(super) fn conflicts_key() -> QueryKey {
    query_key!["conflicts"]
}

/// Puts a conflict before the person, after those that are there.
pub(super) fn ask(client: &QueryClient, conflict: Conflict) {
    let mut conflicts =
        client.get_data::<Vec<Conflict>>(&conflicts_key()).as_deref().cloned().unwrap_or_default();
    conflicts.push(conflict);
    client.set_data(&conflicts_key(), conflicts);
}

/// Whether the person is being asked about this conflict.
pub(super) fn is_asked(client: &QueryClient, conflict: &Conflict) -> bool {
    let conflicts = client.get_data::<Vec<Conflict>>(&conflicts_key());
    conflicts.is_some_and(|conflicts| conflicts.first() == Some(conflict))
}
