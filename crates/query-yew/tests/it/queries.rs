//! `use_query`.

use std::time::Duration;

use query_yew::{Query, QueryResult, Retry, query_key, use_is_fetching, use_query};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Broken, Log, Mounted, Server, Slot, settle, until};

#[derive(Clone, PartialEq, Properties)]
struct TodoProps {
    server: Server,
    id: u64,
    #[prop_or_default]
    log: Log,
    #[prop_or_default]
    slot: Slot<QueryResult<String, Broken>>,
    /// Sent with the request, which shows the closure that made it.
    #[prop_or_default]
    note: &'static str,
    #[prop_or(true)]
    enabled: bool,
    #[prop_or_default]
    keep: bool,
    #[prop_or(3)]
    retries: u32,
}

fn line(result: &QueryResult<String, Broken>) -> String {
    let data = result.data.as_ref().map_or("-", |data| data.as_str());
    let mut line = String::from(data);
    for (flag, name) in [
        (result.is_loading(), " loading"),
        (result.fetching, " fetching"),
        (result.paused, " paused"),
        (result.placeholder, " placeholder"),
        (result.stale && result.data.is_some(), " stale"),
        (result.is_error(), " error"),
    ] {
        if flag {
            line.push_str(name);
        }
    }
    line
}

#[component]
fn Todo(props: &TodoProps) -> Html {
    let (server, id, note) = (props.server.clone(), props.id, props.note);
    let query =
        Query::new(query_key!["todo", id], move |context| server.fetch(context, &format!("{id}{note}")));
    let query = query.enabled(props.enabled).keep_previous_data(props.keep).retries(props.retries);
    let result = use_query(query);
    props.log.add(line(&result));
    props.slot.put(result.clone());
    html! { <p>{ line(&result) }</p> }
}

#[test]
async fn a_wait_that_the_server_asked_for_is_told_apart_from_our_own() {
    for (retry, held_off) in [(Retry::After(Duration::from_secs(20)), true), (Retry::Backoff, false)] {
        let (server, slot) = (Server::default(), Slot::default());
        let _page = Mounted::new(html! { <Todo server={server.clone()} id={1} slot={slot.clone()} /> }).await;
        server.answer(0, Err(Broken(retry))).await;
        assert_eq!((slot.get().fetching, slot.get().held_off), (true, held_off));
    }
}

#[test]
async fn the_first_render_says_loading_and_the_second_has_the_data() {
    let (server, log) = (Server::default(), Log::default());
    let page = Mounted::new(html! { <Todo server={server.clone()} id=1 log={log.clone()} /> }).await;
    assert_eq!(log.take(), ["- loading fetching"]);
    server.ok(0, "milk").await;
    assert_eq!(log.take(), ["milk"]);
    assert_eq!(page.text(), "milk");
    assert_eq!(server.requests(), ["1"]);
}

#[test]
async fn two_components_share_one_fetch() {
    let server = Server::default();
    let todo = html! { <Todo server={server.clone()} id=1 /> };
    let page = Mounted::new(html! { <>{ todo.clone() }{ todo }</> }).await;
    assert_eq!(server.count(), 1);
    server.ok(0, "milk").await;
    assert_eq!(page.text(), "milkmilk");
}

#[test]
async fn data_is_shown_at_once_when_a_component_is_mounted_again() {
    let (server, log) = (Server::default(), Log::default());
    let todo = html! { <Todo server={server.clone()} id=1 log={log.clone()} /> };
    let mut page = Mounted::new(todo.clone()).await;
    server.ok(0, "milk").await;
    page.show(html! { <i /> }).await;
    log.take();
    page.show(todo).await;
    assert_eq!(log.take(), ["milk"]);
    assert_eq!(server.count(), 1);
}

#[test]
async fn the_last_component_leaving_aborts_the_request() {
    let server = Server::default();
    let todo = || html! { <Todo server={server.clone()} id=1 /> };
    let mut page = Mounted::new(html! { <><b>{ todo() }</b><i>{ todo() }</i></> }).await;
    page.show(html! { <><b>{ todo() }</b><i /></> }).await;
    assert!(!server.is_aborted(0));
    page.show(html! { <><b /><i /></> }).await;
    assert!(server.is_aborted(0));
    server.ok(0, "late").await;
    assert!(page.client.get_data::<String>(&query_key!["todo", 1]).is_none());
}

#[test]
async fn request_is_handed_over_to_the_page_that_replaces_its_own() {
    let server = Server::default();
    let todo = || html! { <Todo server={server.clone()} id=1 /> };
    let mut page = Mounted::new(html! { <b>{ todo() }</b> }).await;
    page.show(html! { <i>{ todo() }</i> }).await;
    assert!(!server.is_aborted(0));
    assert_eq!(server.count(), 1);
    server.ok(0, "milk").await;
    assert_eq!(page.text(), "milk");
}

#[test]
async fn unmounting_the_application_aborts_its_requests() {
    let server = Server::default();
    let page = Mounted::new(html! { <Todo server={server.clone()} id=1 /> }).await;
    drop(page);
    until("the request is aborted", || server.is_aborted(0)).await;
}

