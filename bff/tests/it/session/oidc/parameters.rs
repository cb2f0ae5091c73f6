//! Parameters of the request for a sign-in, as the provider sees them.

use oidc_fixture::{OidcFixture, Person};
use serde_json::json;

use crate::harness::{
    browser::Request,
    oidc::{Scene, cookies, path_of},
    program::Program,
};

#[test]
fn the_provider_sees_the_operators_parameters_and_four_of_the_browsers() {
    let params = "prompt=consent,audience=https://api.example.com/a%2Cb,custom=a%20b";
    let scene = Scene::set_up(&[("BFF_OIDC_PARAMS", params)]);
    let query = "returnUrl=/todos&login_hint=ada%40example.org&ui_locales=de%20en&acr_values=urn:example:mfa\
                 &max_age=3600&prompt=none&scope=admin&state=mine&redirect_uri=https://evil.example";
    let begun = scene.app.get(&format!("/bff/login?{query}"));
    assert_eq!(begun.status, 303);
    let url = url::Url::parse(begun.header("location").unwrap()).unwrap();
    let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let of = |name: &str| -> Vec<&str> {
        asked.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect()
    };
    for (name, value) in [
        ("prompt", "consent"),
        ("audience", "https://api.example.com/a,b"),
        ("custom", "a b"),
        ("login_hint", "ada@example.org"),
        ("ui_locales", "de en"),
        ("acr_values", "urn:example:mfa"),
        ("max_age", "3600"),
        ("scope", "openid profile email offline_access"),
    ] {
        assert_eq!(of(name), [value], "{name}");
    }
    assert_eq!((of("state").len(), of("redirect_uri").len()), (1, 1));
    assert!(of("state") != ["mine"] && of("redirect_uri") != ["https://evil.example"]);

    scene.visit("/");
    let seen = scene.fixture.asked();
    assert_eq!((&seen["audience"], &seen["custom"]), (&json!("https://api.example.com/a,b"), &json!("a b")));
}

#[test]
fn a_parameter_that_is_too_long_or_no_number_begins_no_sign_in() {
    let scene = Scene::set_up(&[]);
    for query in [format!("login_hint={}", "x".repeat(257)), "max_age=soon".to_owned()] {
        let refused = scene.app.get(&format!("/bff/login?{query}"));
        assert_eq!(refused.status, 400, "{query}");
        assert_eq!(refused.header("set-cookie"), None);
    }
}

#[test]
fn consent_is_not_asked_for_unless_the_operator_says_so() {
    let scene = Scene::set_up(&[("BFF_OIDC_PARAMS", "audience=x")]);
    let cookie = scene.sign_in();
    assert_eq!(scene.fixture.asked().get("prompt"), None);
    assert_eq!(scene.fixture.tokens().len(), 1, "this provider issues no refresh token then");
    assert!(scene.is_signed_in(&cookie));
}

#[test]
fn refresh_tokens_that_do_not_come_are_told_once_with_the_setting() {
    let fixture = OidcFixture::start();
    let settings = [("DEMO_DB", ":memory:"), ("BFF_OIDC_PARAMS", "audience=x")];
    let mut all = fixture.settings().to_vec();
    all.retain(|(name, _)| *name != "BFF_OIDC_PARAMS");
    all.extend(settings);
    let program = Program::start(&all);
    let port = program.port;
    fixture.register(&format!("http://127.0.0.1:{port}"));
    for _ in 0..2 {
        let begun = Request::get("/bff/login").send(port);
        let callback = path_of(&Person::named("ada").sign_in(begun.header("location").unwrap()));
        let back = Request::get(&callback).header("Cookie", &cookies(&begun).remove(0)).send(port);
        assert_eq!(back.status, 200);
    }
    let log = program.stop();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("no refresh token")).collect();
    assert!(told.len() == 1 && told[0].contains("BFF_OIDC_PARAMS=prompt=consent"), "{told:?}");
}
