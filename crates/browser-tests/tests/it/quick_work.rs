//! What makes quick work of many todos: keys, palette, selection, order, saved views, history.

use browser_tests::{
    Page, Screen, Setup, Stroke, Target, button, checkbox, combobox, eventually, heading, link, play,
    searchbox, textbox,
};
use serde_json::json;
use shared::Todo;

/// The list's heading when nothing is filtered out.
const ALL: &str = "1–12 of 254 todos";

fn field() -> Target {
    combobox("Search commands and todos")
}

async fn on_the_list(page: &Page) {
    page.open("/todos").await;
    page.sees(&heading(ALL)).await;
}

/// How many lines of the list are in the document.
async fn lines(page: &Page) -> u64 {
    let count = page.evaluate("return document.querySelectorAll('.todos > li').length", Vec::new()).await;
    count.as_u64().unwrap_or(u64::MAX)
}

/// Goes through the first todos of the list by key, and selects those that are wanted.
async fn select(page: &Page, first: &[Todo], wanted: impl Fn(&Todo) -> bool) {
    for todo in first {
        page.press(Stroke::key('j')).await;
        page.focuses(&link(&todo.todo)).await;
        if wanted(todo) {
            page.press(Stroke::key('x')).await;
            page.has(&checkbox(&format!("Select “{}”", todo.todo)), "checked", "true").await;
        }
    }
}

#[test]
fn todos_are_selected_by_keys_and_changed_in_one_batch() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let newest = stage.demo.newest(3);
        on_the_list(page).await;
        select(page, &newest, |todo| todo.id != newest[1].id).await;
        page.reads("2 selected").await;
        page.press(Stroke::key('k')).await;
        page.focuses(&link(&newest[1].todo)).await;
        page.choose(&combobox("Give to"), "Ada Okafor").await;
        let ada = stage.demo.users().into_iter().find(|user| user.full_name() == "Ada Okafor").unwrap().id;
        eventually("both todos on the upstream", async || {
            let theirs =
                newest.iter().filter(|todo| stage.demo.todo(todo.id).unwrap().user_id == ada).count();
            if theirs == 2 { Ok(()) } else { Err(format!("Ada has {theirs} of them")) }
        })
        .await;
        assert_eq!(stage.upstream().count("PUT /todos/"), 2);
        let sent = page.requested().await;
        let own = sent.iter().filter(|address| address.contains("/api/server/todos/")).count();
        assert_eq!(own, 0, "the changes travel together: {sent:?}");
        page.does_not_read("selected").await;
    });
}

#[test]
fn several_are_deleted_by_one_key_and_brought_back_by_one_undo() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let newest = stage.demo.newest(4);
        on_the_list(page).await;
        page.click(&button("Select")).await;
        page.reads("0 selected").await;
        select(page, &newest[..3], |_| true).await;
        page.reads("3 selected").await;
        page.press(Stroke::DELETE).await;
        page.reads("Deleted 3 todos").await;
        page.sees(&heading("1–12 of 251 todos")).await;
        page.click(&button("Undo")).await;
        page.sees(&heading(ALL)).await;
        for todo in &newest {
            page.sees(&link(&todo.todo)).await;
        }
        assert_eq!(stage.upstream().count("DELETE"), 0);
    });
}

#[test]
fn a_change_of_many_that_is_refused_for_one_is_made_for_the_others() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let first = stage.demo.newest(12);
        let open: Vec<_> = first.iter().filter(|todo| !todo.completed).take(2).collect();
        on_the_list(page).await;
        stage.upstream().refuse(&format!("PUT /todos/{}", open[0].id), 404, &[]);
        let last = first.iter().position(|todo| todo.id == open[1].id).unwrap();
        select(page, &first[..=last], |todo| open.contains(&todo)).await;
        page.click(&button("Mark as done")).await;
        page.announces("Couldn’t save").await;
        eventually("the other one on the upstream", async || {
            let done = stage.demo.todo(open[1].id).unwrap().completed;
            if done { Ok(()) } else { Err("it is open".to_owned()) }
        })
        .await;
        page.has(&checkbox(&open[0].todo), "checked", "false").await;
        page.has(&checkbox(&open[1].todo), "checked", "true").await;
    });
}

#[test]
fn the_palette_leads_to_pages_people_and_todos() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        on_the_list(page).await;
        page.press(Stroke::with_control("k")).await;
        page.focuses(&field()).await;
        page.write("open todos").await;
        page.press(Stroke::ENTER).await;
        page.is_at("/todos?state=open").await;

        page.press(Stroke::with_control("k")).await;
        page.focuses(&field()).await;
        page.write("okafor").await;
        page.press(Stroke::ENTER).await;
        page.is_at(&format!("/todos?person={}", person(stage.demo.users(), "Ada Okafor"))).await;

        page.press(Stroke::with_control("k")).await;
        page.focuses(&field()).await;
        page.write(&todo.todo).await;
        page.press(Stroke::ENTER).await;
        page.is_on(&todo.todo).await;
        page.is_at(&format!("/todos/{}", todo.id)).await;
    });
}

