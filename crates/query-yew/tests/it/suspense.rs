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
