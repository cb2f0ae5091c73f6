//! The mutations of the whole cache: watched, cancelled, and given defaults.

use std::time::Duration;

use query_yew::{
    Backoff, MutationChange, MutationFilter, MutationStatus, Retry, query_key, use_is_mutating,
    use_mutation_states,
};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::mutating::edit;
use crate::stage::{Broken, Log, Mounted, Server, settle, until};

#[derive(PartialEq, Properties)]
struct WatchProps {
    log: Log,
}

#[component]
fn Count(props: &WatchProps) -> Html {
    let all = use_is_mutating(MutationFilter::all());
    let texts = use_is_mutating(query_key!["text"]);
    props.log.add(format!("{texts} of {all}"));
    html! { <hr /> }
}

#[component]
fn Inputs(props: &WatchProps) -> Html {
    let states = use_mutation_states(MutationFilter::exact(&query_key!["text", "edit"]));
    let one = |state: &query_yew::MutationState| {
        format!("{}:{:?}", state.variables::<String>().as_deref().map_or("", String::as_str), state.status)
    };
    props.log.add(states.iter().map(one).collect::<Vec<_>>().join(" "));
    html! { <hr /> }
}

#[test]
async fn a_component_knows_how_many_changes_are_under_way() {
    let (writes, log) = (Server::default(), Log::default());
    let page = Mounted::new(html! { <Count log={log.clone()} /> }).await;
    page.client.mutate(edit(&writes).parallel().key(query_key!["text", "edit"]), String::from("one"));
    page.client.mutate(edit(&writes).parallel(), String::from("two"));
    settle().await;
    assert_eq!(log.take(), ["0 of 0", "1 of 2"]);
    writes.ok(0, "saved").await;
    assert_eq!(log.take(), ["0 of 1"]);
    writes.ok(1, "saved").await;
    assert_eq!(log.take(), ["0 of 0"]);
    assert_eq!(page.client.is_mutating(MutationFilter::all()), 0);
}

#[test]
async fn a_component_sees_the_input_of_changes_made_elsewhere() {
    let (writes, log) = (Server::default(), Log::default());
    let mut page = Mounted::new(html! { <Inputs log={log.clone()} /> }).await;
    let start = |input: &str| {
        page.client.mutate(edit(&writes).key(query_key!["text", "edit"]), input.to_owned());
    };
    start("one");
    start("two");
    settle().await;
    assert_eq!(log.take().last().map(String::as_str), Some("one:Running two:Queued"));
    writes.ok(0, "saved").await;
    assert_eq!(log.take().last().map(String::as_str), Some("two:Running"));
    page.show(html! { <i /> }).await;
    writes.ok(1, "saved").await;
    assert!(log.take().is_empty(), "nobody watches any more");
}

#[test]
async fn changes_are_cancelled_by_a_filter() {
    let writes = Server::default();
    let page = Mounted::new(html! { <i /> }).await;
    for input in ["one", "two"] {
        page.client.mutate(edit(&writes).meta(7_u8), input.to_owned());
    }
    let queued = MutationFilter::all().status(MutationStatus::Queued);
    let metas = page.client.mutations(queued.clone());
    assert_eq!(
        metas.iter().filter_map(|state| state.meta::<u8>()).map(|meta| *meta).collect::<Vec<_>>(),
        [7]
    );
    page.client.cancel_mutations(queued.clone());
    let text = page.client.get_data::<String>(&query_key!["text"]);
    assert_eq!(text.as_deref().map(String::as_str), Some("one"));
    writes.ok(0, "saved").await;
    assert_eq!(writes.requests(), ["one"]);
}

#[test]
async fn defaults_hold_for_the_changes_below_their_key() {
    let writes = Server::default();
    let page = Mounted::new(html! { <i /> }).await;
    let client = &page.client;
    client.set_mutation_defaults(&query_key![], |all| {
        all.backoff(Backoff { first: Duration::from_millis(10), ..Backoff::default() })
    });
    client.set_mutation_defaults(&query_key!["text"], |texts| texts.retries(1));
    client.set_mutation_defaults(&query_key!["text"], |texts| texts.time_limit(Duration::MAX));
    let outcome = client.mutate(edit(&writes).key(query_key!["text", "edit"]), String::from("one"));
    writes.answer(0, Err(Broken(Retry::Backoff))).await;
    until("the second attempt", || writes.count() == 2).await;
    writes.ok(1, "saved").await;
    assert_eq!(outcome.await.ok().as_deref().map(String::as_str), Some("saved"));
}

#[test]
async fn clear_cancels_the_changes_that_were_not_sent() {
    let writes = Server::default();
    let page = Mounted::new(html! { <i /> }).await;
    let outcomes = ["one", "two"].map(|input| page.client.mutate(edit(&writes), input.to_owned()));
    page.client.clear();
    writes.ok(0, "saved").await;
    let [first, second] = outcomes;
    assert!(first.await.is_ok() && second.await.is_err());
    assert_eq!(writes.requests(), ["one"]);
}

#[test]
async fn one_place_is_told_of_every_change_that_fails() {
    let (writes, log) = (Server::default(), Log::default());
    let page = Mounted::new(html! { <i /> }).await;
    let subscription = {
        let log = log.clone();
        page.client.subscribe_to_mutations(move |state, change| {
            let meta = state.meta::<&str>().map_or("", |meta| *meta);
            log.add(match change {
                MutationChange::Failed(error) => format!("{meta}: {:?}", error.get::<Broken>()),
                change => format!("{meta}: {change:?} {:?}", state.status),
            });
        })
    };
    page.client.mutate(edit(&writes).meta("first"), String::from("one"));
    page.client.mutate(edit(&writes).meta("second"), String::from("two"));
    assert_eq!(log.take(), ["first: Updated Running", "second: Updated Queued"]);
    writes.answer(0, Err(Broken(Retry::Never))).await;
    assert_eq!(
        log.take(),
        ["first: Updated Running", "first: Some(Broken(Never))", "second: Updated Running"]
    );
    page.client.cancel_mutations(MutationFilter::all());
    assert_eq!(log.take(), ["second: Cancelled Running"]);
    drop(subscription);
    page.client.mutate(edit(&writes), String::from("three"));
    assert!(log.take().is_empty());
}
