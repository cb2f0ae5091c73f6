//! Limits on sign-ins: by network, by name, and by the device that has signed in before.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::harness::{
    browser::{Request, Response},
    keys::{KEY_A, KEY_B},
    test_app::TestApp,
    token_upstream::{TokenUpstream, device_of, login},
};

/// The test's own address, which may say where it comes from.
const PROXY: (&str, &str) = ("BFF_TRUSTED_PROXIES", "127.0.0.1");

/// An attempt from `address`, by a browser with these cookies.
fn attempt(app: &TestApp, address: &str, (name, password): (&str, &str), cookies: &str) -> Response {
    let request = login(name, password).header("X-Forwarded-For", address);
    app.send(&request.header("Cookie", cookies).header("Sec-Fetch-Site", "same-origin"))
}

/// Guesses from so many networks that the name is used up.
fn use_up(app: &TestApp, name: &str) {
    let guess = |network| attempt(app, &format!("203.0.{network}.1"), (name, "wrong"), "").status;
    assert!((0..50).any(|network| guess(network) == 429), "the name is never used up");
}

#[test]
fn security_46_the_sign_ins_of_an_ipv6_network_are_counted_at_each_width() {
    let app = TestApp::with_demo(&[PROXY, ("BFF_LOGIN_LIMIT", "1/1h")]);
    let mut names = (0..).map(|number| format!("name-{number}"));
    let mut guess = |address: &str| attempt(&app, address, (&names.next().unwrap(), "wrong"), "").status;
    assert_eq!([guess("2001:db8:1::1"), guess("2001:db8:1::2")], [401, 429], "a /64");
    let next_to_it = [1, 2, 3, 4].map(|number| guess(&format!("2001:db8:1:{number:x}::1")));
    assert_eq!(next_to_it, [401, 401, 401, 429], "a /56");
    let mut granted = 4;
    for network in 1..=4 {
        for number in 0..4 {
            granted += u32::from(guess(&format!("2001:db8:1:{network:x}{number:02x}::1")) == 401);
        }
    }
    assert_eq!(granted, 16, "a /48");
    assert_eq!(guess("2001:db8:2::1"), 401);
}

#[test]
fn security_47_a_name_is_counted_tightly_in_a_network_and_loosely_in_all() {
    let app = TestApp::with_demo(&[PROXY, ("BFF_LOGIN_LIMIT", "2/1h")]);
    let guess = |address: &str| attempt(&app, address, ("ada", "wrong"), "").status;
    assert_eq!([guess("203.0.113.1"), guess("203.0.113.2"), guess("203.0.113.3")], [401, 401, 429]);
    assert_eq!([guess("2001:db8::1"), guess("2001:db8:0:1::1"), guess("2001:db8:0:f00::1")], [401, 401, 429]);
    let other = attempt(&app, "203.0.113.3", ("bob", "wrong"), "");
    assert_eq!(other.status, 401, "it is the name's alone");
    let granted = (0..30).filter(|network| guess(&format!("198.51.{network}.1")) == 401).count();
    assert_eq!(granted, 16, "ten times the limit in all, four of them above");
    assert_eq!(attempt(&app, "192.0.2.1", ("Ada ", "adapass"), "").status, 429);
}

#[test]
fn security_47_strangers_do_not_keep_a_known_browser_from_signing_in() {
    let app = TestApp::with_demo(&[PROXY, ("BFF_LOGIN_LIMIT", "2/1h")]);
    let device = device_of(&attempt(&app, "198.51.100.1", ("ada", "adapass"), ""));
    use_up(&app, "ada");
    use_up(&app, "bob");
    assert_eq!(attempt(&app, "192.0.2.1", ("ada", "adapass"), "").status, 429, "a new browser waits");
    let known = attempt(&app, "192.0.2.2", (" ADA", "adapass"), &device);
    assert_eq!(known.status, 401, "the demo takes the name as it is, and was asked");
    assert_eq!(attempt(&app, "192.0.2.3", ("ada", "adapass"), &device).status, 200);
    let other_name = attempt(&app, "192.0.2.4", ("bob", "wrong"), &device);
    assert_eq!(other_name.status, 429, "it is known as Ada");
}

