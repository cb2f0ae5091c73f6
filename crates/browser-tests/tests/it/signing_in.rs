//! Sessions as people meet them: signing in and out, whose todos are whose, and a session that ends under their hands.

use browser_tests::{
    OtherBrowser, Page, Scheme, Screen, Setup, Stroke, UNAUTHENTICATED, button, checkbox, combobox,
    eventually, heading, link, play, textbox,
};
use serde_json::json;

/// The demo's only person with a known password.
const ADA: (&str, &str) = ("ada", "adapass");

/// Everything that a script of the page could find of a session.
const KEPT: &str = "return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])";

async fn fill_in(page: &Page, (name, password): (&str, &str)) {
    page.fill(&textbox("Name"), name).await;
    page.fill(&textbox("Password"), password).await;
    page.press(Stroke::ENTER).await;
}

/// The names of the cookies that the browser has, also of those that scripts cannot see.
async fn cookies(page: &Page) -> Vec<String> {
    let kept = page.devtools("Storage.getCookies", json!({})).await;
    let cookies = kept["cookies"].as_array().into_iter().flatten();
    cookies.map(|cookie| cookie["name"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Signs in as Ada, and is at `address` afterwards.
async fn sign_in(page: &Page, address: &str) {
    page.open(address).await;
    page.click(&link("Sign in")).await;
    page.is_on("Sign in").await;
    fill_in(page, ADA).await;
    page.sees(&button("Account: Ada Okafor")).await;
    page.is_at(address).await;
}

#[test]
fn people_sign_in_with_keys_alone_and_are_back_where_they_were() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/todos?state=open&page=2").await;
        page.tab_to(&link("Sign in")).await;
        page.press(Stroke::ENTER).await;
        page.is_on("Sign in").await;
        page.is_at("/login?returnUrl=%2Ftodos%3Fstate%3Dopen%26page%3D2").await;
        page.focuses(&heading("Sign in")).await;
        page.press(Stroke::TAB).await;
        page.focuses(&textbox("Name")).await;
        page.write("ada").await;
        page.press(Stroke::TAB).await;
        page.focuses(&textbox("Password")).await;
        page.write("adapass").await;
        page.press(Stroke::ENTER).await;

        page.announces("Signed in as Ada Okafor").await;
        page.is_at("/todos?state=open&page=2").await;
        page.focuses(&heading("Todos")).await;
        page.sees(&button("Account: Ada Okafor")).await;
        // The sign-in is no place to go back to.
        page.open("/").await;
        page.sees(&button("Account: Ada Okafor")).await;
        page.back().await;
        page.is_at("/todos?state=open&page=2").await;
    });
}

#[test]
fn wrong_password_is_shown_at_its_field_and_leaves_nothing_behind() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.expect_failed_requests(UNAUTHENTICATED);
        page.open("/login?returnUrl=%2Ftodos").await;
        fill_in(page, ("ada", "not hers")).await;
        page.reads("The name or the password is wrong.").await;
        page.announces("The name or the password is wrong.").await;
        page.focuses(&textbox("Password")).await;
        page.has(&textbox("Password"), "invalid", "true").await;
        page.is_at("/login?returnUrl=%2Ftodos").await;
        page.is_on("Sign in").await;
        assert_eq!(page.evaluate(KEPT, Vec::new()).await, r#"[{},{},""]"#);
        assert_eq!(cookies(page).await, Vec::<String>::new());

        // The wrong text is selected: the right one can be written over it.
        page.write("adapass").await;
        page.press(Stroke::ENTER).await;
        page.is_at("/todos").await;
    });
}

#[test]
fn what_is_missing_is_said_before_anything_is_sent() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/login").await;
        page.click(&button("Sign in")).await;
        page.reads("Enter your name.").await;
        page.focuses(&textbox("Name")).await;
        page.write("ada").await;
        page.press(Stroke::ENTER).await;
        page.reads("Enter your password.").await;
        page.focuses(&textbox("Password")).await;
        page.write("adapass").await;
        let kind = "return document.getElementById('password').type";
        assert_eq!(page.evaluate(kind, Vec::new()).await, "password");
        page.click(&button("Show password")).await;
        page.sees(&button("Hide password")).await;
        assert_eq!(page.evaluate(kind, Vec::new()).await, "text");
        page.holds(&textbox("Password"), "adapass").await;
    });
}

