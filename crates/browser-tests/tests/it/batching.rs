//! Batched reads: the number of requests that a page costs, and their effects on it.

use browser_tests::{Page, Setup, eventually, heading, link, play};

/// The page's requests to the API since it was loaded, as the end of the address.
async fn api_requests(page: &Page) -> Vec<String> {
    let all = page.requested().await;
    all.iter()
        .filter_map(|address| address.split_once("/api/server/"))
        .map(|(_, end)| end.to_owned())
        // No read, and open for as long as the page is.
        .filter(|end| end != "todos/events")
        .collect()
}

#[test]
fn every_page_costs_the_api_one_request() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        let own = format!("GET /todos/{}", todo.id);
        for (address, reads) in [
            ("/".to_owned(), ["GET /todos?", "GET /users?"]),
            ("/todos".to_owned(), ["GET /todos?", "GET /users?"]),
            (format!("/todos/{}", todo.id), [own.as_str(), "GET /users?"]),
        ] {
            let before = reads.map(|read| stage.upstream().count(read));
            page.open(&address).await;
            page.reads(&todo.todo).await;
            page.reads("Ada Okafor").await;
            assert_eq!(api_requests(page).await, ["batch"], "{address}");
            // And the server has sent each read to its upstream once.
            let after = reads.map(|read| stage.upstream().count(read));
            assert_eq!(after, before.map(|count| count + 1), "{address}");
        }
        let reads = ["GET /todos?", "GET /users?", own.as_str()].map(|read| stage.upstream().count(read));
        assert_eq!(reads, [2, 3, 1]);
        assert_eq!(stage.upstream().count("GET ") - stage.upstream().count("GET /todos/events"), 6);
    });
}

#[test]
fn what_is_there_is_shown_while_the_rest_of_its_batch_is_under_way() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().hold("GET /users");
        page.open("/").await;
        page.reads("of all todos are done").await;
        page.reads("Person 1").await;
        stage.upstream().behave();
        page.does_not_read("Person 1").await;
        assert_eq!(api_requests(page).await, ["batch"]);
    });
}

#[test]
fn a_page_that_is_left_gives_its_reads_up() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        stage.upstream().hold("GET /");
        page.open("/todos").await;
        page.sees(&link("Overview")).await;
        page.click(&link("Sign in")).await;
        page.is_on("Sign in").await;
        stage.upstream().behave();
        page.back().await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}

#[test]
fn a_server_that_takes_no_batches_gets_single_requests_after_one_refusal() {
    play(Setup::default().setting("BFF_BATCH_MAX", "1"), async |stage| {
        let page = &stage.page;
        page.expect_failed_requests("the server responded with a status of 413");
        page.open("/").await;
        page.reads("of all todos are done").await;
        page.reads("Ada Okafor").await;
        let requests = api_requests(page).await;
        assert_eq!(requests.len(), 3, "{requests:?}");
        assert_eq!(requests.iter().filter(|request| *request == "batch").count(), 1, "{requests:?}");
    });
}

#[test]
fn an_app_that_has_batches_switched_off_sends_none() {
    let setup = Setup::default()
        .start_page(r#"<meta name="bff-batch" content="on""#, r#"<meta name="bff-batch" content="off""#);
    play(setup, async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.reads("of all todos are done").await;
        page.reads("Ada Okafor").await;
        let mut requests = api_requests(page).await;
        requests.sort();
        assert!(
            requests
                .iter()
                .map(|request| request.split('?').next().unwrap_or_default())
                .eq(["todos", "users"]),
            "{requests:?}"
        );
    });
}

#[test]
fn an_answer_that_is_too_large_for_a_batch_is_shown_all_the_same() {
    play(Setup::default().setting("BFF_BATCH_ANSWER_MAX", "10KiB"), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        eventually("the list on its own", async || {
            let requests = api_requests(page).await;
            let alone = requests.iter().any(|request| request.starts_with("todos?"));
            if alone { Ok(()) } else { Err(format!("{requests:?}")) }
        })
        .await;
    });
}
