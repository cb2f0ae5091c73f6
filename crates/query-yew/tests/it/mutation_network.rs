//! Mutations while the browser says that there is no network.

use query_yew::NetworkMode;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::mutating::{Page, edit};
use crate::stage::{Server, browser_says};

#[test]
async fn changes_made_offline_are_paused_and_sent_in_order_afterwards() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || edit(&writes)).await
    };
    browser_says("offline").await;
    for input in ["one", "two", "three"] {
        page.mutate(input).await;
    }
    assert_eq!((page.text().as_str(), writes.count()), ("three saving paused", 0));
    browser_says("online").await;
    assert_eq!(page.text(), "three saving");
    for index in 0..3 {
        assert_eq!(writes.count(), index + 1);
        writes.ok(index, "saved").await;
    }
    assert_eq!(writes.requests(), ["one", "two", "three"]);
    assert_eq!(page.text(), "three");
}

#[test]
async fn a_change_that_needs_no_network_is_sent_offline() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || edit(&writes).network_mode(NetworkMode::Always)).await
    };
    browser_says("offline").await;
    page.mutate("one").await;
    assert_eq!(writes.count(), 1);
    browser_says("online").await;
}
