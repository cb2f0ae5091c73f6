//! Changes that fail: the optimistic write is taken back, and a message says so.

use browser_tests::{Setup, button, checkbox, heading, link, play, textbox};

#[test]
fn a_tick_that_fails_is_taken_back_and_says_so() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        page.open("/todos").await;
        page.sees(&link(&todo.todo)).await;
        stage.upstream().refuse("PUT /todos/", 500, &[]);
        page.expect_failed_requests("the server responded with a status of 500");
        page.click(&checkbox(&todo.todo)).await;
        page.announces("Couldn’t save").await;
        page.has(&checkbox(&todo.todo), "checked", "false").await;
        assert!(!stage.demo.todo(todo.id).unwrap().completed);
        // A change is never sent twice: the first may have been made in spite of the error.
        assert_eq!(stage.upstream().count("PUT /todos/"), 1);
    });
}

#[test]
fn a_todo_that_cannot_be_added_disappears_again_and_its_text_comes_back() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        page.open("/todos?person=1").await;
        stage.upstream().refuse("POST /todos/add", 500, &[]);
        page.expect_failed_requests("the server responded with a status of 500");
        page.fill(&textbox("New todo"), "Never to be").await;
        page.click(&button("Add")).await;
        page.announces("Couldn’t add “Never to be”").await;
        page.holds(&textbox("New todo"), "Never to be").await;
        page.misses(&link("Never to be")).await;
        assert_eq!(page.listed().await.iter().filter(|text| *text == "Never to be").count(), 0);

        stage.upstream().behave();
        page.click(&button("Add")).await;
        page.sees(&link("Never to be")).await;
        assert_eq!(stage.demo.todos().len(), 255);
    });
}

#[test]
fn a_todo_that_cannot_be_deleted_comes_back_and_says_so() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos").await;
        stage.upstream().refuse("DELETE /todos/", 500, &[]);
        page.expect_failed_requests("the server responded with a status of 500");
        page.click(&button(&format!("Delete “{}”", todo.todo))).await;
        page.misses(&link(&todo.todo)).await;
        page.click(&button("Dismiss")).await;
        page.announces("Couldn’t delete").await;
        page.sees(&link(&todo.todo)).await;
    });
}

#[test]
fn a_changed_text_that_fails_is_taken_back_with_the_upstreams_refusal() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos").await;
        stage.upstream().refuse("PUT /todos/", 400, &[]);
        page.expect_failed_requests("the server responded with a status of 400");
        page.click(&button(&format!("Edit “{}”", todo.todo))).await;
        page.fill(&textbox("Todo text"), "Refused").await;
        page.click(&button("Save")).await;
        page.announces("The server refused this.").await;
        page.sees(&link(&todo.todo)).await;
        page.misses(&link("Refused")).await;
        // To send it once more is no use; to change it is.
        page.misses(&button("Try again")).await;
        page.click(&button("Edit again")).await;
        page.is_at(&format!("/todos/{}", todo.id)).await;
        page.holds(&textbox("Todo text"), "Refused").await;
    });
}

#[test]
fn a_server_that_has_gone_is_told_apart_from_an_upstream_that_has() {
    play(Setup::default(), async |stage| {
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        stage.page.open("/todos").await;
        stage.page.sees(&link(&todo.todo)).await;
        stage.page.is_whole().await;
        stage.server.stop();
        let page = &stage.page;
        page.expect_failed_requests("net::ERR_CONNECTION_REFUSED");
        // The stream of events breaks off.
        page.tolerate_failed_requests("net::ERR_INCOMPLETE_CHUNKED_ENCODING");
        page.click(&checkbox(&todo.todo)).await;
        page.announces("The server can’t be reached").await;
        page.has(&checkbox(&todo.todo), "checked", "false").await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}
