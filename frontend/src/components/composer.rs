//! Adds a todo.

use shared::{CreateTodoData, Todo, UserId, todo::TODO_TEXT_MAX};
use web_sys::{HtmlInputElement, InputEvent, SubmitEvent};
use yew::prelude::*;

use super::{
    icon::{Glyph, icon},
    person::PersonSelect,
};
use crate::{
    app_context::{Message, ToastAction, Toasts, Wanted, use_changes, use_toasts},
    dom,
    domain::{
        listing::is_shown,
        text::{self, TextError},
    },
    hooks::use_event,
    queries::{use_draft, use_own_id, use_people},
    route::{
        Route,
        router::{Entry, go},
        view::TodosView,
    },
};

/// How many characters before the limit the counter appears.
const COUNT_FROM: usize = 40;

/// The id of the field for a new todo.
pub(crate) const NEW_TODO: &str = "new-todo";
const PERSON: &str = "new-todo-person";

/// The reason why nothing was added.
#[derive(Clone, Copy, PartialEq)]
enum FormError {
    Text(TextError),
    NoPerson,
}

/// Properties of [`Composer`].
#[derive(Properties, PartialEq)]
pub(crate) struct ComposerProps {
    /// The list's view. A new todo belongs to its person, else to the one signed in, unless another one is chosen.
    pub(crate) view: TodosView,
}

/// The form for a new todo. It is ready for the next one at once; if the request fails the text comes back.
#[component]
pub(crate) fn Composer(props: &ComposerProps) -> Html {
    let toasts = use_toasts();
    let people = use_people();
    let own = use_own_id();
    let draft = use_draft();
    let changes = use_changes();
    let error = use_state_eq(|| None::<FormError>);
    let (text, shown_error) = (draft.text(), *error);
    let person = draft.chosen().or(props.view.person).or(own);

    let oninput = {
        let (draft, error) = (draft.clone(), error.clone());
        Callback::from(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            error.set(match text::check(&value) {
                Err(err @ TextError::TooLong(_)) => Some(FormError::Text(err)),
                _ => None,
            });
            draft.set(value);
        })
    };
    let on_person = {
        let (draft, error) = (draft.clone(), error.clone());
        use_event(move |person: Option<UserId>| {
            draft.choose(person);
            error.set(None);
        })
    };
    let onsubmit = {
        let view = props.view.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text = match text::check(&draft.text()) {
                Ok(text) => text,
                Err(err) => {
                    error.set(Some(FormError::Text(err)));
                    dom::focus(NEW_TODO);
                    return;
                }
            };
            let Some(user_id) = person else {
                error.set(Some(FormError::NoPerson));
                dom::focus(PERSON);
                return;
            };
            let data = CreateTodoData { todo: text, completed: false, user_id };
            draft.set(String::new());
            dom::focus(NEW_TODO);
            show_added(&data, &view, toasts.as_ref());
            changes.make(Wanted::Add(data, draft.on_refusal()));
        })
    };

    let left = TODO_TEXT_MAX.saturating_sub(text.trim().chars().count());
    let message = match shown_error {
        Some(FormError::Text(err)) => Some(err.message()),
        Some(FormError::NoPerson) => Some("Choose whose it is.".to_owned()),
        None => None,
    };
    let text_invalid = matches!(shown_error, Some(FormError::Text(_)));
    let person_missing = shown_error == Some(FormError::NoPerson);
    html! {
        <form class="card composer" {onsubmit} novalidate=true aria-label="Add a todo">
            <div class="composer__text">
                <label class="label" for={NEW_TODO}>{ "New todo" }</label>
                <input id={NEW_TODO} class="field" placeholder="What needs to be done?" autocomplete="off"
                    enterkeyhint="done" dir="auto" value={text} {oninput}
                    aria-invalid={text_invalid.then_some("true")} aria-describedby="new-todo-note" />
            </div>
            <div>
                <label class="label" for={PERSON}>{ "Person" }</label>
                <PersonSelect id={PERSON} {people} value={person} empty_option="Choose a person"
                    invalid={person_missing} described_by="new-todo-note" on_change={on_person} />
            </div>
            <button class="button button--primary">{ icon(Glyph::Plus) }{ "Add" }</button>
            <p id="new-todo-note" role="status"
                class={classes!("composer__note", "hint", message.is_some().then_some("hint--error"))}>
                if let Some(message) = message {
                    { message }
                } else if left <= COUNT_FROM {
                    { left }{ " characters left" }
                }
            </p>
        </form>
    }
}

/// A new todo is on the first page of the list; if the filters leave it out, a toast says so.
fn show_added(data: &CreateTodoData, view: &TodosView, toasts: Option<&Toasts>) {
    let first_page = TodosView { page: 1, ..view.clone() };
    let CreateTodoData { todo, completed, user_id } = data.clone();
    let added = Todo { id: 0, todo, completed, user_id };
    if is_shown(&added, view) {
        dom::announce(&["Added “", &data.todo, "”"].concat());
        if first_page != *view {
            go(&Route::Todos(first_page), Entry::Push);
        }
    } else if let Some(toasts) = toasts {
        toasts.show(Message {
            text: ["Added “", &data.todo, "”, which these filters leave out"].concat().into(),
            failure: false,
            action: Some(ToastAction {
                label: "Show",
                run: Callback::from(|()| go(&Route::Todos(TodosView::default()), Entry::Push)),
            }),
            on_close: Callback::noop(),
            about: None,
        });
    }
}
