//! The changes that the end of a session has refused.

use yew::prelude::*;

use super::{use_delete_todo, use_draft, use_person, use_person_change};
use crate::{
    app_context::{Wanted, use_changes},
    domain::todo_change::{RefusedChange, RefusedKind},
    drafts,
};
use shared::CreateTodoData;

/// The refused changes of the person who is signed in, and what becomes of them: `true` makes them now, `false` drops
/// them.
#[hook]
pub(crate) fn use_refused_changes() -> (Vec<RefusedChange>, Callback<bool>) {
    let refused = use_state_eq(Vec::new);
    let person = use_person();
    let changes = use_changes();
    let delete = use_delete_todo();
    // A text that cannot be added is in the form afterwards.
    let form = use_draft().on_refusal();
    {
        let refused = refused.clone();
        use_person_change(move |person, _| {
            refused.set(person.map(|person| drafts::of(person).refused).unwrap_or_default());
        });
    }
    let shown = (*refused).clone();
    let settle = {
        let chosen = shown.clone();
        Callback::from(move |make: bool| {
            if let Some(person) = &person {
                drafts::change(person, |drafts| drafts.refused.clear());
            }
            refused.set(Vec::new());
            let chosen = chosen.iter().filter(|_| make).cloned();
            for RefusedChange { kind, change } in chosen {
                match kind {
                    RefusedKind::Add => {
                        let (todo, completed) = (change.before.todo, change.before.completed);
                        let data = CreateTodoData { todo, completed, user_id: change.before.user_id };
                        changes.make(Wanted::Add(data, form.clone()));
                    }
                    RefusedKind::Update => changes.make(Wanted::Update(change)),
                    RefusedKind::Delete => delete.mutate(change.before),
                }
            }
        })
    };
    (shown, settle)
}