#[test]
fn after_too_many_attempts_people_are_told_when_to_come_back() {
    play(Setup::default().setting("BFF_LOGIN_LIMIT", "2/1m"), async |stage| {
        let page = &stage.page;
        page.expect_failed_requests(UNAUTHENTICATED);
        page.expect_failed_requests("the server responded with a status of 429");
        page.open("/login").await;
        for _ in 0..2 {
            fill_in(page, ("ada", "not hers")).await;
            page.reads("The name or the password is wrong.").await;
        }
        fill_in(page, ADA).await;
        page.reads("Too many attempts. Try again in").await;
        let text = page.text().await;
        let wait = text.split("Try again in ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        assert!((1..=120).contains(&wait.parse::<u64>().unwrap()), "{text}");
        page.does_not_read("wrong").await;
    });
}

#[test]
fn a_server_that_is_away_is_not_taken_for_a_wrong_password() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/login").await;
        page.sees(&textbox("Name")).await;
        page.offline(true).await;
        page.expect_failed_requests("net::ERR_INTERNET_DISCONNECTED");
        fill_in(page, ADA).await;
        page.reads("You’re offline. Check your connection and try again.").await;
        page.offline(false).await;
        page.click(&button("Sign in")).await;
        page.is_at("/").await;
        page.sees(&button("Account: Ada Okafor")).await;
    });
}

#[test]
fn a_sign_in_leads_to_no_other_server() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/login?returnUrl=%2F%2Fevil.example%2F").await;
        fill_in(page, ADA).await;
        page.is_at("/").await;
        page.is_on("Overview").await;
    });
}

#[test]
fn a_new_todo_is_of_whoever_is_signed_in_unless_somebody_else_is_chosen() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        sign_in(page, "/todos").await;
        page.holds(&combobox("Person"), "Ada Okafor").await;
        page.fill(&textbox("New todo"), "Mine").await;
        page.press(Stroke::ENTER).await;
        page.has(&checkbox("Mine"), "disabled", "").await;
        page.choose(&combobox("Person"), "Amara Diallo").await;
        page.fill(&textbox("New todo"), "Another’s").await;
        page.press(Stroke::ENTER).await;
        page.has(&checkbox("Another’s"), "disabled", "").await;
        let demo = &stage.demo;
        let other = demo.users().into_iter().find(|user| user.full_name() == "Amara Diallo").unwrap();
        assert_eq!(demo.todo_with("Mine").unwrap().user_id, 1);
        assert_eq!(demo.todo_with("Another’s").unwrap().user_id, other.id);
    });
}

#[test]
fn somebody_who_is_signed_in_is_not_asked_again() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        sign_in(page, "/").await;
        page.open("/login?returnUrl=%2Ftodos%2F7").await;
        page.sees(&heading("You’re signed in")).await;
        page.reads("Ada Okafor").await;
        page.click(&link("Continue")).await;
        page.is_at("/todos/7").await;
    });
}

#[test]
fn the_menu_opens_and_closes_as_menus_do() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        sign_in(page, "/todos").await;
        let menu = button("Account: Ada Okafor");
        page.misses(&link("Your sessions")).await;
        page.tab_to(&menu).await;
        page.press(Stroke::ENTER).await;
        page.has(&menu, "expanded", "true").await;
        for item in [link("History"), link("Your sessions"), button("Sign out")] {
            page.press(Stroke::TAB).await;
            page.focuses(&item).await;
        }
        page.press(Stroke::ESCAPE).await;
        page.misses(&link("Your sessions")).await;
        page.focuses(&menu).await;

        page.click(&menu).await;
        page.sees(&link("Your sessions")).await;
        page.click(&heading("Todos")).await;
        page.misses(&link("Your sessions")).await;

        page.click(&menu).await;
        page.click(&link("Your sessions")).await;
        page.is_on("Your sessions").await;
        page.misses(&link("Your sessions")).await;
    });
}

#[test]
fn signing_out_takes_away_what_was_on_the_screen_and_the_cookie() {
    play(Setup::default().members_only(), async |stage| {
        let page = &stage.page;
        // The people that the first batch was refused are asked for again by a part of the page that comes a task later.
        page.tolerate_failed_requests(UNAUTHENTICATED);
        page.open("/todos").await;
        page.is_on("Sign in").await;
        fill_in(page, ADA).await;
        page.sees(&heading("1–12 of 254 todos")).await;
        assert_eq!(cookies(page).await, ["bff", "bff-device"]);
        assert_eq!(page.evaluate(KEPT, Vec::new()).await, r#"[{},{},""]"#);
        let todo = stage.demo.newest(1).remove(0);
        page.sees(&link(&todo.todo)).await;

        page.click(&button("Account: Ada Okafor")).await;
        page.click(&button("Sign out")).await;
        page.announces("Signed out").await;
        // The first page shows nothing without a session here, so it leads to the sign-in; nothing has "ended".
        page.is_on("Sign in").await;
        page.does_not_read("Your session has ended").await;
        page.does_not_read("Ada").await;
        page.does_not_read(&todo.todo).await;
        page.misses(&button("Account: Ada Okafor")).await;
        assert_eq!(cookies(page).await, ["bff-device"]);
        page.back().await;
        page.is_on("Sign in").await;
        page.does_not_read(&todo.todo).await;
    });
}

#[test]
fn the_chosen_scheme_is_not_the_persons_and_outlives_the_session() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.in_scheme(Scheme::Light).await;
        sign_in(page, "/").await;
        page.click(&button("Switch to dark theme")).await;
        page.click(&button("Account: Ada Okafor")).await;
        page.click(&button("Sign out")).await;
        page.announces("Signed out").await;
        page.reload().await;
        page.sees(&link("Sign in")).await;
        page.sees(&button("Switch to light theme")).await;
    });
}

