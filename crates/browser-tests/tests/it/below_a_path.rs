//! A dashboard that shares its host: nginx has another server at `/`, and this one below `/app`.

use browser_tests::{Page, Setup, Stroke, button, heading, link, play, textbox};
use oidc_fixture::OidcFixture;
use serde_json::json;

/// The names of the cookies that the browser has for us.
async fn cookies(page: &Page) -> Vec<String> {
    let kept = page.devtools("Storage.getCookies", json!({})).await;
    let cookies = kept["cookies"].as_array().into_iter().flatten();
    let names = cookies.map(|cookie| cookie["name"].as_str().unwrap_or_default().to_owned());
    names.filter(|name| name.starts_with("bff")).collect()
}

#[test]
fn the_app_its_sign_in_and_its_links_stay_below_the_path() {
    play(Setup::default().below_a_path(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        assert_eq!(page.evaluate("return document.title", Vec::new()).await, "Elsewhere");
        page.open("/app/").await;
        page.click(&link("All todos")).await;
        page.is_at("/app/todos").await;
        page.sees(&heading("Todos")).await;
        page.click(&link("Sign in")).await;
        page.is_at("/app/login?returnUrl=%2Ftodos").await;
        page.fill(&textbox("Name"), "ada").await;
        page.fill(&textbox("Password"), "adapass").await;
        page.press(Stroke::ENTER).await;
        page.sees(&button("Account: Ada Okafor")).await;
        page.is_at("/app/todos").await;
        assert_eq!(cookies(page).await, ["bff-app", "bff-app!device"]);
        page.reload().await;
        page.is_at("/app/todos").await;
        page.sees(&button("Account: Ada Okafor")).await;
        page.click(&link("Overview")).await;
        page.is_at("/app/").await;
        page.click(&button("Account: Ada Okafor")).await;
        page.click(&button("Sign out")).await;
        page.sees(&link("Sign in")).await;
        page.open("/app/todos/7").await;
        page.reads("Todo 7").await;
    });
}

#[test]
fn a_sign_in_at_a_provider_comes_back_below_the_path() {
    let provider = OidcFixture::start();
    let settings = provider.settings().into_iter();
    let setup = settings.fold(Setup::default(), |setup, (name, value)| setup.setting(name, value));
    play(setup.below_a_path(), async |stage| {
        let page = &stage.page;
        provider.register(&format!("{}/app", page.origin()));
        page.open("/app/bff/login?returnUrl=/app/todos").await;
        page.fill(&textbox("Name"), "ada").await;
        page.click(&button("Sign in")).await;
        page.click(&button("Allow")).await;
        page.is_at("/app/todos").await;
        page.sees(&button("Account: Ada Lovelace")).await;
        assert_eq!(cookies(page).await, ["bff-app"]);
    });
}
