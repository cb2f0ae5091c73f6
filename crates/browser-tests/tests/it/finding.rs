//! Search, filters and pages, all of which live in the address.

use browser_tests::{
    Setup, Stage, Stroke, button, combobox, eventually, heading, link, play, radio, searchbox,
};

/// Texts of the todos that `wanted` selects, newest first.
fn select(stage: &Stage, wanted: impl Fn(&shared::Todo) -> bool) -> Vec<String> {
    let todos = stage.demo.todos().into_iter().rev();
    todos.filter(|todo| wanted(todo)).map(|todo| todo.todo).collect()
}

async fn lists_first_of(stage: &Stage, all: &[String]) {
    let first: Vec<&str> = all.iter().take(12).map(String::as_str).collect();
    stage.page.lists(&first).await;
}

#[test]
fn a_search_finds_part_of_the_text_in_any_case_and_survives_a_reload() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.fill(&searchbox("Search todos"), "THE g").await;
        let found = select(stage, |todo| todo.todo.to_lowercase().contains("the g"));
        assert!(!found.is_empty());
        lists_first_of(stage, &found).await;
        page.announces(&format!("{} matches", found.len())).await;
        page.is_at("/todos?q=THE+g").await;
        page.reload().await;
        page.holds(&searchbox("Search todos"), "THE g").await;
        lists_first_of(stage, &found).await;

        page.press(Stroke::key('/')).await;
        page.focuses(&searchbox("Search todos")).await;
        page.press(Stroke::ESCAPE).await;
        page.is_at("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}

#[test]
fn a_search_without_matches_says_so_and_leads_back_to_everything() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.fill(&searchbox("Search todos"), "no such thing anywhere").await;
        page.sees(&heading("Nothing matches")).await;
        page.sees(&heading("No matches")).await;
        page.click(&button("Show all todos")).await;
        page.is_at("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.holds(&searchbox("Search todos"), "").await;
    });
}

#[test]
fn state_and_person_narrow_the_list_together() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.click(&radio("Done")).await;
        page.is_at("/todos?state=done").await;
        lists_first_of(stage, &select(stage, |todo| todo.completed)).await;
        page.choose(&combobox("Filter by person"), "Ada Okafor").await;
        page.is_at("/todos?state=done&person=1").await;
        lists_first_of(stage, &select(stage, |todo| todo.completed && todo.user_id == 1)).await;
        page.click(&radio("Open")).await;
        page.is_at("/todos?state=open&person=1").await;
        lists_first_of(stage, &select(stage, |todo| !todo.completed && todo.user_id == 1)).await;
        page.click(&button("Clear filters")).await;
        page.is_at("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}

#[test]
fn back_and_forward_go_through_the_filters_and_the_controls_follow() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.click(&radio("Done")).await;
        page.is_at("/todos?state=done").await;
        page.choose(&combobox("Filter by person"), "Ada Okafor").await;
        page.is_at("/todos?state=done&person=1").await;
        let both = select(stage, |todo| todo.completed && todo.user_id == 1);
        lists_first_of(stage, &both).await;

        page.back().await;
        page.is_at("/todos?state=done").await;
        page.holds(&combobox("Filter by person"), "Everybody").await;
        page.has(&radio("Done"), "checked", "true").await;
        lists_first_of(stage, &select(stage, |todo| todo.completed)).await;
        page.back().await;
        page.is_at("/todos").await;
        page.has(&radio("All"), "checked", "true").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.forward().await;
        page.forward().await;
        page.is_at("/todos?state=done&person=1").await;
        page.has(&radio("Done"), "checked", "true").await;
        page.holds(&combobox("Filter by person"), "Ada Okafor").await;
        lists_first_of(stage, &both).await;
    });
}

#[test]
fn pages_are_walked_by_number_and_by_next_and_back_returns() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let all = select(stage, |_| true);
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.has(&button("Previous"), "disabled", "true").await;
        page.click(&button("Next")).await;
        page.is_at("/todos?page=2").await;
        page.sees(&heading("13–24 of 254 todos")).await;
        page.focuses(&heading("13–24 of 254 todos")).await;
        lists_first_of(stage, &all[12..]).await;
        page.click(&button("Page 22")).await;
        page.sees(&heading("253–254 of 254 todos")).await;
        page.has(&button("Next"), "disabled", "true").await;
        lists_first_of(stage, &all[252..]).await;
        page.reload().await;
        page.sees(&heading("253–254 of 254 todos")).await;
        page.back().await;
        page.is_at("/todos?page=2").await;
        page.sees(&heading("13–24 of 254 todos")).await;
    });
}

#[test]
fn an_address_past_the_last_page_shows_the_last_page() {
    play(Setup::default(), async |stage| {
        stage.page.open("/todos?page=99").await;
        stage.page.sees(&heading("253–254 of 254 todos")).await;
    });
}

#[test]
fn a_todo_opened_from_a_filtered_list_leads_back_to_the_same_list() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let open = select(stage, |todo| !todo.completed);
        page.open("/todos?state=open&page=2").await;
        lists_first_of(stage, &open[12..]).await;
        page.click(&link(&open[13])).await;
        page.is_on(&open[13]).await;
        page.back().await;
        page.is_at("/todos?state=open&page=2").await;
        lists_first_of(stage, &open[12..]).await;
    });
}

#[test]
fn a_todo_that_stops_matching_leaves_the_filtered_list() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let open = select(stage, |todo| !todo.completed);
        page.open("/todos?state=open").await;
        page.click(&browser_tests::checkbox(&open[0])).await;
        page.misses(&link(&open[0])).await;
        lists_first_of(stage, &open[1..]).await;
        eventually("the todo to be done on the upstream", async || {
            let done = stage.demo.todo_with(&open[0]).is_some_and(|todo| todo.completed);
            if done { Ok(()) } else { Err("it is open".to_owned()) }
        })
        .await;
    });
}
