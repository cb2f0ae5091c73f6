//! Signing in at an OpenID provider, through the server.

mod backchannel_logout;
mod callback;
mod cookie_sessions;
mod replicas;
mod sessions;

use oidc_fixture::{OidcFixture, Person};
use serde_json::json;
use url::Url;

use crate::harness::{
    browser::{Request, Response},
    test_app::TestApp,
    token_upstream::with,
};

/// A provider, which is the upstream as well, and the server before it.
struct Scene {
    fixture: OidcFixture,
    app: TestApp,
}

impl Scene {
    fn set_up(settings: &[(&str, &str)]) -> Self {
        let fixture = OidcFixture::start();
        let upstream = format!("{}/api", fixture.issuer());
        let all: Vec<_> = fixture.settings().iter().chain(settings).copied().collect();
        let app = TestApp::before(&upstream, &all);
        fixture.register(&format!("http://127.0.0.1:{}", app.port));
        Self { fixture, app }
    }

    /// Begins a sign-in: the provider's address, and the cookie.
    fn begin(&self, return_url: &str) -> (String, String) {
        let begun = self.app.get(&format!("/bff/login?returnUrl={return_url}"));
        assert_eq!(begun.status, 303, "{}", begun.text());
        (begun.header("location").unwrap().to_owned(), cookies(&begun).remove(0))
    }

    /// Goes to the provider and is sent back: the callback, and the cookie.
    fn visit(&self, return_url: &str) -> (String, String) {
        let (url, cookie) = self.begin(return_url);
        (path_of(&Person::named("ada").sign_in(&url)), cookie)
    }

    /// What the browser does when it comes back from another site: the session's cookie stays behind.
    fn come_back(&self, callback: &str, cookie: &str) -> Response {
        let request = Request::get(callback).header("Cookie", cookie);
        let request = request.header("Sec-Fetch-Site", "cross-site").header("Sec-Fetch-Mode", "navigate");
        self.app.send(&request)
    }

    /// Signs in; the session's cookie.
    fn sign_in(&self) -> String {
        let (callback, cookie) = self.visit("/");
        let answer = self.come_back(&callback, &cookie);
        assert_eq!(answer.status, 200, "{}", answer.text());
        cookies(&answer).remove(0)
    }

    fn whoami(&self, cookie: &str) -> Response {
        self.app.send(&with(cookie, Request::get("/api/server/whoami")))
    }

    fn is_signed_in(&self, cookie: &str) -> bool {
        self.app.send(&with(cookie, Request::get("/bff/session"))).json().get("user").is_some()
    }

    fn assert_no_token_in(&self, answer: &Response) {
        let everything = format!("{:?}{}", answer.headers, String::from_utf8_lossy(&answer.body));
        for token in self.fixture.tokens() {
            assert!(!everything.contains(&token), "{token} in {everything}");
        }
    }
}

/// The cookies that an answer sets, `name=value`.
fn cookies(answer: &Response) -> Vec<String> {
    let fields = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    fields.map(|(_, field)| field.split(';').next().unwrap().to_owned()).collect()
}

fn path_of(url: &str) -> String {
    Url::parse(url).unwrap()[url::Position::BeforePath..].to_owned()
}

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
    assert!(removed.starts_with("bff-login=;") && removed.contains("Max-Age=0"), "{removed}");

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
    crate::harness::token_upstream::login("ada", "adapass").send(scene.app.port).problem(403, "forbidden");
}

#[test]
fn without_a_provider_its_addresses_are_nobody_s() {
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
