//! Time without a network: it is said, changes wait, and are sent afterwards.

use browser_tests::{Page, Setup, button, checkbox, eventually, link, play, textbox};

const OFFLINE: &str = "You’re offline. What you change waits, and is sent once you’re back.";

/// Whether the browser would ask before it leaves the page.
async fn asks_before_leaving(page: &Page) -> bool {
    let script = "const leaving = new Event('beforeunload', { cancelable: true }); \
        window.dispatchEvent(leaving); return leaving.defaultPrevented";
    page.evaluate(script, Vec::new()).await == true
}

#[test]
fn changes_made_offline_wait_and_are_sent_in_order_afterwards() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todos: Vec<_> =
            stage.demo.newest(12).into_iter().filter(|todo| !todo.completed).take(2).collect();
        page.open("/todos").await;
        page.sees(&link(&todos[1].todo)).await;
        page.does_not_read("You’re offline").await;
        assert!(!asks_before_leaving(page).await);

        page.is_whole().await;
        page.offline(true).await;
        page.announces(OFFLINE).await;
        page.reads(OFFLINE).await;
        page.click(&checkbox(&todos[0].todo)).await;
        page.has(&checkbox(&todos[0].todo), "checked", "true").await;
        page.reads("1 change waits.").await;
        page.click(&button(&format!("Edit “{}”", todos[0].todo))).await;
        page.fill(&textbox("Todo text"), "Written offline").await;
        page.click(&button("Save")).await;
        page.sees(&link("Written offline")).await;
        page.click(&button(&format!("Delete “{}”", todos[1].todo))).await;
        page.misses(&link(&todos[1].todo)).await;
        page.click(&button("Dismiss")).await;
        page.reads("3 changes wait.").await;
        assert!(asks_before_leaving(page).await);
        assert_eq!(stage.upstream().count("PUT"), 0);
        assert_eq!(stage.upstream().count("DELETE"), 0);

        page.offline(false).await;
        page.announces("You’re back online.").await;
        page.does_not_read("You’re offline").await;
        eventually("all changes at the upstream", async || {
            let changed = stage.demo.todo(todos[0].id).ok_or("it is gone")?;
            let (text, gone) = (changed.todo.clone(), stage.demo.todo(todos[1].id).is_none());
            let right = changed.completed && text == "Written offline" && gone;
            right.then_some(()).ok_or(format!("{changed:?}, deleted: {gone}"))
        })
        .await;
        page.sees(&link("Written offline")).await;
        page.has(&checkbox("Written offline"), "checked", "true").await;
        assert!(!asks_before_leaving(page).await);
    });
}

#[test]
fn todos_added_offline_are_added_in_the_order_in_which_they_were_typed() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos?person=1").await;
        page.sees(&button("Add")).await;
        page.is_whole().await;
        page.offline(true).await;
        page.reads(OFFLINE).await;
        let texts = ["First", "Second", "Third"];
        for text in texts {
            page.fill(&textbox("New todo"), text).await;
            page.click(&button("Add")).await;
            page.has(&checkbox(text), "disabled", "true").await;
        }
        page.reads("3 changes wait.").await;
        page.offline(false).await;
        for text in texts {
            page.sees(&link(text)).await;
        }
        let ids: Vec<_> = texts.map(|text| stage.demo.todo_with(text).map(|todo| todo.id)).to_vec();
        assert!(ids.is_sorted() && ids.iter().all(Option::is_some), "{ids:?}");
    });
}
