//! Requests of a session: the token goes upstream, and selected fields come back.

use crate::harness::{
    browser::Request,
    test_app::{RouteTable, TestApp},
    token_upstream::{TokenUpstream, sign_in, with},
    upstream::Upstream,
};

#[test]
fn security_20_the_upstream_gets_the_token_and_no_cookie_passes() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let cookie = sign_in(&app);
    let answer = app.send(&with(&format!("theme=dark; {cookie}"), Request::get("/api/server/todos")));
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
    let sent = upstream.upstream.last();
    let token = upstream.state().issued[0].clone();
    assert!(sent.contains(&format!("\r\nauthorization: bearer {token}\r\n")), "{sent}");
    assert!(!sent.contains("cookie") && !sent.contains("theme"), "{sent}");
}

#[test]
fn security_21_a_client_cannot_put_its_own_authorization_on_a_session() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let cookie = sign_in(&app);
    let forged = |name: &str| Request::get("/api/server/todos").header(name, "Bearer forged");
    assert_eq!(app.send(&with(&cookie, forged("Authorization"))).status, 200);
    let sent = upstream.upstream.last();
    assert_eq!(sent.matches("authorization:").count(), 1, "{sent}");
    assert!(!sent.contains("forged"), "{sent}");
    // Without a session the client speaks for itself.
    assert_eq!(app.send(&forged("Authorization")).status, 401);
    assert!(upstream.upstream.last().contains("authorization: bearer forged"));
}

#[test]
fn security_26_a_sessions_answers_are_private_and_not_stored() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let cookie = sign_in(&app);
    for path in
        ["/api/server/todos", "/api/server/auth/me", "/api/server/a//b", "/bff/session", "/bff/sessions"]
    {
        let answer = app.send(&with(&cookie, Request::get(path)));
        let said = answer.header("cache-control").unwrap();
        assert!(said.ends_with("no-store"), "{path}: {said}");
        assert!(!said.contains("public"), "{path}: {said}");
    }
    let anonymous = app.get("/api/server/open");
    assert_eq!(
        anonymous.header("cache-control"),
        Some("public, max-age=60"),
        "nobody's answer is the upstream's"
    );
}

#[test]
fn security_29_fields_that_a_route_does_not_select_never_leave() {
    let app = TestApp::with_demo(&[]);
    let cookie = sign_in(&app);
    for path in ["/api/server/auth/me", "/api/server/Auth/ME", "/api/server/auth/me?select=password,ssn"] {
        let answer = app.send(&with(&cookie, Request::get(path)));
        assert_eq!(answer.status, 200, "{path}");
        let me = answer.json();
        let members: Vec<_> = me.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["email", "firstName", "id", "image", "lastName", "username"], "{path}");
    }
    let head = app.send(&with(&cookie, Request::new("HEAD", "/api/server/auth/me")));
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn a_request_with_an_ended_session_does_not_go_on_anonymously() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[]);
    let cookie = sign_in(&app);
    app.send(&with(&cookie, Request::new("POST", "/bff/logout")));
    let before = upstream.upstream.requests().len();
    app.send(&with(&cookie, Request::get("/api/server/open"))).problem(401, "unauthenticated");
    assert_eq!(upstream.upstream.requests().len(), before);
    assert_eq!(app.get("/api/server/open").status, 200);
}

#[test]
fn a_route_says_in_whose_name_it_goes_and_which_fields_leave() {
    let table = r#"
[[route]]
path = "/open"
session = "none"

[[route]]
path = "/todos"
session = "required"

[[route]]
path = "/auth/me"
session = "optional"
select = ["username"]
"#;
    let upstream = TokenUpstream::start();
    let app = TestApp::with_routes(&upstream.upstream.url(), table, &[]);
    let cookie = sign_in(&app);
    assert_eq!(app.send(&with(&cookie, Request::get("/api/server/open"))).text(), r#"{"bearer":false}"#);
    let before = upstream.upstream.requests().len();
    app.get("/api/server/todos").problem(401, "unauthenticated");
    assert_eq!(upstream.upstream.requests().len(), before, "the upstream heard nothing of it");
    assert_eq!(app.send(&with(&cookie, Request::get("/api/server/todos"))).status, 200);
    let me = app.send(&with(&cookie, Request::get("/api/server/auth/me")));
    assert_eq!(me.text(), r#"{"username":"ada"}"#);
}

#[test]
fn security_29_unselected_fields_do_not_leave_with_errors_or_redirects() {
    let table = "[[route]]\npath = \"/{*rest}\"\nselect = [\"id\"]\nerrors = \"passthrough\"\n";
    let routes = RouteTable::new(table);
    let secret = r#"{"id":1,"password":"x","message":"Changed meanwhile"}"#;
    for (status, body, left) in [
        ("409 Conflict", secret, r#"{"id":1,"message":"Changed meanwhile"}"#),
        ("500 Oops", secret, r#"{"id":1,"message":"Changed meanwhile"}"#),
        ("302 Found\r\nLocation: /there", secret, ""),
        ("200 OK", "", ""),
    ] {
        let upstream = Upstream::answering(format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let app = TestApp::before(&upstream.url(), &[routes.setting()]);
        let answer = app.get("/api/server/x");
        assert_eq!(answer.text(), left, "{status}");
        assert!(status.starts_with(&answer.status.to_string()));
    }
    let upstream = Upstream::answering("HTTP/1.1 409 X\r\nContent-Length: 8\r\n\r\npassword");
    let app = TestApp::before(&upstream.url(), &[routes.setting()]);
    app.get("/api/server/x").problem(409, "invalid_request");
}

#[test]
fn security_24_a_body_to_select_from_is_capped_and_must_be_plain_json() {
    let table = "[[route]]\npath = \"/{*rest}\"\nselect = [\"id\"]\n";
    let routes = RouteTable::new(table);
    for (head, body) in [
        ("Content-Type: application/json\r\n", format!(r#"{{"id":"{}"}}"#, "x".repeat(2000))),
        ("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", "{\"id\":1}".to_owned()),
        ("Content-Type: text/html\r\n", "<html>".to_owned()),
    ] {
        let upstream = Upstream::answering(format!(
            "HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let settings = [routes.setting(), ("BFF_MAX_SELECT", "1KiB")];
        let app = TestApp::before(&upstream.url(), &settings);
        let request =
            Request::get("/api/server/x").header("Accept-Encoding", "gzip").header("Range", "bytes=0-3");
        app.send(&request).problem(502, "upstream_invalid");
        let sent = upstream.last();
        assert!(sent.contains("accept-encoding: identity") && !sent.contains("range:"), "{sent}");
    }
}
