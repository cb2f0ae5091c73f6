//! The browser's network events.

use query_yew::{Query, query_key, use_query};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Mounted, Server, browser_says};

#[derive(PartialEq, Properties)]
struct TextProps {
    server: Server,
}

#[component]
fn Text(props: &TextProps) -> Html {
    let server = props.server.clone();
    let result = use_query(Query::new(query_key!["text"], move |context| server.fetch(context, "text")));
    let state = if result.paused { "paused" } else { "" };
    html! { <p>{ state }{ result.data.as_ref().map(|data| (**data).clone()) }</p> }
}

#[test]
async fn a_fetch_waits_for_the_network_to_come_back() {
    let server = Server::default();
    let mut page = Mounted::new(html! { <i /> }).await;
    browser_says("offline").await;
    page.show(html! { <Text server={server.clone()} /> }).await;
    assert_eq!((page.text().as_str(), server.count()), ("paused", 0));
    browser_says("online").await;
    assert_eq!(server.count(), 1);
    server.ok(0, "milk").await;
    assert_eq!(page.text(), "milk");
}
