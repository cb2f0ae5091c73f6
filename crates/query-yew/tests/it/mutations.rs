//! `use_mutation`.

use std::rc::Rc;
use std::time::Duration;

use query_yew::{Fault, Mutation, MutationHandle, Query, Retry, query_key, use_mutation, use_query};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Answer, Broken, Log, Mounted, Server, Slot, settle, until};

#[derive(Clone, PartialEq, Properties)]
struct EditorProps {
    reads: Server,
    writes: Server,
    #[prop_or_default]
    slot: Slot<MutationHandle<String, String, Broken>>,
    #[prop_or_default]
    log: Log,
    #[prop_or_default]
    retries: u32,
}

#[component]
fn Text(props: &EditorProps) -> Html {
    let reads = props.reads.clone();
    let result = use_query(Query::new(query_key!["text"], move |context| reads.fetch(context, "text")));
    html! { <p>{ result.data.map(|data| (*data).clone()) }</p> }
}

#[component]
fn Editor(props: &EditorProps) -> Html {
    let (writes, log, err_log) = (props.writes.clone(), props.log.clone(), props.log.clone());
    let mutation = Mutation::new(move |input: String| writes.receive(&input, None))
        .optimistic(|cache, input: &String| cache.update(&query_key!["text"], |_: &String| input.clone()))
        .invalidates(|_, _| [query_key!["text"]])
        .on_success(move |call, data: &String| log.add(format!("{} became {data}", call.input())))
        .on_error(move |call, _| err_log.add(format!("{} failed", call.input())))
        .retries(props.retries);
    let handle = use_mutation(mutation);
    props.slot.put(handle.clone());
    html! { <b>{ if handle.pending { " saving" } else { "" } }{ if handle.error.is_some() { " error" } else { "" } }</b> }
}

fn both(props: &EditorProps) -> Html {
    html! { <><Text ..props.clone() /><Editor ..props.clone() /></> }
}

async fn mounted() -> (EditorProps, Mounted) {
    let props = EditorProps {
        reads: Server::default(),
        writes: Server::default(),
        slot: Slot::default(),
        log: Log::default(),
        retries: 0,
    };
    let page = Mounted::new(both(&props)).await;
    props.reads.ok(0, "old").await;
    (props, page)
}

fn edit(props: &EditorProps, text: &str) {
    props.slot.get().mutate(text.to_owned());
}

#[test]
async fn the_expected_outcome_is_shown_at_once_and_the_truth_fetched_at_the_end() {
    let (props, page) = mounted().await;
    edit(&props, "new");
    settle().await;
    assert_eq!(page.text(), "new saving");
    assert_eq!(props.reads.count(), 1);
    props.writes.ok(0, "saved").await;
    assert_eq!(page.text(), "new");
    assert_eq!(props.slot.get().data.as_deref().map(String::as_str), Some("saved"));
    assert_eq!(props.log.take(), ["new became saved"]);
    assert_eq!(props.reads.count(), 2);
    props.reads.ok(1, "truth").await;
    assert_eq!(page.text(), "truth");
}

#[test]
async fn a_failure_takes_the_expected_outcome_back() {
    let (props, page) = mounted().await;
    edit(&props, "new");
    settle().await;
    props.writes.answer(0, Err(Broken(Retry::Backoff))).await;
    assert_eq!(page.text(), "old error", "and is not retried unless asked for");
    assert_eq!(props.writes.count(), 1);
    assert_eq!(props.log.take(), ["new failed"]);
    props.slot.get().reset();
    settle().await;
    assert_eq!(page.text(), "old");
}

#[test]
async fn the_next_run_clears_the_error() {
    let (props, page) = mounted().await;
    edit(&props, "new");
    settle().await;
    props.writes.answer(0, Err(Broken(Retry::Never))).await;
    edit(&props, "newer");
    settle().await;
    assert_eq!(page.text(), "newer saving");
}

#[test]
async fn a_read_in_flight_does_not_undo_the_expected_outcome() {
    let (props, page) = mounted().await;
    page.client.invalidate(query_key!["text"]);
    settle().await;
    edit(&props, "new");
    assert!(props.reads.is_aborted(1));
    props.reads.ok(1, "old").await;
    assert_eq!(page.text(), "new saving");
}

