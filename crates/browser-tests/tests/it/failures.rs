//! The page's words when data cannot be loaded, and the ways to go on.

use browser_tests::{Page, Setup, button, checkbox, eventually, heading, link, play, textbox};

const BAD_GATEWAY: &str = "the server responded with a status of 502";

#[test]
fn upstream_that_is_down_is_named_and_a_retry_works_once_it_is_back() {
    play(Setup::default(), async |stage| {
        stage.demo.stop().await;
        let page = &stage.page;
        page.expect_failed_requests(BAD_GATEWAY);
        page.open("/todos").await;
        page.announces("No answer yet. Trying again…").await;
        page.sees(&heading("The service behind this is down")).await;
        page.reads("The dashboard works, its data source does not.").await;
        page.reads("Reference ").await;
        // The rest of the page lives on.
        page.sees(&textbox("New todo")).await;

        stage.demo.start_again().await;
        stage.page.click(&button("Try again")).await;
        stage.page.sees(&heading("1–12 of 254 todos")).await;
        stage.page.misses(&heading("The service behind this is down")).await;
    });
}

#[test]
fn the_overview_recovers_from_a_missing_upstream_as_well() {
    play(Setup::default(), async |stage| {
        stage.demo.stop().await;
        stage.page.expect_failed_requests(BAD_GATEWAY);
        stage.page.open("/").await;
        stage.page.sees(&heading("The service behind this is down")).await;
        stage.page.misses(&heading("Recent todos")).await;
        stage.demo.start_again().await;
        stage.page.click(&button("Try again")).await;
        stage.page.sees(&heading("Recent todos")).await;
        stage.page.reads("of all todos are done").await;
    });
}

#[test]
fn an_upstream_that_goes_down_leaves_the_data_on_the_page_with_a_notice() {
    play(Setup::default(), async |stage| {
        let todo = stage.demo.newest(1).remove(0);
        stage.page.open("/todos").await;
        stage.page.sees(&link(&todo.todo)).await;
        stage.demo.stop().await;
        stage.page.expect_failed_requests(BAD_GATEWAY);
        // A change that fails asks for the list again.
        stage.page.click(&checkbox(&todo.todo)).await;
        let page = &stage.page;
        page.reads("Todos could not be refreshed. The service behind this is down.").await;
        page.sees(&link(&todo.todo)).await;
        page.sees(&heading("1–12 of 254 todos")).await;

        stage.demo.start_again().await;
        stage.page.click(&button("Try again")).await;
        stage.page.does_not_read("could not be refreshed").await;
        stage.page.sees(&link(&todo.todo)).await;
    });
}

/// The page shows this fault in the place of the list.
async fn shows_fault(page: &Page, title: &str) {
    page.sees(&heading(title)).await;
    eventually("one alert", async || {
        let tree = page.tree().await;
        let alerts = tree.iter().filter(|node| node.role == "alert").count();
        if alerts == 1 { Ok(()) } else { Err(format!("there are {alerts}")) }
    })
    .await;
}

#[test]
fn rate_limited_page_says_so_and_its_retry_waits_for_retry_after() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().refuse("GET /todos", 429, &["Retry-After: 16"]);
        page.open("/todos").await;
        shows_fault(page, "Too many requests").await;
        page.reads("The server asks for a short break.").await;
        page.reads("Try again in ").await;
        assert_eq!(stage.upstream().count("GET /todos"), 1);
        stage.upstream().behave();
        // The button can be clicked when the time is over, and not before.
        page.click(&button("Try again")).await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}

#[test]
fn an_upstream_that_is_too_slow_is_told_apart() {
    play(Setup::default().faulty().setting("BFF_UPSTREAM_TIMEOUT", "400ms"), async |stage| {
        let page = &stage.page;
        stage.upstream().hold("GET /todos");
        page.expect_failed_requests("the server responded with a status of 504");
        page.open("/todos").await;
        shows_fault(page, "The service is too slow").await;
        page.reads("Its answer did not arrive in time.").await;
        stage.upstream().behave();
        page.click(&button("Try again")).await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}

#[test]
fn an_upstream_that_fails_is_told_apart_from_one_that_is_down() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().refuse("GET /todos", 500, &[]);
        page.expect_failed_requests("the server responded with a status of 500");
        page.open("/todos").await;
        shows_fault(page, "The server failed").await;
    });
}

#[test]
fn names_that_cannot_be_loaded_do_not_take_the_todos_with_them() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().refuse("GET /users", 500, &[]);
        page.expect_failed_requests("the server responded with a status of 500");
        page.open("/").await;
        page.reads("of all todos are done").await;
        page.reads("Names could not be refreshed. The server failed.").await;
        page.reads("Person 1").await;
        stage.upstream().behave();
        page.click(&button("Try again")).await;
        page.does_not_read("could not be refreshed").await;
        page.does_not_read("Person 1").await;
    });
}
