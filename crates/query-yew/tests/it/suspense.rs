//! `use_suspense_query` and its boundary.

use query_yew::{BoundaryFault, Query, QueryBoundary, Retry, query_key, use_suspense_query};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Broken, Mounted, Server, Slot, settle};

#[derive(PartialEq, Properties)]
struct TextProps {
    server: Server,
    name: &'static str,
}

#[component]
fn Text(props: &TextProps) -> HtmlResult {
    let (server, name) = (props.server.clone(), props.name);
    let query =
        Query::<String, Broken>::new(query_key!["text", name], move |context| server.fetch(context, name));
    let text = use_suspense_query(query)?;
    Ok(html! { <p>{ &*text.data }</p> })
}

fn page(server: &Server, fault: &Slot<BoundaryFault>) -> Html {
    let fault = fault.clone();
    let failed = Callback::from(move |found: BoundaryFault| {
        let text = format!("{:?} {:?}", found.key, found.error::<Broken>());
        fault.put(found);
        html! { <b>{ text }</b> }
    });
    html! {
        <QueryBoundary loading={html! { <i>{ "loading" }</i> }} {failed}>
            <Text server={server.clone()} name="a" />
            <Text server={server.clone()} name="b" />
        </QueryBoundary>
    }
}

#[test]
async fn a_boundary_waits_until_all_data_is_there() {
    let (server, fault) = (Server::default(), Slot::default());
    let mounted = Mounted::new(page(&server, &fault)).await;
    assert_eq!(mounted.text(), "loading");
    server.ok(server.newest("a"), "A").await;
    assert_eq!(mounted.text(), "loading");
    server.ok(server.newest("b"), "B").await;
    settle().await;
    assert_eq!(mounted.text(), "AB");
    mounted.client.invalidate(query_key!["text"]);
    settle().await;
    assert_eq!(mounted.text(), "AB", "a later fetch shows nothing else");
}

#[test]
async fn a_boundary_shows_a_failure_and_begins_anew() {
    let (server, fault) = (Server::default(), Slot::default());
    let mounted = Mounted::new(page(&server, &fault)).await;
    server.ok(server.newest("a"), "A").await;
    server.answer(server.newest("b"), Err(Broken(Retry::Never))).await;
    settle().await;
    assert_eq!(mounted.text(), r#"["text", "b"] Some(Broken(Never))"#);
    fault.get().reset.emit(());
    settle().await;
    assert_eq!((mounted.text().as_str(), server.count()), ("loading", 3), "what succeeded is still there");
    server.ok(server.newest("b"), "B").await;
    settle().await;
    assert_eq!(mounted.text(), "AB");
}

#[test]
async fn a_boundary_does_not_wait_for_what_was_cancelled() {
    let (server, fault) = (Server::default(), Slot::default());
    let mounted = Mounted::new(page(&server, &fault)).await;
    mounted.client.cancel(query_key!["text"]);
    settle().await;
    assert!(mounted.text() != "loading" || server.count() > 2, "it waits for ever");
}

#[test]
async fn a_boundary_does_not_wait_for_ever_after_a_logout() {
    let (server, fault) = (Server::default(), Slot::default());
    let mounted = Mounted::new(page(&server, &fault)).await;
    server.ok(server.newest("a"), "A").await;
    server.ok(server.newest("b"), "B").await;
    settle().await;
    assert_eq!(mounted.text(), "AB");
    mounted.client.clear();
    settle().await;
    settle().await;
    assert!(mounted.text() != "loading" || server.count() > 2, "it waits for ever");
}

/// A text that is not fetched again by those who only appear.
#[component]
fn TextOnce(props: &TextProps) -> HtmlResult {
    let (server, name) = (props.server.clone(), props.name);
    let query =
        Query::<String, Broken>::new(query_key!["text", name], move |context| server.fetch(context, name));
    let text = use_suspense_query(query.retry_on_mount(false))?;
    Ok(html! { <p>{ &*text.data }</p> })
}

#[test]
async fn a_boundary_that_begins_anew_fetches_whatever_a_query_says_of_those_who_appear() {
    let (server, fault) = (Server::default(), Slot::<BoundaryFault>::default());
    let found = fault.clone();
    let failed = Callback::from(move |fault| {
        found.put(fault);
        html! { <b>{ "failed" }</b> }
    });
    let content = html! {
        <QueryBoundary loading={html! { <i>{ "loading" }</i> }} {failed}>
            <TextOnce server={server.clone()} name="a" />
        </QueryBoundary>
    };
    let mounted = Mounted::new(content).await;
    server.answer(0, Err(Broken(Retry::Never))).await;
    settle().await;
    assert_eq!(mounted.text(), "failed");
    fault.get().reset.emit(());
    settle().await;
    assert_eq!((mounted.text().as_str(), server.count()), ("loading", 2));
    server.ok(1, "A").await;
    settle().await;
    assert_eq!(mounted.text(), "A");
}
