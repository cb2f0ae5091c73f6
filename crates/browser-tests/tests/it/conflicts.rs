//! Two people who change the same todo.

use browser_tests::{
    Page, Setup, Stage, Stroke, button, checkbox, combobox, eventually, heading, link, play, textbox,
};
use shared::Todo;

const CONFLICT: &str = "Somebody else has changed this todo";
const MINE: &str = "What I make of it";
const THEIRS: &str = "What they have made of it";

/// The browser's own line for an answer of the API that says that a version is not the newest.
const STALE: &str = "the server responded with a status of 412";

/// The first open todo of the list; its editor is open with my text in it, and somebody else has saved theirs.
async fn both_edit(stage: &Stage) -> Todo {
    let page = &stage.page;
    let open: Vec<_> = stage.demo.newest(12).into_iter().filter(|todo| !todo.completed).collect();
    let todo = open[0].clone();
    page.open("/todos").await;
    page.click(&button(&format!("Edit “{}”", todo.todo))).await;
    page.fill(&textbox("Todo text"), MINE).await;
    stage.demo.change(todo.id, &format!(r#"{{"todo":"{THEIRS}"}}"#));
    todo
}

async fn has_upstream(stage: &Stage, todo: &Todo, text: &str) {
    eventually("the text on the upstream", async || {
        let actual = stage.demo.todo(todo.id).ok_or("it is gone")?.todo;
        if actual == text { Ok(()) } else { Err(format!("it is {actual:?}")) }
    })
    .await;
}

async fn is_asked(page: &Page) {
    page.sees(&heading(CONFLICT)).await;
    page.reads(&format!("Yours {MINE}")).await;
    page.reads(&format!("Theirs {THEIRS}")).await;
}

#[test]
fn both_versions_are_shown_and_mine_is_kept_where_i_say_so() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = both_edit(stage).await;
        page.press(Stroke::ENTER).await;
        is_asked(page).await;
        has_upstream(stage, &todo, THEIRS).await;
        assert_eq!(stage.upstream().count("PUT"), 0);
        page.focuses(&button("Keep mine")).await;
        page.press(Stroke::ENTER).await;
        page.misses(&heading(CONFLICT)).await;
        has_upstream(stage, &todo, MINE).await;
        page.sees(&link(MINE)).await;
        let conditions = stage.upstream().conditions();
        assert!(conditions.len() == 1 && conditions[0].is_some(), "{conditions:?}");
    });
}

#[test]
fn theirs_is_taken_where_i_say_so() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = both_edit(stage).await;
        page.click(&button("Save")).await;
        is_asked(page).await;
        page.click(&button("Take theirs")).await;
        page.misses(&heading(CONFLICT)).await;
        page.sees(&link(THEIRS)).await;
        has_upstream(stage, &todo, THEIRS).await;
        assert_eq!(stage.upstream().count("PUT"), 0);
    });
}

#[test]
fn my_text_goes_back_to_an_editor_over_their_version() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = both_edit(stage).await;
        page.click(&button("Save")).await;
        is_asked(page).await;
        page.press(Stroke::ESCAPE).await;
        page.is_at(&format!("/todos/{}", todo.id)).await;
        page.is_on(THEIRS).await;
        page.holds(&textbox("Todo text"), MINE).await;
        page.fill(&textbox("Todo text"), "What we make of it").await;
        page.click(&button("Save")).await;
        page.is_on("What we make of it").await;
        has_upstream(stage, &todo, "What we make of it").await;
    });
}

#[test]
fn person_given_by_somebody_else_is_not_overwritten_unasked() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| todo.user_id > 3).unwrap();
        page.open(&format!("/todos/{}", todo.id)).await;
        page.is_on(&todo.todo).await;
        stage.demo.change(todo.id, r#"{"userId":2}"#);
        page.choose(&combobox("Person"), "Ada Okafor").await;
        page.sees(&heading(CONFLICT)).await;
        page.click(&button("Keep mine")).await;
        eventually("the person on the upstream", async || {
            let person = stage.demo.todo(todo.id).ok_or("it is gone")?.user_id;
            if person == 1 { Ok(()) } else { Err(format!("it is {person}")) }
        })
        .await;
    });
}

#[test]
fn changes_of_different_fields_and_ticks_are_no_conflict() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todos: Vec<_> =
            stage.demo.newest(12).into_iter().filter(|todo| !todo.completed).take(2).collect();
        // Nobody tells the page what the others do.
        stage.upstream().hold("GET /todos/events");
        page.open("/todos").await;
        page.click(&button(&format!("Edit “{}”", todos[0].todo))).await;
        page.fill(&textbox("Todo text"), MINE).await;
        stage.demo.change(todos[0].id, r#"{"completed":true}"#);
        page.click(&button("Save")).await;
        has_upstream(stage, &todos[0], MINE).await;
        assert!(stage.demo.todo(todos[0].id).unwrap().completed);
        // The answer was not as expected, so that the list is read again.
        page.has(&checkbox(MINE), "checked", "true").await;

        stage.demo.change(todos[1].id, &format!(r#"{{"todo":"{THEIRS}"}}"#));
        page.click(&checkbox(&todos[1].todo)).await;
        page.has(&checkbox(THEIRS), "checked", "true").await;
        has_upstream(stage, &todos[1], THEIRS).await;
        let conditions = stage.upstream().conditions();
        assert!(
            conditions.len() == 2 && conditions[0].is_some() && conditions[1].is_none(),
            "{conditions:?}"
        );
        page.misses(&heading(CONFLICT)).await;
    });
}

#[test]
fn version_that_is_overtaken_on_its_way_is_put_before_the_person_as_well() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = both_edit(stage).await;
        page.click(&button("Save")).await;
        is_asked(page).await;
        // While the person thinks about it their version changes once more.
        stage.demo.change(todo.id, r#"{"todo":"Their second thought"}"#);
        page.expect_failed_requests(STALE);
        page.click(&button("Keep mine")).await;
        page.reads("Theirs Their second thought").await;
        page.sees(&heading(CONFLICT)).await;
        page.click(&button("Take theirs")).await;
        page.sees(&link("Their second thought")).await;
        has_upstream(stage, &todo, "Their second thought").await;
    });
}
