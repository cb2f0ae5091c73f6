//! Adding todos.

use browser_tests::{Setup, Stroke, button, checkbox, combobox, heading, link, play, textbox};

const TEXT: &str = "Paint the garden gate";

#[test]
fn a_new_todo_is_listed_first_and_is_still_there_after_a_reload() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.fill(&textbox("New todo"), TEXT).await;
        page.choose(&combobox("Person"), "Ada Okafor").await;
        page.click(&button("Add")).await;

        page.sees(&link(TEXT)).await;
        page.sees(&heading("1–12 of 255 todos")).await;
        assert_eq!(page.listed().await[0], TEXT);
        page.announces(&format!("Added “{TEXT}”")).await;
        // The next one can be written at once.
        page.focuses(&textbox("New todo")).await;
        page.holds(&textbox("New todo"), "").await;

        page.reload().await;
        page.sees(&heading("1–12 of 255 todos")).await;
        assert_eq!(page.listed().await[0], TEXT);
        let todo = stage.demo.todo_with(TEXT).unwrap();
        assert_eq!((todo.user_id, todo.completed), (1, false));
    });
}

#[test]
fn a_new_todo_outlives_a_restart_of_the_server_and_of_the_upstream() {
    play(Setup::default(), async |stage| {
        stage.page.open("/todos?person=1").await;
        stage.page.fill(&textbox("New todo"), TEXT).await;
        stage.page.press(Stroke::ENTER).await;
        // Once it can be edited the upstream has confirmed it.
        stage.page.has(&checkbox(TEXT), "disabled", "").await;

        stage.demo.stop().await;
        stage.demo.start_again().await;
        stage.server.restart();
        stage.page.open("/todos").await;
        stage.page.sees(&link(TEXT)).await;
    });
}

#[test]
fn a_todo_that_is_added_while_one_persons_are_shown_is_theirs() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos?person=2").await;
        page.fill(&textbox("New todo"), TEXT).await;
        page.press(Stroke::ENTER).await;
        page.has(&checkbox(TEXT), "disabled", "").await;
        assert_eq!(stage.demo.todo_with(TEXT).unwrap().user_id, 2);
    });
}

#[test]
fn an_empty_text_is_refused_with_a_reason_and_the_focus_goes_to_the_field() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos?person=1").await;
        page.fill(&textbox("New todo"), "   ").await;
        page.click(&button("Add")).await;
        page.reads("Write what needs to be done.").await;
        page.announces("Write what needs to be done.").await;
        page.has(&textbox("New todo"), "invalid", "true").await;
        page.focuses(&textbox("New todo")).await;
        assert_eq!(stage.demo.todos().len(), 254);
    });
}

#[test]
fn a_text_that_is_too_long_is_refused_and_kept() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos?person=1").await;
        let long = "x".repeat(203);
        page.fill(&textbox("New todo"), &long).await;
        page.reads("3 characters too long.").await;
        page.press(Stroke::ENTER).await;
        page.focuses(&textbox("New todo")).await;
        page.holds(&textbox("New todo"), &long).await;
        assert_eq!(stage.demo.todos().len(), 254);

        page.fill(&textbox("New todo"), &long[..195]).await;
        page.reads("5 characters left").await;
        page.has(&textbox("New todo"), "invalid", "false").await;
    });
}

#[test]
fn a_todo_for_nobody_is_refused_and_the_focus_goes_to_the_people() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.fill(&textbox("New todo"), TEXT).await;
        page.press(Stroke::ENTER).await;
        page.reads("Choose whose it is.").await;
        page.focuses(&combobox("Person")).await;
        assert_eq!(stage.demo.todos().len(), 254);
    });
}

#[test]
fn a_todo_added_on_a_later_page_is_shown_on_the_first() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos?page=3").await;
        page.sees(&heading("25–36 of 254 todos")).await;
        page.choose(&combobox("Person"), "Ada Okafor").await;
        page.fill(&textbox("New todo"), TEXT).await;
        page.press(Stroke::ENTER).await;
        page.is_at("/todos").await;
        page.sees(&link(TEXT)).await;
        page.has(&checkbox(TEXT), "disabled", "").await;
    });
}
