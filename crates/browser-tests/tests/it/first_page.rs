//! The first page: what comes with it, what it looks like meanwhile, and what a browser may install.

use browser_tests::{
    Page, Screen, Setup, Stroke, Target, button, checkbox, combobox, eventually, heading, link, play,
    searchbox, textbox,
};
use front_fixture::page as guide;
use serde_json::{Value, json};
use shared::Todo;

/// Each page with something that is there once its data is.
fn pages() -> [(&'static str, Target); 3] {
    [
        ("/", button("Show all 30 people")),
        ("/todos", heading("1–12 of 254 todos")),
        ("/login", textbox("Name")),
    ]
}

/// The requests of the app, but for its own files.
async fn asked(page: &Page) -> Vec<String> {
    let mut requested = page.requested().await;
    requested.retain(|address| address.contains("/api/") || address.contains("/bff/"));
    requested
}

#[test]
fn the_app_asks_for_nothing_that_came_with_the_page() {
    play(Setup::default().first_reads().faulty(), async |stage| {
        let page = &stage.page;
        let reads = ["GET /todos?limit=500", "GET /users?limit=0&select=firstName,lastName,username"];
        for (number, (address, content)) in pages().into_iter().enumerate() {
            page.open(address).await;
            page.sees(&content).await;
            page.does_not_read("Person 1").await;
            assert_eq!(asked(page).await, [""; 0], "{address}");
            // The server asks the upstream once for each read of a page.
            assert_eq!(reads.map(|read| stage.upstream().count(read)), [number + 1; 2], "{address}");
        }
        page.begin_session("ada", "adapass").await;
        for (address, content) in pages().into_iter().take(2) {
            page.open(address).await;
            page.sees(&content).await;
            page.sees(&button("Account: Ada Okafor")).await;
            assert_eq!(asked(page).await, [""; 0], "{address}");
        }
    });
}

#[test]
fn what_did_not_come_with_the_page_is_asked_for() {
    play(Setup::default().first_reads().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().refuse("GET /users", 503, &[]);
        page.tolerate_failed_requests("the server responded with a status of 503");
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.reads("Person 1").await;
        stage.upstream().behave();
        page.does_not_read("Person 1").await;
        let asked = asked(page).await;
        assert!(!asked.is_empty() && asked.iter().all(|address| address.contains("/users?")), "{asked:?}");
    });
}

#[test]
fn no_page_shifts_that_came_with_its_data() {
    play(Setup::default().first_reads(), async |stage| {
        let page = &stage.page;
        for screen in [Screen::PHONE, Screen::DESKTOP] {
            page.on_screen(screen).await;
            for (address, content) in pages() {
                page.open(address).await;
                page.sees(&content).await;
                let (sum, shifts) = page.layout_shift().await;
                assert!(sum < 0.01, "{address}, {} wide, shifts by {sum}: {shifts:#}", screen.width);
            }
        }
    });
}

#[test]
fn a_change_shows_in_data_that_came_with_the_page() {
    play(Setup::default().first_reads(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.fill(&textbox("New todo"), "Came after the page").await;
        page.choose(&combobox("Person"), "Ada Okafor").await;
        page.click(&button("Add")).await;
        page.sees(&heading("1–12 of 255 todos")).await;
        page.reload().await;
        page.sees(&heading("1–12 of 255 todos")).await;
        page.reads("Came after the page").await;
    });
}

#[test]
fn the_guides_example_reads_what_came_with_the_page() {
    play(Setup::default().first_reads(), async |stage| {
        let page = &stage.page;
        page.open("/login").await;
        page.sees(&textbox("Name")).await;
        let example = guide::block("docs/own-frontend.md", "js", "function firstRead");
        let script = example.replace("export ", "")
            + "return [firstRead('/bff/session')?.signIn, firstRead('/bff/session'), firstRead('/elsewhere')]";
        let answers = page.evaluate(&script, Vec::new()).await;
        let [session, again, elsewhere] = &answers.as_array().unwrap()[..] else {
            panic!("the example answers all three");
        };
        assert_eq!([session, again, elsewhere], [&json!("form"), &Value::Null, &Value::Null]);
    });
}

