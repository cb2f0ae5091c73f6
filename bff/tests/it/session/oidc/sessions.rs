//! A session that began at the provider: its tokens are renewed, and it ends at both ends.

use std::thread;

use serde_json::json;

use crate::harness::{browser::Request, oidc::Scene, polling::wait_until, token_upstream::with};

#[test]
fn security_10_an_ended_token_of_the_provider_is_renewed_once_for_all() {
    let scene = Scene::set_up(&[]);
    scene.fixture.set_access_token_life(2);
    let cookie = scene.sign_in();
    assert_eq!(scene.whoami(&cookie).status, 200);
    thread::sleep(std::time::Duration::from_millis(2100));
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let answer = scene.whoami(&cookie);
                assert_eq!(answer.status, 200, "{}", answer.text());
                scene.assert_no_token_in(&answer);
            });
        }
    });
    assert_eq!(scene.fixture.count("refresh_token"), 1);
}

#[test]
fn security_07_revoked_tokens_end_the_session_and_provider_errors_do_not() {
    let scene = Scene::set_up(&[]);
    scene.make_tokens_brief();
    let cookie = scene.sign_in();
    scene.fixture.disturb_token_endpoint(&json!({ "status": 503 }));
    scene.let_tokens_end();
    scene.whoami(&cookie).problem(503, "upstream_overloaded");
    assert!(scene.is_signed_in(&cookie));
    scene.fixture.disturb_token_endpoint(&json!({}));
    wait_until(|| scene.whoami(&cookie).status == 200, || "it never recovers");

    scene.fixture.revoke("ada");
    scene.let_tokens_end();
    scene.whoami(&cookie).problem(401, "unauthenticated");
    assert!(!scene.is_signed_in(&cookie));
}

#[test]
fn security_08_signing_out_leads_on_to_the_provider_without_a_token() {
    let scene = Scene::set_up(&[]);
    let cookie = scene.sign_in();
    let out = scene.app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    assert_eq!(out.status, 200);
    let on = out.json()["continueAt"].as_str().unwrap().to_owned();
    let home = format!("http%3A%2F%2F127.0.0.1%3A{}%2F", scene.app.port);
    assert_eq!(
        on,
        format!("{}/session/end?client_id=bff&post_logout_redirect_uri={home}", scene.fixture.issuer())
    );
    assert!(!scene.is_signed_in(&cookie));
    scene.assert_no_token_in(&out);
    let again = scene.app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    assert_eq!(again.text(), "{}", "whoever is out already is led nowhere");
}
