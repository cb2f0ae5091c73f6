//! The list: search, filter, page, add, tick, edit, delete.

use std::rc::Rc;

use shared::TodoId;
use yew::prelude::*;

use super::{fault_of, staleness_of};
use crate::{
    app_context::use_undo_delete,
    components::{
        boundary::{Boundary, use_fault},
        composer::Composer,
        filters::Filters,
        heading::heading,
        icon::{Glyph, icon},
        notice::StaleNotice,
        pager::Pager,
        skeleton::{Progress, RowBones, Skeleton},
        todo_row::{RowEvent, TodoRow, link_id},
    },
    dom,
    domain::listing::Listing,
    domain::todo_change::TodoChange,
    hooks::use_event,
    queries::{use_people, use_reopened_editor, use_todos, use_update_todo},
    route::{
        Route,
        router::{Entry, go},
        view::{StateFilter, TodosView},
    },
};

/// The id of the list's heading, which takes the focus when no todo is left for it.
const LIST_HEADING: &str = "list-heading";

/// Properties of [`TodosPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct TodosPageProps {
    /// The part of the address that says what is shown.
    pub(crate) view: TodosView,
}

/// The list with its form and filters.
#[component]
pub(crate) fn TodosPage(props: &TodosPageProps) -> Html {
    let view = &props.view;
    let on_change = use_callback((), |(view, entry), ()| go(&Route::Todos(view), entry));
    html! {
        <div class="page__body">
            { heading("Todos") }
            <Composer view={view.clone()} />
            <Filters view={view.clone()} on_change={on_change.clone()} />
            <Boundary><List view={view.clone()} {on_change} /></Boundary>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ListProps {
    view: TodosView,
    on_change: Callback<(TodosView, Entry)>,
}

#[component]
fn List(props: &ListProps) -> Html {
    let ListProps { view, on_change } = props;
    let people = use_people();
    let todos = use_todos();
    let update = use_update_todo();
    let deletions = use_undo_delete();
    let editing = use_state_eq(|| None::<TodoId>);
    {
        let editing = editing.clone();
        let on_reopened = use_event(move |id| editing.set(id));
        use_reopened_editor(on_reopened);
    }
    // The id that takes the focus once the list has been rendered again.
    let focus_next = use_mut_ref(|| None::<String>);
    use_fault(fault_of(&todos));

    let listing = use_memo((todos.data.clone(), deletions.hidden, view.clone()), |(todos, hidden, view)| {
        todos.as_ref().map(|page| Listing::of(&page.todos, hidden, view))
    });
    {
        let focus_next = focus_next.clone();
        use_effect_with((listing.clone(), *editing), move |_| {
            let id = focus_next.borrow_mut().take();
            if let Some(id) = id
                && !dom::focus(&id)
            {
                dom::focus(LIST_HEADING);
            }
        });
    }

    {
        // Search and filters change the list away from the focus: announce the result.
        let text = listing.as_ref().as_ref().map(|listing| count(listing, view));
        let asked = (view.search.clone(), view.state, view.person);
        let before = use_mut_ref(|| asked.clone());
        use_effect_with(asked, move |asked| {
            if before.replace(asked.clone()) != *asked {
                dom::announce(&text.unwrap_or_default());
            }
        });
    }

    // Rows get this callback: it does not change with the list, or all of them would render.
    let on_event = {
        let (editing, focus_next) = (editing.clone(), focus_next.clone());
        // A row that is about to go hands the focus on to its neighbour.
        let hand_on_focus = {
            let (listing, focus_next) = (Rc::clone(&listing), Rc::clone(&focus_next));
            move |id: TodoId| {
                let next = Option::as_ref(&listing).and_then(|listing| listing.neighbour(id));
                *focus_next.borrow_mut() = Some(next.map_or_else(|| LIST_HEADING.to_owned(), link_id));
            }
        };
        let (delete, state) = (deletions.delete, view.state);
        use_event(move |event: RowEvent| match event {
            RowEvent::Toggle(todo) => {
                if state != StateFilter::All {
                    hand_on_focus(todo.id);
                }
                update.mutate(TodoChange::toggle(todo));
            }
            RowEvent::Edit(todo) => editing.set(Some(todo.id)),
            RowEvent::Close(todo) => {
                *focus_next.borrow_mut() = Some(link_id(todo.id));
                editing.set(None);
            }
            RowEvent::Save(change) => update.mutate(change),
            RowEvent::Delete(todo) => {
                hand_on_focus(todo.id);
                delete.emit(todo);
            }
        })
    };
    let on_page = {
        let focus_next = focus_next.clone();
        let (view, on_change) = (view.clone(), on_change.clone());
        Callback::from(move |page: usize| {
            *focus_next.borrow_mut() = Some(LIST_HEADING.to_owned());
            on_change.emit((TodosView { page, ..view.clone() }, Entry::Push));
        })
    };

    let Some(listing) = listing.as_ref() else {
        return html! {
            <Skeleton label="Loading todos…" progress={Progress::of(&todos)}><RowBones count={8} /></Skeleton>
        };
    };
    html! {
        <div>
            <StaleNotice what="Todos" staleness={staleness_of(&todos)} />
            <div class="listing__head">
                <h2 id={LIST_HEADING} tabindex="-1" class="listing__count tabular" data-testid="count">{ count(listing, view) }</h2>
            </div>
            if listing.items.is_empty() {
                { blank(view, on_change) }
            } else {
                <ul class="card todos" aria-labelledby={LIST_HEADING}>
                    for todo in &listing.items {
                        <TodoRow key={todo.id} todo={todo.clone()} name={people.name(todo.user_id)}
                            editing={*editing == Some(todo.id)} on_event={on_event.clone()} />
                    }
                </ul>
            }
            <Pager page={listing.page} pages={listing.pages} {on_page} />
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

fn blank(view: &TodosView, on_change: &Callback<(TodosView, Entry)>) -> Html {
    if view.is_filtered() {
        let clear = on_change.reform(|_| (TodosView::default(), Entry::Push));
        html! {
            <div class="card blank">
                <span class="blank__icon">{ icon(Glyph::Search) }</span>
                <h3>{ "Nothing matches" }</h3>
                <p>{ "No todo fits this search and these filters." }</p>
                <button type="button" class="button" onclick={clear}>{ "Show all todos" }</button>
            </div>
        }
    } else {
        html! {
            <div class="card blank">
                <span class="blank__icon">{ icon(Glyph::Check) }</span>
                <h3>{ "Nothing to do" }</h3>
                <p>{ "Add the first todo above. Press " }<kbd class="kbd">{ "Enter" }</kbd>{ " and it is here." }</p>
            </div>
        }
    }
}
