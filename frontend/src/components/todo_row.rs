//! One todo in the list.

use std::rc::Rc;

use shared::{Todo, TodoId, UserId};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{
    icon::{Glyph, icon},
    person::{PersonSelect, person},
};
use crate::{
    app_context::{Part, Parts},
    dom,
    domain::{people::People, todo_change::TodoChange},
    queries::is_provisional,
    route::{Route, router::Link},
};

/// What of a todo is edited where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// Its text.
    Text,
    /// Whose it is.
    Person,
}

/// An action on a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RowEvent {
    /// Ticked or unticked: done or not.
    Tick(Todo, bool),
    /// Opened the editor.
    Edit(Todo, Field),
    /// Left the editor.
    Close(Todo),
    /// Saved another text.
    Save(TodoChange),
    /// Gave it to somebody.
    Give(Todo, UserId),
    /// Deleted.
    Delete(Todo),
    /// Selected or not any more; all from the last one up to this, where it says so.
    Select(Todo, bool),
}

/// Properties of [`TodoRow`]. They compare by value and `on_event` never changes, so that a row only renders when
/// something about it did.
#[derive(Properties, PartialEq)]
pub(crate) struct TodoRowProps {
    /// The todo.
    pub(crate) todo: Todo,
    /// Whose it is.
    pub(crate) name: AttrValue,
    /// All people, while it is edited.
    #[prop_or_default]
    pub(crate) people: Option<Rc<People>>,
    /// What is edited.
    #[prop_or_default]
    pub(crate) editing: Option<Field>,
    /// Whether it is selected, where todos can be.
    #[prop_or_default]
    pub(crate) selected: Option<bool>,
    /// Whether it passes by, in a long list that jumps. Then it does without its buttons, which nobody presses before the list is at
    /// rest: half the elements.
    #[prop_or_default]
    pub(crate) is_passing: bool,
    /// Has the editor. Handed down: hundreds of rows would ask for it one by one.
    #[prop_or_default]
    pub(crate) parts: Parts,
    /// See [`RowEvent`].
    pub(crate) on_event: Callback<RowEvent>,
}

/// The beginning of the ids of rows' links.
const LINK: &str = "todo-";

/// Id of the row's link, where the focus goes when a neighbour has gone.
pub(crate) fn link_id(id: TodoId) -> String {
    LINK.to_owned() + &id.to_string()
}

/// The todo in whose row the focus is.
pub(crate) fn focused() -> Option<TodoId> {
    let row = dom::document()?.active_element()?.closest("[data-todo]").ok()??;
    row.get_attribute("data-todo")?.parse().ok()
}

/// One todo: tick it, open it, edit it, give it away, delete it, select it. Flat: what a long list costs while it is scrolled
/// goes with the elements of a row.
#[component]
pub(crate) fn TodoRow(props: &TodoRowProps) -> Html {
    let TodoRowProps { todo, name, people, editing, selected, is_passing, parts, on_event } = props;
    let on_close = emit(props, RowEvent::Close);
    if *editing == Some(Field::Text) && parts.are_loaded() {
        let on_save = on_event.reform(RowEvent::Save);
        return html! {
            <li class="todo todo--editing" data-todo={todo.id.to_string()}>
                { parts.show(Part::TextEditor { todo: todo.clone(), on_save, on_close }) }
            </li>
        };
    }

    let tick = {
        let todo = todo.clone();
        // What the box shows counts: several clicks may come before the todo is another one.
        on_event.reform(move |event: Event| {
            let done = event.target_unchecked_into::<HtmlInputElement>().checked();
            RowEvent::Tick(todo.clone(), done)
        })
    };
    let edit = emit(props, |todo| RowEvent::Edit(todo, Field::Text));
    let delete = emit(props, RowEvent::Delete);
    let pending = is_provisional(todo.id);
    let class = classes!(
        "todo",
        todo.completed.then_some("todo--done"),
        pending.then_some("todo--pending"),
        (*selected == Some(true)).then_some("todo--selected")
    );
    let text_id = link_id(todo.id);
    let select = {
        let todo = todo.clone();
        on_event.reform(move |event: MouseEvent| RowEvent::Select(todo.clone(), event.shift_key()))
    };
    html! {
        <li {class} data-todo={todo.id.to_string()}>
            if let Some(selected) = *selected {
                <input type="checkbox" class="check check--select" checked={selected} disabled={pending}
                    aria-label={["Select “", &todo.todo, "”"].concat()} onclick={select} />
            }
            <input type="checkbox" class="check" checked={todo.completed} disabled={pending}
                aria-labelledby={text_id.clone()} onchange={tick} />
            if pending {
                <span class="todo__text" id={text_id} dir="auto">{ todo.todo.clone() }</span>
            } else {
                <Link to={Route::Todo(todo.id)} class="todo__text" id={text_id} dir="auto">{ todo.todo.clone() }</Link>
            }
            { owner(props, people.clone().filter(|_| *editing == Some(Field::Person)), name, pending) }
            if !is_passing {
                <button type="button" class="icon-button" disabled={pending} onclick={edit}
                    aria-label={["Edit “", &todo.todo, "”"].concat()}>
                    { icon(Glyph::Edit) }
                </button>
                <button type="button" class="icon-button icon-button--danger" disabled={pending}
                    onclick={delete} aria-label={["Delete “", &todo.todo, "”"].concat()}>
                    { icon(Glyph::Trash) }
                </button>
            }
        </li>
    }
}

/// Whose it is, or with `people` somebody else to choose.
fn owner(props: &TodoRowProps, people: Option<Rc<People>>, name: &AttrValue, pending: bool) -> Html {
    let todo = &props.todo;
    if let Some(people) = people {
        let on_change = {
            let todo = todo.clone();
            props.on_event.reform(move |person: Option<UserId>| {
                RowEvent::Give(todo.clone(), person.unwrap_or(todo.user_id))
            })
        };
        let close = emit::<KeyboardEvent>(props, RowEvent::Close);
        let onkeydown = move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                close.emit(event);
            }
        };
        return html! {
            <div class="todo__choice" {onkeydown}>
                <PersonSelect id="row-person" label={["Give “", &todo.todo, "” to"].concat()} {people}
                    value={Some(todo.user_id)} focused=true {on_change} />
            </div>
        };
    }
    if props.is_passing {
        return html! { <span class="todo__person">{ person(todo.user_id, name) }</span> };
    }
    let give = emit::<MouseEvent>(props, |todo| RowEvent::Edit(todo, Field::Person));
    html! {
        <button type="button" class="todo__person" disabled={pending} onclick={give}
            aria-label={[name.as_str(), ": give “", &todo.todo, "” to somebody else"].concat()}>
            { person(todo.user_id, name) }
        </button>
    }
}

/// A callback that emits an action on the row.
fn emit<E: 'static>(props: &TodoRowProps, event: fn(Todo) -> RowEvent) -> Callback<E> {
    let todo = props.todo.clone();
    props.on_event.reform(move |_| event(todo.clone()))
}
