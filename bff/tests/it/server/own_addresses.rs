//! SECURITY.md line 56: the server's own addresses are matched byte for byte.

use crate::harness::{browser::Request, test_app::TestApp};

#[test]
fn security_56_an_own_address_in_another_spelling_is_nothing() {
    let app = TestApp::with_demo(&[]);
    for (method, path) in [
        ("GET", "/%62ff/session"),
        ("GET", "/bff/%73ession"),
        ("GET", "/bff%2fsession"),
        ("GET", "/bff/sessions%2F"),
        ("GET", "/bff/login%3FreturnUrl=/"),
        ("GET", "/%68ealthz"),
        ("HEAD", "/readyz%2e"),
        ("GET", "/ready%7A"),
        ("POST", "/bff/%6cogin"),
        ("POST", "/%62%66%66/logout"),
        ("POST", "/bff/%72eport"),
        ("DELETE", "/bff/sessions/%61bc"),
    ] {
        let request = Request::new(method, path).header("Accept", "text/html").header("X-CSRF", "1");
        assert_eq!(app.send(&request).status, 404, "{method} {path}");
    }
    assert_eq!(app.get("/bff/session").status, 200);
    assert_eq!(app.get("/healthz").status, 200);
}

#[test]
fn security_56_only_our_spelling_of_a_health_check_is_open_to_any_host() {
    let app = TestApp::with_demo(&[("BFF_HOSTS", "other.example")]);
    app.get("/%68ealthz").problem(421, "wrong_host");
    assert_eq!(app.get("/healthz").status, 200);
}