#[test]
fn change_that_is_under_way_is_made_before_the_session_ends() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(12).into_iter().find(|todo| !todo.completed).unwrap();
        sign_in(page, "/todos").await;
        stage.upstream().hold("PUT /todos/");
        page.click(&checkbox(&todo.todo)).await;
        page.click(&button("Account: Ada Okafor")).await;
        page.click(&button("Sign out")).await;
        page.sees(&button("Account: Ada Okafor")).await;
        stage.upstream().behave();
        page.is_at("/").await;
        page.sees(&link("Sign in")).await;
        assert!(stage.demo.todo(todo.id).unwrap().completed, "the tick went with the session");
    });
}

#[test]
fn deletion_that_can_still_be_undone_is_sent_at_sign_out() {
    play(Setup::default().faulty(), async |stage| {
        let page = &stage.page;
        let todo = stage.demo.newest(1).remove(0);
        sign_in(page, "/todos").await;
        page.click(&button(&format!("Delete “{}”", todo.todo))).await;
        page.sees(&button("Undo")).await;
        page.click(&button("Account: Ada Okafor")).await;
        // However long it takes: the session must not end before its last wish has been taken.
        stage.upstream().hold("DELETE /todos/");
        page.click(&button("Sign out")).await;
        eventually("the deletion to be sent", async || {
            let sent = stage.upstream().count("DELETE /todos/") == 1;
            sent.then_some(()).ok_or_else(|| "it is not".to_owned())
        })
        .await;
        page.sees(&button("Account: Ada Okafor")).await;
        stage.upstream().behave();
        page.is_at("/").await;
        page.sees(&link("Sign in")).await;
        page.sees(&heading("Recent todos")).await;
        page.does_not_read(&todo.todo).await;
        page.misses(&button("Undo")).await;
        eventually("the todo to be gone from the upstream", async || {
            let there = stage.demo.todo(todo.id).is_some();
            if there { Err("it is there".to_owned()) } else { Ok(()) }
        })
        .await;
    });
}

#[test]
fn another_session_is_listed_and_ended() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        sign_in(page, "/").await;
        let other = OtherBrowser::sign_in(&stage.server, ADA.0, ADA.1);
        page.open("/sessions").await;
        page.is_on("Your sessions").await;
        page.reads("Chrome on Linux This browser 127.0.0.1 · Signed in just now").await;
        page.reads("Firefox on Linux 127.0.0.1").await;
        page.click(&button("End the session of Firefox on Linux, 127.0.0.1")).await;
        page.announces("Session ended").await;
        page.reads("You are signed in nowhere else.").await;
        page.focuses(&heading("Your sessions")).await;
        eventually("the end of the other session", async || {
            if other.is_signed_in() { Err("it lives".to_owned()) } else { Ok(()) }
        })
        .await;
        page.reload().await;
        page.reads("You are signed in nowhere else.").await;
        page.sees(&button("Account: Ada Okafor")).await;
    });
}

#[test]
fn a_session_that_cannot_be_ended_is_back_in_the_list() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        sign_in(page, "/").await;
        let other = OtherBrowser::sign_in(&stage.server, ADA.0, ADA.1);
        page.open("/sessions").await;
        page.reads("Firefox on Linux").await;
        page.block(&["*/bff/sessions/*"]).await;
        page.click(&button("End the session of Firefox on Linux, 127.0.0.1")).await;
        page.announces("Couldn’t end “Firefox on Linux”. The server can’t be reached.").await;
        page.sees(&button("End the session of Firefox on Linux, 127.0.0.1")).await;
        assert!(other.is_signed_in());
    });
}

