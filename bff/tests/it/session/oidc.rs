//! Signing in at an OpenID provider, through the server.

mod admission;
mod attempts;
mod backchannel_logout;
mod callback;
mod claims;
mod cookie_sessions;
mod parameters;
mod revocation;
mod sessions;
mod step_up;

use serde_json::json;

use crate::harness::{
    browser::Request,
    oidc::{Scene, cookies},
    test_app::TestApp,
    token_upstream::{login, with},
};

#[test]
fn security_01_a_person_comes_back_from_the_provider_with_a_session() {
    let scene = Scene::set_up(&[("BFF_OIDC_NAME", "Example")]);
    let nobody = scene.app.get("/bff/session");
    assert_eq!(nobody.text(), r#"{"signIn":"provider","provider":"Example"}"#);

    let (callback, login) = scene.visit("/todos%3Fpage=2%26q=%22%3Ca");
    let back = scene.come_back(&callback, &login);
    assert_eq!(back.status, 200);
    assert_eq!(back.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(back.header("cache-control"), Some("no-store"));
    let csp = back.header("content-security-policy").unwrap();
    assert!(csp.starts_with("default-src 'none'; style-src 'sha256-") && !csp.contains("sandbox"), "{csp}");
    let refresh = r#"<meta http-equiv="refresh" content="0;url=/todos?page=2&amp;q=&quot;&lt;a">"#;
    assert!(back.text().contains(refresh), "{}", back.text());
    assert!(back.text().contains(r#"<a href="/todos?page=2&amp;q=&quot;&lt;a">"#));
    scene.assert_no_token_in(&back);

    let set: Vec<_> =
        back.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")).collect();
    let [(_, session), (_, removed)] = &set[..] else { panic!("{set:?}") };
    assert!(session.starts_with("bff=") && session.ends_with("; Path=/; HttpOnly; SameSite=Strict"));
    assert!(
        removed.starts_with("bff-login-") && removed.contains("=;") && removed.contains("Max-Age=0"),
        "{removed}"
    );

    let cookie = cookies(&back).remove(0);
    let who = scene.app.send(&with(&cookie, Request::get("/bff/session")));
    assert_eq!(who.json()["user"], json!({ "id": "ada", "username": "ada", "name": "Ada Lovelace" }));
    scene.assert_no_token_in(&who);
    let upstream = scene.whoami(&cookie);
    assert_eq!((upstream.status, upstream.text()), (200, r#"{"sub":"ada"}"#));
    assert_eq!(scene.fixture.tokens().len(), 2);
}

#[test]
fn no_password_is_taken_where_people_sign_in_at_a_provider() {
    let scene = Scene::set_up(&[]);
    login("ada", "adapass").send(scene.app.port).problem(403, "forbidden");
}

#[test]
fn without_a_provider_its_endpoints_are_not_found() {
    let app = TestApp::with_demo(&[]);
    app.get("/bff/callback?code=a&state=b").problem(404, "api_not_found");
    app.send(&Request::new("POST", "/bff/backchannel-logout")).problem(404, "api_not_found");
}

#[test]
fn security_30_sign_ins_at_the_provider_are_begun_only_so_often() {
    let scene = Scene::set_up(&[("BFF_LOGIN_LIMIT", "2/1h")]);
    scene.begin("/");
    scene.begin("/");
    let refused = scene.app.get("/bff/login?returnUrl=/todos");
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    assert!(refused.text().contains("Try again"));
}
