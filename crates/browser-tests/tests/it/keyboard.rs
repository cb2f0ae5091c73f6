//! The dashboard without a mouse.

use browser_tests::{
    Demo, Setup, Stroke, button, checkbox, combobox, eventually, heading, link, play, radio, searchbox,
    textbox,
};
use shared::Todo;

#[test]
fn the_first_stop_skips_to_the_content() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.sees(&button("Views")).await;
        page.press(Stroke::TAB).await;
        page.focuses(&link("Skip to content")).await;
        page.press(Stroke::ENTER).await;
        page.press(Stroke::TAB).await;
        page.focuses(&button("Views")).await;
        page.press(Stroke::TAB).await;
        page.focuses(&textbox("New todo")).await;
    });
}

#[test]
fn a_todo_is_added_ticked_edited_and_deleted_with_keys_alone() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        // Few todos, so that the message is not far from the first.
        page.open("/todos?q=name").await;
        page.tab_to(&textbox("New todo")).await;
        page.write("A name made of keys").await;
        page.tab_to(&combobox("Person")).await;
        page.write("Ada").await;
        page.holds(&combobox("Person"), "Ada Okafor").await;
        page.tab_to(&button("Add")).await;
        page.press(Stroke::ENTER).await;
        page.focuses(&textbox("New todo")).await;
        let tick = checkbox("A name made of keys");
        page.has(&tick, "disabled", "").await;

        page.tab_to(&tick).await;
        page.press(Stroke::SPACE).await;
        page.has(&tick, "checked", "true").await;
        page.focuses(&tick).await;

        page.tab_to(&button("Edit “A name made of keys”")).await;
        page.press(Stroke::ENTER).await;
        page.focuses(&textbox("Todo text")).await;
        page.write("A name of keys").await;
        page.press(Stroke::ENTER).await;
        page.focuses(&link("A name of keys")).await;

        page.tab_to(&button("Delete “A name of keys”")).await;
        page.press(Stroke::SPACE).await;
        page.misses(&link("A name of keys")).await;
        let mut others = stage.demo.todos().into_iter().rev().skip(1);
        let next = others.find(|todo| todo.todo.contains("name")).unwrap();
        page.focuses(&link(&next.todo)).await;
        page.tab_to(&button("Undo")).await;
        page.press(Stroke::ENTER).await;
        page.sees(&link("A name of keys")).await;
        assert!(stage.demo.todo_with("A name of keys").unwrap().completed);
    });
}

/// The last page of the list. It has two todos, so that a message is not far from any of them.
const LAST_PAGE: &str = "/todos?page=22";

/// What stands on it.
fn last_two(demo: &Demo) -> Vec<Todo> {
    demo.newest(254).split_off(252)
}

#[test]
fn the_focus_is_not_lost_when_undo_takes_its_message_away() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todos = last_two(&stage.demo);
        page.open(LAST_PAGE).await;
        page.click(&button(&format!("Delete “{}”", todos[0].todo))).await;
        page.focuses(&link(&todos[1].todo)).await;
        page.tab_to(&button("Undo")).await;
        page.press(Stroke::ENTER).await;
        page.sees(&link(&todos[0].todo)).await;
        eventually("the focus on something of the page", async || {
            let node = page.focused().await;
            if node.role == "RootWebArea" { Err("nothing has it".to_owned()) } else { Ok(()) }
        })
        .await;
    });
}

/// Lets a second more than the lifetime of a message pass, by the page's own clock.
const OUTLIVE: &str = "const done = arguments[0]; setTimeout(() => done(true), 7000)";

#[test]
fn message_stays_while_the_focus_is_in_it_wherever_the_mouse_is() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todos = last_two(&stage.demo);
        page.open(LAST_PAGE).await;
        page.click(&button(&format!("Delete “{}”", todos[0].todo))).await;
        page.tab_to(&button("Undo")).await;
        page.point_at(Some(&button("Undo"))).await;
        page.point_at(None).await;
        page.evaluate_async(OUTLIVE, Vec::new()).await;
        page.focuses(&button("Undo")).await;
        assert_eq!(stage.upstream().count("DELETE"), 0);
        page.press(Stroke::ENTER).await;
        page.sees(&link(&todos[0].todo)).await;
    });
}

#[test]
fn a_message_stays_for_as_long_as_the_focus_is_in_it() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todos = last_two(&stage.demo);
        page.open(LAST_PAGE).await;
        page.click(&button(&format!("Delete “{}”", todos[0].todo))).await;
        page.tab_to(&button("Undo")).await;
        page.evaluate_async(OUTLIVE, Vec::new()).await;
        page.focuses(&button("Undo")).await;
        assert_eq!(stage.upstream().count("DELETE"), 0);
        page.press(Stroke::ENTER).await;
        page.sees(&link(&todos[0].todo)).await;
    });
}

#[test]
fn a_slash_goes_to_the_search_but_not_out_of_a_text() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.press(Stroke::key('/')).await;
        page.focuses(&searchbox("Search todos")).await;
        page.holds(&searchbox("Search todos"), "").await;
        page.click(&textbox("New todo")).await;
        page.press(Stroke::key('/')).await;
        page.holds(&textbox("New todo"), "/").await;
        page.focuses(&textbox("New todo")).await;
    });
}

#[test]
fn states_are_chosen_with_arrows_and_pages_with_enter() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.tab_to(&radio("All")).await;
        page.press(Stroke::RIGHT).await;
        page.is_at("/todos?state=open").await;
        page.focuses(&radio("Open")).await;
        page.tab_to(&button("Next")).await;
        page.press(Stroke::ENTER).await;
        page.is_at("/todos?state=open&page=2").await;
    });
}

#[test]
fn everything_that_can_be_used_on_the_list_is_a_stop() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.sees(&button("Views")).await;
        let stops = page.tab_stops().await;
        let tree = page.tree().await;
        for node in &tree {
            let usable = ["button", "link", "checkbox", "textbox", "searchbox", "combobox"]
                .contains(&node.role.as_str());
            if usable && node.property("disabled") != "true" {
                let reached = stops.iter().any(|stop| stop.backend_id() == node.backend_id());
                assert!(reached, "Tab does not stop at {node}");
            }
        }
        for stop in stops {
            assert!(!stop.name.trim().is_empty(), "a stop without a name: {stop}");
        }
    });
}

#[test]
fn enter_follows_links_and_the_focus_goes_to_the_new_heading() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        page.open("/").await;
        page.is_on("Overview").await;
        page.sees(&link(&todo.todo)).await;
        page.tab_to(&link(&todo.todo)).await;
        page.press(Stroke::ENTER).await;
        page.is_on(&todo.todo).await;
        page.focuses(&heading(&todo.todo)).await;
    });
}