#[test]
async fn only_the_last_of_concurrent_runs_refetches() {
    let (props, page) = mounted().await;
    edit(&props, "one");
    edit(&props, "two");
    settle().await;
    props.writes.answer(0, Err(Broken(Retry::Never))).await;
    assert_eq!(page.text(), "two saving error", "the guess of the second is left alone");
    assert_eq!(props.reads.count(), 1);
    props.writes.ok(1, "two").await;
    assert_eq!(props.reads.count(), 2);
    assert!(!props.slot.get().pending);
}

#[test]
async fn a_run_goes_on_to_its_end_when_its_component_is_gone() {
    let (props, mut page) = mounted().await;
    edit(&props, "new");
    settle().await;
    page.show(html! { <><Text ..props.clone() /><i /></> }).await;
    props.writes.ok(0, "saved").await;
    assert_eq!(props.log.take(), ["new became saved"]);
    assert_eq!(props.reads.count(), 2, "and invalidates");
}

#[test]
async fn the_outcome_of_one_run_is_told_to_who_started_it() {
    let (props, _page) = mounted().await;
    let told: Slot<Result<Rc<String>, Fault<Broken>>> = Slot::default();
    let done = {
        let told = told.clone();
        Callback::from(move |result| told.put(result))
    };
    props.slot.get().mutate_with(String::from("new"), done.clone());
    settle().await;
    props.writes.ok(0, "saved").await;
    assert_eq!(told.get().ok().as_deref().map(String::as_str), Some("saved"));
    props.slot.get().mutate_with(String::from("newer"), done);
    settle().await;
    props.writes.answer(1, Err(Broken(Retry::Never))).await;
    let fault = told.get().expect_err("it failed");
    assert_eq!(fault.error(), Some(&Broken(Retry::Never)));
}

#[test]
async fn the_outcome_of_a_run_from_before_a_reset_is_not_shown() {
    let (props, page) = mounted().await;
    edit(&props, "new");
    props.slot.get().reset();
    settle().await;
    assert!(props.slot.get().pending, "it still runs");
    let failed: Answer = Err(Broken(Retry::Never));
    props.writes.answer(0, failed).await;
    assert_eq!(page.text(), "old");
}

#[test]
async fn a_run_is_retried_when_asked_for() {
    let (mut props, mut page) = mounted().await;
    props.retries = 1;
    page.show(both(&props)).await;
    edit(&props, "new");
    settle().await;
    props.writes.answer(0, Err(Broken(Retry::After(Duration::from_millis(20))))).await;
    assert_eq!(page.text(), "new saving");
    until("the second attempt", || props.writes.count() == 2).await;
    props.writes.ok(1, "saved").await;
    assert_eq!(props.log.take(), ["new became saved"]);
}

#[test]
async fn handles_compare_equal_until_there_is_something_to_see() {
    let (props, mut page) = mounted().await;
    let first = props.slot.get();
    page.show(both(&EditorProps { retries: 2, ..props.clone() })).await;
    assert!(props.slot.get() == first);
    edit(&props, "new");
    settle().await;
    assert!(props.slot.get() != first);
}

#[component]
fn Polled(props: &EditorProps) -> Html {
    let reads = props.reads.clone();
    let query = Query::<_, Broken>::new(query_key!["text"], move |context| reads.fetch(context, "text"));
    let query = query.refetch_interval(Duration::from_millis(20)).refetch_interval_in_background(true);
    let result = use_query(query);
    html! { <p>{ result.data.as_deref().cloned() }</p> }
}

/// The number of the browser's next timer.
fn next_timer() -> i32 {
    let window = web_sys::window().expect("a window");
    window.set_timeout_with_str_and_timeout_and_unused_0("", 0).expect("a timer")
}

#[test]
async fn an_interval_sets_no_timers_while_a_change_holds_its_query() {
    let (props, mut page) = mounted().await;
    page.show(html! { <><Polled ..props.clone() /><Editor ..props.clone() /></> }).await;
    edit(&props, "new");
    settle().await;
    assert_eq!(page.text(), "new saving");
    let before = next_timer();
    gloo_timers::future::TimeoutFuture::new(500).await;
    let timers = next_timer() - before;
    assert!(timers < 10, "{timers} timers in half a second");
    assert_eq!(props.reads.count(), 1, "an answer might be of before the change");
}
