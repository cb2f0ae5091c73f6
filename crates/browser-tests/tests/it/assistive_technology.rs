//! Every page as a screen reader finds it.

use browser_tests::{Page, Setup, Stroke, button, checkbox, eventually, heading, link, play, textbox};

const NAMED: [&str; 12] = [
    "button",
    "link",
    "textbox",
    "searchbox",
    "checkbox",
    "radio",
    "combobox",
    "image",
    "table",
    "navigation",
    "heading",
    "search",
];

/// Checks of any page, whatever is on it.
async fn is_sound(page: &Page, address: &str) {
    let tree = page.tree().await;
    for node in &tree {
        let named = NAMED.contains(&node.role.as_str());
        assert!(!named || !node.name.trim().is_empty(), "{address}: a {} without a name", node.role);
    }
    let count = |role: &str| tree.iter().filter(|node| node.role == role).count();
    assert_eq!(count("main"), 1, "{address}: one main landmark");
    assert_eq!(count("banner"), 1, "{address}: one banner");
    assert!(count("navigation") >= 1, "{address}: a navigation");
    let first = tree.iter().filter(|node| node.role == "heading" && node.property("level") == "1");
    assert_eq!(first.count(), 1, "{address}: one heading of the first level");

    let problems = page.evaluate(PROBLEMS, Vec::new()).await;
    assert_eq!(problems, serde_json::json!([]), "{address}");
    page.breaks_no_rule(address).await;
}

/// Problems that the tree does not show: ids that are not unique, references that lead nowhere, skipped heading levels,
/// and elements that look clickable but cannot be reached by keyboard.
const PROBLEMS: &str = r#"
    const problems = [];
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => problems.push("id twice: " + id));
    for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
        for (const e of document.querySelectorAll("[" + name + "]")) {
            e.getAttribute(name).split(/\s+/).filter((id) => !document.getElementById(id))
                .forEach((id) => problems.push(name + " leads nowhere: " + id));
        }
    }
    const shown = (e) => e.checkVisibility({ visibilityProperty: true });
    let level = 0;
    for (const e of [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown)) {
        const next = Number(e.tagName[1]);
        if (next > level + 1) problems.push("heading level skipped: " + e.innerText);
        level = next;
    }
    const usable = "a[href], button, input, select, textarea, label, summary, [role=option]";
    for (const e of [...document.querySelectorAll("body *")].filter(shown)) {
        if (getComputedStyle(e).cursor === "pointer" && !e.closest(usable)) {
            problems.push("looks clickable and is not: " + e.outerHTML.slice(0, 120));
        }
        if (e.tabIndex > 0) problems.push("an order of its own: " + e.outerHTML.slice(0, 120));
    }
    for (const e of document.querySelectorAll("svg")) {
        const named = e.getAttribute("role") === "img" && (e.getAttribute("aria-label") || e.querySelector("title"));
        if (!named && !e.closest("[aria-hidden=true]")) problems.push("a picture without a name: " + e.outerHTML.slice(0, 120));
    }
    if (!document.documentElement.lang) problems.push("no language");
    return problems;
"#;

#[test]
fn every_page_has_landmarks_one_first_heading_and_a_name_for_everything() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.sees(&heading("Recent todos")).await;
        page.sees(&button("Show all 30 people")).await;
        page.click(&button("Show all 30 people")).await;
        page.sees(&link("Ada Okafor")).await;
        is_sound(page, "/").await;

        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        is_sound(page, "/todos").await;
        let todo = stage.demo.newest(1).remove(0);
        page.click(&button(&format!("Edit “{}”", todo.todo))).await;
        page.sees(&button("Save")).await;
        is_sound(page, "/todos with an editor").await;

        page.open("/todos?group=person").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        is_sound(page, "/todos in groups").await;
        page.press(Stroke::key('j')).await;
        page.press(Stroke::key('x')).await;
        page.reads("1 selected").await;
        is_sound(page, "/todos with a selection").await;
        page.click(&button("Views")).await;
        page.sees(&textbox("Save this view as")).await;
        is_sound(page, "/todos with the saved views").await;
        // A dialog hides the rest of the page.
        for stroke in [Stroke::with_control("k"), Stroke::key('?')] {
            page.press(Stroke::ESCAPE).await;
            page.press(stroke).await;
            eventually("a dialog", async || {
                let open = page.evaluate("return !!document.querySelector('dialog[open]')", Vec::new()).await;
                if open == serde_json::json!(true) { Ok(()) } else { Err("none".to_owned()) }
            })
            .await;
            assert_eq!(page.evaluate(PROBLEMS, Vec::new()).await, serde_json::json!([]));
            page.breaks_no_rule("a dialog").await;
        }

        page.open("/history").await;
        page.sees(&heading("Nothing has been changed yet")).await;
        is_sound(page, "/history").await;

        page.open("/todos?q=nothing+like+this").await;
        page.sees(&heading("Nothing matches")).await;
        is_sound(page, "an empty list").await;

        page.open("/todos/7").await;
        page.sees(&button("Edit")).await;
        is_sound(page, "/todos/7").await;
        page.click(&button("Edit")).await;
        page.sees(&button("Save")).await;
        is_sound(page, "/todos/7 with its editor").await;

        page.open("/nope").await;
        page.is_on("Page not found").await;
        is_sound(page, "/nope").await;

        page.open("/login").await;
        page.sees(&textbox("Name")).await;
        is_sound(page, "/login").await;
        page.click(&button("Sign in")).await;
        page.has(&textbox("Name"), "invalid", "true").await;
        is_sound(page, "/login with an error").await;

        page.begin_session("ada", "adapass").await;
        page.open("/login").await;
        page.sees(&heading("You’re signed in")).await;
        is_sound(page, "/login of somebody signed in").await;
        page.open("/sessions").await;
        page.reads("This browser").await;
        is_sound(page, "/sessions").await;
        page.click(&button("Account: Ada Okafor")).await;
        page.sees(&link("Your sessions")).await;
        is_sound(page, "/sessions with the menu").await;
    });
}

