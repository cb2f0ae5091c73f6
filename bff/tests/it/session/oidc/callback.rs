//! The callback from the provider, and requests that imitate it.

use oidc_fixture::{OidcFixture, Person};
use serde_json::json;

use crate::harness::{
    browser::{Request, Response},
    oidc::{Scene, cookies, path_of},
    program::Program,
    test_app::TestApp,
};

/// A page that says that nothing came of it, and where to try again.
#[track_caller]
fn assert_failed(answer: &Response, status: u16, return_url: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let csp = answer.header("content-security-policy").unwrap();
    assert!(csp.starts_with("default-src 'none'; style-src 'sha256-"), "{csp}");
    let again = format!(r#"<a href="login?returnUrl={return_url}">Try again</a>"#);
    assert!(answer.text().contains(&again), "{}", answer.text());
    assert!(answer.text().contains(answer.header("x-request-id").unwrap()));
    assert!(!cookies(answer).iter().any(|cookie| cookie.starts_with("bff=")), "no session");
}

#[test]
fn security_02_a_sign_in_ends_in_the_browser_that_began_it() {
    let scene = Scene::set_up(&[]);
    let (callback, _) = scene.visit("/todos");
    assert_failed(&scene.app.get(&callback), 400, "%2F");
    // The victim of a planted callback has an attempt of their own under way.
    let (_, other) = scene.begin("/about");
    assert_failed(&scene.come_back(&callback, &other), 400, "%2F");
    let (_, own) = scene.visit("/todos");
    let value = other.split_once('=').unwrap().1;
    let moved = format!("{}={value}", own.split_once('=').unwrap().0);
    assert_failed(&scene.come_back(&callback, &moved), 400, "%2F");
    assert_eq!(scene.fixture.count("authorization_code"), 0, "the provider was not asked");
}

#[test]
fn security_02_a_login_state_is_used_once_even_after_a_failure() {
    let scene = Scene::set_up(&[]);
    let (callback, login) = scene.visit("/todos");
    let unknown = scene.come_back(&callback.replace("state=", "state=x"), &login);
    assert_failed(&unknown, 400, "%2F");
    assert_eq!(unknown.header("set-cookie"), None, "no sign-in of this browser is touched");
    let failed = scene.come_back(&callback.replace("code=", "code=x"), &login);
    assert_failed(&failed, 401, "%2Ftodos");
    let removed = failed.header("set-cookie").unwrap();
    assert!(removed.starts_with(&format!("{}=;", login.split_once('=').unwrap().0)), "{removed}");
    assert_failed(&scene.come_back(&callback, &login), 400, "%2Ftodos");

    let (callback, login) = scene.visit("/todos");
    assert_eq!(scene.come_back(&callback, &login).status, 200);
    assert_failed(&scene.come_back(&callback, &login), 400, "%2Ftodos");
}

#[test]
fn security_02_a_code_of_another_sign_in_is_refused() {
    let scene = Scene::set_up(&[]);
    let code = |callback: &str| {
        let (_, rest) = callback.split_once("code=").unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let (first, login) = scene.visit("/");
    assert_eq!(scene.come_back(&first, &login).status, 200);
    let (second, login) = scene.visit("/todos");
    let replayed = second.replace(&code(&second), &code(&first));
    assert_failed(&scene.come_back(&replayed, &login), 401, "%2Ftodos");
}

#[test]
fn security_02_an_id_token_with_another_nonce_signs_nobody_in() {
    let scene = Scene::set_up(&[]);
    let (callback, login) = scene.visit("/todos");
    scene.fixture.tamper(&json!({ "claims": { "nonce": "another" } }));
    let failed = scene.come_back(&callback, &login);
    assert_failed(&failed, 401, "%2Ftodos");
    scene.assert_no_token_in(&failed);
}

#[test]
fn security_06_the_previous_session_ends_when_the_sign_in_completes() {
    let scene = Scene::set_up(&[]);
    let before = scene.sign_in();
    let begun = scene.app.send(&Request::get("/bff/login").header("Cookie", &before));
    let (url, login) = (begun.header("location").unwrap(), cookies(&begun).remove(0));
    assert!(scene.is_signed_in(&before));
    let callback = path_of(&Person::named("ada").sign_in(url));
    let after = cookies(&scene.come_back(&callback, &login)).remove(0);
    assert_ne!(after, before);
    assert!(scene.is_signed_in(&after) && !scene.is_signed_in(&before));
}

#[test]
fn a_person_who_declines_at_the_provider_sees_a_failure_page() {
    let scene = Scene::set_up(&[]);
    let (url, login) = scene.begin("/todos");
    let denied = path_of(&Person::named("ada").deny(&url));
    assert_failed(&scene.come_back(&denied, &login), 401, "%2Ftodos");
    let (callback, login) = scene.visit("/todos");
    assert_failed(&scene.come_back(&format!("{callback}&state=twice"), &login), 400, "%2F");
}

#[test]
fn a_provider_that_is_down_costs_a_page_and_not_the_server() {
    let scene = Scene::set_up(&[]);
    let (callback, login) = scene.visit("/todos");
    scene.fixture.disturb_token_endpoint(&json!({ "status": 500 }));
    assert_failed(&scene.come_back(&callback, &login), 502, "%2Ftodos");

    let down =
        TestApp::with_demo(&[("BFF_OIDC_ISSUER", "http://127.0.0.1:9"), ("BFF_OIDC_CLIENT_ID", "bff")]);
    assert_eq!(down.get("/healthz").status, 200);
    let failed = down.get("/bff/login?returnUrl=/todos");
    assert_failed(&failed, 502, "%2Ftodos");
    assert!(!failed.text().contains(":9"), "{}", failed.text());
}

#[test]
fn security_04_the_login_cookie_is_host_locked_and_survives_the_callback() {
    let scene = Scene::set_up(&[("BFF_PUBLIC_URL", "https://app.example")]);
    let begun = scene.app.get("/bff/login");
    let field = begun.header("set-cookie").unwrap();
    let (pair, attributes) = field.split_once(';').unwrap();
    assert!(pair.starts_with("__Host-Http-bff-login-"), "{field}");
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure");
    assert!(
        begun.header("location").unwrap().contains("redirect_uri=https%3A%2F%2Fapp.example%2Fbff%2Fcallback")
    );

    let scene = Scene::set_up(&[("BFF_PUBLIC_URL", "http://app.example")]);
    let refused = scene.app.get("/bff/login");
    assert_failed(&refused, 403, "%2F");
    assert_eq!(refused.header("set-cookie"), None);
}

#[test]
fn security_16_the_way_back_from_the_provider_is_a_local_path() {
    let scene = Scene::set_up(&[]);
    for evil in ["https://evil.example", "//evil.example", "/%5Cevil.example", "javascript:alert(1)"] {
        let (callback, login) = scene.visit(evil);
        let back = scene.come_back(&callback, &login);
        assert!(back.text().contains(r#"content="0;url=/""#), "{evil}: {}", back.text());
    }
}

#[test]
fn security_35_a_sign_in_at_the_provider_leaves_no_secret_in_the_log() {
    let fixture = OidcFixture::start();
    let program =
        Program::start(&[&[("DEMO_DB", ":memory:"), ("BFF_LOG", "trace")][..], &fixture.settings()].concat());
    let port = program.port;
    fixture.register(&format!("http://127.0.0.1:{port}"));
    let mut secrets = vec![oidc_fixture::CLIENT_SECRET.to_owned()];
    for tampered in [false, true] {
        let begun = Request::get("/bff/login").send(port);
        let login = cookies(&begun).remove(0);
        let url = begun.header("location").unwrap();
        let callback = path_of(&Person::named("ada").sign_in(url));
        if tampered {
            fixture.tamper(&json!({ "claims": { "nonce": "another" } }));
        }
        let back = Request::get(&callback).header("Cookie", &login).send(port);
        assert_eq!(back.status == 200, !tampered);
        let parameters = url::Url::parse(&format!("http://a{callback}")).unwrap();
        secrets.extend(
            parameters.query_pairs().filter(|(name, _)| name != "iss").map(|(_, value)| value.into()),
        );
        let parameters = url::Url::parse(url).unwrap();
        let nonce = parameters.query_pairs().find(|(name, _)| name == "nonce").unwrap().1;
        secrets.push(nonce.into());
        secrets.extend(
            cookies(&back)
                .into_iter()
                .chain([login])
                .map(|cookie| cookie.split_once('=').unwrap().1.to_owned()),
        );
    }
    let token = fixture.logout_token(&json!({ "by": "stranger" }));
    let body = format!("logout_token={token}");
    let form = Request::new("POST", "/bff/backchannel-logout")
        .header("Content-Type", "application/x-www-form-urlencoded");
    form.body(body).send(port).problem(400, "invalid_request");
    secrets.push(token);
    secrets.extend(fixture.tokens());
    let log = program.stop();
    for event in ["sign_in", "sign_in_failed", "logout_refused"] {
        assert!(log.contains(&format!("event=\"{event}\"")), "{event} in {log}");
    }
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        assert!(!log.contains(secret.as_str()), "{secret} in {log}");
    }
}