fn person(users: Vec<shared::User>, name: &str) -> u64 {
    users.into_iter().find(|user| user.full_name() == name).map_or(0, |user| user.id)
}

#[test]
fn the_palette_is_left_by_escape_and_the_focus_is_where_it_was() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        on_the_list(page).await;
        page.press(Stroke::key('j')).await;
        page.focuses(&link(&todo.todo)).await;
        for stroke in [Stroke::with_control("k"), Stroke::key('?')] {
            page.press(stroke).await;
            eventually("a dialog", async || {
                let open = page.evaluate("return !!document.querySelector('dialog[open]')", Vec::new()).await;
                if open == json!(true) { Ok(()) } else { Err("none".to_owned()) }
            })
            .await;
            page.press(Stroke::ESCAPE).await;
            page.focuses(&link(&todo.todo)).await;
        }
    });
}

#[test]
fn a_new_todo_is_one_key_away_from_every_page() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.reads("of all todos are done").await;
        page.press(Stroke::key('n')).await;
        page.is_at("/todos#new-todo").await;
        page.focuses(&textbox("New todo")).await;
        page.write("n is a letter here").await;
        page.holds(&textbox("New todo"), "n is a letter here").await;
    });
}

#[test]
fn order_and_groups_stand_in_the_address() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        on_the_list(page).await;
        page.choose(&combobox("Sort"), "A to Z").await;
        page.is_at("/todos?sort=text").await;
        let mut texts: Vec<String> = stage.demo.todos().into_iter().map(|todo| todo.todo).collect();
        texts.sort_by_key(|text| text.to_lowercase());
        page.lists(&texts[..12].iter().map(String::as_str).collect::<Vec<_>>()).await;
        page.choose(&combobox("Group"), "People").await;
        page.is_at("/todos?sort=text&group=person").await;
        page.sees(&heading("Ada Okafor")).await;
        page.reload().await;
        page.sees(&heading("Ada Okafor")).await;
        page.holds(&combobox("Sort"), "A to Z").await;
        page.back().await;
        page.misses(&heading("Ada Okafor")).await;
    });
}

#[test]
fn a_view_is_saved_found_again_and_forgotten() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos?state=open&sort=text").await;
        page.click(&button("Views")).await;
        page.fill(&textbox("Save this view as"), "Mine").await;
        page.press(Stroke::ENTER).await;
        page.sees(&button("Mine")).await;
        on_the_list(page).await;
        page.press(Stroke::with_control("k")).await;
        page.focuses(&field()).await;
        page.write("mine").await;
        page.press(Stroke::ENTER).await;
        page.is_at("/todos?state=open&sort=text").await;
        page.click(&button("Views")).await;
        page.click(&button("Forget the view “Mine”")).await;
        page.misses(&button("Mine")).await;
        page.reload().await;
        page.click(&button("Views")).await;
        page.sees(&textbox("Save this view as")).await;
        page.misses(&button("Mine")).await;
    });
}

#[test]
fn a_change_is_taken_back_from_the_history() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        on_the_list(page).await;
        page.click(&checkbox(&todo.todo)).await;
        let is_done = || stage.demo.todo(todo.id).unwrap().completed;
        eventually("the tick", async || if is_done() { Ok(()) } else { Err("open".to_owned()) }).await;
        page.press(Stroke::with_control("k")).await;
        page.focuses(&field()).await;
        page.write("history").await;
        page.press(Stroke::ENTER).await;
        page.is_on("History").await;
        page.reads(&format!("Changed “{}”: done", todo.todo)).await;
        page.click(&button("Undo")).await;
        eventually("the tick gone", async || if is_done() { Err("done".to_owned()) } else { Ok(()) }).await;
        page.reads(&format!("Changed “{}”: open", todo.todo)).await;
    });
}

#[test]
fn a_todo_is_given_to_somebody_else_in_the_list() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        let users = stage.demo.users();
        let before = users.iter().find(|user| user.id == todo.user_id).unwrap().full_name();
        let other = users.iter().find(|user| user.id != todo.user_id).unwrap();
        on_the_list(page).await;
        page.click(&button(&format!("{before}: give “{}” to somebody else", todo.todo))).await;
        let choice = combobox(&format!("Give “{}” to", todo.todo));
        page.focuses(&choice).await;
        page.choose(&choice, &other.full_name()).await;
        eventually("the change on the upstream", async || {
            let now = stage.demo.todo(todo.id).unwrap().user_id;
            if now == other.id { Ok(()) } else { Err(format!("it is {now}’s")) }
        })
        .await;
        page.sees(&button(&format!("{}: give “{}” to somebody else", other.full_name(), todo.todo))).await;
        page.focuses(&link(&todo.todo)).await;
    });
}

/// How many todos of the document are whole above the window.
const ABOVE: &str = "return [...document.querySelectorAll('[data-todo]')].filter((todo) => \
    todo.getBoundingClientRect().bottom <= 0).length";

