//! The page's state before the upstream has agreed.

use browser_tests::{Setup, Stage, button, checkbox, eventually, heading, link, play, textbox};

async fn upstream_was_asked(stage: &Stage, prefix: &str) {
    eventually(&format!("{prefix} at the upstream"), async || {
        let count = stage.upstream().count(prefix);
        if count > 0 { Ok(()) } else { Err("nothing has come".to_owned()) }
    })
    .await;
}

#[test]
fn a_tick_shows_before_the_answer_and_stays_with_it() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        page.open("/todos").await;
        page.sees(&link(&todo.todo)).await;
        stage.upstream().hold("PUT /todos/");
        page.click(&checkbox(&todo.todo)).await;
        page.has(&checkbox(&todo.todo), "checked", "true").await;
        upstream_was_asked(stage, "PUT /todos/").await;
        page.has(&checkbox(&todo.todo), "checked", "true").await;
        assert!(!stage.demo.todo(todo.id).unwrap().completed);
        stage.upstream().behave();
        eventually("the tick on the upstream", async || {
            let done = stage.demo.todo(todo.id).is_some_and(|todo| todo.completed);
            if done { Ok(()) } else { Err("it is open".to_owned()) }
        })
        .await;
        page.has(&checkbox(&todo.todo), "checked", "true").await;
    });
}

#[test]
fn a_new_todo_is_listed_before_the_answer_and_can_be_used_after_it() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        page.open("/todos?person=1").await;
        page.sees(&button("Add")).await;
        stage.upstream().hold("POST /todos/add");
        page.fill(&textbox("New todo"), "Soon to be").await;
        page.click(&button("Add")).await;
        page.has(&checkbox("Soon to be"), "disabled", "true").await;
        upstream_was_asked(stage, "POST /todos/add").await;
        // It has no address yet.
        page.misses(&link("Soon to be")).await;
        stage.upstream().behave();
        page.click(&link("Soon to be")).await;
        page.is_on("Soon to be").await;
    });
}

#[test]
fn quick_ticks_of_several_todos_all_arrive() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todos: Vec<_> =
            stage.demo.newest(12).into_iter().filter(|todo| !todo.completed).take(3).collect();
        page.open("/todos").await;
        page.sees(&link(&todos[0].todo)).await;
        stage.upstream().hold("PUT /todos/");
        for todo in &todos {
            page.click(&checkbox(&todo.todo)).await;
        }
        stage.upstream().behave();
        for todo in &todos {
            eventually("the tick on the upstream", async || {
                let done = stage.demo.todo(todo.id).is_some_and(|todo| todo.completed);
                if done { Ok(()) } else { Err("it is open".to_owned()) }
            })
            .await;
            page.has(&checkbox(&todo.todo), "checked", "true").await;
        }
    });
}

#[test]
fn a_tick_and_its_opposite_before_the_answer_end_as_they_began() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        let tick = checkbox(&todo.todo);
        page.open("/todos").await;
        page.has(&tick, "checked", "false").await;
        stage.upstream().hold("PUT /todos/");
        page.click(&tick).await;
        page.has(&tick, "checked", "true").await;
        upstream_was_asked(stage, "PUT /todos/").await;
        stage.upstream().behave();
        page.click(&tick).await;
        eventually("both changes at the upstream", async || {
            let count = stage.upstream().count("PUT /todos/");
            if count == 2 { Ok(()) } else { Err(format!("{count} have come")) }
        })
        .await;
        page.has(&tick, "checked", "false").await;
        page.reload().await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.has(&tick, "checked", "false").await;
    });
}
