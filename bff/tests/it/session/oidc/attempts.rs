//! Sign-ins under way: each is sealed into a cookie of its own, and the server keeps nothing of it.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use oidc_fixture::{OidcFixture, Person};
use url::Url;

use crate::harness::{
    browser::{Request, Response},
    keys::KEY_A,
    oidc::{Scene, cookies, path_of},
    test_app::TestApp,
};

/// The cookies of one browser.
#[derive(Default)]
struct Jar(BTreeMap<String, String>);

impl Jar {
    fn take(&mut self, answer: &Response) {
        for pair in cookies(answer) {
            let (name, value) = pair.split_once('=').unwrap();
            self.0.remove(name);
            if !value.is_empty() {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn field(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Begins a sign-in; the provider's address.
    fn begin(&mut self, scene: &Scene, return_url: &str) -> String {
        let request = Request::get(&format!("/bff/login?returnUrl={return_url}"));
        let begun = scene.app.send(&request.header("Cookie", &self.field()));
        assert_eq!(begun.status, 303, "{}", begun.text());
        self.take(&begun);
        begun.header("location").unwrap().to_owned()
    }

    /// Comes back from the provider.
    fn come_back(&mut self, scene: &Scene, url: &str) -> Response {
        let callback = path_of(&Person::named("ada").sign_in(url));
        let answer = scene.come_back(&callback, &self.field());
        self.take(&answer);
        answer
    }
}

#[test]
fn security_46_the_cookie_of_a_sign_in_shows_nothing_of_it() {
    let scene = Scene::set_up(&[]);
    let (url, cookie) = scene.begin("/todos");
    let value = cookie.split_once('=').unwrap().1;
    let sealed = String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(value).unwrap()).into_owned();
    let asked = Url::parse(&url).unwrap();
    let told = asked.query_pairs().filter(|(name, _)| name == "state" || name == "nonce");
    for told in told.map(|(_, value)| value.into_owned()).chain(["/todos".to_owned()]) {
        assert!(!sealed.contains(&told) && !cookie.contains(&told), "{told}");
    }
}

#[test]
fn security_46_a_changed_cookie_signs_nobody_in() {
    let scene = Scene::set_up(&[]);
    let (callback, cookie) = scene.visit("/todos");
    let (name, value) = cookie.split_once('=').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(value).unwrap();
    for index in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        let planted = format!("{name}={}", URL_SAFE_NO_PAD.encode(changed));
        assert_eq!(scene.come_back(&callback, &planted).status, 400, "byte {index}");
    }
    assert_eq!(scene.fixture.count("authorization_code"), 0, "the provider was not asked");
    assert_eq!(scene.come_back(&callback, &cookie).status, 200, "nothing of that has used it up");
}

#[test]
fn security_46_a_sign_in_under_way_outlives_the_process_that_began_it() {
    const PUBLIC_URL: &str = "http://127.0.0.1:9";
    let fixture = OidcFixture::start();
    fixture.register(PUBLIC_URL);
    let upstream = format!("{}/api", fixture.issuer());
    let settings = [("BFF_PUBLIC_URL", PUBLIC_URL), ("BFF_SESSION_KEY", KEY_A)];
    let settings: Vec<_> = fixture.settings().into_iter().chain(settings).collect();
    let mut first = TestApp::before(&upstream, &settings);
    let begun = first.get("/bff/login?returnUrl=/todos");
    let callback = path_of(&Person::named("ada").sign_in(begun.header("location").unwrap()));
    first.stop();
    let second = TestApp::before(&upstream, &settings);
    let back = Request::get(&callback).header("Cookie", &cookies(&begun).remove(0));
    let answer = second.send(&back);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(second.send(&back).status, 400, "it was used");
}

#[test]
fn security_46_a_way_back_that_is_too_long_leads_home() {
    let scene = Scene::set_up(&[]);
    for (length, leads_to) in [(511, "a".repeat(511)), (512, String::new())] {
        let (callback, cookie) = scene.visit(&format!("/{}", "a".repeat(length)));
        assert!(cookie.len() < 1200, "{}", cookie.len());
        let back = scene.come_back(&callback, &cookie);
        assert!(back.text().contains(&format!(r#"content="0;url=/{leads_to}""#)), "{}", back.text());
    }
}

#[test]
fn security_46_the_callback_has_the_limit_of_a_sign_in() {
    let scene = Scene::set_up(&[("BFF_LOGIN_LIMIT", "2/1h")]);
    let (callback, cookie) = scene.visit("/todos");
    let (other, of_other) = scene.visit("/");
    let spoilt = other.replace("code=", "code=x");
    assert_eq!(
        [scene.come_back(&spoilt, &of_other), scene.come_back(&other, &of_other)].map(|one| one.status),
        [401, 400]
    );
    let refused = scene.come_back(&callback, &cookie);
    assert_eq!((refused.status, refused.header("set-cookie")), (429, None), "it can be tried again");
}

#[test]
fn security_47_sign_ins_in_two_tabs_both_end_well() {
    let (scene, mut jar) = (Scene::set_up(&[]), Jar::default());
    let (first, second) = (jar.begin(&scene, "/first"), jar.begin(&scene, "/second"));
    for (url, leads_to) in [(second, "/second"), (first, "/first")] {
        let back = jar.come_back(&scene, &url);
        assert_eq!(back.status, 200, "{}", back.text());
        assert!(back.text().contains(&format!(r#"content="0;url={leads_to}""#)));
    }
    assert!(!jar.field().contains("bff-login"), "{}", jar.field());
}

#[test]
fn security_47_five_sign_ins_are_under_way_and_the_oldest_goes() {
    let (scene, mut jar) = (Scene::set_up(&[("BFF_LOGIN_LIMIT", "off")]), Jar::default());
    // Planted by a stranger, and by a sign-in of long ago.
    jar.0.insert("bff-login-AAAAAAAAAAAAAAAA".to_owned(), "planted".to_owned());
    let urls: Vec<String> = (0..6)
        .map(|_| {
            // Moments are told apart by the millisecond.
            std::thread::sleep(std::time::Duration::from_millis(2));
            jar.begin(&scene, "/todos")
        })
        .collect();
    assert_eq!(jar.0.len(), 5, "{}", jar.field());
    assert_eq!(jar.come_back(&scene, &urls[0]).status, 400, "the oldest has gone");
    assert_eq!(jar.come_back(&scene, &urls[1]).status, 200);
    assert_eq!(jar.come_back(&scene, &urls[5]).status, 200);
}

#[test]
fn security_47_a_page_elsewhere_uses_up_no_sign_ins() {
    let scene = Scene::set_up(&[("BFF_LOGIN_LIMIT", "1/1h")]);
    for _ in 0..5 {
        let image = Request::get("/bff/login").header("Sec-Fetch-Site", "cross-site");
        let image = image.header("Sec-Fetch-Mode", "no-cors").header("Sec-Fetch-Dest", "image");
        let refused = scene.app.send(&image);
        assert_eq!((refused.status, refused.header("set-cookie")), (403, None));
    }
    scene.begin("/");
}
