//! The editor that is to be open, and the text in it: after a sign-in what was left in it, after a conflict what was not saved.

use query_yew::{Query, QueryClient, QueryKey, query_key, use_query, use_query_client};
use shared::{Todo, TodoId};
use yew::prelude::*;

use super::{keep_for_the_visit, use_person_change};
use crate::{
    api::ApiError,
    drafts::{self, Edit},
};

fn edit_key() -> QueryKey {
    query_key!["edit"]
}

/// Opens the editor of a todo with a text.
pub(super) fn open_editor(client: &QueryClient, edit: Edit) {
    client.set_data(&edit_key(), edit);
}

/// What an editor of this todo begins with.
pub(crate) fn begin_edit(client: &QueryClient, person: Option<&str>, todo: &Todo) -> Edit {
    let opened = client.get_data::<Edit>(&edit_key()).map(|edit| Edit::clone(&edit));
    let kept = || drafts::of(person?).edit;
    let begun = opened.or_else(kept).filter(|edit| edit.before.id == todo.id);
    begun.unwrap_or_else(|| Edit { before: todo.clone(), tag: None, text: todo.todo.clone() })
}

/// Has done with the editor.
pub(crate) fn end_edit(client: &QueryClient, person: Option<&str>) {
    client.remove(edit_key());
    if let Some(person) = person {
        drafts::change(person, |drafts| drafts.edit = None);
    }
}

/// Opens the editor that the person who signs in had left open, with a text that is not saved. It is opened by the next list,
/// however late that is shown.
#[hook]
pub(crate) fn use_kept_edit() {
    let client = use_query_client();
    use_person_change(move |person, _| {
        keep_for_the_visit(&client, &edit_key());
        if let Some(edit) = person.and_then(|person| drafts::of(person).edit) {
            open_editor(&client, edit);
        }
    });
}

/// Calls `open` with the todo whose editor is to be open, when there is another one, and with none for another person.
#[hook]
pub(crate) fn use_reopened_editor(open: Callback<Option<TodoId>>) {
    let opened = use_query(Query::<Edit, ApiError>::skipped(edit_key())).data;
    {
        let open = open.clone();
        use_person_change(move |_, is_first| {
            if !is_first {
                open.emit(None);
            }
        });
    }
    use_effect_with(opened, move |edit| {
        if let Some(edit) = edit {
            open.emit(Some(edit.before.id));
        }
    });
}
