//! Edits a todo's text where it stands.

use web_sys::{HtmlInputElement, InputEvent, KeyboardEvent, SubmitEvent};
use yew::prelude::*;

use super::click::on_click;
use crate::domain::text::{self, TextError};

/// Properties of [`TextEditor`].
#[derive(Properties, PartialEq)]
pub(crate) struct TextEditorProps {
    /// The text as it is.
    pub(crate) text: AttrValue,
    /// The text as it shall be, checked; not called when nothing changed.
    pub(crate) on_save: Callback<String>,
    /// Editing is over, either way.
    pub(crate) on_close: Callback<()>,
}

/// A field with the text in it: Enter saves, Escape cancels.
#[component]
pub(crate) fn TextEditor(props: &TextEditorProps) -> Html {
    let node = use_node_ref();
    let draft = use_state_eq(|| props.text.to_string());
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
        Callback::from(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            // Too long is said while typing; empty only when it is tried to be saved.
            error.set(text::check(&value).err().filter(|err| *err != TextError::Empty));
            draft.set(value);
        })
    };
    let onsubmit = {
        let (on_save, on_close, before) = (props.on_save.clone(), props.on_close.clone(), props.text.clone());
        let draft = draft.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match text::check(&draft) {
                Ok(text) => {
                    on_close.emit(());
                    if before != text {
                        on_save.emit(text);
                    }
                }
                Err(err) => error.set(Some(err)),
            }
        })
    };
    let onkeydown = {
        let on_close = props.on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                on_close.emit(());
            }
        })
    };
    let cancel = on_click(&props.on_close);
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