#[test]
fn security_47_strangers_nearby_do_not_keep_a_known_browser_out() {
    let app = TestApp::with_demo(&[PROXY, ("BFF_LOGIN_LIMIT", "2/1h")]);
    let device = device_of(&attempt(&app, "192.0.2.1", ("ada", "adapass"), ""));
    let guess = |name: &str| attempt(&app, "192.0.2.1", (name, "wrong"), "").status;
    assert_eq!([guess("ada"), guess("bob"), guess("cleo")], [401, 429, 429], "the address is used up");
    let known = |password: &str| attempt(&app, "192.0.2.1", ("ada", password), &device).status;
    assert_eq!([known("adapass"), known("wrong"), known("adapass")], [200, 401, 429]);
}

#[test]
fn security_47_a_device_has_a_limit_of_its_own_wherever_it_is() {
    let app = TestApp::with_demo(&[PROXY, ("BFF_LOGIN_LIMIT", "2/1h")]);
    let device = device_of(&attempt(&app, "198.51.100.1", ("ada", "adapass"), ""));
    let guess = |address: &str| attempt(&app, address, ("ada", "wrong"), &device).status;
    assert_eq!([guess("192.0.2.1"), guess("203.0.113.1"), guess("203.0.114.1")], [401, 401, 429]);
    assert_eq!(attempt(&app, "203.0.115.1", ("ada", "adapass"), "").status, 200, "others go on");
}

#[test]
fn security_47_a_device_remembers_more_than_one_person() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[PROXY, ("BFF_LOGIN_LIMIT", "2/1h")]);
    let first = device_of(&attempt(&app, "198.51.100.1", ("ada", "adapass"), ""));
    let both = device_of(&attempt(&app, "198.51.100.2", ("person-1", "adapass"), &first));
    use_up(&app, "ada");
    assert_eq!(attempt(&app, "192.0.2.1", ("ada", "adapass"), &both).status, 200);
}

#[test]
fn security_47_the_device_cookie_is_locked_to_this_host_and_shows_nothing() {
    let https = [("BFF_PUBLIC_URL", "https://app.example"), ("BFF_SESSION_KEY", KEY_A), PROXY];
    let app = TestApp::with_demo(&https);
    let answer = attempt(&app, "198.51.100.1", ("ada", "adapass"), "");
    let fields = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let field = fields.map(|(_, field)| field).find(|field| field.contains("-device=")).unwrap();
    let (pair, attributes) = field.split_once(';').unwrap();
    let (name, value) = pair.split_once('=').unwrap();
    assert_eq!(name, "__Host-Http-bff-device");
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Strict; Max-Age=15552000; Secure");
    let sealed = URL_SAFE_NO_PAD.decode(value).unwrap();
    assert!(!sealed.windows(3).any(|bytes| bytes == b"ada"));

    // What another key has sealed, or somebody has changed, is no device.
    let settings = [PROXY, ("BFF_LOGIN_LIMIT", "2/1h"), ("BFF_SESSION_KEY", KEY_B)];
    let upstream = TokenUpstream::start();
    let other = TestApp::before(&upstream.upstream.url(), &settings);
    use_up(&other, "ada");
    let own = device_of(&attempt(&other, "198.51.100.1", ("person-1", "adapass"), ""));
    for planted in [format!("bff-device={value}"), "bff-device=x".to_owned(), own.replace('=', "=A")] {
        assert_eq!(attempt(&other, "192.0.2.1", ("ada", "adapass"), &planted).status, 429, "{planted}");
    }
}

#[test]
fn security_47_only_a_navigation_of_a_whole_page_begins_a_sign_in() {
    let app = TestApp::with_demo(&[]);
    let fields = ["Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"];
    for (given, status) in [
        (["", "", ""], 303),
        (["none", "navigate", "document"], 303),
        (["cross-site", "navigate", "document"], 303),
        (["same-origin", "navigate", "document"], 303),
        (["cross-site", "no-cors", "image"], 403),
        (["cross-site", "navigate", "iframe"], 403),
        (["same-origin", "navigate", "iframe"], 403),
        (["same-origin", "cors", "empty"], 403),
        (["cross-site", "", ""], 403),
        (["", "navigate", ""], 403),
    ] {
        let request = Request::get("/bff/login?returnUrl=/todos");
        let pairs = fields.into_iter().zip(given).filter(|(_, value)| !value.is_empty());
        let answer = app.send(&pairs.fold(request, |request, (name, value)| request.header(name, value)));
        assert_eq!(answer.status, status, "{given:?}");
    }
}