/// What one sees in the course of work.
#[test]
fn the_states_of_work_break_no_rule() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.newest(4);
        page.open("/todos?show=all").await;
        page.sees(&heading("254 todos")).await;
        page.click(&checkbox(&todos[0].todo)).await;
        page.click(&button(&format!("Delete “{}”", todos[1].todo))).await;
        page.sees(&button("Undo")).await;
        page.breaks_no_rule("a list without pages, with a message").await;

        page.click(&button(&format!("Edit “{}”", todos[2].todo))).await;
        page.fill(&textbox("Todo text"), "Mine").await;
        stage.demo.change(todos[2].id, r#"{"todo":"Theirs"}"#);
        page.press(Stroke::ENTER).await;
        page.sees(&heading("Somebody else has changed this todo")).await;
        page.breaks_no_rule("a conflict").await;
        page.click(&button("Keep mine")).await;

        page.press(Stroke::with_control("k")).await;
        page.write("dinghy").await;
        // Far from what the list shows behind the palette.
        page.reads("Learn the knot for tying up the dinghy").await;
        page.breaks_no_rule("the palette with something found").await;
        page.press(Stroke::ESCAPE).await;

        page.press(Stroke::with_control("k")).await;
        page.write("History").await;
        page.press(Stroke::ENTER).await;
        page.reads("Changed “").await;
        page.breaks_no_rule("/history with a change").await;

        page.offline(true).await;
        page.reads("You’re offline").await;
        page.breaks_no_rule("no network").await;
        page.offline(false).await;

        page.open("/todos/99999").await;
        page.is_on("Todo not found").await;
        page.breaks_no_rule("no such todo").await;
    });
}

#[test]
fn the_error_state_is_as_sound_as_the_page() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().refuse("GET /todos", 400, &[]);
        page.tolerate_failed_requests("the server responded with a status of 400");
        page.open("/todos").await;
        page.sees(&heading("The server refused this")).await;
        is_sound(page, "/todos with an error").await;
        page.announces("The server refused this").await;
    });
}

#[test]
fn the_page_says_that_it_is_loading() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().hold("GET /todos");
        page.open("/todos").await;
        page.announces("Loading todos…").await;
        let busy = "return document.querySelector('main [aria-busy=true]') !== null";
        assert_eq!(page.evaluate(busy, Vec::new()).await, true);
        stage.upstream().behave();
        page.sees(&heading("1–12 of 254 todos")).await;
        eventually("nothing to be busy", async || {
            let is_busy = page.evaluate(busy, Vec::new()).await;
            if is_busy == true { Err("it is".to_owned()) } else { Ok(()) }
        })
        .await;
    });
}

#[test]
fn the_current_page_is_marked_in_the_navigation() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let current =
            "return [...document.querySelectorAll('nav [aria-current]')].map((e) => e.innerText.trim())";
        for (address, name) in [("/", "Overview"), ("/todos?state=open", "Todos"), ("/todos/7", "Todos")] {
            page.open(address).await;
            page.sees(&link("Overview")).await;
            let marked = page.evaluate(current, Vec::new()).await;
            assert_eq!(marked[0], name, "{address}");
        }
    });
}
