//! The form for a new todo.

use shared::UserId;
use yew::prelude::*;

use super::use_session_person;
use crate::{app_context::Refusal, drafts};

/// A text that outlives its form, for the person who typed it, and whom it is for.
#[derive(Clone)]
pub(crate) struct Draft {
    text: UseStateHandle<String>,
    chosen: UseStateHandle<Option<UserId>>,
    person: Option<String>,
}

impl Draft {
    /// The text now.
    pub(crate) fn text(&self) -> String {
        (*self.text).clone()
    }

    /// Puts another text in its place.
    pub(crate) fn set(&self, text: String) {
        self.keep(&text, *self.chosen);
        self.text.set(text);
    }

    /// Whom it is for, if somebody has been chosen.
    pub(crate) fn chosen(&self) -> Option<UserId> {
        *self.chosen
    }

    /// Chooses whom it is for.
    pub(crate) fn choose(&self, chosen: Option<UserId>) {
        self.keep(&self.text, chosen);
        self.chosen.set(chosen);
    }

    /// Whether nothing is begun, here or in another form of this tab.
    fn is_empty(&self) -> bool {
        let kept = self.person.as_deref().map(drafts::text::of);
        self.text.is_empty() && kept.is_none_or(|(text, _)| text.is_empty())
    }

    fn keep(&self, text: &str, chosen: Option<UserId>) {
        if let Some(person) = &self.person {
            drafts::text::keep(person, text, chosen);
        }
    }

    /// Puts a text there that could not be added, unless another one has been begun. When it is tried again it goes, unless
    /// it has been changed.
    pub(crate) fn on_refusal(&self) -> Callback<Refusal> {
        let draft = self.clone();
        Callback::from(move |refusal| match refusal {
            Refusal::Back(text, user_id) if draft.is_empty() => {
                draft.keep(&text, Some(user_id));
                draft.text.set(text);
                draft.chosen.set(Some(user_id));
            }
            Refusal::Again(text) if *draft.text == text => draft.set(String::new()),
            Refusal::Back(..) | Refusal::Again(_) => {}
        })
    }
}

/// The new todo. When another person signs in it is theirs from then on.
#[hook]
pub(crate) fn use_draft() -> Draft {
    let person = use_session_person();
    let text = use_state_eq(String::new);
    let chosen = use_state_eq(|| None);
    {
        let (text, chosen) = (text.clone(), chosen.clone());
        use_person_change(move |person, is_first| {
            let (kept, whose) = person.map(drafts::text::of).unwrap_or_default();
            // What was typed before it was known whose it is stays.
            if !is_first || (text.is_empty() && chosen.is_none()) {
                text.set(kept);
                chosen.set(whose);
            }
        });
    }
    Draft { text, chosen, person: person.flatten() }
}

/// Calls `changed` when it is known who is signed in, and when that is somebody else; the flag is whether it is the first
/// time.
#[hook]
pub(crate) fn use_person_change(changed: impl FnOnce(Option<&str>, bool) + 'static) {
    let before = use_mut_ref(|| None::<Option<String>>);
    let person = use_session_person();
    use_effect_with(person, move |person| {
        // While it is read again nothing is known to be different.
        let Some(person) = person else { return };
        let before = before.replace(Some(person.clone()));
        if before.as_ref() != Some(person) {
            changed(person.as_deref(), before.is_none());
        }
    });
}
