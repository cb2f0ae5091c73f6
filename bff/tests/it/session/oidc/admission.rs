//! Admission: who of the people at the provider may sign in here.

use oidc_fixture::{OidcFixture, Person};
use serde_json::json;

use crate::harness::{
    browser::Request,
    oidc::{Scene, cookies, path_of},
    polling::wait_until,
    program::Program,
};

const RULES: (&str, &str) = ("BFF_ALLOW", "email:*@example.com, groups:staff");

#[test]
fn security_62_a_person_whom_no_rule_admits_gets_no_session() {
    let scene = Scene::set_up(&[RULES]);
    let (callback, login) = scene.visit("/todos");
    let refused = scene.come_back(&callback, &login);
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert_eq!(refused.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(refused.text().contains("your account may not be used here"), "{}", refused.text());
    assert!(!cookies(&refused).iter().any(|cookie| cookie.starts_with("bff=")), "no session");
    scene.assert_no_token_in(&refused);
    wait_until(|| scene.fixture.tokens().is_empty(), || "its tokens live on");
    assert_eq!(scene.fixture.count("/token/revocation"), 1);
}

#[test]
fn any_one_rule_admits_and_an_address_only_where_it_is_verified() {
    let scene = Scene::set_up(&[RULES]);
    for (claims, status) in [
        (json!({ "email": "ada@EXAMPLE.com", "email_verified": true }), 200),
        (json!({ "email": "ada@example.com", "email_verified": false }), 403),
        (json!({ "email": "ada@example.com.evil", "email_verified": true }), 403),
        (json!({ "groups": ["sales", "staff"] }), 200),
        (json!({ "groups": ["Staff"] }), 403),
    ] {
        scene.fixture.say("ada", &claims);
        let (callback, login) = scene.visit("/");
        assert_eq!(scene.come_back(&callback, &login).status, status, "{claims}");
    }
}

#[test]
fn a_person_whom_no_rule_admits_any_more_is_signed_out_with_the_refresh() {
    let scene = Scene::set_up(&[RULES]);
    scene.make_tokens_brief();
    scene.fixture.say("ada", &json!({ "groups": ["staff"] }));
    let cookie = scene.sign_in();
    scene.let_tokens_end();
    assert_eq!(scene.whoami(&cookie).status, 200);

    // The provider's troubles are not the person's.
    scene.fixture.disturb_userinfo(&json!({ "status": 503 }));
    scene.fixture.say("ada", &json!({}));
    scene.let_tokens_end();
    assert_eq!(scene.whoami(&cookie).status, 200);

    scene.fixture.disturb_userinfo(&json!({}));
    scene.let_tokens_end();
    scene.whoami(&cookie).problem(401, "unauthenticated");
    assert!(!scene.is_signed_in(&cookie));
    wait_until(|| scene.fixture.tokens().is_empty(), || "the new tokens live on");
}

#[test]
fn a_person_who_is_not_admitted_is_a_line_in_the_log() {
    let fixture = OidcFixture::start();
    let program = Program::start(&[&[("DEMO_DB", ":memory:"), RULES][..], &fixture.settings()].concat());
    let port = program.port;
    fixture.register(&format!("http://127.0.0.1:{port}"));
    let begun = Request::get("/bff/login").send(port);
    let callback = path_of(&Person::named("eve").sign_in(begun.header("location").unwrap()));
    let back = Request::get(&callback).header("Cookie", &cookies(&begun).remove(0)).send(port);
    assert_eq!(back.status, 403);
    let log = program.stop();
    let line = log.lines().find(|line| line.contains("event=\"sign_in_failed\"")).unwrap();
    assert!(line.contains("not admitted: eve fits no rule of BFF_ALLOW"), "{line}");
}
