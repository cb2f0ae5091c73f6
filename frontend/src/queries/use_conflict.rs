//! A change to what somebody else has changed meanwhile, and the choice between both versions.

use query_yew::{Query, use_query, use_query_client};
use yew::prelude::*;

use super::{
    conflicts::{Conflict, conflicts_key, is_asked},
    editing::open_editor,
};
use crate::{
    api::{ApiError, Version},
    app_context::{Wanted, use_changes},
    domain::todo_change::TodoChange,
    drafts::Edit,
    route::{
        Route,
        router::{Entry, go},
    },
};

/// What becomes of a [`Conflict`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Choice {
    /// The change is made to their version.
    KeepMine,
    /// The change is given up.
    TakeTheirs,
    /// The change goes back to its form, over their version.
    GoOnEditing,
}

/// The conflict to decide on, and the way to decide.
#[hook]
pub(crate) fn use_conflict() -> (Option<Conflict>, Callback<Choice>) {
    let client = use_query_client();
    let changes = use_changes();
    let conflicts = use_query(Query::<Vec<Conflict>, ApiError>::skipped(conflicts_key())).data;
    let conflict = conflicts.and_then(|conflicts| conflicts.first().cloned());
    let decide = {
        let conflict = conflict.clone();
        Callback::from(move |choice| {
            // The dialog is closed behind a choice as well.
            let Some(Conflict { mine, theirs }) =
                conflict.clone().filter(|conflict| is_asked(&client, conflict))
            else {
                return;
            };
            client.update_data::<Vec<Conflict>>(&conflicts_key(), |conflicts| {
                conflicts.iter().skip(1).cloned().collect()
            });
            let Version { resource: before, tag } = Version::clone(&theirs);
            match choice {
                Choice::KeepMine => changes.make(Wanted::Update(TodoChange { before, tag, ..mine })),
                Choice::TakeTheirs => {}
                Choice::GoOnEditing => {
                    let page = Route::Todo(before.id);
                    if let Some(text) = mine.data.todo {
                        open_editor(&client, Edit { before, tag, text });
                    }
                    go(&page, Entry::Push);
                }
            }
        })
    };
    (conflict, decide)
}
