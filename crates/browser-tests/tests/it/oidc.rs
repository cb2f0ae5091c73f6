//! Signing in at an OpenID provider, which to the browser is another site.

use browser_tests::{
    Page, Setup, Stage, TIME_LIMIT, UNAUTHENTICATED, button, eventually, heading, link, play, textbox,
};
use oidc_fixture::OidcFixture;
use serde_json::{Value, json};

const WHO: &str = "const done = arguments[0]; fetch('/bff/session').then((answer) => answer.json()) \
    .then((session) => done(session.user ? session.user.username : 'nobody'))";

const SIGN_OUT: &str = "const done = arguments[0]; fetch('/bff/logout', { method: 'POST' }) \
    .then((answer) => answer.json()).then((answer) => done(answer.continueAt))";

const ASK: &str = "const [address, done] = arguments; fetch(address).then((answer) => done(answer.status))";

/// The text of our page after a failed sign-in.
const FAILED: &str = "Signing in did not work";

/// Plays a scene before a provider of its own.
fn play_at_provider(setup: Setup, scene: impl AsyncFnOnce(&mut Stage, &OidcFixture)) {
    let provider = OidcFixture::start();
    let settings = provider.settings().into_iter();
    let setup = settings.fold(setup, |setup, (name, value)| setup.setting(name, value));
    play(setup, async |stage| {
        provider.register(&stage.server.origin());
        scene(stage, &provider).await;
    });
}

/// From the beginning to the moment before the provider sends the browser back.
async fn go_to_provider(page: &Page, return_url: &str) {
    page.open(&format!("/bff/login?returnUrl={return_url}")).await;
    page.fill(&textbox("Name"), "ada").await;
    page.click(&button("Sign in")).await;
    page.sees(&button("Allow")).await;
}

async fn sign_in(page: &Page) {
    go_to_provider(page, "/todos").await;
    page.click(&button("Allow")).await;
    page.is_at("/todos").await;
    assert_eq!(who(page).await, "ada");
}

async fn who(page: &Page) -> Value {
    page.evaluate_async(WHO, Vec::new()).await
}

/// That page requests nothing, and may not.
async fn fails(page: &Page) {
    page.sees(&heading(FAILED)).await;
    page.open("/").await;
    assert_eq!(who(page).await, "nobody");
}

#[test]
fn security_01_and_04_sign_in_at_another_site_ends_with_a_strict_cookie() {
    play_at_provider(Setup::default(), async |stage, _| {
        let page = &stage.page;
        page.open("/").await;
        assert_eq!(who(page).await, "nobody");
        go_to_provider(page, "/todos%3Fpage=2").await;
        page.click(&button("Allow")).await;
        page.is_at("/todos?page=2").await;
        assert_eq!(who(page).await, "ada");
        let kept = page.devtools("Storage.getCookies", json!({})).await;
        let of_ours = |cookie: &&Value| cookie["domain"] == "127.0.0.1";
        let ours: Vec<_> = kept["cookies"].as_array().unwrap().iter().filter(of_ours).collect();
        let [cookie] = ours[..] else { panic!("{ours:?}") };
        assert_eq!((&cookie["name"], &cookie["httpOnly"]), (&json!("bff"), &json!(true)));
        assert_eq!(cookie["sameSite"], "Strict");
        // The callback is not in the history: the back button does not lead to one that was used.
        page.back().await;
        eventually("a page before the sign-in's end", async || {
            let at = page.evaluate("return location.pathname", Vec::new()).await;
            if at == "/bff/callback" { Err("it is the callback".to_owned()) } else { Ok(()) }
        })
        .await;
    });
}

#[test]
fn expired_token_is_refreshed_at_the_provider_unnoticed() {
    play_at_provider(Setup::default(), async |stage, provider| {
        let page = &stage.page;
        provider.set_access_token_life(2);
        sign_in(page).await;
        eventually("the tokens are renewed", async || {
            assert_eq!(page.evaluate_async(ASK, vec!["/api/server/todos".into()]).await, 200);
            let renewed = provider.count("refresh_token") > 0;
            renewed.then_some(()).ok_or_else(|| "nobody asked for new ones".to_owned())
        })
        .await;
        assert_eq!(who(page).await, "ada");
    });
}

#[test]
fn security_08_signing_out_ends_both_sessions() {
    play_at_provider(Setup::default(), async |stage, _| {
        let page = &stage.page;
        sign_in(page).await;
        let on = page.evaluate_async(SIGN_OUT, Vec::new()).await;
        assert_eq!(who(page).await, "nobody");
        page.open_elsewhere(on.as_str().expect("an address at the provider")).await;
        page.click(&button("Yes, sign me out")).await;
        page.is_at("/").await;
        page.open("/bff/login").await;
        // A person who is still signed in at the provider would not be asked.
        page.sees(&textbox("Name")).await;
    });
}