#[test]
fn a_browser_finds_all_that_it_needs_to_install_the_app() {
    for (setup, base) in [(Setup::default(), "/"), (Setup::default().below_a_path(), "/app/")] {
        play(setup, async |stage| {
            let page = &stage.page;
            page.open(base).await;
            let found = page.devtools("Page.getAppManifest", json!({})).await;
            assert_eq!(found["errors"].as_array().map(Vec::len), Some(0), "{found:#}");
            let origin = page.origin();
            assert_eq!(found["url"], format!("{origin}{base}manifest.webmanifest"), "{found:#}");
            let told: Value = serde_json::from_str(found["data"].as_str().unwrap()).unwrap();
            let icons = told["icons"].as_array().unwrap();
            assert_eq!(icons.len(), 4);
            for icon in icons {
                let loads = "const done = arguments[1]; const icon = new Image(); icon.onload = () => done(icon.naturalWidth); \
                             icon.onerror = () => done(0); icon.src = arguments[0]";
                let address = format!("{origin}{base}{}", icon["src"].as_str().unwrap());
                let width = page.evaluate_async(loads, vec![json!(address)]).await.as_u64().unwrap();
                let stated = icon["sizes"].as_str().unwrap().split('x').next().unwrap().parse().ok();
                assert!(width > 0 && stated.is_none_or(|stated: u64| stated == width), "{icon}: {width}");
            }
            let reasons = page.devtools("Page.getInstallabilityErrors", json!({})).await;
            let reasons = reasons["installabilityErrors"].to_string();
            assert!(!reasons.contains("icon") && !reasons.contains("manifest"), "{reasons}");
        });
    }
}

#[test]
fn the_demos_account_fills_the_sign_in_where_the_server_names_it() {
    let asks = "name=\"bff-demo-account\"";
    let setup = Setup::default().start_page(asks, &format!("{asks} content=\"ada adapass\""));
    play(setup, async |stage| {
        let page = &stage.page;
        page.open("/login").await;
        page.reads("This is a demo: sign in as ada, password adapass.").await;
        page.click(&button("Use the demo account")).await;
        page.holds(&textbox("Name"), "ada").await;
        page.holds(&textbox("Password"), "adapass").await;
        page.announces("Name and password are filled in.").await;
        page.click(&button("Sign in")).await;
        page.sees(&button("Account: Ada Okafor")).await;
    });
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/login").await;
        page.sees(&textbox("Name")).await;
        page.misses(&button("Use the demo account")).await;
        page.click(&link("Overview")).await;
    });
}

/// The most bytes of a first page, as the browser receives them: page with data, style, glue and wasm.
const BUDGET: u64 = 185_000;

/// What a page has fetched so far: addresses and the bytes of their content, as it was encoded.
async fn fetched(page: &Page) -> Vec<(String, u64)> {
    const SIZES: &str =
        "const entries = ['navigation', 'resource'].flatMap(type => performance.getEntriesByType(type));
        return entries.map(entry => [new URL(entry.name).pathname, entry.encodedBodySize])";
    serde_json::from_value(page.evaluate(SIZES, vec![]).await).unwrap_or_default()
}

#[test]
fn the_first_page_is_within_its_budget_of_bytes() {
    play(Setup::default().first_reads(), async |stage| {
        let page = &stage.page;
        page.open("/login").await;
        page.begin_session("ada", "adapass").await;
        for (address, content) in pages().into_iter().take(2) {
            page.open(address).await;
            page.sees(&content).await;
            let mut fetched = fetched(page).await;
            // What is loaded behind the page may have come already. Icons are no part of a page.
            let behind = ["_parts.wasm", ".webmanifest", ".svg", ".png"];
            fetched.retain(|(address, _)| !behind.iter().any(|end| address.ends_with(end)));
            let bytes: u64 = fetched.iter().map(|(_, bytes)| bytes).sum();
            assert!(fetched.len() == 4, "{address} is a page, a sheet, a script and a module: {fetched:?}");
            assert!((50_000..=BUDGET).contains(&bytes), "{address} is {bytes} bytes: {fetched:?}");
        }
    });
}

#[test]
fn what_the_first_page_does_without_is_loaded_behind_it_once() {
    play(Setup::default().first_reads(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        // The menu is one of the parts.
        page.sees(&button("Views")).await;
        page.press(Stroke::with_control("k")).await;
        page.sees(&combobox("Search commands and todos")).await;
        let fetched = fetched(page).await;
        let parts = fetched.iter().filter(|(address, _)| address.ends_with("_parts.wasm"));
        assert_eq!(parts.count(), 1, "{fetched:?}");
    });
}

#[test]
fn a_page_whose_code_cannot_be_loaded_yet_says_so_and_goes_on_later() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.block(&["*_parts.wasm"]).await;
        page.expect_a_missing_part();
        page.open("/history").await;
        page.reads("No answer yet. Trying again…").await;
        page.block(&[]).await;
        page.sees(&heading("History")).await;
    });
}

