//! Sign-in at a provider with sessions kept in cookies.

use crate::harness::{
    browser::Request,
    keys::KEY_A,
    oidc::{Scene, cookies},
    token_upstream::with,
};

const IN_COOKIES: [(&str, &str); 2] = [("BFF_SESSION_STORE", "cookie"), ("BFF_SESSION_KEY", KEY_A)];

#[test]
fn security_05_a_provider_session_fits_into_a_cookie_and_is_renewed_there() {
    let scene = Scene::set_up(&IN_COOKIES);
    scene.fixture.set_access_token_life(2);
    let cookie = scene.sign_in();
    // This provider's tokens are short; those that are JWTs take one or two kilobytes each.
    assert!(cookie.len() < 1000, "{}", cookie.len());
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let answer = scene.whoami(&cookie);
    assert_eq!((answer.status, answer.text()), (200, r#"{"sub":"ada"}"#));
    scene.assert_no_token_in(&answer);
    assert_eq!(scene.fixture.count("refresh_token"), 1);
    let renewed = cookies(&answer).remove(0);
    assert!(renewed != cookie && scene.is_signed_in(&renewed));
    let out = scene.app.send(&with(&renewed, Request::new("POST", "/bff/logout")));
    assert!(out.json()["continueAt"].as_str().unwrap().contains("/session/end"));
    assert!(!scene.is_signed_in(&renewed));
}

#[test]
fn security_09_with_cookie_sessions_a_logout_token_is_refused_with_why() {
    let scene = Scene::set_up(&IN_COOKIES);
    let cookie = scene.sign_in();
    let token = scene.fixture.logout_token(&serde_json::json!({}));
    let request = Request::new("POST", "/bff/backchannel-logout");
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    let refused = scene.app.send(&request.body(format!("logout_token={token}")));
    let problem = refused.problem(400, "invalid_request");
    assert!(problem["detail"].as_str().unwrap().contains("nobody else can end them"), "{problem}");
    assert!(scene.is_signed_in(&cookie));
}

#[test]
fn security_06_of_two_concurrent_sign_ins_the_browser_keeps_the_later() {
    let settings = [IN_COOKIES[0], IN_COOKIES[1], ("BFF_SESSION_IDLE", "10s")];
    let scene = Scene::set_up(&settings);
    let (callback, login) = scene.visit("/");
    // In another tab meanwhile, and used for long enough that its cookie would be brought up to date.
    let other = scene.sign_in();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(scene.whoami(&other).status, 200);
    // A provider on the same site: the session's cookie comes along.
    let back = Request::get(&callback).header("Cookie", &format!("{other}; {login}"));
    let answer = scene.app.send(&back.header("Sec-Fetch-Site", "same-site"));
    let sessions: Vec<String> =
        cookies(&answer).into_iter().filter(|field| field.starts_with("bff=")).collect();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    assert!(scene.is_signed_in(&sessions[0]));
    assert!(!scene.is_signed_in(&other), "nobody would have been able to end it any more");
}
