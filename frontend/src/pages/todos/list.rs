//! The list itself.

use std::rc::Rc;

use query_yew::QueryResult;
use shared::{Todo, TodoId, TodoPage};
use yew::prelude::*;

use super::{
    blank::Blank,
    keys::{Key, use_list_keys},
    options::Options,
    selection::{Selection, SelectionEvent},
    window::{reveal, use_window},
};
use crate::{
    api::ApiError,
    app_context::{Bulk, Part, Wanted, use_changes, use_parts},
    components::{
        boundary::use_fault,
        later::Later,
        notice::StaleNotice,
        pager::Pager,
        skeleton::{Progress, RowBones, Skeleton},
        todo_row::{Field, RowEvent, TodoRow, focused, link_id},
    },
    dom,
    domain::listing::{Line, Listing, PAGE_SIZE},
    hooks::use_event,
    pages::{fault_of, staleness_of},
    queries::{TodoChange, is_provisional, use_people, use_reopened_editor},
    route::{
        router::Entry,
        view::{StateFilter, TodosView},
    },
};

/// The id of the list's heading, which takes the focus when no todo is left for it.
const LIST_HEADING: &str = "list-heading";

/// What takes the focus once the list has been rendered again.
enum NextFocus {
    /// The element with this id.
    To(String),
    /// The same, once this todo has left the list and taken the focus along.
    After(TodoId, String),
    /// The row of this todo, once it is in the window.
    Row(TodoId),
}

fn is_listed(listing: Option<&Listing>, todo: TodoId) -> bool {
    listing.is_some_and(|listing| listing.ids().any(|id| id == todo))
}

/// Properties of [`List`].
#[derive(Properties, PartialEq)]
pub(crate) struct ListProps {
    /// The view that is shown now.
    pub(crate) view: TodosView,
    /// All todos.
    pub(crate) todos: QueryResult<TodoPage, ApiError>,
    /// Called with the view to show next.
    pub(crate) on_view: Callback<(TodosView, Entry)>,
}

