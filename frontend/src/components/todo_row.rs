//! One todo in the list.

use shared::Todo;
use yew::prelude::*;

use super::{
    icon::{Glyph, icon},
    person::person,
    text_editor::TextEditor,
};
use crate::{
    domain::todo_change::TodoChange,
    queries::is_provisional,
    route::{Route, router::Link},
};

/// An action on a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RowEvent {
    /// Ticked or unticked.
    Toggle(Todo),
    /// Opened the editor.
    Edit(Todo),
    /// Left the editor.
    Close(Todo),
    /// Saved another text.
    Save(TodoChange),
    /// Deleted.
    Delete(Todo),
}

/// Properties of [`TodoRow`]. They compare by value and `on_event` never changes, so that a row only renders when
/// something about it did.
#[derive(Properties, PartialEq)]
pub(crate) struct TodoRowProps {
    /// The todo.
    pub(crate) todo: Todo,
    /// Whose it is.
    pub(crate) name: AttrValue,
    /// Whether the editor is open.
    pub(crate) editing: bool,
    /// See [`RowEvent`].
    pub(crate) on_event: Callback<RowEvent>,
}

/// Id of the row's link, where the focus goes when a neighbour has gone.
pub(crate) fn link_id(id: shared::TodoId) -> String {
    "todo-".to_owned() + &id.to_string()
}

/// One todo: tick it, open it, edit it, delete it.
#[component]
pub(crate) fn TodoRow(props: &TodoRowProps) -> Html {
    let TodoRowProps { todo, name, editing, on_event } = props;
    if *editing {
        let on_close = emit(props, RowEvent::Close);
        let on_save = on_event.reform(RowEvent::Save);
        return html! {
            <li class="todo todo--editing">
                <TextEditor todo={todo.clone()} {on_save} {on_close} />
            </li>
        };
    }

    let toggle = emit::<Event>(props, RowEvent::Toggle);
    let (edit, delete) = (emit(props, RowEvent::Edit), emit(props, RowEvent::Delete));
    let pending = is_provisional(todo.id);
    let class = classes!("todo", todo.completed.then_some("todo--done"), pending.then_some("todo--pending"));
    let text_id = link_id(todo.id);
    html! {
        <li {class}>
            <label class="check">
                <input type="checkbox" class="check__input" checked={todo.completed} disabled={pending}
                    aria-labelledby={text_id.clone()} onchange={toggle} />
            </label>
            <div class="todo__body">
                if pending {
                    <span class="todo__text" id={text_id} dir="auto">{ todo.todo.clone() }</span>
                } else {
                    <Link to={Route::Todo(todo.id)} class="todo__text" id={text_id} dir="auto">{ todo.todo.clone() }</Link>
                }
                { person(todo.user_id, name) }
            </div>
            <div class="todo__actions">
                <button type="button" class="icon-button" disabled={pending} onclick={edit}
                    aria-label={["Edit “", &todo.todo, "”"].concat()}>
                    { icon(Glyph::Edit) }
                </button>
                <button type="button" class="icon-button icon-button--danger" disabled={pending}
                    onclick={delete} aria-label={["Delete “", &todo.todo, "”"].concat()}>
                    { icon(Glyph::Trash) }
                </button>
            </div>
        </li>
    }
}

/// A callback that emits an action on the row.
fn emit<E: 'static>(props: &TodoRowProps, event: fn(Todo) -> RowEvent) -> Callback<E> {
    let todo = props.todo.clone();
    props.on_event.reform(move |_| event(todo.clone()))
}
