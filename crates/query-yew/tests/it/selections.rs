//! `use_query_select`.

use query_yew::{Query, QueryResult, query_key, use_query_select};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Broken, Log, Mounted, Server, Slot, settle};

#[derive(PartialEq, Properties)]
struct LengthProps {
    server: Server,
    log: Log,
    #[prop_or(1)]
    factor: usize,
}

#[component]
fn Length(props: &LengthProps) -> Html {
    let (server, factor) = (props.server.clone(), props.factor);
    let query = Query::new(query_key!["text"], move |context| server.fetch(context, "text"));
    let length = use_query_select(query, move |result: &QueryResult<String, Broken>| {
        result.data.as_ref().map_or(0, |data| data.len() * factor)
    });
    props.log.add(length.to_string());
    html! { <p>{ *length }</p> }
}

#[test]
async fn a_component_renders_only_when_what_it_selected_changes() {
    let (server, log) = (Server::default(), Log::default());
    let page = Mounted::new(html! { <Length server={server.clone()} log={log.clone()} /> }).await;
    server.ok(0, "milk").await;
    assert_eq!(log.take(), ["0", "4"]);
    page.client.invalidate(query_key!["text"]);
    settle().await;
    server.ok(1, "eggs").await;
    assert!(log.take().is_empty(), "neither the refetch nor other text of the same length");
    page.client.set_data(&query_key!["text"], String::from("bread"));
    settle().await;
    assert_eq!(log.take(), ["5"]);
}

#[test]
async fn the_newest_selector_counts() {
    let (server, log) = (Server::default(), Log::default());
    let length = |factor: usize| html! { <Length server={server.clone()} log={log.clone()} {factor} /> };
    let mut page = Mounted::new(length(1)).await;
    server.ok(0, "milk").await;
    page.show(length(2)).await;
    page.client.set_data(&query_key!["text"], String::from("bread"));
    settle().await;
    assert_eq!(log.take(), ["0", "4", "8", "10"]);
}

#[derive(PartialEq, Properties)]
struct RetryProps {
    server: Server,
    log: Log,
    slot: Slot<Callback<()>>,
}

/// Selects the length, and the way to try again.
#[component]
fn Retry(props: &RetryProps) -> Html {
    let server = props.server.clone();
    let query = Query::new(query_key!["text"], move |context| server.fetch(context, "text"));
    let selected = use_query_select(query, |result: &QueryResult<String, Broken>| {
        (result.data.as_ref().map(|data| data.len()), result.refetch.clone())
    });
    props.log.add("render");
    props.slot.put(selected.1.clone());
    html! { <p>{ selected.0 }</p> }
}

#[test]
async fn a_selection_may_hand_on_the_way_to_fetch_again() {
    let (server, log, slot) = (Server::default(), Log::default(), Slot::default());
    let page = html! { <Retry server={server.clone()} log={log.clone()} slot={slot.clone()} /> };
    let page = Mounted::new(page).await;
    server.ok(0, "milk").await;
    assert_eq!(log.take().len(), 2, "the callback is the same");
    slot.get().emit(());
    settle().await;
    assert_eq!(server.count(), 2);
    server.ok(1, "bread").await;
    assert_eq!((page.text().as_str(), log.take().len()), ("5", 1));
}
