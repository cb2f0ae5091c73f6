//! Several tabs of one browser, which share a session.

use browser_tests::{Page, Scheme, Setup, Stroke, UNAUTHENTICATED, button, heading, link, play, textbox};

/// The demo's only person with a known password.
const ADA: (&str, &str) = ("ada", "adapass");

async fn fill_in(page: &Page, (name, password): (&str, &str)) {
    page.fill(&textbox("Name"), name).await;
    page.fill(&textbox("Password"), password).await;
    page.press(Stroke::ENTER).await;
}

#[test]
fn sign_out_in_one_tab_empties_the_others_at_once() {
    play(Setup::default().members_only(), async |stage| {
        let page = &stage.page;
        page.tolerate_failed_requests(UNAUTHENTICATED);
        let todo = stage.demo.newest(1).remove(0);
        page.open("/todos").await;
        fill_in(page, ADA).await;
        page.sees(&link(&todo.todo)).await;
        let first = page.tab().await;
        let second = page.open_in_new_tab("/todos").await;
        page.sees(&link(&todo.todo)).await;
        page.is_whole().await;
        page.fill(&textbox("New todo"), "Not for everybody").await;

        page.turn_to(&first).await;
        page.click(&button("Account: Ada Okafor")).await;
        page.click(&button("Sign out")).await;
        page.is_on("Sign in").await;
        page.turn_to(&second).await;
        page.is_on("Sign in").await;
        page.does_not_read(&todo.todo).await;
        page.misses(&button("Account: Ada Okafor")).await;

        // And whoever signs in next finds nothing of it.
        fill_in(page, ADA).await;
        page.is_at("/todos").await;
        page.holds(&textbox("New todo"), "").await;
        page.turn_to(&first).await;
        page.sees(&button("Account: Ada Okafor")).await;
    });
}

#[test]
fn sign_in_in_one_tab_is_one_in_the_others_at_once() {
    play(Setup::default().members_only(), async |stage| {
        let page = &stage.page;
        page.tolerate_failed_requests(UNAUTHENTICATED);
        page.open("/todos?state=open").await;
        page.is_on("Sign in").await;
        let first = page.tab().await;
        page.open_in_new_tab("/").await;
        page.is_on("Sign in").await;
        fill_in(page, ADA).await;
        page.is_on("Overview").await;
        page.turn_to(&first).await;
        page.is_at("/todos?state=open").await;
        page.is_on("Todos").await;
        page.sees(&button("Account: Ada Okafor")).await;
    });
}

#[test]
fn another_persons_sign_in_replaces_what_the_other_tabs_show() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.sees(&link("Sign in")).await;
        page.is_whole().await;
        let first = page.tab().await;
        page.open_in_new_tab("/login").await;
        fill_in(page, ADA).await;
        page.sees(&button("Account: Ada Okafor")).await;
        page.turn_to(&first).await;
        page.sees(&button("Account: Ada Okafor")).await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.is_at("/todos").await;
    });
}

#[test]
fn theme_is_the_same_in_all_tabs() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.in_scheme(Scheme::Light).await;
        page.open("/").await;
        page.sees(&button("Switch to dark theme")).await;
        let first = page.tab().await;
        page.open_in_new_tab("/").await;
        page.in_scheme(Scheme::Light).await;
        page.click(&button("Switch to dark theme")).await;
        page.turn_to(&first).await;
        page.sees(&button("Switch to light theme")).await;
    });
}
