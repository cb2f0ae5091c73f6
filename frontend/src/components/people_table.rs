//! The todos of each person: a table whose middle column is a picture of the other two.

use shared::UserId;
use yew::prelude::*;

use super::person::avatar;
use crate::{
    domain::{people::People, stats::Tally},
    hooks::ValueHandle,
    route::{Route, router::link, view::TodosView},
};

/// Rows that are shown until all are asked for.
const SHORT: usize = 8;

/// The numbers of each person, with a link to their todos; only the first few unless `all`.
pub(crate) fn people_table(rows: &[(UserId, Tally)], people: &People, all: &ValueHandle<bool>) -> Html {
    let everybody = all.get();
    let shown = if everybody { rows.len() } else { SHORT };
    let toggle = {
        let all = all.clone();
        move |_: MouseEvent| all.set(!everybody)
    };
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
                        <tr key={*id}>{ cells(*id, &people.name(*id), *tally) }</tr>
                    }
                </tbody>
            </table>
            if rows.len() > SHORT {
                <button type="button" class="button people__toggle" onclick={toggle}
                    aria-expanded={if everybody { "true" } else { "false" }}>
                    if everybody { { "Show fewer" } } else { { "Show all " }{ rows.len() }{ " people" } }
                </button>
            }
        </div>
    }
}

fn cells(id: UserId, name: &AttrValue, tally: Tally) -> Html {
    let theirs = Route::Todos(TodosView { person: Some(id), ..TodosView::default() });
    let percent = tally.percent();
    html! {
        <>
            <th scope="row">
                { link(&theirs, "people__name", html! { <>{ avatar(id, name) }{ name.clone() }</> }) }
            </th>
            <td class="people__bar">
                <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img">
                    <title>{ percent }{ " percent done" }</title>
                    <rect class="bar__done" width={percent.to_string()} height="1" />
                </svg>
            </td>
            <td class="people__number">{ tally.done }</td>
            <td class="people__number">{ tally.open() }</td>
        </>
    }
}
