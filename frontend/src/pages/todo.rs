//! One todo.

use shared::{Todo, TodoId, UserId};
use yew::prelude::*;

use super::{fault_of, not_found::NotFound, staleness_of};
use crate::{
    app_context::{Wanted, use_changes},
    components::{
        boundary::{Boundary, use_fault},
        heading::{heading, hidden_heading, use_title},
        icon::{Glyph, icon},
        notice::StaleNotice,
        person::PersonSelect,
        skeleton::{Progress, Skeleton},
        status::Status,
        text_editor::TextEditor,
    },
    dom,
    hooks::use_event,
    queries::{TodoChange, use_people, use_reopened_editor, use_todo},
    route::{
        Route,
        router::{Entry, Link, go},
        view::TodosView,
    },
};

const EDIT: &str = "edit";

/// The name of the page while its todo is not known.
const TITLE: &str = "Todo";

fn list() -> Route {
    Route::Todos(TodosView::default())
}

/// Properties of [`TodoPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct TodoPageProps {
    /// The todo.
    pub(crate) id: TodoId,
}

/// One todo, to be read, ticked, edited, given to another person and deleted.
#[component]
pub(crate) fn TodoPage(props: &TodoPageProps) -> Html {
    html! {
        <div class="page__body">
            <Link to={list()} class="back">{ icon(Glyph::Back) }{ "All todos" }</Link>
            <Boundary title={TITLE}><Detail id={props.id} /></Boundary>
        </div>
    }
}

#[component]
fn Detail(props: &TodoPageProps) -> Html {
    let query = use_todo(Some(props.id));
    let people = use_people();
    let changes = use_changes();
    let editing = use_state_eq(|| false);
    {
        let (editing, id) = (editing.clone(), props.id);
        let on_reopened = use_event(move |opened| editing.set(opened == Some(id)));
        use_reopened_editor(on_reopened);
    }
    let missing = query.error.as_ref().is_some_and(|err| err.is_not_found());
    use_fault(fault_of(&query).filter(|_| !missing));
    use_title(match &query.data {
        Some(todo) if !missing => Some(AttrValue::from(todo.todo.clone())),
        _ => Some(AttrValue::Static(if missing { "Todo not found" } else { TITLE })),
    });
    {
        // The button that opened the editor is there again when it closes.
        let was_open = use_mut_ref(|| false);
        use_effect_with(*editing, move |open| {
            if was_open.replace(*open) && !*open {
                dom::focus(EDIT);
            }
        });
    }

    if changes.hidden.contains(&props.id) {
        let id = props.id;
        let undo = html! {
            <button type="button" class="button button--primary" onclick={move |_| changes.make(Wanted::Undo(id))}>{ "Undo" }</button>
        };
        return html! {
            <NotFound title="This todo is deleted" text="It can be brought back while its message is shown.">
                { undo }
            </NotFound>
        };
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
            return html! {
                <div>
                    { hidden_heading(TITLE) }
                    <Skeleton label="Loading the todo…" progress={Progress::of(&query)}>{ bones }</Skeleton>
                </div>
            };
        }
        _ => {
            return html! {
                <NotFound title="Todo not found" text="It does not exist, or it has been deleted." />
            };
        }
    };

    let delete = {
        let changes = changes.clone();
        Callback::from(move |todo: Todo| changes.make(Wanted::Delete(vec![todo])))
    };
    let change = Callback::from(move |change: TodoChange| changes.make(Wanted::Update(change)));
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
            <StaleNotice what="This todo" staleness={staleness_of(&query)} />
            <article class="card detail" aria-labelledby="heading">
                { head(todo, &editing, &change) }
                <div class="detail__facts">
                    <div>
                        <label class="label" for="todo-person">{ "Person" }</label>
                        <PersonSelect id="todo-person" {people} value={Some(todo.user_id)} on_change={on_person} />
                    </div>
                    <p class="muted tabular">{ "Todo " }{ todo.id }</p>
                </div>
                { actions(todo, &editing, &change, &delete) }
            </article>
        </div>
    }
}

/// State and text, or the editor in the text's place.
fn head(todo: &Todo, editing: &UseStateHandle<bool>, change: &Callback<TodoChange>) -> Html {
    let editor = (**editing).then(|| {
        let editing = editing.clone();
        html! { <TextEditor todo={todo.clone()} on_save={change} on_close={move |()| editing.set(false)} /> }
    });
    html! {
        <div class="detail__head">
            <Status done={todo.completed}>{ if todo.completed { "Done" } else { "Open" } }</Status>
            // The page keeps its heading while the text is being edited.
            <div class={classes!(editor.is_some().then_some("visually-hidden"))} dir="auto">{ heading(todo.todo.clone()) }</div>
            { editor }
        </div>
    }
}

fn actions(
    todo: &Todo,
    editing: &UseStateHandle<bool>,
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
            <button type="button" id={EDIT} class="button" disabled={**editing} onclick={edit}>
                { icon(Glyph::Edit) }{ "Edit" }
            </button>
            <button type="button" class="button button--danger" onclick={delete}>
                { icon(Glyph::Trash) }{ "Delete" }
            </button>
        </div>
    }
}
