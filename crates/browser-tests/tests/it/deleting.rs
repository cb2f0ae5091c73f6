//! Deleting todos, and thinking better of it.

use browser_tests::{Setup, Stage, Stroke, button, eventually, heading, link, play};
use shared::Todo;

fn delete(todo: &Todo) -> browser_tests::Target {
    button(&format!("Delete “{}”", todo.todo))
}

async fn is_gone_upstream(stage: &Stage, todo: &Todo) {
    eventually("the todo to be gone from the upstream", async || {
        let there = stage.demo.todo(todo.id).is_some();
        if there { Err("it is there".to_owned()) } else { Ok(()) }
    })
    .await;
}

#[test]
fn undo_brings_a_deleted_todo_back_to_its_place_and_its_address() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.newest(3);
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        let before = page.listed().await;
        page.click(&delete(&todos[1])).await;
        page.misses(&link(&todos[1].todo)).await;
        page.sees(&heading("1–12 of 253 todos")).await;
        page.announces(&format!("Deleted “{}”", todos[1].todo)).await;

        page.click(&button("Undo")).await;
        page.announces("Restored").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        assert_eq!(page.listed().await, before);
        page.click(&link(&todos[1].todo)).await;
        page.is_at(&format!("/todos/{}", todos[1].id)).await;
        page.is_on(&todos[1].todo).await;
        page.reload().await;
        page.is_on(&todos[1].todo).await;
        assert_eq!(stage.upstream().count("DELETE"), 0);
    });
}

#[test]
fn a_deleted_todo_is_gone_for_good_when_its_message_has_gone() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos").await;
        page.click(&delete(&todo)).await;
        page.misses(&link(&todo.todo)).await;
        page.sees(&button("Undo")).await;
        // Nothing holds the message: neither the mouse nor the focus is on it.
        page.misses(&button("Undo")).await;
        is_gone_upstream(stage, &todo).await;
        page.reload().await;
        page.sees(&heading("1–12 of 253 todos")).await;
        page.misses(&link(&todo.todo)).await;
    });
}

#[test]
fn dismissing_the_message_deletes_at_once() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos").await;
        page.click(&delete(&todo)).await;
        page.click(&button("Dismiss")).await;
        page.misses(&button("Undo")).await;
        is_gone_upstream(stage, &todo).await;
    });
}

#[test]
fn leaving_the_app_right_after_deleting_still_deletes() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos").await;
        page.click(&delete(&todo)).await;
        page.misses(&link(&todo.todo)).await;
        page.leave().await;
        is_gone_upstream(stage, &todo).await;
    });
}

#[test]
fn loading_the_page_again_right_after_deleting_still_deletes() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos").await;
        page.click(&delete(&todo)).await;
        page.misses(&link(&todo.todo)).await;
        page.reload().await;
        page.sees(&heading("1–12 of 253 todos")).await;
        is_gone_upstream(stage, &todo).await;
        page.misses(&link(&todo.todo)).await;
    });
}

#[test]
fn going_back_to_the_app_after_leaving_it_does_not_show_what_was_deleted() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos").await;
        page.click(&delete(&todo)).await;
        page.misses(&link(&todo.todo)).await;
        page.leave().await;
        page.back().await;
        page.sees(&heading("1–12 of 253 todos")).await;
        page.misses(&link(&todo.todo)).await;
        is_gone_upstream(stage, &todo).await;
    });
}

#[test]
fn the_page_of_a_todo_deletes_it_returns_to_the_list_and_offers_undo() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open(&format!("/todos/{}", todo.id)).await;
        page.click(&button("Delete")).await;
        page.is_at("/todos").await;
        page.sees(&heading("1–12 of 253 todos")).await;
        page.click(&button("Undo")).await;
        page.sees(&link(&todo.todo)).await;
    });
}

#[test]
fn after_deleting_the_focus_is_on_the_next_todo_and_ctrl_z_undoes() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.newest(2);
        page.open("/todos").await;
        page.click(&delete(&todos[0])).await;
        page.focuses(&link(&todos[1].todo)).await;
        page.press(Stroke::with_control("z")).await;
        page.sees(&link(&todos[0].todo)).await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}

#[test]
fn several_deletions_in_a_row_are_each_undone_by_their_own_message() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.newest(2);
        page.open("/todos").await;
        page.click(&delete(&todos[0])).await;
        page.click(&delete(&todos[1])).await;
        page.sees(&heading("1–12 of 252 todos")).await;
        page.press(Stroke::with_control("z")).await;
        page.sees(&link(&todos[1].todo)).await;
        page.sees(&heading("1–12 of 253 todos")).await;
        page.misses(&link(&todos[0].todo)).await;
        page.click(&button("Undo")).await;
        page.sees(&link(&todos[0].todo)).await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}
