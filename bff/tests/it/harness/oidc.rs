//! Sign-in at an OpenID provider: the provider, a browser, and the server between them.

use std::{thread, time::Duration};

use oidc_fixture::{OidcFixture, Person};
use url::Url;

use super::{
    browser::{Request, Response},
    test_app::TestApp,
    token_upstream::with,
};

/// The life of tokens that are to end during a test, in seconds. The provider counts whole ones: a token of one second may
/// end while it is used for the first time.
const BRIEF: u64 = 2;

/// A provider, which is the upstream as well, and the server before it.
pub struct Scene {
    /// It goes first: at its end it may still have something to say to the provider.
    pub app: TestApp,
    pub fixture: OidcFixture,
}

impl Scene {
    pub fn set_up(settings: &[(&str, &str)]) -> Self {
        let fixture = OidcFixture::start();
        let upstream = format!("{}/api", fixture.issuer());
        let all: Vec<_> = fixture.settings().iter().chain(settings).copied().collect();
        let app = TestApp::before(&upstream, &all);
        fixture.register(&format!("http://127.0.0.1:{}", app.port));
        Self { fixture, app }
    }

    /// Tokens that are issued from now on end soon.
    pub fn make_tokens_brief(&self) {
        self.fixture.set_access_token_life(BRIEF);
    }

    /// Waits until brief tokens have ended.
    pub fn let_tokens_end(&self) {
        thread::sleep(Duration::from_millis(BRIEF * 1000 + 100));
    }

    /// Begins a sign-in: the provider's address, and the cookie.
    pub fn begin(&self, return_url: &str) -> (String, String) {
        let begun = self.app.get(&format!("/bff/login?returnUrl={return_url}"));
        assert_eq!(begun.status, 303, "{}", begun.text());
        (begun.header("location").unwrap().to_owned(), cookies(&begun).remove(0))
    }

    /// Goes to the provider and is sent back: the callback, and the cookie.
    pub fn visit(&self, return_url: &str) -> (String, String) {
        let (url, cookie) = self.begin(return_url);
        (path_of(&Person::named("ada").sign_in(&url)), cookie)
    }

    /// The request of a browser that returns from another site, without the session's cookie.
    pub fn come_back(&self, callback: &str, cookie: &str) -> Response {
        let request = Request::get(callback).header("Cookie", cookie);
        let request = request.header("Sec-Fetch-Site", "cross-site").header("Sec-Fetch-Mode", "navigate");
        self.app.send(&request)
    }

    /// Signs in; the session's cookie.
    pub fn sign_in(&self) -> String {
        let (callback, cookie) = self.visit("/");
        let answer = self.come_back(&callback, &cookie);
        assert_eq!(answer.status, 200, "{}", answer.text());
        cookies(&answer).remove(0)
    }

    pub fn whoami(&self, cookie: &str) -> Response {
        self.app.send(&with(cookie, Request::get("/api/server/whoami")))
    }

    pub fn is_signed_in(&self, cookie: &str) -> bool {
        self.app.send(&with(cookie, Request::get("/bff/session"))).json().get("user").is_some()
    }

    pub fn assert_no_token_in(&self, answer: &Response) {
        let everything = format!("{:?}{}", answer.headers, String::from_utf8_lossy(&answer.body));
        for token in self.fixture.tokens() {
            assert!(!everything.contains(&token), "{token} in {everything}");
        }
    }
}

/// The cookies that an answer sets, `name=value`.
pub fn cookies(answer: &Response) -> Vec<String> {
    let fields = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    fields.map(|(_, field)| field.split(';').next().unwrap().to_owned()).collect()
}

pub fn path_of(url: &str) -> String {
    Url::parse(url).unwrap()[url::Position::BeforePath..].to_owned()
}
