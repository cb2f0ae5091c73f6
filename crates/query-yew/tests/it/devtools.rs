//! `QueryDevtools`.

use std::rc::Rc;

use query_yew::{Mutation, Query, QueryDevtools, Retry, Shapes, query_key, use_query};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::stage::{Broken, Mounted, Server, settle};

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

fn text_of(selector: &str) -> String {
    let document = web_sys::window().and_then(|window| window.document()).expect("a document");
    let found = document.query_selector(selector).expect("a selector");
    found.and_then(|element| element.text_content()).unwrap_or_default()
}

#[test]
async fn the_panel_lists_queries_and_acts_on_them() {
    let server = Server::default();
    let page = Mounted::new(html! { <><Text server={server.clone()} /><QueryDevtools /></> }).await;
    assert_eq!(page.text(), "Queries", "closed at first");
    server.ok(0, "milk").await;
    press("Queries").await;
    assert_eq!(text_of(".query-devtools tbody tr"), r#"["text", 1]success0 s1/1"#);
    press(r#"["text", 1]"#).await;
    assert_eq!(text_of(".query-devtools-detail pre"), "a alloc::string::String", "its type has no shape");
    press("Refetch").await;
    assert_eq!(server.count(), 2);
    press("Cancel").await;
    assert!(server.is_aborted(1));
    press("Invalidate").await;
    assert_eq!(server.count(), 3);
    server.ok(2, "bread").await;
    press("Reset").await;
    assert_eq!((server.count(), text_of(".query-devtools-state").as_str()), (4, "pending fetching stale"));
    press("Remove").await;
    assert!(server.is_aborted(3));
    assert!(page.client.get_data::<String>(&query_key!["text", 1]).is_none());
}

#[test]
async fn the_panel_shows_data_by_its_shape_and_how_fetches_went() {
    let server = Server::default();
    let shapes = Rc::new(Shapes::new().at::<String>(query_key!["text"]));
    let page = html! { <><Text server={server.clone()} /><QueryDevtools {shapes} open=true /></> };
    let page = Mounted::new(page).await;
    page.client.invalidate(query_key!["text"]);
    settle().await;
    server.ok(1, "milk").await;
    page.client.invalidate(query_key!["text"]);
    settle().await;
    server.answer(2, Err(Broken(Retry::Never))).await;
    press(r#"["text", 1]"#).await;
    assert_eq!(text_of(".query-devtools-detail pre"), "\"milk\"");
    let fetches = text_of(".query-devtools-detail ol");
    let of = |text: &str| fetches.find(text).unwrap_or_else(|| panic!("no {text:?} in {fetches}"));
    assert!(of("a failure after ") < of("data after "), "the newest first: {fetches}");
    assert!(text_of(".query-devtools-error").contains("Broken"));
}

#[test]
async fn the_panel_takes_the_cache_offline_and_brings_its_style() {
    let mut page = Mounted::new(html! { <QueryDevtools open=true /> }).await;
    press("Go offline").await;
    let server = Server::default();
    page.show(html! { <><QueryDevtools open=true /><Text server={server.clone()} /></> }).await;
    assert_eq!((server.count(), page.client.is_online()), (0, false));
    press("Go online").await;
    assert_eq!(server.count(), 1);
    let panel = web_sys::window().and_then(|window| {
        let panel = window.document()?.query_selector(".query-devtools").ok()??;
        window.get_computed_style(&panel).ok()?
    });
    assert_eq!(panel.expect("a style").get_property_value("position").expect("a value"), "fixed");
    press("Close").await;
    assert_eq!(page.text(), "Queries");
}

#[test]
async fn the_panel_lists_changes_under_way_and_cancels_them() {
    let (server, page) = (Server::default(), Mounted::new(html! { <QueryDevtools open=true /> }).await);
    let writes = server.clone();
    let mutation = Mutation::new(move |input: String| writes.receive(&input, None));
    page.client.mutate(mutation.key(query_key!["rename"]), String::from("new"));
    settle().await;
    assert!(page.text().contains(r#"["rename"]running0 s0"#), "{}", page.text());
    press("Cancel the change").await;
    assert!(!page.text().contains("rename"), "{}", page.text());
}