#[test]
fn focus_goes_to_the_neighbour_when_a_row_leaves_later_than_it_was_deleted() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.newest(2);
        page.block(&["*_parts.wasm"]).await;
        page.expect_a_missing_part();
        page.open("/todos").await;
        page.click(&button(&format!("Delete “{}”", todos[0].todo))).await;
        page.reads("A part of the app cannot be loaded at the moment. What you change waits for it.").await;
        page.sees(&link(&todos[0].todo)).await;
        page.block(&[]).await;
        page.misses(&link(&todos[0].todo)).await;
        page.focuses(&link(&todos[1].todo)).await;
    });
}

#[test]
fn a_change_that_is_quicker_than_its_code_waits_for_it() {
    play(Setup::default().first_reads(), async |stage| {
        let page = &stage.page;
        let theirs = |todo: &Todo| todo.user_id == 1 && !todo.completed;
        let todos: Vec<_> = stage.demo.newest(254).into_iter().filter(theirs).take(3).collect();
        let [ticked, unticked, deleted] = todos.as_slice() else { panic!("{todos:?}") };
        page.block(&["*_parts.wasm"]).await;
        page.expect_a_missing_part();
        page.open("/todos?person=1&state=open").await;
        page.click(&checkbox(&ticked.todo)).await;
        // Twice is there and back, and not twice the same.
        page.click(&checkbox(&unticked.todo)).await;
        page.click(&checkbox(&unticked.todo)).await;
        page.click(&button(&format!("Delete “{}”", deleted.todo))).await;
        page.click(&button(&format!("Delete “{}”", deleted.todo))).await;
        page.fill(&textbox("New todo"), "Quick as a flash").await;
        page.click(&button("Add")).await;
        // A row whose editor is not there yet stays a row.
        page.click(&button(&format!("Edit “{}”", unticked.todo))).await;
        page.sees(&link(&unticked.todo)).await;
        page.reads("A part of the app cannot be loaded at the moment. What you change waits for it.").await;

        page.block(&[]).await;
        page.click(&button("Undo")).await;
        page.sees(&link(&deleted.todo)).await;
        page.click(&button("Cancel")).await;
        page.sees(&link("Quick as a flash")).await;
        page.does_not_read("A part of the app cannot be loaded").await;
        page.misses(&button("Undo")).await;
        eventually("both of them", async || {
            let done = [ticked, unticked].map(|todo| stage.demo.todo(todo.id).map(|todo| todo.completed));
            if done == [Some(true), Some(false)] { Ok(()) } else { Err(format!("{done:?}")) }
        })
        .await;
        assert!(stage.demo.todo(deleted.id).is_some());
    });
}

#[test]
fn a_dialog_that_is_on_its_way_comes_unless_it_is_called_off() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.expect_a_missing_part();
        page.open("/").await;
        page.begin_session("ada", "adapass").await;
        for (strokes, comes) in
            [(vec![Stroke::key('?')], true), (vec![Stroke::key('?'), Stroke::ESCAPE], false)]
        {
            page.block(&["*_parts.wasm"]).await;
            page.open("/todos").await;
            page.reads("A part of the app cannot be loaded at the moment.").await;
            // The browser's own dialogs hear Escape meanwhile.
            page.click(&button("Account: Ada Okafor")).await;
            page.sees(&link("Your sessions")).await;
            page.press(Stroke::ESCAPE).await;
            page.misses(&link("Your sessions")).await;
            for stroke in strokes {
                page.press(stroke).await;
            }
            page.block(&[]).await;
            if comes {
                page.sees(&heading("Keyboard shortcuts")).await;
            } else {
                page.is_whole().await;
                page.misses(&heading("Keyboard shortcuts")).await;
            }
        }
    });
}

#[test]
fn more_todos_than_came_with_the_page_are_as_new_as_their_list() {
    play(Setup::default().first_reads(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        for number in 0..250 {
            stage.demo.add(&format!(r#"{{"todo":"Number {number}","completed":false,"userId":1}}"#));
        }
        page.open(&format!("/todos/{}", todo.id)).await;
        page.is_on(&todo.todo).await;
        page.is_whole().await;
        stage.demo.change(todo.id, r#"{"todo":"Changed since the page came"}"#);
        page.click(&link("All todos")).await;
        page.fill(&searchbox("Search todos"), "Changed since").await;
        page.sees(&link("Changed since the page came")).await;
    });
}