#[test]
async fn a_change_of_key_never_shows_the_data_of_the_old_key() {
    let (server, log) = (Server::default(), Log::default());
    let todo = |id: u64| html! { <Todo server={server.clone()} {id} log={log.clone()} /> };
    let mut page = Mounted::new(todo(1)).await;
    server.ok(0, "milk").await;
    page.show(todo(2)).await;
    page.show(todo(3)).await;
    assert!(server.is_aborted(1), "nobody wants the second any more");
    server.ok(1, "bread").await;
    server.ok(2, "eggs").await;
    assert_eq!(
        log.take(),
        ["- loading fetching", "milk", "- loading fetching", "- loading fetching", "eggs"]
    );
}

#[test]
async fn previous_data_stands_in_when_asked_for() {
    let (server, log) = (Server::default(), Log::default());
    let todo = |id: u64| html! { <Todo server={server.clone()} {id} log={log.clone()} keep=true /> };
    let mut page = Mounted::new(todo(1)).await;
    server.ok(0, "milk").await;
    page.show(todo(2)).await;
    server.ok(1, "bread").await;
    assert_eq!(log.take(), ["- loading fetching", "milk", "milk fetching placeholder stale", "bread"]);
}

#[test]
async fn render_fetches_nothing_and_the_newest_closure_fetches_next() {
    let server = Server::default();
    let todo = |note: &'static str| html! { <Todo server={server.clone()} id=1 {note} /> };
    let mut page = Mounted::new(todo("")).await;
    server.ok(0, "milk").await;
    page.show(todo(" newest")).await;
    assert_eq!(server.count(), 1);
    page.client.invalidate(query_key!["todo"]);
    settle().await;
    assert_eq!(server.requests(), ["1", "1 newest"]);
}

#[test]
async fn a_disabled_query_fetches_when_it_is_enabled() {
    let (server, log) = (Server::default(), Log::default());
    let todo = |enabled: bool| html! { <Todo server={server.clone()} id=1 log={log.clone()} {enabled} /> };
    let mut page = Mounted::new(todo(false)).await;
    assert_eq!((server.count(), log.take()), (0, vec![String::from("-")]));
    page.show(todo(true)).await;
    assert_eq!((server.count(), log.take()), (1, vec![String::from("- loading fetching")]));
}

#[test]
async fn an_error_is_shown_and_refetch_tries_again() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Todo server={server.clone()} id=1 slot={slot.clone()} /> }).await;
    server.answer(0, Err(Broken(Retry::Never))).await;
    assert_eq!(page.text(), "- error");
    assert_eq!(slot.get().error.as_deref(), Some(&Broken(Retry::Never)));
    slot.get().refetch();
    settle().await;
    assert_eq!(page.text(), "- loading fetching");
    server.ok(1, "milk").await;
    assert_eq!(page.text(), "milk");
}

#[test]
async fn a_failed_request_is_made_again_when_its_wait_is_over() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Todo server={server.clone()} id=1 slot={slot.clone()} /> }).await;
    server.answer(0, Err(Broken(Retry::After(std::time::Duration::from_millis(30))))).await;
    assert_eq!((slot.get().failures, slot.get().fetching), (1, true));
    until("the second attempt", || server.count() == 2).await;
    server.ok(1, "milk").await;
    assert_eq!(page.text(), "milk");
}

#[test]
async fn the_refetch_callback_stays_the_same_for_one_key() {
    let (server, slot) = (Server::default(), Slot::default());
    let todo = |id: u64| html! { <Todo server={server.clone()} {id} slot={slot.clone()} /> };
    let mut page = Mounted::new(todo(1)).await;
    let first = slot.get().refetch;
    server.ok(0, "milk").await;
    assert!(slot.get().refetch == first);
    page.show(todo(2)).await;
    assert!(slot.get().refetch != first);
}

#[test]
async fn an_equal_result_keeps_its_reference() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Todo server={server.clone()} id=1 slot={slot.clone()} /> }).await;
    server.ok(0, "milk").await;
    let before = slot.get().data.expect("data");
    page.client.invalidate(query_key!["todo", 1]);
    settle().await;
    server.ok(1, "milk").await;
    assert!(std::rc::Rc::ptr_eq(&before, &slot.get().data.expect("data")));
}

#[derive(PartialEq, Properties)]
struct BarProps {
    log: Log,
}

#[component]
fn Bar(props: &BarProps) -> Html {
    let count = use_is_fetching();
    props.log.add(count.to_string());
    html! { <hr /> }
}

#[test]
async fn the_number_of_fetches_is_known_to_who_asks() {
    let (server, log) = (Server::default(), Log::default());
    let todo = |id: u64| html! { <Todo server={server.clone()} {id} /> };
    let _page = Mounted::new(html! { <><Bar log={log.clone()} />{ todo(1) }{ todo(2) }</> }).await;
    assert_eq!(log.take().last().map(String::as_str), Some("2"));
    server.ok(0, "milk").await;
    server.ok(1, "bread").await;
    assert_eq!(log.take(), ["1", "0"]);
}

#[test]
async fn the_refetch_callback_stays_the_same_for_other_choices() {
    let (server, slot) = (Server::default(), Slot::default());
    let todo = |keep: bool| html! { <Todo server={server.clone()} id=1 {keep} slot={slot.clone()} /> };
    let mut page = Mounted::new(todo(false)).await;
    let first = slot.get().refetch;
    page.show(todo(true)).await;
    assert!(slot.get().refetch == first);
}
