//! What others do appears while one looks.

use browser_tests::{Page, Setup, Stage, button, checkbox, eventually, heading, link, play};
use shared::Todo;

const EVENTS: &str = "GET /todos/events";
const LIST: &str = "GET /todos?";
const THEIRS: &str = "What they have made of it";

/// The open todos at the top of the list, in a page that is told what happens to them.
async fn begin(stage: &Stage) -> Vec<Todo> {
    let open = stage.demo.newest(12).into_iter().filter(|todo| !todo.completed).collect();
    stage.page.open("/todos").await;
    stage.page.sees(&heading("1–12 of 254 todos")).await;
    is_asked(stage, EVENTS, 1).await;
    open
}

async fn is_asked(stage: &Stage, prefix: &str, times: usize) {
    eventually(&format!("{times} of {prefix}"), async || {
        let count = stage.upstream().count(prefix);
        if count == times { Ok(()) } else { Err(format!("{count} have come")) }
    })
    .await;
}

async fn is_closed(stage: &Stage) {
    eventually("the stream to be closed", async || {
        let open = stage.upstream().under_way(EVENTS);
        if open == 0 { Ok(()) } else { Err(format!("{open} are open")) }
    })
    .await;
}

fn rename(stage: &Stage, todo: &Todo, text: &str) {
    stage.demo.change(todo.id, &format!(r#"{{"todo":"{text}"}}"#));
}

/// Hides the page, or shows it, as far as it can tell.
async fn show(page: &Page, state: &str) {
    let script = "Object.defineProperty(document, 'visibilityState', { value: arguments[0], configurable: true }); \
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))";
    page.evaluate(script, vec![state.into()]).await;
}

#[test]
fn what_happens_before_the_stream_is_opened_appears_even_if_that_is_late() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.block(&["*_parts.wasm"]).await;
        page.expect_a_missing_part();
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        let todo = stage.demo.newest(1).remove(0);
        rename(stage, &todo, THEIRS);
        // By the page's own clock.
        let old = "const done = arguments[0]; setTimeout(() => done(true), 5000 - performance.now())";
        page.evaluate_async(old, Vec::new()).await;
        page.block(&[]).await;
        page.sees(&link(THEIRS)).await;
    });
}

#[test]
fn changes_of_others_appear_without_another_read_of_the_list() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let open = begin(stage).await;
        rename(stage, &open[0], THEIRS);
        page.sees(&link(THEIRS)).await;
        page.misses(&link(&open[0].todo)).await;
        stage.demo.change(open[1].id, r#"{"completed":true}"#);
        page.has(&checkbox(&open[1].todo), "checked", "true").await;
        stage.demo.delete(open[2].id);
        page.misses(&link(&open[2].todo)).await;
        page.sees(&heading("1–12 of 253 todos")).await;
        stage.demo.add(r#"{"todo":"Somebody’s new one","completed":false,"userId":2}"#);
        page.sees(&link("Somebody’s new one")).await;
        assert_eq!(stage.upstream().count(LIST), 1);
        // The page of one todo changes in the same way.
        page.click(&link(THEIRS)).await;
        page.is_on(THEIRS).await;
        rename(stage, &open[0], "Their second thought");
        page.is_on("Their second thought").await;
    });
}

#[test]
fn stream_is_closed_while_the_page_is_hidden_and_goes_on_where_it_was() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let open = begin(stage).await;
        rename(stage, &open[0], THEIRS);
        page.sees(&link(THEIRS)).await;
        show(page, "hidden").await;
        is_closed(stage).await;
        rename(stage, &open[1], "Renamed behind the curtain");
        show(page, "visible").await;
        is_asked(stage, EVENTS, 2).await;
        page.sees(&link("Renamed behind the curtain")).await;
        assert_eq!(stage.upstream().count(LIST), 1);
    });
}

#[test]
fn stream_that_goes_on_without_an_id_has_the_list_read_again() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let open = begin(stage).await;
        show(page, "hidden").await;
        is_closed(stage).await;
        rename(stage, &open[1], "Renamed behind the curtain");
        show(page, "visible").await;
        page.sees(&link("Renamed behind the curtain")).await;
        assert_eq!(stage.upstream().count(LIST), 2);
    });
}

#[test]
fn own_change_under_way_is_not_undone_by_what_others_do() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let open = begin(stage).await;
        stage.upstream().hold("PUT /todos/");
        page.click(&checkbox(&open[0].todo)).await;
        page.has(&checkbox(&open[0].todo), "checked", "true").await;
        let flickers = "const box = document.querySelector('main li input:checked'); window.flickered = 0; \
            new MutationObserver(() => { window.flickered += !box.checked; }) \
            .observe(document.querySelector('main'), { subtree: true, childList: true, attributes: true, characterData: true })";
        page.evaluate(flickers, Vec::new()).await;
        rename(stage, &open[0], THEIRS);
        rename(stage, &open[1], "Beside it");
        page.sees(&link("Beside it")).await;
        page.has(&checkbox(&open[0].todo), "checked", "true").await;
        stage.upstream().behave();
        page.has(&checkbox(THEIRS), "checked", "true").await;
        assert_eq!(page.evaluate("return window.flickered", Vec::new()).await, 0);
        let todo = stage.demo.todo(open[0].id).unwrap();
        assert_eq!((todo.completed, todo.todo.as_str()), (true, THEIRS));
    });
}

#[test]
fn server_without_events_is_asked_once() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().refuse(EVENTS, 404, &[]);
        page.expect_failed_requests("the server responded with a status of 404");
        let todo = begin(stage).await.remove(0);
        page.click(&link("Overview")).await;
        page.is_on("Overview").await;
        show(page, "hidden").await;
        show(page, "visible").await;
        page.click(&link("Ada Okafor")).await;
        page.sees(&button("Add")).await;
        page.open_in_new_tab("/todos").await;
        page.sees(&link(&todo.todo)).await;
        // Each page asks for itself; none asks twice.
        is_asked(stage, EVENTS, 2).await;
    });
}
