//! A panel for developers: every query of the cache, its state and age, and buttons to refetch, invalidate and
//! remove it. Unstyled but for class names, since a strict CSP forbids styles of its own.

use gloo_timers::callback::Interval;
use query_core::{FetchStatus, Filter, Inspected, Moment, Status};
use yew::prelude::*;

use crate::client::QueryClient;
use crate::use_query_client::use_query_client;

/// How often an open panel looks again, in milliseconds. Its ages are in seconds.
const REFRESH: u32 = 500;

/// The queries of the cache around it, behind a button. Classes: `query-devtools` on the whole, `query-devtools-row`
/// on a query, and on a row its state as `pending`, `success` or `error`, what it does as `fetching`, `waiting` or `paused`, and
/// `stale`.
#[component]
pub fn QueryDevtools() -> Html {
    let client = use_query_client();
    let open = use_state(|| false);
    let update = use_force_update();
    use_effect_with(*open, move |open| {
        let interval = open.then(|| Interval::new(REFRESH, move || update.force_update()));
        move || drop(interval)
    });
    let toggle = {
        let open = open.clone();
        Callback::from(move |_| open.set(!*open))
    };
    html! {
        <aside class="query-devtools">
            <button type="button" aria-expanded={open.to_string()} onclick={toggle}>{ "Queries" }</button>
            if *open { { table(&client) } }
        </aside>
    }
}

fn table(client: &QueryClient) -> Html {
    let now = client.runtime().now();
    let queries = client.inspect(Filter::all());
    html! {
        <table>
            <thead>
                <tr>
                    { for ["Key", "State", "Age", "Observers", ""].map(|title| html! { <th>{ title }</th> }) }
                </tr>
            </thead>
            <tbody>{ for queries.into_iter().map(|query| row(client, query, now)) }</tbody>
        </table>
    }
}

fn row(client: &QueryClient, query: Inspected, now: Moment) -> Html {
    let name = format!("{:?}", query.key);
    let age = query.updated_at.map(|updated| now.since(updated).as_secs().to_string());
    let button = |title: &'static str, enabled: bool, act: fn(&QueryClient, Filter)| {
        let (client, key) = (client.clone(), query.key.clone());
        let onclick = Callback::from(move |_| act(&client, Filter::exact(&key)));
        html! { <button type="button" disabled={!enabled} {onclick}>{ title }</button> }
    };
    html! {
        <tr key={name.clone()} class={classes!("query-devtools-row", states(&query))}>
            <td>{ name }</td>
            <td>{ states(&query).join(" ") }</td>
            <td>{ age.map(|seconds| seconds + " s") }</td>
            <td>{ query.observers }</td>
            <td>
                { button("Refetch", client.runtime().can_fetch(&query.key), |client, key| client.refetch(key)) }
                { button("Invalidate", true, |client, key| client.invalidate(key)) }
                { button("Remove", true, |client, key| client.remove(key)) }
            </td>
        </tr>
    }
}

fn states(query: &Inspected) -> Vec<&'static str> {
    let mut states = vec![match query.status {
        Status::Pending => "pending",
        Status::Success => "success",
        Status::Error => "error",
    }];
    states.extend(match query.fetch {
        FetchStatus::Idle => None,
        FetchStatus::Fetching => Some("fetching"),
        FetchStatus::Waiting => Some("waiting"),
        FetchStatus::Paused => Some("paused"),
    });
    states.extend(query.stale.then_some("stale"));
    states
}