#[test]
fn all_todos_are_seen_through_a_window_on_the_list() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.todos();
        on_the_list(page).await;
        page.click(&button("Show all")).await;
        page.is_at("/todos?show=all").await;
        page.sees(&heading("254 todos")).await;
        assert!(lines(page).await <= 60, "{} lines are in the document", lines(page).await);
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)", Vec::new()).await;
        page.sees(&link(&todos[0].todo)).await;
        assert!(lines(page).await <= 60, "{} lines are in the document", lines(page).await);
        page.evaluate("window.scrollTo(0, document.body.scrollHeight / 2)", Vec::new()).await;
        eventually("lines beyond the window, for Tab and for keys", async || {
            let above = page.evaluate(ABOVE, Vec::new()).await.as_u64().unwrap();
            if above >= 3 { Ok(()) } else { Err(format!("{above} are above it")) }
        })
        .await;
        page.evaluate("window.scrollTo(0, 0)", Vec::new()).await;
        page.sees(&link(&todos.last().unwrap().todo)).await;
        // The keys go on beyond the window.
        for todo in todos.iter().rev().take(40) {
            page.press(Stroke::key('j')).await;
            page.focuses(&link(&todo.todo)).await;
        }
    });
}

#[test]
fn keys_lead_to_todos_that_are_far_from_the_window() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.todos();
        let newest = |place: usize| link(&todos[todos.len() - 1 - place].todo);
        page.open("/todos?show=all").await;
        page.sees(&heading("254 todos")).await;
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)", Vec::new()).await;
        page.sees(&link(&todos[0].todo)).await;
        eventually("a list without its first lines", async || {
            let first =
                page.evaluate("return document.querySelector('.todo').dataset.todo", Vec::new()).await;
            if first.as_str().and_then(|id| id.parse().ok()) == Some(todos[253].id) {
                Err("it is there".to_owned())
            } else {
                Ok(())
            }
        })
        .await;
        for place in 0..3 {
            page.press(Stroke::key('j')).await;
            page.focuses(&newest(place)).await;
        }
    });
}

/// How many elements a line of the list has, and where in one of them, always the same, the person stands.
const LINE: &str = "const list = document.querySelector('.todos'); \
    const line = () => { \
        window.line ??= list.children[1].dataset.todo; \
        const row = list.querySelector(`[data-todo='${window.line}']`); \
        const [around, box] = [row, row.querySelector('.person')].map((e) => e.getBoundingClientRect()); \
        return [list.querySelectorAll('*').length / list.children.length, box.x - around.x, box.y - around.y]; \
    };";

/// The same when the list has just jumped.
const AFTER_A_JUMP: &str = "return new Promise((done) => { \
    new MutationObserver((_, seen) => { seen.disconnect(); done(line()); }).observe(list, { childList: true }); \
    window.scrollTo(0, document.body.scrollHeight / 2); \
})";

#[test]
fn todos_that_pass_by_have_half_the_elements_of_those_at_rest_in_the_same_places() {
    let line = async |page: &Page, script: &str| {
        let line = page.evaluate(&[LINE, script].concat(), Vec::new()).await;
        serde_json::from_value::<[f64; 3]>(line).unwrap()
    };
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        for screen in [Screen::PHONE, Screen::DESKTOP] {
            page.on_screen(screen).await;
            page.open("/todos?show=all").await;
            page.sees(&heading("254 todos")).await;
            page.is_whole().await;
            let [elements, x, y] = line(page, AFTER_A_JUMP).await;
            assert!(elements >= 4.0, "row, box, text and person: {elements}");
            eventually("whole rows", async || {
                let [now, ..] = line(page, "return line()").await;
                if 2.0 * elements <= now { Ok(()) } else { Err(format!("{now} elements, {elements} before")) }
            })
            .await;
            let [_, now_x, now_y] = line(page, "return line()").await;
            assert_eq!([x, y], [now_x, now_y], "{screen:?}");
        }
    });
}

#[test]
fn what_is_found_among_all_todos_has_no_gap_below_it() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.todos().remove(0);
        page.open("/todos?show=all").await;
        page.sees(&heading("254 todos")).await;
        page.fill(&searchbox("Search todos"), &todo.todo).await;
        page.sees(&heading("1 match")).await;
        eventually("a page as high as its content", async || {
            let height = page.evaluate("return document.documentElement.scrollHeight", Vec::new()).await;
            if height.as_u64().unwrap() < 2_000 { Ok(()) } else { Err(format!("{height} px")) }
        })
        .await;
    });
}

#[test]
fn a_tick_costs_one_request_and_not_the_list() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let first = stage.demo.newest(2);
        on_the_list(page).await;
        for todo in &first {
            page.click(&checkbox(&todo.todo)).await;
            eventually("the tick on the upstream", async || {
                let now = stage.demo.todo(todo.id).unwrap().completed;
                if now == todo.completed { Err("there is none".to_owned()) } else { Ok(()) }
            })
            .await;
        }
        assert_eq!(stage.upstream().count("PUT /todos/"), 2);
        assert_eq!(stage.upstream().count("GET /todos?"), 1);
    });
}
