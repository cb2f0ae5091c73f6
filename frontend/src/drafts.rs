//! What a person has typed or changed and the server does not have yet. It is kept in the tab: over the end of a session, a
//! sign-in at a provider, and a reload.
//!
//! It belongs to the person who was signed in. Another person's is dropped where it is found, and a sign-out drops all.

pub(crate) mod text;

use serde::{Deserialize, Serialize};
use shared::Todo;

use crate::{api::json::Json, domain::todo_change::RefusedChange, tab_storage};

const NAME: &str = "/drafts";

/// An editor with a text that is not saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Edit {
    /// The todo as the editor found it.
    pub(crate) before: Todo,
    /// The tag of that version, if it was known.
    pub(crate) tag: Option<String>,
    /// The text so far.
    pub(crate) text: String,
}

/// Everything that is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Drafts {
    /// Whose it is.
    person: String,
    /// The open editor.
    pub(crate) edit: Option<Edit>,
    /// Changes that were refused, in the order in which they were made.
    pub(crate) refused: Vec<RefusedChange>,
}

impl Drafts {
    fn is_empty(&self) -> bool {
        self.edit.is_none() && self.refused.is_empty()
    }
}

/// What is kept of this person.
pub(crate) fn of(person: &str) -> Drafts {
    let kept = load().unwrap_or_default();
    if kept.person == person {
        return kept;
    }
    tab_storage::remove(NAME);
    Drafts { person: person.to_owned(), ..Drafts::default() }
}

/// Changes what is kept of this person, who is signed in.
pub(crate) fn change(person: &str, change: impl FnOnce(&mut Drafts)) {
    let mut drafts = of(person);
    change(&mut drafts);
    store(&drafts);
}

/// Keeps a change that was refused to this person, who may not be signed in any more. Somebody else's drafts are not touched.
pub(crate) fn refused(person: &str, refused: RefusedChange, was_sent: bool) {
    if load().is_some_and(|kept| kept.person != person) {
        return;
    }
    change(person, |drafts| {
        // What was sent comes before those in line behind it, which are stopped first.
        let behind = |kept: &RefusedChange| kept.change.before.id == refused.change.before.id;
        let place = drafts.refused.iter().position(behind).filter(|_| was_sent);
        drafts.refused.insert(place.unwrap_or(drafts.refused.len()), refused);
    });
}

/// Drops everything, whoever's it is.
pub(crate) fn forget() {
    text::forget();
    tab_storage::remove(NAME);
}

fn load() -> Option<Drafts> {
    Json::parse(&tab_storage::get(NAME)?).read()
}

fn store(drafts: &Drafts) {
    if drafts.is_empty() {
        tab_storage::remove(NAME);
    } else if let Ok(text) = serde_json::to_string(drafts) {
        tab_storage::set(NAME, &text);
    }
}