#[test]
fn security_09_signing_out_at_the_provider_ends_the_session_here() {
    play_at_provider(Setup::default(), async |stage, provider| {
        let page = &stage.page;
        sign_in(page).await;
        // The provider's own page, and the token that the provider itself makes.
        page.open_elsewhere(&format!(
            "{}/session/end?client_id={}",
            provider.issuer(),
            oidc_fixture::CLIENT_ID
        ))
        .await;
        page.click(&button("Yes, sign me out")).await;
        // By then the provider has sent every logout token.
        page.sees(&heading("Signed out")).await;
        // Looked at as it is, since the app would begin to ask. The harness's own script must not run there.
        page.expect_policy_report("Blocked script execution");
        page.open("/bff/session").await;
        page.reads(r#""signIn":"provider""#).await;
        page.does_not_read("user").await;
    });
}

#[test]
fn security_02_tampered_state_fails_the_sign_in_which_can_be_tried_again() {
    play_at_provider(Setup::default(), async |stage, _| {
        let page = &stage.page;
        go_to_provider(page, "/todos").await;
        page.expect_failed_requests("the server responded with a status of 400");
        page.open("/bff/callback?code=stolen&state=tampered").await;
        page.sees(&heading(FAILED)).await;
        page.click(&link("Try again")).await;
        page.click(&button("Allow")).await;
        // A state that names no sign-in of this browser tells no way back either.
        page.is_at("/").await;
        assert_eq!(who(page).await, "ada");
    });
}

#[test]
fn security_02_a_callback_that_comes_again_signs_nobody_in() {
    play_at_provider(Setup::default().network_log(), async |stage, _| {
        let page = &stage.page;
        sign_in(page).await;
        let log = page.network_log().await;
        let start = log.find("/bff/callback?code=").expect("the callback is in the log");
        let end = log[start..].find(['"', '\\']).unwrap();
        let callback = &log[start..start + end];
        page.evaluate_async(SIGN_OUT, Vec::new()).await;
        page.expect_failed_requests("the server responded with a status of 400");
        page.open(callback).await;
        fails(page).await;
    });
}

#[test]
fn security_02_id_token_with_another_nonce_is_refused_in_the_browser() {
    play_at_provider(Setup::default(), async |stage, provider| {
        let page = &stage.page;
        go_to_provider(page, "/todos").await;
        provider.tamper(&json!({ "claims": { "nonce": "another" } }));
        page.expect_failed_requests(UNAUTHENTICATED);
        page.click(&button("Allow")).await;
        fails(page).await;
    });
}

#[test]
fn a_new_signing_key_of_the_provider_keeps_nobody_out() {
    play_at_provider(Setup::default(), async |stage, provider| {
        let page = &stage.page;
        sign_in(page).await;
        page.evaluate_async(SIGN_OUT, Vec::new()).await;
        provider.rotate_key();
        page.open("/bff/login?returnUrl=/todos").await;
        page.click(&button("Allow")).await;
        page.is_at("/todos").await;
        assert_eq!(who(page).await, "ada");
    });
}

#[test]
fn security_03_browser_never_receives_shows_or_stores_a_provider_token() {
    play_at_provider(
        Setup::default()
            .network_log()
            .setting("BFF_RATE_LIMIT", "off")
            .setting("BFF_CALLER_EXCHANGES", "1000"),
        async |stage, provider| {
            let page = &stage.page;
            provider.set_access_token_life(2);
            sign_in(page).await;
            let mut tokens = provider.tokens();
            let end = std::time::Instant::now() + TIME_LIMIT;
            while provider.count("refresh_token") == 0 {
                assert!(std::time::Instant::now() < end, "nothing is renewed");
                page.evaluate_async(ASK, vec!["/api/server/todos".into()]).await;
            }
            page.evaluate_async(ASK, vec!["/bff/sessions".into()]).await;
            tokens.extend(provider.tokens());
            let shown = page.evaluate("return document.documentElement.outerHTML", Vec::new()).await;
            let on = page.evaluate_async(SIGN_OUT, Vec::new()).await;
            let received = page.network_log().await;
            assert!(received.contains("/bff/callback?code=") && received.contains("Ada Lovelace"));
            let kept = page.devtools("Storage.getCookies", json!({})).await;
            let console = page.console().await;
            assert!(tokens.len() >= 4, "{}", tokens.len());
            for token in &tokens {
                for place in [&received, &shown.to_string(), &on.to_string(), &kept.to_string(), &console] {
                    assert!(!place.contains(token.as_str()), "{token} in {place}");
                }
            }
        },
    );
}

/// A table whose lists need a stronger sign-in.
const STRONG: &str = r#"
[[route]]
path = "/todos"
acr = "urn:example:mfa"
max-age = "10m"

[[route]]
path = "/{*rest}"
"#;

#[test]
fn a_step_up_leads_over_the_provider_back_to_the_same_page() {
    play_at_provider(Setup::default().routes(STRONG), async |stage, provider| {
        let page = &stage.page;
        page.tolerate_failed_requests(UNAUTHENTICATED);
        sign_in(page).await;
        page.sees(&heading("Confirm it is you")).await;
        page.click(&link("Confirm it is you")).await;
        page.fill(&textbox("Name"), "ada").await;
        page.click(&button("Sign in")).await;
        page.click(&button("Allow")).await;
        page.is_at("/todos").await;
        page.sees(&heading("Todos")).await;
        assert_eq!(provider.asked()["acr_values"], "urn:example:mfa");
        assert_eq!(provider.asked()["max_age"], "600");
        assert_eq!(page.evaluate_async(ASK, vec![json!("/api/server/todos?limit=1")]).await, 200);
    });
}
