//! A session that ends under somebody's hands: what they have typed and changed is there after the next sign-in, and for
//! nobody else.

use browser_tests::{
    OtherBrowser, Page, Setup, Stage, Stroke, UNAUTHENTICATED, button, checkbox, combobox, eventually, link,
    play, textbox,
};
use oidc_fixture::OidcFixture;
use serde_json::json;

/// The demo's only person with a known password.
const ADA: (&str, &str) = ("ada", "adapass");

async fn fill_in(page: &Page, (name, password): (&str, &str)) {
    page.fill(&textbox("Name"), name).await;
    page.fill(&textbox("Password"), password).await;
    page.press(Stroke::ENTER).await;
}

/// A page that shows the list to Ada.
async fn begin(stage: &Stage, address: &str) {
    stage.page.expect_failed_requests(UNAUTHENTICATED);
    stage.page.open(address).await;
    fill_in(&stage.page, ADA).await;
    stage.page.is_at(address).await;
    stage.page.sees(&button("Account: Ada Okafor")).await;
}

fn end_session(stage: &Stage) {
    OtherBrowser::sign_in(&stage.server, ADA.0, ADA.1).end_others();
}

#[test]
fn refused_change_and_typed_text_are_there_after_the_next_sign_in() {
    play(Setup::default().members_only().faulty(), async |stage| {
        let page = &stage.page;
        let open: Vec<_> = stage.demo.todos().into_iter().rev().filter(|todo| !todo.completed).collect();
        begin(stage, "/todos?state=open").await;
        page.sees(&link(&open[1].todo)).await;
        page.choose(&combobox("Person"), "Victor Lindholm").await;
        page.fill(&textbox("New todo"), "Half a thought").await;
        end_session(stage);
        page.click(&checkbox(&open[1].todo)).await;
        page.is_on("Sign in").await;
        page.reads("Your session has ended. Please sign in again.").await;
        page.does_not_read(&open[1].todo).await;

        fill_in(page, ADA).await;
        page.is_at("/todos?state=open").await;
        page.holds(&textbox("New todo"), "Half a thought").await;
        page.holds(&combobox("Person"), "Victor Lindholm").await;
        page.reads(&format!("Your session ended before this was saved: Tick “{}”", open[1].todo)).await;
        page.has(&checkbox(&open[1].todo), "checked", "false").await;
        assert_eq!(stage.upstream().count("PUT"), 0, "nothing is sent by itself");

        page.click(&button("Save it now")).await;
        eventually("the tick on the upstream", async || {
            let done = stage.demo.todo(open[1].id).is_some_and(|todo| todo.completed);
            if done { Ok(()) } else { Err("it is open".to_owned()) }
        })
        .await;
        page.does_not_read("Your session ended before").await;
        page.reload().await;
        page.holds(&textbox("New todo"), "Half a thought").await;
        page.does_not_read("Your session ended before").await;
        page.fill(&textbox("New todo"), "").await;
        assert_eq!(page.evaluate("return JSON.stringify({...sessionStorage})", Vec::new()).await, "{}");
    });
}

#[test]
fn text_in_an_editor_is_there_after_the_next_sign_in() {
    play(Setup::default().members_only(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.newest(2);
        begin(stage, "/todos").await;
        page.click(&button(&format!("Edit “{}”", todos[1].todo))).await;
        page.fill(&textbox("Todo text"), "Half a correction").await;
        end_session(stage);
        page.click(&checkbox(&todos[0].todo)).await;
        page.is_on("Sign in").await;

        fill_in(page, ADA).await;
        page.holds(&textbox("Todo text"), "Half a correction").await;
        page.click(&button("Dismiss")).await;
        page.does_not_read("Your session ended before").await;
        page.click(&button("Save")).await;
        page.sees(&link("Half a correction")).await;
        eventually("the text on the upstream", async || {
            let text = stage.demo.todo(todos[1].id).ok_or("it is gone")?.todo;
            if text == "Half a correction" { Ok(()) } else { Err(text) }
        })
        .await;
        assert_eq!(stage.demo.todo(todos[0].id).map(|todo| todo.completed), Some(todos[0].completed));
    });
}

#[test]
fn new_todo_and_deletion_are_offered_again_and_saved_in_one_click() {
    play(Setup::default().members_only(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.newest(2);
        begin(stage, "/todos").await;
        page.click(&button(&format!("Delete “{}”", todos[0].todo))).await;
        page.sees(&button("Undo")).await;
        end_session(stage);
        page.fill(&textbox("New todo"), "Whole thought").await;
        page.press(Stroke::ENTER).await;
        page.is_on("Sign in").await;
        fill_in(page, ADA).await;
        page.reads("Your session ended before these 2 changes were saved:").await;
        page.reads(&format!("Delete “{}”", todos[0].todo)).await;
        page.reads("Add “Whole thought”").await;
        page.holds(&textbox("New todo"), "").await;
        page.sees(&link(&todos[0].todo)).await;
        page.click(&button("Save them now")).await;
        page.sees(&link("Whole thought")).await;
        page.misses(&link(&todos[0].todo)).await;
        eventually("both changes on the upstream", async || {
            let (added, left) = (stage.demo.todo_with("Whole thought"), stage.demo.todo(todos[0].id));
            if added.is_some() && left.is_none() { Ok(()) } else { Err(format!("{added:?}, {left:?}")) }
        })
        .await;
    });
}

#[test]
fn what_was_typed_survives_the_way_over_a_provider_and_is_for_nobody_else() {
    let provider = OidcFixture::start();
    let settings = provider.settings().into_iter();
    let setup = settings.fold(Setup::default(), |setup, (name, value)| setup.setting(name, value));
    play(setup.members_only().setting("BFF_OIDC_NAME", "Example"), async |stage| {
        provider.register(&stage.server.origin());
        let page = &stage.page;
        page.expect_failed_requests(UNAUTHENTICATED);
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        let tick = checkbox(&todo.todo);
        let offer = format!("Your session ended before this was saved: Tick “{}”", todo.todo);
        let text = textbox("New todo");
        let sign_in = async |name: Option<&str>| {
            page.click(&link("Continue with Example")).await;
            if let Some(name) = name {
                page.fill(&textbox("Name"), name).await;
                page.click(&button("Sign in")).await;
            }
            page.click(&button("Allow")).await;
            page.is_at("/todos").await;
            page.sees(&link(&todo.todo)).await;
        };
        page.open("/todos").await;
        sign_in(Some("ada")).await;
        for somebody_else in [false, true] {
            page.fill(&text, "Half a thought").await;
            assert_eq!(provider.send_backchannel_logout("ada"), 200);
            page.click(&tick).await;
            page.is_on("Sign in").await;
            page.does_not_read("Half a thought").await;
            if somebody_else {
                page.devtools("Storage.clearCookies", json!({})).await;
                sign_in(Some("bob")).await;
                page.holds(&text, "").await;
                page.does_not_read("Your session ended").await;
                // What follows the session is loaded behind the page.
                eventually("nothing kept of somebody else", async || {
                    let kept = page.evaluate("return JSON.stringify({...sessionStorage})", Vec::new()).await;
                    if kept == "{}" { Ok(()) } else { Err(kept.to_string()) }
                })
                .await;
            } else {
                sign_in(None).await;
                page.holds(&text, "Half a thought").await;
                page.reads(&offer).await;
                page.click(&button("Dismiss")).await;
                page.does_not_read("Your session ended").await;
                page.has(&tick, "checked", "false").await;
            }
        }
    });
}
