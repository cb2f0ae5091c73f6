//! Edits a todo's text where it stands.

use query_yew::use_query_client;
use shared::Todo;
use web_sys::{HtmlInputElement, InputEvent, KeyboardEvent, SubmitEvent};
use yew::prelude::*;

use super::click::on_click;
use crate::{
    domain::{
        text::{self, TextError},
        todo_change::TodoChange,
    },
    drafts::{self, Edit},
    queries::{begin_edit, end_edit, use_person},
};

/// Properties of [`TextEditor`].
#[derive(Clone, Properties, PartialEq)]
pub(crate) struct TextEditorProps {
    /// The todo. What becomes of it while it is being edited does not count.
    pub(crate) todo: Todo,
    /// Its text as it shall be, checked; not called when nothing changed.
    pub(crate) on_save: Callback<TodoChange>,
    /// Editing is over, either way.
    pub(crate) on_close: Callback<()>,
}

/// A field with the text in it: Enter saves, Escape cancels. A text that was left in it is there again.
#[component]
pub(crate) fn TextEditor(props: &TextEditorProps) -> Html {
    let node = use_node_ref();
    let person = use_person();
    let client = use_query_client();
    let begun = use_memo((), |()| begin_edit(&client, person.as_deref(), &props.todo));
    let draft = use_state_eq(|| begun.text.clone());
    let error = use_state_eq(|| None::<TextError>);
    let shown_error = *error;
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(input) = node.cast::<HtmlInputElement>() {
                // Focus fails only on elements that are gone.
                let _ = input.focus();
                input.select();
            }
        });
    }

    let oninput = {
        let (draft, error) = (draft.clone(), error.clone());
        let (begun, person) = (begun.clone(), person.clone());
        Callback::from(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            // Too long is said while typing; empty only when it is tried to be saved.
            error.set(text::check(&value).err().filter(|err| *err != TextError::Empty));
            if let Some(person) = &person {
                let edit = Edit { text: value.clone(), ..Edit::clone(&begun) };
                drafts::change(person, |drafts| {
                    drafts.edit = Some(edit).filter(|edit| edit.text != edit.before.todo)
                });
            }
            draft.set(value);
        })
    };
    let on_close = {
        let (on_close, person) = (props.on_close.clone(), person.clone());
        Callback::from(move |()| {
            end_edit(&client, person.as_deref());
            on_close.emit(());
        })
    };
    let onsubmit = {
        let (on_save, on_close) = (props.on_save.clone(), on_close.clone());
        let draft = draft.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match text::check(&draft) {
                Ok(text) => {
                    on_close.emit(());
                    if begun.before.todo != text {
                        let tag = begun.tag.clone();
                        on_save.emit(TodoChange { tag, ..TodoChange::text(begun.before.clone(), text) });
                    }
                }
                Err(err) => error.set(Some(err)),
            }
        })
    };
    let onkeydown = {
        let on_close = on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                on_close.emit(());
            }
        })
    };
    let cancel = on_click(&on_close);
    html! {
        <form class="editor" {onsubmit} {onkeydown} novalidate=true>
            <input ref={node} class="field editor__input" aria-label="Todo text" autocomplete="off" enterkeyhint="done"
                value={(*draft).clone()} dir="auto" {oninput} aria-invalid={shown_error.map(|_| "true")}
                aria-describedby="editor-hint" />
            <button class="button button--primary">{ "Save" }</button>
            <button type="button" class="button" onclick={cancel}>{ "Cancel" }</button>
            <p id="editor-hint" class={if shown_error.is_some() { "hint hint--error" } else { "visually-hidden" }} aria-live="polite">
                { shown_error.map_or_else(|| "Enter saves, Escape cancels.".to_owned(), |err| err.message()) }
            </p>
        </form>
    }
}
