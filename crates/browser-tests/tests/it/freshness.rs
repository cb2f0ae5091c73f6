//! The effects of a new todo, at once and on the next read, in front of a server that caches lists.

use browser_tests::{Page, Setup, button, checkbox, eventually, heading, link, play, textbox};
use serde_json::json;

const TEXT: &str = "Oil the garden gate";

/// The list is kept for a minute, unless a change is known of.
const ROUTES: &str = r#"
[[route]]
path = "/todos"
methods = ["GET"]
cache = { ttl = "60s" }
tags = ["todos"]

[[route]]
path = "/todos/add"
methods = ["POST"]
invalidates = ["todos"]

[[route]]
path = "/todos/{id}"
methods = ["GET"]

[[route]]
path = "/users"
methods = ["GET"]
"#;

/// The overview's numbers: all todos, and those of them that are open and Ada's.
async fn overview_says(page: &Page, total: usize, open: usize) {
    let script = "return [...document.querySelectorAll('main tbody tr')]\
        .find((row) => row.innerText.includes('Ada Okafor'))?.querySelector('td:last-child').innerText ?? ''";
    page.reads(&format!("Todos {total} ")).await;
    page.click(&button("Show all 30 people")).await;
    eventually("Ada's row", async || {
        let shown = page.evaluate(script, Vec::new()).await;
        if shown == json!(open.to_string()) { Ok(()) } else { Err(format!("it says {shown}, not {open}")) }
    })
    .await;
}

#[test]
fn the_place_on_the_page_is_kept_over_a_reload() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        for address in ["/", "/todos?show=all"] {
            page.open(address).await;
            page.sees(&link("Sign in")).await;
            page.sees(&button("Switch to dark theme")).await;
            eventually("the page to be scrolled", async || {
                let place = page.evaluate("scrollTo(0, 600); return scrollY", Vec::new()).await;
                if place == 600 { Ok(()) } else { Err(format!("it is at {place}")) }
            })
            .await;
            page.reload().await;
            eventually("the place from before", async || {
                // To a line: the browser moves with what changes above, as the list is measured.
                let place = page.evaluate("return scrollY", Vec::new()).await.as_f64().unwrap_or_default();
                if (550.0..=650.0).contains(&place) { Ok(()) } else { Err(format!("it is at {place}")) }
            })
            .await;
            // Another page begins at its top.
            page.open("/history").await;
            page.sees(&heading("History")).await;
            assert_eq!(page.evaluate("return scrollY", Vec::new()).await, 0);
        }
    });
}

#[test]
fn new_todo_is_everywhere_before_the_answer_and_in_every_later_read() {
    play(Setup::default().faulty().routes(ROUTES), async |stage| {
        let page = &stage.page;
        let open = stage.demo.todos().iter().filter(|todo| todo.user_id == 1 && !todo.completed).count();
        page.open("/").await;
        overview_says(page, 254, open).await;
        page.reload().await;
        overview_says(page, 254, open).await;
        assert_eq!(stage.upstream().count("GET /todos?"), 1, "the server has kept the list");

        page.click(&link("Ada Okafor")).await;
        page.sees(&button("Add")).await;
        stage.upstream().hold("POST /todos/add");
        page.fill(&textbox("New todo"), TEXT).await;
        page.click(&button("Add")).await;
        page.has(&checkbox(TEXT), "disabled", "true").await;
        page.click(&link("Overview")).await;
        page.reads(TEXT).await;
        overview_says(page, 255, open + 1).await;
        eventually("the new todo at the upstream", async || {
            let count = stage.upstream().count("POST /todos/add");
            if count == 1 { Ok(()) } else { Err(format!("{count} have come")) }
        })
        .await;
        assert!(stage.demo.todo_with(TEXT).is_none(), "nobody has answered yet");

        stage.upstream().behave();
        // Confirmed, it has an address of its own; and the list has been read again, past what was kept.
        page.click(&link(TEXT)).await;
        page.is_on(TEXT).await;
        eventually("a fresh list", async || {
            let count = stage.upstream().count("GET /todos?");
            if count > 1 { Ok(()) } else { Err(format!("it was read {count} times")) }
        })
        .await;

        page.open("/todos").await;
        page.sees(&heading("1–12 of 255 todos")).await;
        assert_eq!(page.listed().await[0], TEXT);
        let reads = stage.upstream().count("GET /todos?");
        page.open("/").await;
        overview_says(page, 255, open + 1).await;
        assert_eq!(stage.upstream().count("GET /todos?"), reads, "the fresh list is kept as the old one was");
    });
}
