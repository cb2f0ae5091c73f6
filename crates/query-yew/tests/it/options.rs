//! Options of a query that only a browser shows, or that concern its types.

use std::rc::Rc;
use std::time::Duration;

use query_yew::{Query, QueryResult, Retry, query_key, share_items, use_query};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Broken, Mounted, Server, Slot, settle, until};

type Change = Callback<Query<String, Broken>, Query<String, Broken>>;

#[derive(PartialEq, Properties)]
struct TextProps {
    server: Server,
    change: Change,
    #[prop_or_default]
    slot: Slot<QueryResult<String, Broken>>,
}

#[component]
fn Text(props: &TextProps) -> Html {
    let server = props.server.clone();
    let query = Query::new(query_key!["text"], move |context| server.fetch(context, "text"));
    let result = use_query(props.change.emit(query));
    props.slot.put(result.clone());
    html! { <p>{ result.data.as_deref().cloned() }</p> }
}

async fn shown(
    server: &Server,
    change: impl Fn(Query<String, Broken>) -> Query<String, Broken> + 'static,
) -> Mounted {
    let change = Callback::from(change);
    Mounted::new(html! { <Text server={server.clone()} {change} /> }).await
}

#[test]
async fn initial_data_is_shown_as_if_it_had_been_fetched_at_its_time() {
    let server = Server::default();
    let page = shown(&server, |query| query.initial_data(String::from("milk"))).await;
    assert_eq!((page.text().as_str(), server.count()), ("milk", 0));
    drop(page);
    let an_hour_ago = js_sys::Date::now() as u64 - 3_600_000;
    let page = shown(&server, move |query| query.initial_data_as_of(String::from("milk"), an_hour_ago)).await;
    assert_eq!((page.text().as_str(), server.count()), ("milk", 1), "it is stale");
    server.ok(0, "bread").await;
    assert_eq!(page.text(), "bread");
}

#[test]
async fn a_query_may_judge_its_own_errors() {
    let server = Server::default();
    let page = shown(&server, |query| query.verdict(|_| Retry::Never)).await;
    server.answer(0, Err(Broken(Retry::After(Duration::ZERO)))).await;
    settle().await;
    assert_eq!(server.count(), 1);
    drop(page);
    let page = shown(&server, |query| query.verdict(|_| Retry::After(Duration::ZERO)).retries(1)).await;
    server.answer(1, Err(Broken(Retry::Never))).await;
    until("the second attempt", || server.count() == 3).await;
    server.ok(2, "milk").await;
    assert_eq!(page.text(), "milk");
}

#[test]
async fn an_interval_may_depend_on_the_result() {
    let server = Server::default();
    let page = shown(&server, |query| {
        query.refetch_interval_by(|result| {
            (result.data.as_deref().map(String::as_str) != Some("done")).then_some(Duration::from_millis(20))
        })
    })
    .await;
    server.ok(0, "running").await;
    until("the next request", || server.count() == 2).await;
    server.ok(1, "done").await;
    assert_eq!(page.text(), "done");
    assert!(page.client.inspect(query_key!["text"])[0].fetch == query_yew::FetchStatus::Idle);
}

#[test]
async fn a_skipped_query_shows_what_is_there_and_fetches_nothing() {
    let server = Server::default();
    let page = shown(&server, |query| Query::skipped(query.key().clone()).enabled(true)).await;
    assert_eq!(server.count(), 0);
    page.client.refetch(query_key!["text"]);
    settle().await;
    page.client.set_data(&query_key!["text"], String::from("milk"));
    settle().await;
    assert_eq!((page.text().as_str(), server.count()), ("milk", 0));
}

#[derive(PartialEq, Properties)]
struct NamesProps {
    server: Server,
    slot: Slot<Rc<Vec<Rc<String>>>>,
}

/// A list of names, as the server separates them.
#[component]
fn Names(props: &NamesProps) -> Html {
    let server = props.server.clone();
    let query = Query::<Vec<Rc<String>>, Broken>::new(query_key!["names"], move |context| {
        let answer = server.fetch(context, "names");
        async move { Ok(answer.await?.split(' ').map(|name| Rc::new(name.to_owned())).collect()) }
    });
    let result = use_query(query.share(|old, new| share_items(old, new)));
    if let Some(names) = result.data {
        props.slot.put(names);
    }
    html! { <i /> }
}

#[test]
async fn items_of_a_list_that_have_not_changed_keep_their_reference() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Names server={server.clone()} slot={slot.clone()} /> }).await;
    server.ok(0, "ada ben cleo").await;
    let old = slot.get();
    page.client.invalidate(query_key!["names"]);
    settle().await;
    server.ok(1, "zoe ada bob cleo").await;
    let new = slot.get();
    assert_eq!(new.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["zoe", "ada", "bob", "cleo"]);
    let kept: Vec<bool> = new.iter().map(|name| old.iter().any(|other| Rc::ptr_eq(name, other))).collect();
    assert_eq!(kept, [false, true, false, true]);
}

#[derive(PartialEq, Properties)]
struct PlainProps {
    slot: Slot<Option<String>>,
}

/// Errors of a type that knows nothing of us, and has neither equality nor a copy.
struct Foreign(String);

#[component]
fn Plain(props: &PlainProps) -> Html {
    let query =
        Query::<u8, Foreign>::new(query_key!["plain"], |_| async { Err(Foreign(String::from("no"))) });
    let result = use_query(query.retries(0));
    props.slot.put(result.error.as_deref().map(|Foreign(text)| text.clone()));
    let texts = Query::<u8, String>::new(query_key!["text error"], |_| async { Err(String::from("no")) });
    let text = use_query(texts.retries(0)).error.as_deref().cloned();
    html! { <p>{ text }</p> }
}

#[test]
async fn any_type_is_an_error() {
    let slot = Slot::default();
    let page = Mounted::new(html! { <Plain slot={slot.clone()} /> }).await;
    settle().await;
    assert_eq!((slot.get().as_deref(), page.text().as_str()), (Some("no"), "no"));
}
