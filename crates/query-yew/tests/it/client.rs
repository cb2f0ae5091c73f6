//! `QueryClient`: the cache by hand.

use query_yew::{Query, QueryClient, query_key, use_query, use_query_client};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Log, Mounted, Server, Slot, settle};

#[derive(PartialEq, Properties)]
struct TextProps {
    server: Server,
    name: &'static str,
    #[prop_or_default]
    log: Log,
    #[prop_or_default]
    client: Slot<QueryClient>,
}

fn text(server: &Server, name: &'static str) -> Query<String, crate::stage::Broken> {
    let server = server.clone();
    Query::new(query_key!["text", name], move |context| server.fetch(context, name))
}

#[component]
fn Text(props: &TextProps) -> Html {
    props.client.put(use_query_client());
    let result = use_query(text(&props.server, props.name));
    let shown = result.data.map_or_else(|| String::from("-"), |data| (*data).clone());
    props.log.add(shown.clone());
    html! { <p>{ shown }</p> }
}

#[test]
async fn components_get_the_client_given_to_the_provider() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Text {server} name="a" client={slot.clone()} /> }).await;
    assert!(page.client == slot.get());
}

#[test]
async fn set_and_update_data_render_who_shows_it_and_nobody_else() {
    let (server, a, b) = (Server::default(), Log::default(), Log::default());
    let page = Mounted::new(html! {
        <>
            <Text server={server.clone()} name="a" log={a.clone()} />
            <Text server={server.clone()} name="b" log={b.clone()} />
        </>
    })
    .await;
    server.ok(0, "one").await;
    server.ok(1, "two").await;
    a.take();
    b.take();
    let key = query_key!["text", "a"];
    page.client.set_data(&key, String::from("three"));
    settle().await;
    page.client.update_data(&key, |old: &String| format!("{old}!"));
    page.client.update_data(&key, |old: &u64| old + 1);
    settle().await;
    assert_eq!((a.take(), b.take().len()), (vec![String::from("three"), String::from("three!")], 0));
    assert_eq!(page.client.get_data::<String>(&key).as_deref().map(String::as_str), Some("three!"));
    assert!(page.client.get_data::<u64>(&key).is_none());
}

#[test]
async fn prefetched_data_is_there_when_a_component_wants_it() {
    let (server, log) = (Server::default(), Log::default());
    let mut page = Mounted::new(html! { <i /> }).await;
    page.client.prefetch(text(&server, "a"));
    assert_eq!(server.count(), 1);
    server.ok(0, "one").await;
    page.show(html! { <Text server={server.clone()} name="a" log={log.clone()} /> }).await;
    assert_eq!((log.take(), server.count()), (vec![String::from("one")], 1));
}

#[test]
async fn clear_empties_the_page_and_aborts_its_requests() {
    let server = Server::default();
    let page = Mounted::new(html! {
        <><Text server={server.clone()} name="a" /><Text server={server.clone()} name="b" /></>
    })
    .await;
    server.ok(0, "one").await;
    page.client.clear();
    settle().await;
    assert_eq!(page.text(), "--");
    assert!(server.is_aborted(1));
    assert_eq!(server.count(), 2, "nothing is fetched by a logout");
    page.client.invalidate(query_key![]);
    settle().await;
    assert_eq!(server.count(), 4);
}

#[test]
async fn remove_forgets_a_key() {
    let server = Server::default();
    let page = Mounted::new(html! { <Text server={server.clone()} name="a" /> }).await;
    server.ok(0, "one").await;
    page.client.remove(query_key!["text"]);
    settle().await;
    assert_eq!(page.text(), "-");
}

#[cfg(feature = "hydrate")]
#[test]
async fn hydrated_data_is_shown_without_a_request() {
    let (server, log) = (Server::default(), Log::default());
    let first = QueryClient::new(query_yew::QueryDefaults::default());
    first.set_data(&query_key!["text", "a"], String::from("one"));
    let texts = query_yew::Shapes::new().at::<String>(query_key!["text"]);
    let json = first.dehydrate(&texts).expect("JSON");
    let mut page = Mounted::new(html! { <i /> }).await;
    page.client.hydrate(&json, &texts).expect("the same JSON");
    page.show(html! { <Text server={server.clone()} name="a" log={log.clone()} /> }).await;
    assert_eq!((log.take(), server.count()), (vec![String::from("one")], 0));
}

#[test]
async fn all_data_of_a_type_is_read_and_changed_at_once() {
    let client = QueryClient::new(query_yew::QueryDefaults::default());
    client.set_data(&query_key!["text", "a"], String::from("one"));
    client.set_data(&query_key!["text", "b"], String::from("two"));
    client.set_data(&query_key!["text", "count"], 2u32);
    let texts = client.all_data::<String>(query_key!["text"]);
    assert_eq!(texts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    client.update_all_data(query_key!["text"], |text: &String| text.to_uppercase());
    let text = |name: &str| client.get_data::<String>(&query_key!["text", name]).as_deref().cloned();
    assert_eq!((text("a").as_deref(), text("b").as_deref()), (Some("ONE"), Some("TWO")));
    assert_eq!(client.get_data::<u32>(&query_key!["text", "count"]).as_deref(), Some(&2));
}
