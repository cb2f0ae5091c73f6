//! One query of the panel: its data, its fetches, and what can be done with it.

use query_core::{Filter, Inspected, Moment, Shapes};
use yew::prelude::*;

use super::fetch_log::FetchLog;
use super::table::{age, states};
use crate::client::QueryClient;

/// The most characters of data that are shown.
const DATA_MAX: usize = 20_000;

pub(super) fn detail(
    client: &QueryClient,
    query: &Inspected,
    shapes: &Shapes,
    log: &FetchLog,
    now: Moment,
) -> Html {
    let button = |title: &'static str, enabled: bool, act: fn(&QueryClient, Filter)| {
        let (client, key) = (client.clone(), query.key.clone());
        let onclick = Callback::from(move |_: MouseEvent| act(&client, Filter::exact(&key)));
        html! { <button type="button" disabled={!enabled} {onclick}>{ title }</button> }
    };
    let can_fetch = client.runtime().can_fetch(&query.key);
    let is_fetching = query.fetch != query_core::FetchStatus::Idle;
    let fetches = log.of(&query.key).into_iter().rev().map(|fetch| {
        html! {
            <li>
                { fetch.outcome }{ " after " }{ fetch.took.as_millis() }{ " ms, " }{ age(Some(fetch.ended), now) }{ " ago" }
            </li>
        }
    });
    let data = query.data.as_ref().map(|data| match shapes.json(&query.key, data) {
        Some(json) => json.chars().take(DATA_MAX).collect(),
        None => String::from("a ") + data.kind().name(),
    });
    let error = query.error.as_ref().map(|error| String::from("an error of type ") + error.kind().name());
    html! {
        <section class="query-devtools-detail" aria-label="The chosen query">
            <h2>{ format!("{:?}", query.key) }</h2>
            <p>
                { button("Refetch", can_fetch, |client, key| client.refetch(key)) }
                { button("Cancel", is_fetching, |client, key| client.cancel(key)) }
                { button("Invalidate", true, |client, key| client.invalidate(key)) }
                { button("Reset", true, |client, key| client.reset(key)) }
                { button("Remove", true, |client, key| client.remove(key)) }
            </p>
            <dl>
                <dt>{ "State" }</dt><dd>{ states(query).join(", ") }</dd>
                <dt>{ "Shown by" }</dt>
                <dd>{ query.observers }{ ", active: " }{ query.active }</dd>
                <dt>{ "Data from" }</dt><dd>{ age(query.updated_at, now).map(|age| age + " ago") }</dd>
                <dt>{ "Failed attempts" }</dt><dd>{ query.failures }</dd>
            </dl>
            if let Some(error) = error { <p class="query-devtools-error">{ error }</p> }
            <h3>{ "Fetches" }</h3>
            <ol>{ for fetches }</ol>
            <h3>{ "Data" }</h3>
            <pre tabindex="0">{ data }</pre>
        </section>
    }
}
