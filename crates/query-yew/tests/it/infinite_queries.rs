//! `use_infinite_query`.

use query_yew::{InfiniteQuery, InfiniteResult, Pages, Retry, query_key, use_infinite_query};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Broken, Mounted, Server, Slot, settle};

#[derive(PartialEq, Properties)]
struct FeedProps {
    server: Server,
    slot: Slot<InfiniteResult<usize, String, Broken>>,
}

/// A list of three pages, asked for by number.
#[component]
fn Feed(props: &FeedProps) -> Html {
    let server = props.server.clone();
    let result = use_infinite_query(InfiniteQuery::new(
        query_key!["feed"],
        0_usize,
        move |context, page| server.fetch(context, &page.to_string()),
        |pages: &Pages<usize, String>| (pages.len() < 3).then(|| pages.len()),
    ));
    props.slot.put(result.clone());
    let pages = result.query.data.as_ref();
    html! { <ol>{ for pages.iter().flat_map(|pages| pages.iter()).map(|page| html! { <li>{ &*page.data }</li> }) }</ol> }
}

#[test]
async fn pages_are_added_one_by_one_until_there_are_no_more() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Feed server={server.clone()} slot={slot.clone()} /> }).await;
    assert!(slot.get().query.is_loading() && !slot.get().has_next);
    for (index, name) in ["a", "b", "c"].into_iter().enumerate() {
        server.ok(index, name).await;
        if index < 2 {
            assert!(slot.get().has_next && !slot.get().fetching_next);
            slot.get().fetch_next.emit(());
            settle().await;
            assert!(slot.get().fetching_next);
        }
    }
    assert_eq!(page.text(), "abc");
    assert!(!slot.get().has_next);
    assert_eq!(server.requests(), ["0", "1", "2"]);
}

#[test]
async fn a_refetch_brings_every_page_again_and_keeps_the_unchanged_ones() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Feed server={server.clone()} slot={slot.clone()} /> }).await;
    server.ok(0, "a").await;
    slot.get().fetch_next.emit(());
    settle().await;
    server.ok(1, "b").await;
    let first = |slot: &Slot<InfiniteResult<usize, String, Broken>>| {
        slot.get().query.data.expect("pages").iter().next().expect("a page").data.clone()
    };
    let before = first(&slot);
    page.client.invalidate(query_key!["feed"]);
    settle().await;
    server.ok(2, "a").await;
    assert_eq!(page.text(), "ab", "the old pages stay until the new ones are complete");
    server.ok(3, "B").await;
    assert_eq!(page.text(), "aB");
    assert!(std::rc::Rc::ptr_eq(&before, &first(&slot)));
    assert_eq!(server.requests(), ["0", "1", "0", "1"]);
}

#[test]
async fn a_failed_page_leaves_the_others_and_can_be_tried_again() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Feed server={server.clone()} slot={slot.clone()} /> }).await;
    server.ok(0, "a").await;
    slot.get().fetch_next.emit(());
    settle().await;
    server.answer(1, Err(Broken(Retry::Never))).await;
    assert!(slot.get().query.is_error() && slot.get().has_next);
    assert_eq!(page.text(), "a");
    slot.get().fetch_next.emit(());
    settle().await;
    server.ok(2, "b").await;
    assert_eq!(page.text(), "ab");
    assert!(!slot.get().query.is_error());
}

/// Three pages around the one where it begins, of which two are kept.
#[component]
fn Window(props: &FeedProps) -> Html {
    let server = props.server.clone();
    let query = InfiniteQuery::new(
        query_key!["window"],
        5_usize,
        move |context, page| server.fetch(context, &page.to_string()),
        |pages: &Pages<usize, String>| pages.last().map(|page| page.param + 1).filter(|page| *page < 7),
    );
    let query = query.previous(|pages| pages.first().map(|page| page.param - 1)).max_pages(2);
    let result = use_infinite_query(query.with(|query| query.stale_time(std::time::Duration::MAX)));
    props.slot.put(result.clone());
    let pages = result.query.data.as_ref();
    html! { <ol>{ for pages.iter().flat_map(|pages| pages.iter()).map(|page| html! { <li>{ &*page.data }</li> }) }</ol> }
}

#[test]
async fn a_list_grows_at_both_ends_and_keeps_as_many_pages_as_asked_for() {
    let (server, slot) = (Server::default(), Slot::default());
    let page = Mounted::new(html! { <Window server={server.clone()} slot={slot.clone()} /> }).await;
    server.ok(0, "e").await;
    slot.get().fetch_previous.emit(());
    settle().await;
    assert!(slot.get().fetching_previous && !slot.get().fetching_next);
    server.ok(1, "d").await;
    assert_eq!(page.text(), "de");
    slot.get().fetch_next.emit(());
    settle().await;
    assert!(slot.get().fetching_next);
    server.ok(2, "f").await;
    assert_eq!((page.text().as_str(), slot.get().has_next), ("ef", false));
    assert!(slot.get().has_previous && !slot.get().query.stale);
    page.client.invalidate(query_key!["window"]);
    settle().await;
    server.ok(3, "e").await;
    server.ok(4, "ff").await;
    assert_eq!(page.text(), "eff");
    assert_eq!(server.requests(), ["5", "4", "6", "5", "6"], "a refetch begins with the first page there is");
}
