//! `use_queries`.

use query_yew::{Query, query_key, use_queries};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Broken, Log, Mounted, Server};

#[derive(PartialEq, Properties)]
struct TextsProps {
    server: Server,
    names: Vec<&'static str>,
    #[prop_or_default]
    log: Log,
}

#[component]
fn Texts(props: &TextsProps) -> Html {
    let queries = props.names.iter().map(|name| {
        let (server, name) = (props.server.clone(), *name);
        Query::<String, Broken>::new(query_key!["text", name], move |context| server.fetch(context, name))
    });
    let results = use_queries(queries);
    let texts = results.iter().map(|result| result.data.as_deref().map_or("-", String::as_str));
    let line = texts.collect::<Vec<_>>().join(" ");
    props.log.add(line.clone());
    html! { <p>{ line }</p> }
}

#[test]
async fn as_many_queries_are_shown_as_there_are_and_each_is_fetched_once() {
    let (server, log) = (Server::default(), Log::default());
    let texts = |names: &[&'static str]| {
        html! { <Texts server={server.clone()} names={names.to_vec()} log={log.clone()} /> }
    };
    let mut page = Mounted::new(texts(&["a", "b"])).await;
    assert_eq!(server.requests(), ["a", "b"]);
    server.ok(1, "B").await;
    assert_eq!(page.text(), "- B");
    page.show(texts(&["b", "c", "a"])).await;
    assert_eq!(
        (page.text().as_str(), server.requests()),
        ("B - -", vec!["a".into(), "b".into(), "c".into()])
    );
    server.ok(0, "A").await;
    server.ok(2, "C").await;
    assert_eq!(page.text(), "B C A");
    page.show(texts(&["b"])).await;
    log.take();
    page.client.set_data(&query_key!["text", "a"], String::from("AA"));
    crate::stage::settle().await;
    assert_eq!(log.take(), [""; 0], "it is not shown any more");
    page.show(texts(&[])).await;
    assert_eq!(page.text(), "");
}

#[test]
async fn a_query_that_leaves_the_list_is_aborted() {
    let server = Server::default();
    let mut page = Mounted::new(html! { <Texts server={server.clone()} names={vec!["a", "b"]} /> }).await;
    page.show(html! { <Texts server={server.clone()} names={vec!["b"]} /> }).await;
    assert_eq!((server.is_aborted(0), server.is_aborted(1)), (true, false));
}
