//! Routes that need a fresher or a stronger sign-in, and the way there and back (RFC 9470).

use std::{thread, time::Duration};

use oidc_fixture::Person;
use serde_json::json;

use crate::harness::{
    browser::Request,
    oidc::{Scene, cookies, path_of},
    test_app::RouteTable,
    token_upstream::with,
};

const TABLE: &str = r#"
[[route]]
path = "/whoami"
acr = ["urn:example:mfa", "urn:example:key"]
max-age = "10m"

[[route]]
path = "/{*rest}"
max-age = "2s"
"#;

const SIGN_IN: &str = "/bff/login?acr_values=urn:example:mfa&max_age=600&returnUrl=/todos";

/// Signs `person` in by `address`, over the session of `before`; the session's cookie.
fn sign_in(scene: &Scene, person: &mut Person, address: &str, before: &str) -> String {
    let begun = scene.app.send(&Request::get(address).header("Cookie", before));
    let callback = path_of(&person.sign_in(begun.header("location").unwrap()));
    let back = scene.come_back(&callback, &cookies(&begun).remove(0));
    assert_eq!(back.status, 200, "{}", back.text());
    cookies(&back).remove(0)
}

#[test]
fn a_step_up_leads_over_the_provider_to_a_session_in_place_of_the_old_one() {
    let table = RouteTable::new(TABLE);
    let scene = Scene::set_up(&[table.setting()]);
    scene.whoami("").problem(401, "unauthenticated");
    let mut ada = Person::named("ada");
    let weak = sign_in(&scene, &mut ada, "/bff/login", "");
    let refused = scene.whoami(&weak);
    let problem = refused.problem(401, "step_up_required");
    assert_eq!(problem["acrValues"], json!(["urn:example:mfa", "urn:example:key"]));
    assert_eq!(problem["maxAge"], 600);
    assert_eq!(
        refused.header("www-authenticate"),
        Some(
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"A fresher or a stronger sign-in is required\", \
             acr_values=\"urn:example:mfa urn:example:key\", max_age=\"600\""
        )
    );
    assert_eq!(refused.header("cache-control"), Some("private, no-store"));
    assert!(scene.is_signed_in(&weak), "it is no end of the session");
    let other_spelling = with(&weak, Request::get("/api/server/Whoami"));
    scene.app.send(&other_spelling).problem(400, "ambiguous_path");
    assert_eq!(scene.fixture.count("/api/whoami"), 0, "the upstream was not asked");

    let strong = sign_in(&scene, &mut ada, SIGN_IN, &weak);
    assert_eq!(scene.fixture.asked()["acr_values"], "urn:example:mfa");
    assert_eq!(scene.fixture.asked()["max_age"], "600");
    assert_eq!(scene.whoami(&strong).status, 200);
    assert!(!scene.is_signed_in(&weak), "the new session has taken its place");
}

#[test]
fn class_and_time_of_a_sign_in_stay_as_they_were_over_a_refresh() {
    let table = RouteTable::new(TABLE);
    let scene = Scene::set_up(&[table.setting(), ("BFF_OIDC_CLAIMS", "roles")]);
    scene.make_tokens_brief();
    let mut ada = Person::named("ada");
    let weak = sign_in(&scene, &mut ada, "/bff/login", "");
    let strong = sign_in(&scene, &mut ada, SIGN_IN, "");
    scene.let_tokens_end();
    let weaker = json!({ "claims": { "acr": "urn:example:pin", "roles": "x" }, "remove": ["auth_time"] });
    scene.fixture.tamper(&weaker);
    assert_eq!(scene.whoami(&strong).status, 200);
    let who = scene.app.send(&with(&strong, Request::get("/bff/session"))).json();
    assert_eq!(who["user"]["claims"], json!({ "roles": "x" }), "only the configured ones are shown");
    scene.whoami(&weak).problem(401, "step_up_required");
}

#[test]
fn security_62_a_sign_in_is_too_old_once_its_time_is_over() {
    let table = RouteTable::new(TABLE);
    let scene = Scene::set_up(&[table.setting()]);
    let fresh = || sign_in(&scene, &mut Person::named("ada"), "/bff/login?max_age=2", "");
    let cookie = fresh();
    let ask = |cookie: &str| scene.app.send(&with(cookie, Request::get("/api/server/other")));
    assert_eq!(ask(&cookie).status, 404, "the upstream's own");
    thread::sleep(Duration::from_millis(3100));
    let problem = ask(&cookie).problem(401, "step_up_required");
    assert_eq!((&problem["maxAge"], problem.get("acrValues")), (&json!(2), None));
    assert_eq!(ask(&fresh()).status, 404);
    // A sign-in whose time nobody knows is too old.
    scene.fixture.tamper(&json!({ "remove": ["auth_time"] }));
    ask(&scene.sign_in()).problem(401, "step_up_required");
}

#[test]
fn an_id_token_without_a_recent_auth_time_ends_no_sign_in_that_asked_for_one() {
    let scene = Scene::set_up(&[]);
    for (tamper, status) in [
        (json!({ "remove": ["auth_time"] }), 401),
        (json!({ "claims": { "auth_time": { "in": -700 } } }), 401),
        (json!({ "claims": { "auth_time": { "in": -500 } } }), 200),
    ] {
        let begun = scene.app.get("/bff/login?max_age=600");
        let callback = path_of(&Person::named("ada").sign_in(begun.header("location").unwrap()));
        scene.fixture.tamper(&tamper);
        let back = scene.come_back(&callback, &cookies(&begun).remove(0));
        assert_eq!(back.status, status, "{tamper}: {}", back.text());
    }
}
