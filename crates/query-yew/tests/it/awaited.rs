//! Queries that code awaits: `fetch`, `ensure`, `prefetch`.

use std::cell::RefCell;
use std::rc::Rc;

use query_yew::{Fault, Query, QueryClient, QueryDefaults, Retry, query_key};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::mutating::edit;
use crate::stage::{Broken, Server, settle};

fn client() -> QueryClient {
    QueryClient::new(QueryDefaults::default().verdict(|broken: &Broken| broken.0))
}

fn text(server: &Server) -> Query<String, Broken> {
    let server = server.clone();
    Query::new(query_key!["text"], move |context| server.fetch(context, "text"))
}

type Outcome = Rc<RefCell<Option<Result<Rc<String>, Fault<Broken>>>>>;

/// Awaits in a task of its own.
fn outcome(future: impl Future<Output = Result<Rc<String>, Fault<Broken>>> + 'static) -> Outcome {
    let outcome = Outcome::default();
    let slot = Rc::clone(&outcome);
    spawn_local(async move {
        let result = future.await;
        slot.replace(Some(result));
    });
    outcome
}

fn data(outcome: &Outcome) -> Option<String> {
    outcome.borrow().as_ref().map(|result| (**result.as_ref().expect("data")).clone())
}

#[test]
async fn fetch_gives_what_the_request_brings_and_then_what_the_cache_has() {
    let (client, server) = (client(), Server::default());
    let first = outcome(client.fetch(text(&server)));
    let second = outcome(client.fetch(text(&server)));
    settle().await;
    assert_eq!((data(&first), server.count()), (None, 1), "both wait for one request");
    server.ok(0, "milk").await;
    assert_eq!((data(&first).as_deref(), data(&second).as_deref()), (Some("milk"), Some("milk")));
    let third = outcome(client.fetch(text(&server)));
    settle().await;
    assert_eq!((data(&third).as_deref(), server.count()), (Some("milk"), 1), "it is fresh");
    client.invalidate(query_key!["text"]);
    let fourth = outcome(client.fetch(text(&server)));
    settle().await;
    server.ok(1, "bread").await;
    assert_eq!(data(&fourth).as_deref(), Some("bread"));
}

#[test]
async fn ensure_is_content_with_what_is_stale() {
    let (client, server) = (client(), Server::default());
    let first = outcome(client.ensure(text(&server)));
    settle().await;
    server.ok(0, "milk").await;
    assert_eq!(data(&first).as_deref(), Some("milk"));
    client.invalidate(query_key!["text"]);
    let second = outcome(client.ensure(text(&server)));
    settle().await;
    assert_eq!((data(&second).as_deref(), server.count()), (Some("milk"), 1));
}

#[test]
async fn a_failure_and_a_cancellation_are_told() {
    let (client, server) = (client(), Server::default());
    let failed = outcome(client.fetch(text(&server)));
    settle().await;
    server.answer(0, Err(Broken(Retry::Never))).await;
    let fault = failed.borrow_mut().take().expect("an outcome").expect_err("a failure");
    assert_eq!(fault.error(), Some(&Broken(Retry::Never)));
    let cancelled = outcome(client.fetch(text(&server)));
    settle().await;
    client.cancel(query_key!["text"]);
    settle().await;
    assert!(server.is_aborted(1));
    let fault = cancelled.borrow_mut().take().expect("an outcome").expect_err("no data");
    assert!(fault == Fault::Cancelled, "{fault:?}");
}

#[test]
async fn prefetch_may_be_awaited_and_need_not() {
    let (client, server) = (client(), Server::default());
    client.prefetch(text(&server));
    settle().await;
    assert_eq!(server.count(), 1);
    let done = Rc::new(RefCell::new(false));
    let (slot, waited) = (Rc::clone(&done), client.prefetch(text(&server)));
    spawn_local(async move {
        waited.await;
        slot.replace(true);
    });
    settle().await;
    assert!(!*done.borrow());
    server.ok(0, "milk").await;
    assert!(*done.borrow());
    assert_eq!(client.get_data::<String>(&query_key!["text"]).as_deref().map(String::as_str), Some("milk"));
}

#[test]
async fn data_of_another_type_is_no_data() {
    let (client, server) = (client(), Server::default());
    client.set_data(&query_key!["text"], 7u32);
    let other = outcome(client.fetch(text(&server)));
    settle().await;
    let fault = other.borrow_mut().take().expect("an outcome").expect_err("another type");
    assert!(fault == Fault::OtherType("u32"), "{fault:?}");
    assert_eq!(server.count(), 0);
}

#[test]
async fn data_that_was_only_written_is_not_fetched_and_does_not_hang() {
    let (client, server) = (client(), Server::default());
    client.set_data(&query_key!["text"], String::from("milk"));
    client.refetch(query_key!["text"]);
    let data_there = outcome(client.ensure(text(&server)));
    settle().await;
    assert_eq!(data(&data_there).as_deref(), Some("milk"));
    assert!(client.inspect(query_key!["text"])[0].fetch == query_yew::FetchStatus::Idle);
}

#[test]
async fn fetch_gives_fresh_data_although_a_later_request_failed() {
    let (client, server) = (client(), Server::default());
    let first = outcome(client.fetch(text(&server)));
    settle().await;
    server.ok(0, "milk").await;
    assert_eq!(data(&first).as_deref(), Some("milk"));
    client.refetch(query_key!["text"]);
    settle().await;
    server.answer(1, Err(Broken(Retry::Never))).await;
    let again = outcome(client.fetch(text(&server)));
    settle().await;
    assert_eq!((data(&again).as_deref(), server.count()), (Some("milk"), 2), "it is fresh");
}

#[test]
async fn fetch_waits_for_the_change_that_holds_its_query() {
    let (client, reads, writes) = (client(), Server::default(), Server::default());
    client.set_data(&query_key!["text"], String::from("old"));
    client.invalidate(query_key!["text"]);
    let _change = client.mutate(edit(&writes), String::from("guess"));
    let fetched = outcome(client.fetch(text(&reads)));
    settle().await;
    assert_eq!((data(&fetched), reads.count()), (None, 0), "a guess is nothing that was fetched");
    writes.answer(0, Err(Broken(Retry::Never))).await;
    assert_eq!(reads.count(), 1, "it is made after the change");
    reads.ok(0, "milk").await;
    assert_eq!(data(&fetched).as_deref(), Some("milk"));
}
