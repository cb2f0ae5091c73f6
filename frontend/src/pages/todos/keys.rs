//! The single keys of the list.

use shared::TodoId;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::{components::todo_row, dom, hooks::use_keydown};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// The next todo.
    Next,
    /// The one before.
    Previous,
    /// Select this one, or not.
    Select(TodoId),
    /// Edit this one.
    Edit(TodoId),
    /// Delete this one, or what is selected.
    Delete(Option<TodoId>),
    /// End the selection.
    Escape,
}

/// Calls `on_key` for the keys of the list: j, k, x, e, Delete, Escape. They are off where text is written and while a
/// dialog is open.
#[hook]
pub(crate) fn use_list_keys(on_key: Callback<(Key, Option<TodoId>)>) {
    use_keydown(move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || dom::is_text_field(event.target()) || dom::is_dialog_open() {
            return;
        }
        let current = todo_row::focused();
        let key = match (event.key().as_str(), current) {
            ("j", _) => Key::Next,
            ("k", _) => Key::Previous,
            ("x", Some(id)) => Key::Select(id),
            ("e", Some(id)) => Key::Edit(id),
            ("Delete", current) => Key::Delete(current),
            ("Escape", _) => Key::Escape,
            _ => return,
        };
        if key != Key::Escape {
            event.prevent_default();
        }
        on_key.emit((key, current));
    });
}
