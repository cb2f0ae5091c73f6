//! Addresses that were kept, shared or mistyped.

use browser_tests::{Setup, heading, link, play};

#[test]
fn a_link_to_one_todo_opens_it() {
    play(Setup::default(), async |stage| {
        let todo = stage.demo.todo(7).unwrap();
        stage.page.open("/todos/7").await;
        stage.page.is_on(&todo.todo).await;
        stage.page.reads("Todo 7").await;
        stage.page.click(&link("All todos")).await;
        stage.page.is_at("/todos").await;
        stage.page.is_on("Todos").await;
        stage.page.back().await;
        stage.page.is_on(&todo.todo).await;
    });
}

#[test]
fn a_link_to_a_todo_that_is_not_there_says_so_and_leads_on() {
    play(Setup::default(), async |stage| {
        stage.page.open("/todos/99999").await;
        stage.page.is_on("Todo not found").await;
        stage.page.reads("It does not exist, or it has been deleted.").await;
    });
}

#[test]
fn an_address_that_is_no_page_says_so_and_leads_on() {
    play(Setup::default(), async |stage| {
        for address in ["/nope", "/todos/abc", "/todos/1/edit"] {
            stage.page.open(address).await;
            stage.page.is_on("Page not found").await;
        }
        stage.page.click(&link("All todos")).await;
        stage.page.is_on("Todos").await;
        stage.page.sees(&heading("1–12 of 254 todos")).await;
    });
}

#[test]
fn the_navigation_leads_from_page_to_page_without_loading_one() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.is_on("Overview").await;
        page.evaluate("window.sameDocument = true", Vec::new()).await;
        page.click(&link("All todos")).await;
        page.is_on("Todos").await;
        page.focuses(&heading("Todos")).await;
        page.click(&link("Overview")).await;
        page.is_at("/").await;
        page.is_on("Overview").await;
        page.focuses(&heading("Overview")).await;
        let same = page.evaluate("return window.sameDocument === true", Vec::new()).await;
        assert_eq!(same, true);
    });
}