#[test]
fn the_own_sessions_are_for_people_who_are_signed_in() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/sessions").await;
        page.is_on("Sign in").await;
        page.is_at("/login?returnUrl=%2Fsessions").await;
        fill_in(page, ADA).await;
        page.is_on("Your sessions").await;
        page.reads("You are signed in nowhere else.").await;
        page.click(&button("Sign out")).await;
        page.is_at("/").await;
        page.is_on("Overview").await;
    });
}

#[test]
fn session_that_ends_on_an_open_page_leads_to_the_sign_in_and_back() {
    play(Setup::default().members_only(), async |stage| {
        let page = &stage.page;
        // Alone, a read fails in the console as well, and in a batch it does not.
        page.tolerate_failed_requests(UNAUTHENTICATED);
        page.open("/todos?state=open").await;
        page.is_on("Sign in").await;
        page.does_not_read("Your session has ended").await;
        fill_in(page, ADA).await;
        page.is_at("/todos?state=open").await;
        page.sees(&button("Account: Ada Okafor")).await;
        let open: Vec<_> =
            stage.demo.todos().into_iter().rev().filter(|todo| !todo.completed).take(3).collect();
        page.sees(&link(&open[2].todo)).await;

        OtherBrowser::sign_in(&stage.server, ADA.0, ADA.1).end_others();
        // Several changes find out at once, and one message says so.
        let ticks = "document.querySelectorAll('main li input[type=checkbox]').forEach((box, at) => at < 3 && box.click())";
        page.evaluate(ticks, Vec::new()).await;
        page.is_on("Sign in").await;
        page.reads("Your session has ended. Please sign in again.").await;
        page.announces("Your session has ended. Please sign in again.").await;
        page.is_at("/login?returnUrl=%2Ftodos%3Fstate%3Dopen").await;
        page.misses(&button("Account: Ada Okafor")).await;
        page.misses(&button("Dismiss")).await;
        page.does_not_read(&open[0].todo).await;

        fill_in(page, ADA).await;
        page.is_at("/todos?state=open").await;
        page.is_on("Todos").await;
        // None of them was ticked after all.
        for todo in open {
            page.has(&checkbox(&todo.todo), "checked", "false").await;
        }
        // The notice was for once.
        page.click(&button("Account: Ada Okafor")).await;
        page.click(&button("Sign out")).await;
        page.is_on("Sign in").await;
        page.does_not_read("Your session has ended").await;
    });
}

#[test]
fn a_sign_out_in_another_tab_is_noticed_when_this_one_is_looked_at() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        sign_in(page, "/todos").await;
        OtherBrowser::sign_in(&stage.server, ADA.0, ADA.1).end_others();
        let look = "window.dispatchEvent(new Event('focus'))";
        page.evaluate(look, Vec::new()).await;
        // A session that was just read is fresh for a minute.
        page.sees(&button("Account: Ada Okafor")).await;
        page.evaluate("const now = Date.now; Date.now = () => now() + 61000", Vec::new()).await;
        page.evaluate(look, Vec::new()).await;
        page.sees(&link("Sign in")).await;
        page.is_at("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
    });
}

#[test]
fn a_bar_that_cannot_find_out_who_is_signed_in_stays_quiet() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.block(&["*/bff/session"]).await;
        page.open("/todos").await;
        page.sees(&heading("1–12 of 254 todos")).await;
        page.misses(&link("Sign in")).await;
        page.misses(&button("Dismiss")).await;
        page.click(&link("Overview")).await;
        page.is_on("Overview").await;
    });
}

#[test]
fn signed_in_pages_and_the_open_menu_fit_a_phone() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.on_screen(Screen::PHONE).await;
        sign_in(page, "/todos").await;
        let _other = OtherBrowser::sign_in(&stage.server, ADA.0, ADA.1);
        let width = "return document.documentElement.scrollWidth";
        for address in ["/", "/todos", "/sessions", "/login"] {
            page.open(address).await;
            page.sees(&button("Account: Ada Okafor")).await;
            assert_eq!(page.evaluate(width, Vec::new()).await, 390, "{address}");
            page.click(&button("Account: Ada Okafor")).await;
            page.sees(&link("Your sessions")).await;
            assert_eq!(page.evaluate(width, Vec::new()).await, 390, "{address} with the menu");
            let outside = "const box = document.getElementById('account-menu').getBoundingClientRect(); \
                return box.left < 0 || box.right > innerWidth";
            assert_eq!(page.evaluate(outside, Vec::new()).await, false, "{address}");
            let bar = "return document.querySelector('.topbar').getBoundingClientRect().height";
            assert_eq!(page.evaluate(bar, Vec::new()).await, 56, "{address}");
        }
    });
}
