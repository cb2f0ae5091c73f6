//! The lists of the panel: queries, and changes under way.

use query_core::{
    FetchStatus, Inspected, Moment, MutationFilter, MutationState, MutationStatus, QueryKey, Status,
};
use yew::prelude::*;

use crate::client::QueryClient;

/// The queries, each a row with a button that chooses it.
pub(super) fn queries<'a>(
    queries: impl Iterator<Item = &'a Inspected>,
    chosen: Option<&QueryKey>,
    choose: &Callback<QueryKey>,
    now: Moment,
) -> Html {
    let row = |query: &Inspected| {
        let name = format!("{:?}", query.key);
        let is_chosen = chosen == Some(&query.key);
        let key = query.key.clone();
        let onclick = choose.reform(move |_: MouseEvent| key.clone());
        html! {
            <tr key={name.clone()} class={classes!("query-devtools-row", states(query))}>
                <td><button type="button" aria-pressed={is_chosen.to_string()} {onclick}>{ name.clone() }</button></td>
                <td><span class="query-devtools-state">{ states(query).join(" ") }</span></td>
                <td>{ age(query.updated_at, now) }</td>
                <td>{ query.active }{ "/" }{ query.observers }</td>
            </tr>
        }
    };
    html! {
        <table>
            <thead><tr><th>{ "Key" }</th><th>{ "State" }</th><th>{ "Age" }</th><th>{ "Shown by" }</th></tr></thead>
            <tbody>{ for queries.map(row) }</tbody>
        </table>
    }
}

/// The words for a query's state.
pub(super) fn states(query: &Inspected) -> Vec<&'static str> {
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

/// How long ago a moment was.
pub(super) fn age(moment: Option<Moment>, now: Moment) -> Option<String> {
    moment.map(|moment| now.since(moment).as_secs().to_string() + " s")
}

/// The changes under way, where there are any.
pub(super) fn mutations(client: &QueryClient, running: &[MutationState], now: Moment) -> Html {
    if running.is_empty() {
        return Html::default();
    }
    let row = |mutation: &MutationState| {
        let (client, id) = (client.clone(), mutation.id);
        let cancel = Callback::from(move |_: MouseEvent| {
            client.cancel_mutations(MutationFilter::all().predicate(move |mutation| mutation.id == id));
        });
        let name = mutation.key.as_ref().map_or_else(|| String::from("no key"), |key| format!("{key:?}"));
        html! {
            <tr key={format!("{id:?}")} class="query-devtools-row fetching">
                <td>{ name }</td>
                <td><span class="query-devtools-state">{ status(mutation.status) }</span></td>
                <td>{ age(Some(mutation.submitted_at), now) }</td>
                <td>{ mutation.failures }</td>
                <td><button type="button" onclick={cancel}>{ "Cancel the change" }</button></td>
            </tr>
        }
    };
    html! {
        <>
            <h3>{ "Changes under way" }</h3>
            <table>
                <thead>
                    <tr>
                        { for ["Key", "State", "Age", "Failed", ""].map(|title| html! { <th>{ title }</th> }) }
                    </tr>
                </thead>
                <tbody>{ for running.iter().map(row) }</tbody>
            </table>
        </>
    }
}

fn status(status: MutationStatus) -> &'static str {
    match status {
        MutationStatus::Queued => "queued",
        MutationStatus::Paused => "paused",
        MutationStatus::Running => "running",
        MutationStatus::Waiting => "waiting",
    }
}
