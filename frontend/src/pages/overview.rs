//! The first page: how far everybody is.

use yew::prelude::*;

use super::{fault_of, staleness_of};
use crate::{
    app_context::use_changes,
    components::{
        activity_grid::activity_grid,
        boundary::{Boundary, use_fault},
        heading::heading,
        icon::{Glyph, icon},
        notice::{StaleNotice, Staleness},
        people_table::PeopleTable,
        person::person,
        skeleton::{Progress, Skeleton},
        status::Status,
    },
    domain::{people::People, stats::Stats},
    queries::{use_people, use_todos, use_users},
    route::{Route, router::Link, view::TodosView},
};

/// How many of the newest todos are shown.
const RECENT: usize = 7;

/// Totals, completion, people, recent todos.
#[component]
pub(crate) fn OverviewPage() -> Html {
    html! {
        <div class="page__body">
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
    let hidden = use_changes().hidden;
    let all_people = use_state_eq(|| false);
    let on_all = {
        let all_people = all_people.clone();
        Callback::from(move |all| all_people.set(all))
    };
    use_fault(fault_of(&todos));
    let stats = use_memo((todos.data.clone(), hidden), |(todos, hidden)| {
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
        return html! { <Skeleton label="Loading the overview…" progress={Progress::of(&todos)}>{ bones }</Skeleton> };
    };
    if stats.all.total == 0 {
        return html! {
            <div class="card blank">
                <span class="blank__icon">{ icon(Glyph::Check) }</span>
                <h2>{ "Nothing to do yet" }</h2>
                <p>{ "Numbers appear here as soon as there is a first todo." }</p>
                <Link to={Route::Todos(TodosView::default())} class="button button--primary">{ "Add a todo" }</Link>
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
            <StaleNotice what="Todos" staleness={staleness_of(&todos)} />
            <StaleNotice what="Names" staleness={names} />
            { progress(stats) }
            <div class="columns">
                <section aria-labelledby="people-title">
                    <div class="section__head"><h2 id="people-title">{ "People" }</h2></div>
                    <PeopleTable rows={stats.people.clone()} people={people.clone()} all={*all_people} {on_all} />
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
                <Link to={Route::Todos(TodosView::default())} class="more">{ "All todos" }</Link>
            </div>
            <ul>
                for todo in &stats.recent {
                    <li key={todo.id} class="recent__item">
                        <Status done={todo.completed}>
                            <span class="visually-hidden">{ if todo.completed { "Done:" } else { "Open:" } }</span>
                        </Status>
                        <Link to={Route::Todo(todo.id)} class="recent__link" dir="auto">{ todo.todo.clone() }</Link>
                        { person(todo.user_id, &people.name(todo.user_id)) }
                    </li>
                }
            </ul>
        </section>
    }
}
