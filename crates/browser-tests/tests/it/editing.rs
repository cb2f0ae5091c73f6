//! Changing todos, in the list and on a page of their own.

use browser_tests::{Setup, Stroke, button, checkbox, combobox, eventually, heading, link, play, textbox};

const NEW: &str = "Something else entirely";

#[test]
fn enter_saves_a_text_that_is_edited_in_its_place() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let old = stage.demo.newest(2)[1].clone();
        page.open("/todos").await;
        page.click(&button(&format!("Edit “{}”", old.todo))).await;
        page.focuses(&textbox("Todo text")).await;
        page.holds(&textbox("Todo text"), &old.todo).await;
        page.fill(&textbox("Todo text"), NEW).await;
        page.press(Stroke::ENTER).await;

        page.sees(&link(NEW)).await;
        page.misses(&textbox("Todo text")).await;
        page.focuses(&link(NEW)).await;
        assert_eq!(page.listed().await[1], NEW);
        saved(stage, old.id, NEW).await;
        page.reload().await;
        page.sees(&link(NEW)).await;
        assert_eq!(page.listed().await[1], NEW);
    });
}

async fn saved(stage: &browser_tests::Stage, id: u64, text: &str) {
    eventually("the text on the upstream", async || {
        let actual = stage.demo.todo(id).ok_or("it is gone")?.todo;
        if actual == text { Ok(()) } else { Err(format!("it is {actual:?}")) }
    })
    .await;
}

#[test]
fn escape_cancels_editing_and_nothing_is_sent() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let old = stage.demo.newest(1)[0].clone();
        page.open("/todos").await;
        page.click(&button(&format!("Edit “{}”", old.todo))).await;
        page.fill(&textbox("Todo text"), NEW).await;
        page.press(Stroke::ESCAPE).await;
        page.misses(&textbox("Todo text")).await;
        page.focuses(&link(&old.todo)).await;
        page.misses(&link(NEW)).await;
        assert_eq!(stage.upstream().count("PUT"), 0);
    });
}

#[test]
fn an_edited_text_must_not_be_empty() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let old = stage.demo.newest(1)[0].clone();
        page.open("/todos").await;
        page.click(&button(&format!("Edit “{}”", old.todo))).await;
        page.fill(&textbox("Todo text"), "").await;
        page.press(Stroke::ENTER).await;
        page.reads("Write what needs to be done.").await;
        page.focuses(&textbox("Todo text")).await;
        page.click(&button("Cancel")).await;
        page.sees(&link(&old.todo)).await;
    });
}

#[test]
fn a_ticked_todo_stays_ticked_after_a_reload_and_can_be_opened_again() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        let tick = checkbox(&todo.todo);
        page.open("/todos").await;
        page.has(&tick, "checked", "false").await;
        for (state, done) in [("true", true), ("false", false)] {
            page.click(&tick).await;
            page.has(&tick, "checked", state).await;
            eventually("the state on the upstream", async || {
                let completed = stage.demo.todo(todo.id).is_some_and(|todo| todo.completed);
                if completed == done { Ok(()) } else { Err("it is as it was".to_owned()) }
            })
            .await;
            page.reload().await;
            page.has(&tick, "checked", state).await;
        }
    });
}

#[test]
fn the_page_of_a_todo_changes_text_state_and_person() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        page.open(&format!("/todos/{}", todo.id)).await;
        page.is_on(&todo.todo).await;

        page.click(&button("Edit")).await;
        page.fill(&textbox("Todo text"), NEW).await;
        page.click(&button("Save")).await;
        page.is_on(NEW).await;
        page.focuses(&button("Edit")).await;

        page.click(&button("Mark as done")).await;
        page.sees(&button("Mark as open")).await;
        page.choose(&combobox("Person"), "Ada Okafor").await;
        page.holds(&combobox("Person"), "Ada Okafor").await;
        eventually("all three changes on the upstream", async || {
            let todo = stage.demo.todo(todo.id).ok_or("it is gone")?;
            let changed = (todo.todo.as_str(), todo.completed, todo.user_id) == (NEW, true, 1);
            if changed { Ok(()) } else { Err(format!("it is {todo:?}")) }
        })
        .await;

        page.reload().await;
        page.is_on(NEW).await;
        page.sees(&button("Mark as open")).await;
        page.holds(&combobox("Person"), "Ada Okafor").await;
        page.click(&link("All todos")).await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.sees(&link(NEW)).await;
    });
}
