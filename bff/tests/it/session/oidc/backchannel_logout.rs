//! Back-channel logout: the provider ends sessions.

use serde_json::json;

use crate::harness::{
    browser::{Request, Response},
    oidc::Scene,
};

fn send(scene: &Scene, token: &str) -> Response {
    let request = Request::new("POST", "/bff/backchannel-logout");
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    scene.app.send(&request.body(format!("logout_token={token}")))
}

#[test]
fn security_09_the_provider_ends_the_session_that_it_names() {
    let scene = Scene::set_up(&[]);
    let cookie = scene.sign_in();
    assert_eq!(scene.fixture.send_backchannel_logout("ada"), 200);
    assert!(!scene.is_signed_in(&cookie));
    scene.whoami(&cookie).problem(401, "unauthenticated");
    // A person without a session here.
    assert_eq!(scene.fixture.send_backchannel_logout("bob"), 200);
}

#[test]
fn security_09_a_logout_token_ends_one_session_or_all_of_a_person() {
    let scene = Scene::set_up(&[]);
    let (desk, phone) = (scene.sign_in(), scene.sign_in());
    // The fixture knows the first session's name.
    assert_eq!(send(&scene, &scene.fixture.logout_token(&json!({ "claims": { "sub": "bob" } }))).status, 200);
    assert!(scene.is_signed_in(&desk), "the name of a session and of another person fit nobody");
    let ended = send(&scene, &scene.fixture.logout_token(&json!({ "remove": ["sub"] })));
    assert_eq!((ended.status, ended.text(), ended.header("cache-control")), (200, "", Some("no-store")));
    assert!(!scene.is_signed_in(&desk) && scene.is_signed_in(&phone));

    let desk = scene.sign_in();
    send(&scene, &scene.fixture.logout_token(&json!({ "remove": ["sid"] })));
    assert!(!scene.is_signed_in(&desk) && !scene.is_signed_in(&phone));
}

#[test]
fn security_09_a_session_that_might_be_meant_ends_as_well() {
    let scene = Scene::set_up(&[]);
    scene.fixture.tamper(&json!({ "remove": ["sid"] }));
    let (unnamed, named) = (scene.sign_in(), scene.sign_in());
    let token = scene.fixture.logout_token(&json!({ "claims": { "sid": "of another browser" } }));
    assert_eq!(send(&scene, &token).status, 200);
    assert!(!scene.is_signed_in(&unnamed) && scene.is_signed_in(&named));
}

#[test]
fn security_09_a_logout_token_that_comes_again_is_refused() {
    let scene = Scene::set_up(&[]);
    scene.sign_in();
    let token = scene.fixture.logout_token(&json!({ "remove": ["sid"] }));
    assert_eq!(send(&scene, &token).status, 200);
    let cookie = scene.sign_in();
    send(&scene, &token).problem(400, "invalid_request");
    assert!(scene.is_signed_in(&cookie));
}

#[test]
fn security_09_nothing_but_a_logout_token_ends_a_session() {
    let scene = Scene::set_up(&[]);
    let cookie = scene.sign_in();
    for bad in [
        json!({ "by": "stranger" }),
        json!({ "by": "nobody" }),
        json!({ "header": { "typ": "JWT" } }),
        json!({ "claims": { "nonce": "n" } }),
        json!({ "claims": { "aud": "somebody else" } }),
    ] {
        let refused = send(&scene, &scene.fixture.logout_token(&bad));
        refused.problem(400, "invalid_request");
        assert_eq!(refused.header("cache-control"), Some("no-store"));
    }
    let good = scene.fixture.logout_token(&json!({}));
    let post = || Request::new("POST", "/bff/backchannel-logout");
    let form = || post().header("Content-Type", "application/x-www-form-urlencoded");
    for request in [
        post().header("Content-Type", "text/plain").body(format!("logout_token={good}")),
        form().body(format!("token={good}")),
        form().body(format!("logout_token={good}&logout_token={good}")),
        form().body(String::new()),
    ] {
        scene.app.send(&request).problem(400, "invalid_request");
    }
    scene.app.send(&form().body("a".repeat(20_000))).problem(413, "body_too_large");
    assert!(scene.is_signed_in(&cookie));
    scene.app.get("/bff/backchannel-logout").problem(405, "method_not_allowed");
}