/// The todos that the view selects.
#[component]
pub(crate) fn List(props: &ListProps) -> Html {
    let ListProps { view, todos, on_view } = props;
    let people = use_people();
    let (changes, parts) = (use_changes(), use_parts());
    let selection = use_reducer_eq(Selection::default);
    let editing = use_state_eq(|| None::<(TodoId, Field)>);
    {
        let editing = editing.clone();
        let on_reopened = use_event(move |id: Option<TodoId>| editing.set(id.map(|id| (id, Field::Text))));
        use_reopened_editor(on_reopened);
    }
    let focus_next = use_mut_ref(|| None::<NextFocus>);
    let list_node = use_node_ref();
    use_fault(fault_of(todos));

    let listing = use_memo(
        (todos.data.clone(), Rc::clone(&changes.hidden), people.clone(), view.clone()),
        |(todos, hidden, people, view)| {
            todos.as_ref().map(|page| Listing::of(&page.todos, hidden, people, view))
        },
    );
    let lines = Option::as_ref(&listing).map_or(0, |listing| listing.lines.len());
    let shown = use_window(&list_node, lines);
    {
        let focus_next = focus_next.clone();
        use_effect_with((listing.clone(), *editing, shown.lines.clone()), move |(listing, ..)| {
            let next = focus_next.borrow_mut().take();
            let id = match next {
                Some(NextFocus::After(todo, _)) if is_listed(Option::as_ref(listing), todo) => {
                    // A change that waits for its code takes no row away yet.
                    if !parts.are_loaded() {
                        *focus_next.borrow_mut() = next;
                    }
                    None
                }
                // Meanwhile somebody may have gone elsewhere.
                Some(NextFocus::After(_, id)) => Some(id).filter(|_| dom::is_focus_free()),
                Some(NextFocus::To(id)) => Some(id),
                Some(NextFocus::Row(todo)) => {
                    if !dom::focus(&link_id(todo)) && is_listed(Option::as_ref(listing), todo) {
                        *focus_next.borrow_mut() = next;
                    }
                    None
                }
                None => None,
            };
            if let Some(id) = id
                && !dom::focus(&id)
            {
                dom::focus(LIST_HEADING);
            }
        });
    }
    {
        // What has left the list cannot be changed with the others.
        let selection = selection.dispatcher();
        use_effect_with(listing.clone(), move |listing| {
            if let Some(listing) = Option::as_ref(listing) {
                selection.dispatch(SelectionEvent::Kept(listing.ids().collect()));
            }
        });
    }
    {
        // Search and filters change the list away from the focus: announce the result.
        let text = Option::as_ref(&listing).map(|listing| count(listing, view));
        let asked = (view.search.clone(), view.state, view.person);
        let before = use_mut_ref(|| asked.clone());
        use_effect_with(asked, move |asked| {
            if before.replace(asked.clone()) != *asked {
                dom::announce(&text.unwrap_or_default());
            }
        });
    }

    let todo_of = {
        let todos = todos.data.clone();
        move |id: TodoId| todos.as_ref()?.todos.iter().find(|todo| todo.id == id).cloned()
    };
    // A row that is about to go hands the focus on to its neighbour.
    let hand_on_focus = {
        let (listing, focus_next) = (Rc::clone(&listing), Rc::clone(&focus_next));
        move |id: TodoId| {
            let next = Option::as_ref(&listing).and_then(|listing| listing.neighbour(id));
            let next = next.map_or_else(|| LIST_HEADING.to_owned(), link_id);
            *focus_next.borrow_mut() = Some(NextFocus::After(id, next));
        }
    };
    let on_bulk = {
        let (selection, todo_of) = (selection.clone(), todo_of.clone());
        let (changes, focus_next) = (changes.clone(), Rc::clone(&focus_next));
        use_event(move |bulk: Bulk| {
            let chosen: Vec<Todo> = selection.ids().iter().filter_map(|id| todo_of(*id)).collect();
            match bulk {
                Bulk::Complete(done) => {
                    for todo in chosen.into_iter().filter(|todo| todo.completed != done) {
                        changes.make(Wanted::Update(TodoChange::tick(todo, done)));
                    }
                }
                Bulk::Give(person) => {
                    for todo in chosen.into_iter().filter(|todo| todo.user_id != person) {
                        let change = TodoChange { in_a_form: false, ..TodoChange::person(todo, person) };
                        changes.make(Wanted::Update(change));
                    }
                }
                Bulk::Delete => {
                    *focus_next.borrow_mut() = Some(NextFocus::To(LIST_HEADING.to_owned()));
                    changes.make(Wanted::Delete(chosen));
                }
                Bulk::Cancel => {
                    dom::focus(LIST_HEADING);
                }
            }
            selection.dispatch(SelectionEvent::Ended);
        })
    };
    // Rows get this callback: it does not change with the list, or all of them would render.
    let on_event = {
        let (editing, focus_next) = (editing.clone(), Rc::clone(&focus_next));
        let (hand_on_focus, selection, listing) =
            (hand_on_focus.clone(), selection.dispatcher(), Rc::clone(&listing));
        let state = view.state;
        use_event(move |event: RowEvent| match event {
            RowEvent::Tick(todo, done) => {
                if state != StateFilter::All {
                    hand_on_focus(todo.id);
                }
                changes.make(Wanted::Update(TodoChange::tick(todo, done)));
            }
            RowEvent::Edit(todo, field) => editing.set(Some((todo.id, field))),
            RowEvent::Close(todo) => {
                *focus_next.borrow_mut() = Some(NextFocus::To(link_id(todo.id)));
                editing.set(None);
            }
            RowEvent::Save(change) => changes.make(Wanted::Update(change)),
            RowEvent::Give(todo, person) => {
                *focus_next.borrow_mut() = Some(NextFocus::To(link_id(todo.id)));
                editing.set(None);
                changes.make(Wanted::Update(TodoChange::person(todo, person)));
            }
            RowEvent::Delete(todo) => {
                hand_on_focus(todo.id);
                changes.make(Wanted::Delete(vec![todo]));
            }
            RowEvent::Select(todo, true) => {
                let order = Option::as_ref(&listing).map(|listing| listing.ids().collect());
                selection.dispatch(SelectionEvent::Extended(todo.id, order.unwrap_or_default()));
            }
            RowEvent::Select(todo, false) => selection.dispatch(SelectionEvent::Toggled(todo.id)),
        })
    };
    let on_key = {
        let (listing, selection, on_bulk) = (Rc::clone(&listing), selection.clone(), on_bulk.clone());
        let (todo_of, on_event) = (todo_of.clone(), on_event.clone());
        let (list_node, focus_next) = (list_node.clone(), Rc::clone(&focus_next));
        use_event(move |(key, current): (Key, Option<TodoId>)| {
            let Some(listing) = Option::as_ref(&listing) else { return };
            let on_todo = |id, event: fn(Todo) -> RowEvent| {
                if let Some(todo) = todo_of(id).filter(|todo| !is_provisional(todo.id)) {
                    on_event.emit(event(todo));
                }
            };
            match key {
                Key::Next | Key::Previous => {
                    let next = match (key, current) {
                        (_, None) => listing.ids().next(),
                        (Key::Next, Some(current)) => listing.after(current),
                        (_, Some(current)) => listing.before(current),
                    };
                    if let Some(next) = next
                        && !dom::focus(&link_id(next))
                    {
                        // The window is elsewhere, or not yet where the last key has led.
                        reveal(&list_node, listing.line_of(next));
                        *focus_next.borrow_mut() = Some(NextFocus::Row(next));
                    }
                }
                Key::Select(id) => on_todo(id, |todo| RowEvent::Select(todo, false)),
                Key::Edit(id) => on_todo(id, |todo| RowEvent::Edit(todo, Field::Text)),
                Key::Delete(_) if !selection.ids().is_empty() => on_bulk.emit(Bulk::Delete),
                Key::Delete(Some(id)) => on_todo(id, RowEvent::Delete),
                Key::Escape if selection.is_offered() => on_bulk.emit(Bulk::Cancel),
                Key::Delete(None) | Key::Escape => {}
            }
        })
    };
    use_list_keys(on_key);
    let on_page = {
        let focus_next = Rc::clone(&focus_next);
        let (view, on_view) = (view.clone(), on_view.clone());
        Callback::from(move |page: usize| {
            *focus_next.borrow_mut() = Some(NextFocus::To(LIST_HEADING.to_owned()));
            on_view.emit((TodosView { page, ..view.clone() }, Entry::Push));
        })
    };

    let (Some(listing), Some(data)) = (listing.as_ref(), &todos.data) else {
        return html! {
            <Skeleton label="Loading todos…" progress={Progress::of(todos)}><RowBones count={8} /></Skeleton>
        };
    };
    let on_all = {
        let (selection, ids) = (selection.dispatcher(), listing.ids().collect::<Vec<_>>());
        move |()| selection.dispatch(SelectionEvent::All(ids.clone()))
    };
    let on_select = {
        let selection = selection.dispatcher();
        move |_: MouseEvent| selection.dispatch(SelectionEvent::Offered)
    };
    let is_offered = selection.is_offered();
    // A row with the focus keeps what has it.
    let held = if shown.is_passing { focused() } else { None };
    let line = |line: &Line| match line {
        Line::Group { name, count } => html! {
            <li key={name.to_string()} class="group">
                <h3><bdi>{ name.clone() }</bdi></h3><span class="tabular">{ count }</span>
            </li>
        },
        Line::Todo { id, place } => match data.todos.get(*place) {
            Some(todo) => html! {
                <TodoRow key={*id} todo={todo.clone()} name={people.name(todo.user_id)}
                    people={editing.is_some_and(|(editing, _)| editing == *id).then(|| Rc::clone(&people))}
                    editing={editing.filter(|(editing, _)| editing == id).map(|(_, field)| field)}
                    selected={is_offered.then(|| selection.contains(*id))} is_passing={shown.is_passing && held != Some(*id)} {parts} on_event={on_event.clone()} />
            },
            None => html! { <li key={*id}></li> },
        },
    };
    html! {
        <div>
            <StaleNotice what="Todos" staleness={staleness_of(todos)} />
            <div class="listing__head">
                <h2 id={LIST_HEADING} tabindex="-1" class="listing__count tabular" data-testid="count">{ count(listing, view) }</h2>
                if listing.total > 0 {
                    <Options view={view.clone()} is_long={listing.total > PAGE_SIZE} on_view={on_view.clone()} {on_select} />
                }
            </div>
            if listing.lines.is_empty() {
                <Blank view={view.clone()} on_view={on_view.clone()} />
            } else {
                <ul ref={list_node} class={classes!("card", "todos", view.all.then_some("todos--all"))} aria-labelledby={LIST_HEADING}>
                    for shown in listing.lines.get(shown.lines.clone()).unwrap_or_default() {
                        { line(shown) }
                    }
                </ul>
            }
            <Later before={Html::default()}><Pager page={listing.page} pages={listing.pages} {on_page} /></Later>
            if is_offered {
                { parts.show(Part::BulkBar {
                    count: selection.ids().len(),
                    of: listing.ids().count(),
                    people,
                    on_all: on_all.into(),
                    on_bulk,
                }) }
            }
        </div>
    }
}

/// "13–24 of 254 todos"
fn count(listing: &Listing, view: &TodosView) -> String {
    let (first, last) = listing.range();
    let things = match (view.is_filtered(), listing.total) {
        (false, 1) => " todo",
        (false, _) => " todos",
        (true, 1) => " match",
        (true, _) => " matches",
    };
    match listing.total {
        0 => "No".to_owned() + things,
        total if listing.pages == 1 => total.to_string() + things,
        total => [&first.to_string(), "–", &last.to_string(), " of ", &total.to_string(), things].concat(),
    }
}
