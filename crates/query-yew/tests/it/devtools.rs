//! `QueryDevtools`.

use query_yew::{Query, QueryDevtools, query_key, use_query};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::stage::{Mounted, Server, settle};

#[derive(PartialEq, Properties)]
struct TextProps {
    server: Server,
}

#[component]
fn Text(props: &TextProps) -> Html {
    let server = props.server.clone();
    use_query(Query::new(query_key!["text", 1], move |context| server.fetch(context, "text")));
    html! { <i /> }
}

async fn press(title: &str) {
    let document = web_sys::window().and_then(|window| window.document()).expect("a document");
    let buttons = document.query_selector_all("aside button").expect("a selector");
    let mut buttons = (0..buttons.length()).filter_map(|index| buttons.item(index));
    let button = buttons.find(|button| button.text_content().as_deref() == Some(title)).expect("the button");
    button.dyn_into::<HtmlElement>().expect("an element").click();
    settle().await;
}

#[test]
async fn the_panel_lists_queries_and_acts_on_them() {
    let server = Server::default();
    let page = Mounted::new(html! { <><Text server={server.clone()} /><QueryDevtools /></> }).await;
    assert_eq!(page.text(), "Queries", "closed at first");
    server.ok(0, "milk").await;
    press("Queries").await;
    assert!(page.text().contains(r#"["text", 1]success0 s1"#), "{}", page.text());
    press("Refetch").await;
    assert_eq!(server.count(), 2);
    press("Invalidate").await;
    assert!(server.is_aborted(1));
    assert_eq!(server.count(), 3);
    press("Remove").await;
    assert!(server.is_aborted(2));
    assert!(page.client.get_data::<String>(&query_key!["text", 1]).is_none());
}
