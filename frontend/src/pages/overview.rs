//! The first page: how far everybody is.

use yew::prelude::*;

use super::{fault_of, staleness_of};
use crate::{
    app_context::use_undo_delete,
    components::{
        activity_grid::activity_grid,
        boundary::{Boundary, use_fault},
        heading::heading,
        icon::{Glyph, icon},
        notice::{Staleness, stale_notice},
        people_table::people_table,
        person::person,
        skeleton::skeleton,
        status::status,
    },
    domain::{people::People, stats::Stats},
    hooks::{use_derived, use_value},
    queries::{use_people, use_todos, use_users},
    route::{Route, router::link, view::TodosView},
};

/// How many of the newest todos are shown.
const RECENT: usize = 7;

/// Totals, completion, people, recent todos.
pub(crate) fn overview_page() -> Html {
    html! {
        <div class="page__body" key="overview">
            { heading("Overview") }
            <Boundary><Numbers /></Boundary>
        </div>
    }
}

#[component]
fn Numbers() -> Html {
    let todos = use_todos();
    let users = use_users();
    let people = use_people();
    let hidden = use_undo_delete().hidden;
    let all_people = use_value(bool::default);
    use_fault(fault_of(&todos));
    let stats = use_derived((todos.data.clone(), hidden), |(todos, hidden)| {
        todos.as_ref().map(|page| Stats::of(&page.todos, hidden, RECENT))
    });

    let Some(stats) = stats.as_ref() else {
        let bones = html! {
            <div class="stack">
                <div class="card progress">
                    <span class="bone bone--display"></span>
                    <span class="bone bone--panel"></span>
                </div>
                <span class="bone bone--panel"></span>
                <span class="bone bone--panel"></span>
            </div>
        };
        return skeleton("Loading the overview…", todos.failures, todos.held_off, bones);
    };
    if stats.all.total == 0 {
        return html! {
            <div class="card blank">
                <span class="blank__icon">{ icon(Glyph::Check) }</span>
                <h2>{ "Nothing to do yet" }</h2>
                <p>{ "Numbers appear here as soon as there is a first todo." }</p>
                { link(&Route::Todos(TodosView::default()), "button button--primary", html! { "Add a todo" }) }
            </div>
        };
    }
    // Names are a help and not the point: without them the numbers still stand.
    let names = Staleness {
        held_off: users.held_off,
        error: users.error.as_deref().cloned().filter(|_| !users.fetching),
        retry: users.refetch.clone(),
    };
    html! {
        <div class="stack">
            { stale_notice("Todos", &staleness_of(&todos)) }
            { stale_notice("Names", &names) }
            { progress(stats) }
            <div class="columns">
                <section aria-labelledby="people-title">
                    <div class="section__head"><h2 id="people-title">{ "People" }</h2></div>
                    { people_table(&stats.people, &people, &all_people) }
                </section>
                { recent(stats, &people) }
            </div>
        </div>
    }
}

fn progress(stats: &Stats) -> Html {
    let tally = stats.all;
    let figures = [
        ("Todos", tally.total),
        ("Done", tally.done),
        ("Open", tally.open()),
        ("People", stats.people.len()),
    ];
    html! {
        <section class="card progress" aria-label="Completion">
            <div>
                <p class="progress__rate">{ tally.percent() }<span class="progress__unit">{ "%" }</span></p>
                <p class="progress__caption">{ "of all todos are done" }</p>
            </div>
            { activity_grid(tally) }
            <dl class="figures">
                for (name, value) in figures {
                    <div key={name} class="figure"><dt>{ name }</dt><dd>{ value }</dd></div>
                }
            </dl>
        </section>
    }
}

fn recent(stats: &Stats, people: &People) -> Html {
    html! {
        <section aria-labelledby="recent-title">
            <div class="section__head">
                <h2 id="recent-title">{ "Recent todos" }</h2>
                { link(&Route::Todos(TodosView::default()), "more", html! { "All todos" }) }
            </div>
            <ul>
                for todo in &stats.recent {
                    <li key={todo.id} class="recent__item">
                        { status(todo.completed, html! {
                            <span class="visually-hidden">{ if todo.completed { "Done:" } else { "Open:" } }</span>
                        }) }
                        { link(&Route::Todo(todo.id), "recent__link", html! { todo.todo.clone() }) }
                        { person(todo.user_id, &people.name(todo.user_id)) }
                    </li>
                }
            </ul>
        </section>
    }
}
