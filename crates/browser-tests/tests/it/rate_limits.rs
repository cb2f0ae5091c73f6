//! A server with tight limits: the dashboard waits as long as the server asks, and goes on by itself.

use std::time::{Duration, Instant};

use browser_tests::{Page, Setup, button, checkbox, eventually, heading, link, play};

const BREAK: &str = "The server asks for a short break";

const LIMITED: &str = "the server responded with a status of 429";

fn strict() -> Setup {
    Setup::default().faulty().setting("BFF_RATE_LIMIT", "10/10s")
}

/// How many requests of the page the API has answered since it was loaded.
async fn requests(page: &Page) -> usize {
    page.requested().await.iter().filter(|address| address.contains("/api/server/")).count()
}

/// Nothing stands in the place of the page.
async fn shows_no_fault(page: &Page) {
    let script = "return document.querySelectorAll('[data-testid=fault]').length";
    assert_eq!(page.evaluate(script, Vec::new()).await, 0);
}

#[test]
fn a_page_that_is_opened_too_soon_says_so_and_comes_by_itself() {
    play(strict(), async |stage| {
        let page = &stage.page;
        page.tolerate_failed_requests(LIMITED);
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.is_whole().await;
        stage.server.use_up();
        let served = stage.upstream().count("GET /");

        page.open("/").await;
        page.reads(BREAK).await;
        shows_no_fault(page).await;
        // The one batch has been refused, and no other is sent before the time.
        assert_eq!(requests(page).await, 1);
        assert_eq!(stage.upstream().count("GET /"), served);
        page.reads("of all todos are done").await;
        page.does_not_read(BREAK).await;
        page.reads("Ada Okafor").await;
        // As the window slides, room for one may come before room for the other.
        let asked = requests(page).await;
        assert!(asked <= 5, "{asked} requests");
    });
}

#[test]
fn data_that_cannot_be_refreshed_yet_stays_and_is_refreshed_by_itself() {
    play(strict(), async |stage| {
        let page = &stage.page;
        let todos: Vec<_> = stage.demo.newest(12).into_iter().filter(|todo| !todo.completed).collect();
        page.expect_failed_requests(LIMITED);
        page.open("/todos").await;
        page.sees(&link(&todos[0].todo)).await;
        page.is_whole().await;
        stage.server.use_up();
        let before = requests(page).await;

        page.click(&checkbox(&todos[0].todo)).await;
        // The optimistic write is taken back. The page says why and offers to try again.
        page.announces("Couldn’t save").await;
        page.announces("Too many requests.").await;
        page.has(&checkbox(&todos[0].todo), "checked", "false").await;
        page.reads("Todos will be refreshed in a moment.").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        shows_no_fault(page).await;
        // The change and the read after it, and nothing more until it is time.
        assert_eq!(requests(page).await, before + 2);
        // Leaving and coming back is no way around the wait.
        page.click(&link("Sign in")).await;
        page.is_on("Sign in").await;
        page.back().await;
        page.reads("Todos will be refreshed in a moment.").await;
        assert_eq!(requests(page).await, before + 2);

        page.does_not_read("will be refreshed in a moment").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        let asked = requests(page).await;
        assert!(asked <= before + 5, "{} requests more", asked - before);
        assert_eq!(stage.upstream().count("PUT /todos/"), 0, "nobody has made the change");
    });
}

#[test]
fn a_burst_of_clicks_ends_in_a_wait_and_with_what_the_server_has() {
    play(strict(), async |stage| {
        let page = &stage.page;
        let todos: Vec<_> = stage.demo.newest(12).into_iter().filter(|todo| !todo.completed).collect();
        page.expect_failed_requests(LIMITED);
        page.open("/todos").await;
        page.sees(&link(&todos[0].todo)).await;
        let mut ticks = 0;
        // Faster than ten changes and reads in ten seconds.
        while !page.text().await.contains("Too many requests.") {
            page.click(&checkbox(&todos[ticks % todos.len()].todo)).await;
            page.click(&link("Overview")).await;
            page.click(&link("All todos")).await;
            page.sees(&heading("1–12 of 254 todos")).await;
            ticks += 1;
            assert!(ticks < 20, "the server grants more than it should");
        }
        shows_no_fault(page).await;
        let (asked, sent) = (requests(page).await, stage.upstream().count(""));
        page.does_not_read("will be refreshed in a moment").await;
        shows_no_fault(page).await;
        let more = requests(page).await - asked;
        assert!(more <= 4, "{more} requests while it was to wait, {sent} had been sent before");
        for todo in &todos {
            let done = stage.demo.todo(todo.id).is_some_and(|todo| todo.completed);
            page.has(&checkbox(&todo.todo), "checked", &done.to_string()).await;
        }
    });
}

#[test]
fn a_change_that_was_refused_can_be_made_from_its_message() {
    const WINDOW: Duration = Duration::from_secs(4);
    play(Setup::default().faulty().setting("BFF_RATE_LIMIT", "10/4s"), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        page.expect_failed_requests(LIMITED);
        page.open("/todos").await;
        page.sees(&link(&todo.todo)).await;
        stage.server.use_up();
        page.click(&checkbox(&todo.todo)).await;
        page.announces("Couldn’t save").await;
        let refused = Instant::now();
        // A message stays as long as the pointer is over it.
        page.point_at(Some(&button("Try again"))).await;
        page.does_not_read("will be refreshed in a moment").await;
        // By then the used-up window is over.
        eventually("the second window", async || {
            let left = (2 * WINDOW).saturating_sub(refused.elapsed());
            if left.is_zero() { Ok(()) } else { Err(format!("{left:?} are left")) }
        })
        .await;
        page.click(&button("Try again")).await;
        eventually("the tick on the upstream", async || {
            let done = stage.demo.todo(todo.id).is_some_and(|todo| todo.completed);
            if done { Ok(()) } else { Err("it is open".to_owned()) }
        })
        .await;
        page.has(&checkbox(&todo.todo), "checked", "true").await;
        assert_eq!(stage.upstream().count("PUT /todos/"), 1);
    });
}
