//! The choice between two versions of a todo.

use shared::Todo;
use web_sys::{HtmlDialogElement, KeyboardEvent};
use yew::prelude::*;

use super::{heading::HEADING, person::person};
use crate::{
    dom,
    domain::people::People,
    queries::{Choice, Conflict, use_conflict, use_people},
};

const TITLE: &str = "conflict-title";

/// Shows a change that somebody else's has overtaken beside theirs, until one of them is chosen.
#[component]
pub(crate) fn ConflictDialog() -> Html {
    let (conflict, decide) = use_conflict();
    let people = use_people();
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(conflict.clone(), move |_| {
            // The browser keeps the focus inside, and the page behind out of reach.
            if let Some(dialog) = node.cast::<HtmlDialogElement>().filter(|dialog| !dialog.open()) {
                // Fails only for one that is not in the page.
                let _ = dialog.show_modal();
            }
        });
    }
    let Some(Conflict { mine, theirs }) = conflict else {
        return html! { <div class="slot"></div> };
    };
    let onkeydown = {
        let decide = decide.clone();
        Callback::from(move |event: KeyboardEvent| {
            // Closing it decides nothing, so that the text goes back to where it can be changed.
            if event.key() == "Escape" {
                event.prevent_default();
                settle(&decide, Choice::GoOnEditing);
            }
        })
    };
    let choose = |choice: Choice| {
        let decide = decide.clone();
        Callback::from(move |_: MouseEvent| settle(&decide, choice))
    };
    let theirs = &theirs.resource;
    html! {
        <dialog ref={node} class="card conflict" aria-labelledby={TITLE} {onkeydown}>
            <h2 id={TITLE}>{ "Somebody else has changed this todo" }</h2>
            <p class="muted">{ "Your change is not saved. Which version shall it be?" }</p>
            <dl class="conflict__versions">
                { version("Yours", &mine.data.applied_to(theirs), &people) }
                { version("Theirs", theirs, &people) }
            </dl>
            <div class="detail__actions">
                <button type="button" class="button button--primary" onclick={choose(Choice::KeepMine)}>{ "Keep mine" }</button>
                <button type="button" class="button" onclick={choose(Choice::TakeTheirs)}>{ "Take theirs" }</button>
                <button type="button" class="button" onclick={choose(Choice::GoOnEditing)}>{ "Go on editing" }</button>
            </div>
        </dialog>
    }
}

/// Decides. The button goes with its dialog, and the focus returns to the page.
fn settle(decide: &Callback<Choice>, choice: Choice) {
    decide.emit(choice);
    if choice != Choice::GoOnEditing {
        dom::focus_quietly(HEADING);
    }
}

fn version(whose: &'static str, todo: &Todo, people: &People) -> Html {
    html! {
        <div>
            <dt class="label">{ whose }</dt>
            <dd><p class="conflict__text" dir="auto">{ todo.todo.clone() }</p>{ person(todo.user_id, &people.name(todo.user_id)) }</dd>
        </div>
    }
}
