//! The packages of `query-core` and `query-yew` as a stranger meets them: with the guide, in a folder of their own.

use browser_tests::{GuideApp, Setup, button, checkbox, eventually, heading, play};

#[test]
fn the_app_of_the_guide_works_on_the_published_packages() {
    let app = GuideApp::build();
    for package in ["query-core", "query-yew"].map(|name| app.package(name)) {
        let has = |name: &str| package.join(name).exists();
        assert!(["LICENSE-APACHE", "LICENSE-MIT", "README.md", "CHANGELOG.md"].into_iter().all(has));
        assert!(!["tests", "webdriver.json"].into_iter().any(has), "the tests stay here");
    }
    play(Setup::default().faulty().setting("BFF_SPA_DIR", &app.dist()), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.todos();
        let done = |count: usize| format!("{count} of 10 done");
        let ticked = todos[..10].iter().filter(|todo| todo.completed).count();
        let open = todos[..10].iter().find(|todo| !todo.completed).unwrap();

        page.open("/").await;
        page.sees(&heading("Todos")).await;
        page.sees(&checkbox(&todos[9].todo)).await;
        page.reads(&done(ticked)).await;

        stage.upstream().hold("PUT /todos/");
        page.click(&checkbox(&open.todo)).await;
        page.reads(&done(ticked + 1)).await;
        assert!(!stage.demo.todo(open.id).unwrap().completed, "it shows before the server knows");
        stage.upstream().behave();
        eventually("the tick on the server", async || {
            let done = stage.demo.todo(open.id).is_some_and(|todo| todo.completed);
            if done { Ok(()) } else { Err("it is open".to_owned()) }
        })
        .await;
        page.reads(&done(ticked + 1)).await;

        page.expect_failed_requests("the server responded with a status of 409");
        stage.upstream().refuse("PUT /todos/", 409, &[]);
        page.click(&checkbox(&open.todo)).await;
        page.reads("Not saved: the server answered 409").await;
        page.reads(&done(ticked + 1)).await;

        page.click(&button("Next")).await;
        page.sees(&checkbox(&todos[10].todo)).await;
        page.misses(&checkbox(&todos[9].todo)).await;
        page.click(&button("Previous")).await;
        page.sees(&checkbox(&todos[9].todo)).await;

        page.click(&button("Show all")).await;
        page.click(&button("More")).await;
        page.reads(&todos[19].todo).await;
    });
}
