//! The application may ask the client in whatever closure it gives to it.

use std::time::Duration;

use query_yew::{
    Fault, Filter, MutationFilter, Query, QueryClient, QueryDefaults, Retry, query_key, use_query,
    use_query_client,
};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::mutating::edit;
use crate::stage::{Broken, Mounted, Server, Slot, settle, until};

fn text(server: &Server) -> Query<String, Broken> {
    let server = server.clone();
    Query::new(query_key!["text"], move |context| server.fetch(context, "text"))
}

#[test]
async fn the_application_may_ask_the_client_in_the_predicate_of_a_filter() {
    let (client, key) = (QueryClient::new(QueryDefaults::default()), query_key!["text"]);
    client.set_data(&key, String::from("milk"));
    assert!(!client.inspect(&key)[0].stale);
    let asked = client.clone();
    let has_text = Filter::all().predicate(move |query| asked.get_data::<String>(&query.key).is_some());
    client.invalidate(has_text);
    assert!(client.inspect(&key)[0].stale);
}

#[test]
async fn the_application_may_ask_the_client_in_the_predicate_of_a_filter_of_mutations() {
    let (client, writes) = (QueryClient::new(QueryDefaults::default()), Server::default());
    let _change = client.mutate(edit(&writes), String::from("new"));
    settle().await;
    assert_eq!(writes.count(), 1);
    let asked = client.clone();
    client.cancel_mutations(MutationFilter::all().predicate(move |_| asked.is_online()));
    settle().await;
    assert!(writes.is_aborted(0));
}

#[derive(PartialEq, Properties)]
struct PolledProps {
    server: Server,
}

/// A text that is asked for again until there is a result.
#[component]
fn Polled(props: &PolledProps) -> Html {
    let client = use_query_client();
    let query = text(&props.server).refetch_interval_by(move |_| {
        let result = client.get_data::<String>(&query_key!["result"]);
        result.is_none().then_some(Duration::from_millis(50))
    });
    let result = use_query(query);
    html! { <p>{ result.data.as_deref().cloned() }</p> }
}

#[test]
async fn the_application_may_ask_the_client_in_the_choice_of_an_interval() {
    let server = Server::default();
    let _page = Mounted::new(html! { <Polled server={server.clone()} /> }).await;
    server.ok(0, "milk").await;
    until("the next request", || server.count() == 2).await;
}

#[test]
async fn the_application_may_ask_the_client_in_its_verdict_on_an_error() {
    let (slot, server) = (Slot::<QueryClient>::default(), Server::default());
    let asked = slot.clone();
    let verdict = move |_: &Broken| if asked.get().is_online() { Retry::Never } else { Retry::Backoff };
    let client = QueryClient::new(QueryDefaults::default().verdict(verdict));
    slot.put(client.clone());
    let outcome = Slot::default();
    let (told, fetched) = (outcome.clone(), client.fetch(text(&server)));
    wasm_bindgen_futures::spawn_local(async move { told.put(fetched.await) });
    settle().await;
    server.answer(0, Err(Broken(Retry::Backoff))).await;
    let fault = outcome.get().expect_err("a failure");
    assert!(matches!(fault, Fault::Failed(_)), "{fault:?}");
}
