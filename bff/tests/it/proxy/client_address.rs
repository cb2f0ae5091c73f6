//! The client address that the upstream gets and limits count.

use crate::harness::{browser::Request, test_app::TestApp, token_upstream::login, upstream::Upstream};

fn told_upstream(settings: &[(&str, &str)], fields: &[(&str, &str)]) -> String {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), settings);
    let mut request = Request::get("/api/server/x");
    for (name, value) in fields {
        request = request.header(name, value);
    }
    app.send(&request);
    let sent = upstream.last();
    let lines = sent.lines().filter_map(|line| line.strip_prefix("x-forwarded-for: "));
    lines.collect::<Vec<_>>().join("|")
}

#[test]
fn security_22_only_trusted_hops_say_where_a_request_comes_from() {
    let list = ("X-Forwarded-For", "1.2.3.4, 203.0.113.9");
    assert_eq!(told_upstream(&[], &[list]), "127.0.0.1");
    assert_eq!(told_upstream(&[("BFF_TRUSTED_PROXIES", "10.0.0.0/8")], &[list]), "127.0.0.1");
    let trusted = [("BFF_TRUSTED_PROXIES", "127.0.0.1, ::1")];
    assert_eq!(told_upstream(&trusted, &[list]), "203.0.113.9");
    assert_eq!(told_upstream(&trusted, &[("X-Forwarded-For", "nonsense")]), "127.0.0.1");
}

#[test]
fn security_22_a_limit_is_neither_dodged_nor_aimed_at_others_by_a_header() {
    let settings = [("BFF_LOGIN_LIMIT", "2/1m"), ("BFF_TRUSTED_PROXIES", "127.0.0.1")];
    let app = TestApp::with_demo(&settings);
    let attempt =
        |name: &str, list: &str| app.send(&login(name, "wrong").header("X-Forwarded-For", list)).status;
    // The client changes what it invents; the proxy's own entry stays.
    let invented = ["9.9.9.1, 203.0.113.9", "9.9.9.2, 203.0.113.9", "9.9.9.3, 203.0.113.9"];
    let statuses = [attempt("a", invented[0]), attempt("b", invented[1]), attempt("c", invented[2])];
    assert_eq!(statuses, [401, 401, 429]);
    assert_eq!(attempt("d", "9.9.9.1"), 401, "whoever was named pays nothing");
}

#[test]
fn security_57_the_setting_says_which_of_two_fields_is_believed() {
    let list = ("X-Forwarded-For", "203.0.113.9");
    let standard = ("Forwarded", "for=198.51.100.1;proto=https");
    let trusted = ("BFF_TRUSTED_PROXIES", "127.0.0.1");
    for (setting, believed, both) in [
        (None, "203.0.113.9", "203.0.113.9"),
        (Some("x-forwarded-for"), "203.0.113.9", "203.0.113.9"),
        (Some("forwarded"), "127.0.0.1", "198.51.100.1"),
    ] {
        let mut settings = vec![trusted];
        settings.extend(setting.map(|setting| ("BFF_FORWARDED", setting)));
        assert_eq!(told_upstream(&settings, &[list]), believed, "{setting:?}");
        assert_eq!(told_upstream(&settings, &[list, standard]), both, "{setting:?}");
        assert_eq!(told_upstream(&settings, &[standard, list]), both, "{setting:?}");
    }
    let settings = [trusted, ("BFF_FORWARDED", "forwarded")];
    assert_eq!(told_upstream(&settings, &[standard]), "198.51.100.1");
    assert_eq!(told_upstream(&[trusted], &[standard]), "127.0.0.1");
}
