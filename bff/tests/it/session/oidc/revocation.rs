//! Tokens of an ended session are revoked at the provider (RFC 7009).

use std::{thread, time::Duration};

use oidc_fixture::Person;

use crate::harness::{
    browser::Request,
    oidc::{Scene, cookies, path_of},
    polling::wait_until,
    token_upstream::with,
};

const ENDPOINT: &str = "/token/revocation";

/// Signs in as `person`, over the session of `before`; the session's cookie.
fn sign_in(scene: &Scene, person: &mut Person, before: &str) -> String {
    let begun = scene.app.send(&Request::get("/bff/login").header("Cookie", before));
    let callback = path_of(&person.sign_in(begun.header("location").unwrap()));
    cookies(&scene.come_back(&callback, &cookies(&begun).remove(0))).remove(0)
}

#[test]
fn security_50_signing_out_revokes_the_refresh_token_at_the_provider() {
    let scene = Scene::set_up(&[]);
    let cookie = scene.sign_in();
    assert!(!scene.fixture.tokens().is_empty());
    let out = scene.app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    assert_eq!(out.status, 200);
    wait_until(|| scene.fixture.tokens().is_empty(), || "the tokens live on");
    assert_eq!(scene.fixture.count(ENDPOINT), 1);
}

#[test]
fn security_50_a_sign_in_revokes_the_other_session_at_the_provider() {
    let scene = Scene::set_up(&[]);
    let before = sign_in(&scene, &mut Person::named("bob"), "");
    let after = sign_in(&scene, &mut Person::named("ada"), &before);
    wait_until(|| scene.fixture.count(ENDPOINT) == 1, || "it is not revoked");
    assert_eq!(scene.fixture.tokens().len(), 2, "those of the new session");
    assert!(scene.is_signed_in(&after) && !scene.is_signed_in(&before));
}

#[test]
fn security_50_a_sign_in_of_the_same_provider_session_revokes_nothing() {
    let scene = Scene::set_up(&[]);
    scene.fixture.set_access_token_life(2);
    let mut ada = Person::named("ada");
    let before = sign_in(&scene, &mut ada, "");
    let after = sign_in(&scene, &mut ada, &before);
    thread::sleep(Duration::from_millis(2100));
    assert_eq!(scene.whoami(&after).status, 200, "its tokens are renewed");
    scene.app.send(&with(&after, Request::new("POST", "/bff/logout")));
    wait_until(|| scene.fixture.tokens().is_empty(), || "the tokens live on");
    assert_eq!(scene.fixture.count(ENDPOINT), 1);
}

#[test]
fn security_50_a_session_that_the_provider_ends_is_revoked() {
    let scene = Scene::set_up(&[]);
    scene.sign_in();
    assert_eq!(scene.fixture.send_backchannel_logout("ada"), 200);
    wait_until(|| scene.fixture.count(ENDPOINT) == 1, || "it is not revoked");
}
