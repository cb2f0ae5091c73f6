//! The todos of each person: a table whose middle column is a picture of the other two.

use std::rc::Rc;

use shared::UserId;
use yew::prelude::*;

use super::person::avatar;
use crate::{
    domain::{people::People, stats::Tally},
    route::{Route, router::Link, view::TodosView},
};

/// Rows that are shown until all are asked for.
const SHORT: usize = 8;

/// Properties of [`PeopleTable`].
#[derive(Properties, PartialEq)]
pub(crate) struct PeopleTableProps {
    /// The numbers of each person.
    pub(crate) rows: Vec<(UserId, Tally)>,
    /// The names.
    pub(crate) people: Rc<People>,
    /// Whether all rows are shown, and not only the first few.
    pub(crate) all: bool,
    /// Asks for all rows, or for few.
    pub(crate) on_all: Callback<bool>,
}

/// The numbers of each person, with a link to their todos.
#[component]
pub(crate) fn PeopleTable(props: &PeopleTableProps) -> Html {
    let PeopleTableProps { rows, people, all, on_all } = props;
    let all = *all;
    let shown = if all { rows.len() } else { SHORT };
    let toggle = on_all.reform(move |_: MouseEvent| !all);
    html! {
        <div>
            <table class="people" aria-labelledby="people-title">
                <thead>
                    <tr>
                        <th scope="col">{ "Name" }</th>
                        <th scope="col" class="people__bar">{ "Progress" }</th>
                        <th scope="col" class="people__number">{ "Done" }</th>
                        <th scope="col" class="people__number">{ "Open" }</th>
                    </tr>
                </thead>
                <tbody>
                    for (id, tally) in rows.iter().take(shown) {
                        <PeopleRow key={*id} id={*id} name={people.name(*id)} tally={*tally} />
                    }
                </tbody>
            </table>
            if rows.len() > SHORT {
                <button type="button" class="button people__toggle" onclick={toggle}
                    aria-expanded={if all { "true" } else { "false" }}>
                    if all { { "Show fewer" } } else { { "Show all " }{ rows.len() }{ " people" } }
                </button>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PeopleRowProps {
    id: UserId,
    name: AttrValue,
    tally: Tally,
}

#[component]
fn PeopleRow(props: &PeopleRowProps) -> Html {
    let PeopleRowProps { id, name, tally } = props;
    let theirs = Route::Todos(TodosView { person: Some(*id), ..TodosView::default() });
    let percent = tally.percent();
    html! {
        <tr>
            <th scope="row">
                <Link to={theirs} class="people__name">{ avatar(*id, name) }<bdi>{ name.clone() }</bdi></Link>
            </th>
            <td class="people__bar">
                <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img">
                    <title>{ percent }{ " percent done" }</title>
                    <rect class="bar__done" width={percent.to_string()} height="1" />
                </svg>
            </td>
            <td class="people__number">{ tally.done }</td>
            <td class="people__number">{ tally.open() }</td>
        </tr>
    }
}
