//! The text of the form for a new todo. It is kept beside the rest, which is read by code that the first page does without.

use crate::tab_storage;

const NAME: &str = "/new-todo";

/// The text of this person.
pub(crate) fn of(person: &str) -> String {
    let kept = tab_storage::get(NAME).unwrap_or_default();
    match kept.split_once('\n') {
        Some((whose, text)) if whose == person => text.to_owned(),
        _ => {
            forget();
            String::new()
        }
    }
}

/// Keeps the text of this person, who is signed in.
pub(crate) fn keep(person: &str, text: &str) {
    if text.is_empty() {
        forget();
    } else {
        tab_storage::set(NAME, &[person, "\n", text].concat());
    }
}

/// Drops it, whoever's it is.
pub(super) fn forget() {
    tab_storage::remove(NAME);
}
