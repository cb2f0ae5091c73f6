//! The order of mutations, their time limit, and their cancellation.

use std::time::Duration;

use query_yew::{Fault, Mutation, Retry, query_key};
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::mutating::{Page, edit};
use crate::stage::{Broken, Server, settle, until};

#[test]
async fn two_quick_changes_end_in_the_last_choice_for_any_slow_answer() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || edit(&writes)).await
    };
    page.mutate("done").await;
    page.mutate("open").await;
    assert_eq!(page.text(), "open saving", "the last choice is shown at once");
    // The newest request overtakes the others wherever it can.
    let (mut kept, mut answered) = (String::new(), Vec::new());
    while let Some(index) = (0..writes.count()).rev().find(|index| !answered.contains(index)) {
        kept = writes.requests()[index].clone();
        answered.push(index);
        writes.ok(index, "saved").await;
    }
    assert_eq!(kept, "open", "what the server is left with");
    assert_eq!(writes.requests(), ["done", "open"]);
    assert_eq!(page.text(), "open");
}

#[test]
async fn changes_to_different_things_are_sent_side_by_side() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || edit(&writes).scope(|input: &String| [query_key![input]])).await
    };
    for input in ["one", "two", "one"] {
        page.mutate(input).await;
    }
    assert_eq!(writes.requests(), ["one", "two"]);
    writes.ok(0, "saved").await;
    assert_eq!(writes.requests(), ["one", "two", "one"]);
}

#[test]
async fn parallel_changes_do_not_wait_for_each_other() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || edit(&writes).parallel()).await
    };
    page.mutate("one").await;
    page.mutate("two").await;
    assert_eq!(writes.count(), 2);
}

#[test]
async fn changes_to_data_that_is_not_there_keep_their_order_too() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        let absent = |cache: &mut query_yew::Optimistic, _: &String| {
            cache.update(&query_key!["absent"], |old: &String| old.clone());
        };
        Page::new(move || edit(&writes).optimistic(absent)).await
    };
    page.mutate("one").await;
    page.mutate("two").await;
    assert_eq!(writes.requests(), ["one"]);
}

#[test]
async fn a_change_without_an_answer_is_aborted_and_makes_room_for_the_next() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || edit(&writes).time_limit(Duration::from_millis(30))).await
    };
    page.handle().mutate(String::from("hangs"));
    page.handle().mutate(String::from("next"));
    until("the next request", || writes.count() == 2).await;
    assert!(writes.is_aborted(0));
    settle().await;
    assert!(matches!(page.handle().error, Some(Fault::TimedOut)));
    writes.answer(1, Err(Broken(Retry::Never))).await;
    assert_eq!(page.text(), "old error", "neither of both is left");
    assert_eq!(page.reads.count(), 2, "but the first may have been done");
}

#[test]
async fn a_cancelled_change_is_aborted_and_taken_back() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || edit(&writes)).await
    };
    page.mutate("one").await;
    page.mutate("two").await;
    page.handle().cancel();
    settle().await;
    assert_eq!(page.text(), "old error");
    assert!(matches!(page.handle().error, Some(Fault::Cancelled)));
    assert!(writes.is_aborted(0));
    writes.ok(0, "late").await;
    assert_eq!((writes.count(), page.handle().data), (1, None), "the second was never sent");
}

#[test]
async fn any_type_is_an_error_of_a_change() {
    /// Neither `Clone` nor `PartialEq` nor `Debug`.
    struct Odd(String);
    let page = Page::new(|| edit(&Server::default())).await;
    let mutation = Mutation::new(|input: String| async { Err::<(), Odd>(Odd(input)) });
    let fault = page.mounted.client.mutate(mutation, String::from("odd")).await.expect_err("it fails");
    assert_eq!(fault.error().map(|odd| odd.0.as_str()), Some("odd"));
}

#[test]
async fn changes_to_all_data_below_a_key_keep_their_order_when_there_is_none() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        let all = |cache: &mut query_yew::Optimistic, input: &String| {
            let input = input.clone();
            cache.update_all(&query_key!["absent"], move |_: &String| input.clone());
        };
        Page::new(move || edit(&writes).optimistic(all)).await
    };
    page.mutate("one").await;
    page.mutate("two").await;
    assert_eq!(writes.requests(), ["one"]);
    writes.ok(0, "saved").await;
    assert_eq!(writes.requests(), ["one", "two"]);
}
