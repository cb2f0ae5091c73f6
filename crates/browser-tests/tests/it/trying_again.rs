//! Failures that stay until somebody has dealt with them, and their way to try again.

use browser_tests::{OtherBrowser, Setup, Stage, button, checkbox, eventually, link, play, textbox};
use shared::Todo;

const SERVER_ERROR: &str = "the server responded with a status of 500";

fn open(stage: &Stage, count: usize) -> Vec<Todo> {
    stage.demo.newest(12).into_iter().filter(|todo| !todo.completed).take(count).collect()
}

#[test]
fn failure_stays_when_what_went_well_has_gone_by_itself() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = open(stage, 1).remove(0);
        let other = stage.demo.newest(12).into_iter().find(|other| *other != todo).unwrap();
        page.open("/todos").await;
        stage.upstream().refuse("PUT /todos/", 500, &[]);
        page.expect_failed_requests(SERVER_ERROR);
        page.click(&checkbox(&todo.todo)).await;
        page.reads("Couldn’t save").await;
        page.click(&button(&format!("Delete “{}”", other.todo))).await;
        page.sees(&button("Undo")).await;
        page.misses(&button("Undo")).await;
        page.reads("Couldn’t save").await;
        page.click(&button("Dismiss")).await;
        page.does_not_read("Couldn’t save").await;
    });
}

#[test]
fn one_button_makes_every_failed_change_again() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todos = open(stage, 3);
        page.open("/todos").await;
        stage.upstream().refuse("PUT /todos/", 500, &[]);
        page.expect_failed_requests(SERVER_ERROR);
        for todo in &todos {
            page.click(&checkbox(&todo.todo)).await;
            page.reads(&todo.todo.chars().take(40).collect::<String>()).await;
            page.has(&checkbox(&todo.todo), "checked", "false").await;
        }
        stage.upstream().behave();
        page.click(&button("Try again")).await;
        page.misses(&button("Try again")).await;
        eventually("all three ticks", async || {
            let done =
                todos.iter().filter(|todo| stage.demo.todo(todo.id).is_some_and(|todo| todo.completed));
            let done = done.count();
            if done == 3 { Ok(()) } else { Err(format!("{done} are there")) }
        })
        .await;
    });
}

#[test]
fn later_change_of_the_same_field_takes_the_old_failure_away() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = open(stage, 1).remove(0);
        page.open("/todos").await;
        stage.upstream().refuse("PUT /todos/", 500, &[]);
        page.expect_failed_requests(SERVER_ERROR);
        page.click(&checkbox(&todo.todo)).await;
        page.reads("Couldn’t save").await;
        page.has(&checkbox(&todo.todo), "checked", "false").await;
        stage.upstream().behave();
        // By hand, and then back: to try the first one again would reverse that.
        page.click(&checkbox(&todo.todo)).await;
        page.misses(&button("Try again")).await;
    });
}

#[test]
fn deletion_and_new_todo_can_be_tried_again_from_their_messages() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos?person=1").await;
        page.sees(&button("Add")).await;
        stage.upstream().refuse("POST /todos/add", 500, &[]);
        page.expect_failed_requests(SERVER_ERROR);
        page.fill(&textbox("New todo"), "Never mind").await;
        page.click(&button("Add")).await;
        page.reads("Couldn’t add “Never mind”").await;
        page.holds(&textbox("New todo"), "Never mind").await;
        stage.upstream().behave();
        page.click(&button("Try again")).await;
        page.sees(&link("Never mind")).await;
        page.holds(&textbox("New todo"), "").await;
        assert_eq!(stage.demo.todos().len(), 255);

        page.open("/todos").await;
        stage.upstream().refuse("DELETE /todos/", 500, &[]);
        page.click(&button(&format!("Delete “{}”", todo.todo))).await;
        page.click(&button("Dismiss")).await;
        page.reads("Couldn’t delete").await;
        stage.upstream().behave();
        page.click(&button("Try again")).await;
        page.misses(&link(&todo.todo)).await;
        eventually("the todo to be gone from the upstream", async || {
            let there = stage.demo.todo(todo.id).is_some();
            if there { Err("it is there".to_owned()) } else { Ok(()) }
        })
        .await;
    });
}

#[test]
fn sign_out_and_the_end_of_a_session_can_be_tried_again() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.begin_session("ada", "adapass").await;
        let other = OtherBrowser::sign_in(&stage.server, "ada", "adapass");
        page.open("/sessions").await;
        page.reads("Firefox on Linux").await;
        page.block(&["*/bff/sessions/*", "*/bff/logout"]).await;
        page.click(&button("End the session of Firefox on Linux, 127.0.0.1")).await;
        page.reads("Couldn’t end “Firefox on Linux”").await;
        page.sees(&button("End the session of Firefox on Linux, 127.0.0.1")).await;
        page.block(&[]).await;
        page.click(&button("Try again")).await;
        page.reads("You are signed in nowhere else.").await;
        assert!(!other.is_signed_in());

        page.open("/").await;
        page.block(&["*/bff/logout"]).await;
        page.click(&button("Account: Ada Okafor")).await;
        page.click(&button("Sign out")).await;
        page.reads("Couldn’t sign out.").await;
        page.block(&[]).await;
        page.click(&button("Try again")).await;
        page.announces("Signed out").await;
        page.sees(&link("Sign in")).await;
    });
}

#[test]
fn one_retry_reads_everything_that_could_not_be_read() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.reads("of all todos are done").await;
        page.is_whole().await;
        stage.upstream().refuse("GET /", 500, &[]);
        page.tolerate_failed_requests(SERVER_ERROR);
        // Everything is old, and read again when the window comes to the front.
        let look =
            "const now = Date.now; Date.now = () => now() + 660000; window.dispatchEvent(new Event('focus'))";
        page.evaluate(look, Vec::new()).await;
        page.reads("Todos could not be refreshed.").await;
        page.reads("Names could not be refreshed.").await;
        stage.upstream().behave();
        let first = "[...document.querySelectorAll('.notice button')].find((b) => b.innerText === 'Try again').click()";
        page.evaluate(first, Vec::new()).await;
        page.does_not_read("could not be refreshed").await;
    });
}
