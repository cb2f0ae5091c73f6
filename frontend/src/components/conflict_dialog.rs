//! The choice between two versions of a todo.

use shared::Todo;
use yew::prelude::*;

use super::{modal::Modal, person::person};
use crate::queries::{Choice, Conflict, use_conflict, use_people};

const TITLE: &str = "Somebody else has changed this todo";

/// Shows a change that somebody else's has overtaken beside theirs, until one of them is chosen.
#[component]
pub(crate) fn ConflictDialog() -> Html {
    let (conflict, decide) = use_conflict();
    let Some(Conflict { mine, theirs }) = conflict else {
        return html! { <div class="slot"></div> };
    };
    let choose = |choice: Choice| decide.reform(move |_: MouseEvent| choice);
    let theirs = &theirs.resource;
    html! {
        // Closing it decides nothing, so that the text goes back to where it can be changed.
        <Modal key={theirs.id} label={TITLE} on_close={decide.reform(|()| Choice::GoOnEditing)}>
            <h2>{ TITLE }</h2>
            <p class="muted">{ "Your change is not saved. Which version shall it be?" }</p>
            <dl class="conflict__versions">
                <Version whose="Yours" todo={mine.data.applied_to(theirs)} />
                <Version whose="Theirs" todo={theirs.clone()} />
            </dl>
            <div class="detail__actions">
                <button type="button" class="button button--primary" onclick={choose(Choice::KeepMine)}>{ "Keep mine" }</button>
                <button type="button" class="button" onclick={choose(Choice::TakeTheirs)}>{ "Take theirs" }</button>
                <button type="button" class="button" onclick={choose(Choice::GoOnEditing)}>{ "Go on editing" }</button>
            </div>
        </Modal>
    }
}

#[derive(Properties, PartialEq)]
struct VersionProps {
    whose: &'static str,
    todo: Todo,
}

/// One of the two. Names are asked for here alone: the dialog's place is there on every page, the sign-in's as well.
#[component]
fn Version(props: &VersionProps) -> Html {
    let people = use_people();
    let VersionProps { whose, todo } = props;
    html! {
        <div>
            <dt class="label">{ whose }</dt>
            <dd>
                <p class="conflict__text" dir="auto">{ todo.todo.clone() }</p>
                { person(todo.user_id, &people.name(todo.user_id)) }
            </dd>
        </div>
    }
}
