//! SECURITY.md line 41: no other spelling of a path passes a route's terms by.

use serde_json::{Value, json};

use crate::harness::{
    browser::Request, test_app::TestApp, token_upstream::TokenUpstream, upstream::Upstream,
};

const TABLE: &str = r#"
[[route]]
path = "/users/{id}"
select = ["id"]

[[route]]
path = "/admin/{*rest}"
session = "required"

[[route]]
path = "/reports"
limit = "1/1h"

[[route]]
path = "/letters"
max-body = "1KiB"

[[route]]
path = "/notes/{id}"
methods = ["GET"]

[[route]]
path = "/Mixed/{id}"
select = ["id"]

[[route]]
path = "/either"
select = ["id"]
trailing-slash = "either"

[[route]]
path = "/projects/{id}"
limit = "9/1h"
encoded-slash = true

[[route]]
path = "/projects/{id}/{*rest}"
session = "required"

[[route]]
path = "/{*rest}"
encoded-slash = true
"#;

#[test]
fn security_41_no_other_spelling_passes_a_routes_terms_by() {
    let upstream = Upstream::ok("{\"id\":1,\"ssn\":2}");
    let app = TestApp::with_routes(&upstream.url(), TABLE, &[]);
    for path in [
        // Letters in another case, also where the table itself has capitals.
        "/Users/1",
        "/USERS/1",
        "/Admin/a",
        "/REPORTS",
        "/Letters",
        "/mixed/1",
        "/Notes/1",
        // Parameters.
        "/users;x/1",
        "/admin;x=1/a",
        "/reports;a=b",
        // A slash at the end, or one that is encoded.
        "/users/1/",
        "/users/1/;x",
        "/reports/",
        "/users%2F1",
        "/Users%2F1.json",
        "/projects%2Fa%2Fb",
        // Escapes that nobody needs.
        "/us%2565rs/1",
        "/users%3Bx/1",
        "/reports%20",
        // Dots at the end, and extensions.
        "/reports.",
        "/reports..",
        "/reports.json",
        "/reports.json/",
        "/Reports.JSON",
        "/users./1",
    ] {
        app.get(&format!("/api/server{path}")).problem(400, "ambiguous_path");
    }
    app.send(&Request::new("DELETE", "/api/server/notes/1")).problem(405, "method_not_allowed");
    app.send(&Request::new("DELETE", "/api/server/notes/1/")).problem(400, "ambiguous_path");
    assert!(upstream.requests().is_empty(), "{:?}", upstream.requests());
}

#[test]
fn security_41_spellings_that_change_no_terms_are_forwarded() {
    let upstream = Upstream::ok("{\"id\":1}");
    let app = TestApp::with_routes(&upstream.url(), TABLE, &[]);
    for path in [
        "/users/1",
        "/users/A.B;x",
        "/users/1.json",
        "/Mixed/1",
        "/either",
        "/either/",
        "/Other/1",
        "/other/a.json/",
        "/user/1/",
        // In one segment a slash is a letter, where the route says so.
        "/projects/group%2Fproject",
        "/projects/a%2Fb.c",
    ] {
        assert_eq!(app.get(&format!("/api/server{path}")).status, 200, "{path}");
        assert_eq!(upstream.requests().pop().unwrap().split(' ').nth(1), Some(path));
    }
    let alike = "[[route]]\npath = '/todos'\ntags = ['todos']\n[[route]]\npath = '/{*rest}'";
    for app in [TestApp::with_routes(&upstream.url(), alike, &[]), TestApp::before(&upstream.url(), &[])] {
        for path in ["/Todos", "/todos/", "/todos.json", "/TODOS;x/"] {
            assert_eq!(app.get(&format!("/api/server{path}")).status, 200, "{path}");
        }
    }
}

#[test]
fn security_41_a_spelling_that_no_route_has_stays_not_found() {
    let upstream = Upstream::ok("");
    let table = "[[route]]\npath = '/users/{id}'\nselect = ['id']\n[[route]]\npath = '/todos'";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    for path in ["/Users/1", "/users/1/", "/users;x/1", "/Todos", "/todos.json"] {
        app.get(&format!("/api/server{path}")).problem(404, "api_not_found");
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn security_41_an_items_spelling_is_judged_like_that_of_a_request() {
    let upstream = Upstream::ok("{\"id\":1,\"ssn\":2}");
    let app = TestApp::with_routes(&upstream.url(), TABLE, &[]);
    let urls = ["/users/1", "/Users/1", "/users/1/", "/reports.json?a=1"];
    let items: Vec<Value> = urls.iter().map(|url| json!({ "url": url, "method": "GET" })).collect();
    let body = json!({ "requests": items }).to_string();
    let answer = app.send(&Request::new("POST", "/api/server/batch").json(&body)).json();
    let statuses: Vec<_> = answer["responses"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [200, 400, 400, 400]);
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_41_the_upstreams_sign_in_is_hidden_in_every_spelling() {
    let upstream = TokenUpstream::start();
    let url = upstream.upstream.url();
    let ask = |app: &TestApp, path: &str| {
        let request = Request::new("POST", &format!("/api/server{path}"));
        let answer = app.send(&request.json(r#"{"username":"ada","password":"adapass"}"#));
        assert!(matches!(answer.status, 400 | 404), "{path}: {} {}", answer.status, answer.text());
    };
    let app = TestApp::before(&url, &[]);
    for path in [
        "/Auth/Login",
        "/auth/login/",
        "/auth/login;x",
        "/auth/login.json",
        "/auth/login.json/",
        "/auth/login.json;x/",
        "/auth/login.",
        "/auth/login..",
        "/auth./login",
        "/auth/%6Cogin",
        "/auth/login%20",
        "/AUTH/Refresh.XML",
    ] {
        ask(&app, path);
    }
    let app = TestApp::before(&url, &[("BFF_LOGIN_PATH", "/Sign-In.php")]);
    for path in ["/sign-in.php", "/Sign-In.php", "/Sign-In.php.json", "/sign-in.PHP./"] {
        ask(&app, path);
    }
    assert!(upstream.upstream.requests().is_empty(), "{:?}", upstream.upstream.requests());
}
