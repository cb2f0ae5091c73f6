//! One todo.

use shared::{Todo, TodoId, UserId};
use yew::prelude::*;

use super::{fault_of, not_found, staleness_of};
use crate::{
    app_context::use_undo_delete,
    components::{
        boundary::{Boundary, use_fault},
        heading::{heading, hidden_heading, use_title},
        icon::{Glyph, icon},
        notice::stale_notice,
        person::PersonSelect,
        skeleton::skeleton,
        status::status,
        text_editor::TextEditor,
    },
    dom,
    hooks::{ValueHandle, use_effect_on, use_value},
    queries::{TodoChange, use_people, use_todo, use_update_todo},
    route::{
        Route,
        router::{Entry, go, link},
        view::TodosView,
    },
};

const EDIT: &str = "edit";

/// The name of the page while its todo is not known.
const TITLE: &str = "Todo";

fn list() -> Route {
    Route::Todos(TodosView::default())
}

/// One todo, to be read, ticked, edited, given to another person and deleted.
pub(crate) fn todo_page(id: TodoId) -> Html {
    // The key: another todo is another page, with its own editor.
    html! {
        <div class="page__body" key={id}>
            { link(&list(), "back", html! { <>{ icon(Glyph::Back) }{ "All todos" }</> }) }
            <Boundary title={TITLE}><Detail {id} /></Boundary>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct DetailProps {
    id: TodoId,
}

#[component]
fn Detail(props: &DetailProps) -> Html {
    let query = use_todo(Some(props.id));
    let people = use_people();
    let update = use_update_todo();
    let deletions = use_undo_delete();
    let editing = use_value(bool::default);
    let missing = query.error.as_ref().is_some_and(|err| err.is_not_found());
    use_fault(fault_of(&query).filter(|_| !missing));
    use_title(match &query.data {
        Some(todo) if !missing => Some(AttrValue::from(todo.todo.clone())),
        _ => Some(AttrValue::Static(if missing { "Todo not found" } else { TITLE })),
    });
    {
        // The button that opened the editor is there again when it closes.
        let was_open = use_mut_ref(|| false);
        use_effect_on(editing.get(), move |open| {
            if was_open.replace(*open) && !*open {
                dom::focus(EDIT);
            }
        });
    }

    if deletions.hidden.contains(&props.id) {
        let (undo, id) = (deletions.undo.clone(), props.id);
        let undo = html! {
            <button type="button" class="button button--primary" onclick={move |_| undo.emit(id)}>{ "Undo" }</button>
        };
        return not_found("This todo is deleted", "It can be brought back while its message is shown.", undo);
    }
    let todo = match &query.data {
        Some(todo) if !missing => todo,
        None if query.fetching || query.paused || (query.is_error() && !missing) => {
            let bones = html! {
                <div class="card detail">
                    <span class="bone bone--title"></span>
                    <span class="bone bone--text bone--long"></span>
                    <span class="bone bone--field"></span>
                </div>
            };
            let bones = skeleton("Loading the todo…", query.failures, query.held_off, bones);
            return html! { <div>{ hidden_heading(TITLE) }{ bones }</div> };
        }
        _ => {
            return not_found(
                "Todo not found",
                "It does not exist, or it has been deleted.",
                Html::default(),
            );
        }
    };

    let change = Callback::from(move |change: TodoChange| update.mutate(change));
    let on_person = {
        let (todo, change) = (Todo::clone(todo), change.clone());
        move |person: Option<UserId>| {
            if let Some(person) = person {
                change.emit(TodoChange::person(todo.clone(), person));
            }
        }
    };
    html! {
        <div class="stack">
            { stale_notice("This todo", &staleness_of(&query)) }
            <article class="card detail" aria-labelledby="heading">
                { head(todo, &editing, &change) }
                <div class="detail__facts">
                    <div>
                        <label class="label" for="todo-person">{ "Person" }</label>
                        <PersonSelect id="todo-person" {people} value={Some(todo.user_id)} on_change={on_person} />
                    </div>
                    <p class="muted tabular">{ "Todo " }{ todo.id }</p>
                </div>
                { actions(todo, &editing, &change, &deletions.delete) }
            </article>
        </div>
    }
}

/// State and text, or the editor in the text's place.
fn head(todo: &Todo, editing: &ValueHandle<bool>, change: &Callback<TodoChange>) -> Html {
    let editor = editing.get().then(|| {
        let before = todo.clone();
        let on_save = change.reform(move |text| TodoChange::text(before.clone(), text));
        let editing = editing.clone();
        html! { <TextEditor text={todo.todo.clone()} {on_save} on_close={move |()| editing.set(false)} /> }
    });
    html! {
        <div class="detail__head">
            { status(todo.completed, Html::from(if todo.completed { "Done" } else { "Open" })) }
            // The page keeps its heading while the text is being edited.
            <div ~className={if editor.is_some() { "visually-hidden" } else { "" }}>{ heading(todo.todo.clone()) }</div>
            { editor }
        </div>
    }
}

fn actions(
    todo: &Todo,
    editing: &ValueHandle<bool>,
    change: &Callback<TodoChange>,
    delete: &Callback<Todo>,
) -> Html {
    let toggle = {
        let todo = todo.clone();
        change.reform(move |_: MouseEvent| TodoChange::toggle(todo.clone()))
    };
    let edit = {
        let editing = editing.clone();
        move |_: MouseEvent| editing.set(true)
    };
    let delete = {
        let (todo, delete) = (todo.clone(), delete.clone());
        move |_: MouseEvent| {
            delete.emit(todo.clone());
            go(&list(), Entry::Push);
        }
    };
    let (glyph, label) =
        if todo.completed { (Glyph::Circle, "Mark as open") } else { (Glyph::Check, "Mark as done") };
    html! {
        <div class="detail__actions">
            <button type="button" class="button button--primary" onclick={toggle}>{ icon(glyph) }{ label }</button>
            <button type="button" id={EDIT} class="button" disabled={editing.get()} onclick={edit}>
                { icon(Glyph::Edit) }{ "Edit" }
            </button>
            <button type="button" class="button button--danger" onclick={delete}>
                { icon(Glyph::Trash) }{ "Delete" }
            </button>
        </div>
    }
}
