//! The form for a new todo. It is kept beside the rest, which is read by code that the first page does without.

use shared::UserId;

use crate::tab_storage;

const NAME: &str = "/new-todo";

/// What this person has typed, and for whom if somebody was chosen.
pub(crate) fn of(person: &str) -> (String, Option<UserId>) {
    let kept = tab_storage::get(NAME).unwrap_or_default();
    let mut parts = kept.splitn(3, '\n');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(whose), Some(chosen), Some(text)) if whose == person => (text.to_owned(), chosen.parse().ok()),
        _ => {
            forget();
            <_>::default()
        }
    }
}

/// Keeps what this person, who is signed in, has typed; nothing of a form without a text.
pub(crate) fn keep(person: &str, text: &str, chosen: Option<UserId>) {
    if text.is_empty() {
        forget();
    } else {
        let chosen = chosen.map(|id| id.to_string()).unwrap_or_default();
        tab_storage::set(NAME, &[person, "\n", &chosen, "\n", text].concat());
    }
}

/// Drops it, whoever's it is.
pub(super) fn forget() {
    tab_storage::remove(NAME);
}
