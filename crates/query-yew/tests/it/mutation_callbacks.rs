//! What a mutation tells, and whom.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use query_yew::{Backoff, Fault, MutationCall, Retry, query_key};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::Callback;

use crate::mutating::{Page, edit};
use crate::stage::{Broken, Log, Server, settle, until};

#[test]
async fn callbacks_come_in_order_and_before_the_next_of_the_scope() {
    let (writes, log) = (Server::default(), Log::default());
    let page = {
        let (writes, log) = (writes.clone(), log.clone());
        Page::new(move || {
            let (saved, failed, settled, sent) = (log.clone(), log.clone(), log.clone(), writes.clone());
            edit(&writes)
                .on_success(move |call, data| saved.add(format!("{} is {data}", call.input())))
                .on_error(move |call, fault| failed.add(format!("{}: {:?}", call.input(), fault.error())))
                .on_settled(move |_, result| {
                    settled.add(format!("{} after {}", result.is_ok(), sent.count()))
                })
        })
        .await
    };
    let done = {
        let log = log.clone();
        Callback::from(move |result: Result<_, _>| log.add(format!("done {}", result.is_ok())))
    };
    page.handle().mutate_with(String::from("one"), done);
    page.mutate("two").await;
    writes.ok(0, "saved").await;
    assert_eq!(log.take(), ["one is saved", "true after 1", "done true"]);
    writes.answer(1, Err(Broken(Retry::Never))).await;
    assert_eq!(log.take(), ["two: Some(Broken(Never))", "false after 2"]);
}

#[test]
async fn a_callback_can_run_the_change_again_when_its_component_is_gone() {
    let (writes, kept) = (Server::default(), Rc::new(RefCell::new(None::<MutationCall<String>>)));
    let mut page = {
        let (writes, kept) = (writes.clone(), kept.clone());
        Page::new(move || {
            let kept = kept.clone();
            edit(&writes).on_error(move |call, _| {
                kept.replace(Some(call.clone()));
            })
        })
        .await
    };
    page.mutate("new").await;
    writes.answer(0, Err(Broken(Retry::Never))).await;
    page.leave().await;
    assert_eq!(page.text(), "old");
    let call = kept.take().expect("it was kept");
    assert_eq!(call.input(), "new");
    call.again();
    settle().await;
    assert_eq!(page.text(), "new");
    writes.ok(1, "saved").await;
    assert_eq!(writes.requests(), ["new", "new"]);
}

#[test]
async fn a_change_run_again_shows_in_its_own_component() {
    let (writes, kept) = (Server::default(), Rc::new(RefCell::new(None::<MutationCall<String>>)));
    let page = {
        let (writes, kept) = (writes.clone(), kept.clone());
        Page::new(move || {
            let kept = kept.clone();
            edit(&writes).on_error(move |call, _| {
                kept.replace(Some(call.clone()));
            })
        })
        .await
    };
    page.mutate("new").await;
    writes.answer(0, Err(Broken(Retry::Never))).await;
    assert_eq!(page.text(), "old error");
    kept.take().expect("it was kept").again();
    settle().await;
    assert_eq!(page.text(), "new saving");
}

#[test]
async fn the_outcome_of_a_change_can_be_awaited() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || edit(&writes)).await
    };
    let (first, second) =
        (page.handle().mutate_async(String::from("one")), page.handle().mutate_async(String::from("two")));
    writes.ok(0, "saved").await;
    assert_eq!(first.await.ok().as_deref().map(String::as_str), Some("saved"));
    writes.answer(1, Err(Broken(Retry::Never))).await;
    let fault = second.await.expect_err("it failed");
    assert_eq!(fault.error(), Some(&Broken(Retry::Never)));
}

#[test]
async fn the_handle_says_what_was_asked_when_and_how_often_it_failed() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        let backoff = Backoff { first: Duration::from_millis(20), longest: Duration::from_millis(20) };
        Page::new(move || edit(&writes).retries(1).backoff(backoff)).await
    };
    assert!(page.handle().submitted_at.is_none() && page.handle().variables.is_none());
    page.mutate("new").await;
    assert!(page.handle().submitted_at.is_some());
    assert_eq!(page.handle().variables.as_deref().map(String::as_str), Some("new"));
    writes.answer(0, Err(Broken(Retry::Backoff))).await;
    assert_eq!((page.handle().failures, page.handle().pending), (1, true));
    until("the second attempt", || writes.count() == 2).await;
    writes.answer(1, Err(Broken(Retry::Backoff))).await;
    assert_eq!((page.handle().failures, page.handle().pending), (2, false));
    assert!(matches!(page.handle().error, Some(Fault::Failed(_))));
    page.handle().reset();
    settle().await;
    let handle = page.handle();
    assert_eq!((handle.failures, handle.submitted_at, handle.variables), (0, None, None));
}

#[test]
async fn keys_to_invalidate_are_chosen_by_the_outcome() {
    let writes = Server::default();
    let page = {
        let writes = writes.clone();
        Page::new(move || {
            edit(&writes).invalidates(|_, result| result.as_ref().ok().map(|_| query_key!["text"]))
        })
        .await
    };
    page.mutate("one").await;
    writes.answer(0, Err(Broken(Retry::Never))).await;
    assert_eq!(page.reads.count(), 1);
    page.mutate("two").await;
    writes.ok(1, "saved").await;
    assert_eq!(page.reads.count(), 2);
}
