//! A route's `select` in front of real APIs: marks, wrappers, ways, tags, and changes.

use std::io::Write as _;

use crate::harness::{
    browser::Request,
    program::Program,
    test_app::{TestApp, folder_with},
    upstream::Upstream,
};

fn json(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn selecting(upstream: &Upstream, more: &str) -> TestApp {
    let table = format!("[[route]]\npath = \"/{{*rest}}\"\nselect = [\"id\", \"user.name\"]\n{more}\n");
    TestApp::with_routes(&upstream.url(), &table, &[])
}

#[test]
fn a_byte_order_mark_is_no_fault_of_an_answer() {
    let upstream = Upstream::answering(json("\u{feff}{\"id\":1,\"x\":2}"));
    assert_eq!(selecting(&upstream, "").get("/api/server/a").text(), "{\"id\":1}");
    let app = TestApp::before(&upstream.url(), &[]);
    let batch =
        Request::new("POST", "/api/server/batch").json(r#"{"requests":[{"url":"/a","method":"GET"}]}"#);
    assert_eq!(app.send(&batch).json()["results"][0]["x"], 2);
}

#[test]
fn fields_within_others_and_lists_in_wrappers_are_found() {
    let upstream = Upstream::scripted(|connection, request| {
        let body = match request.split(' ').nth(1).unwrap() {
            "/page" => r#"{"count":1,"next":"/x","results":[{"id":1,"user":{"name":"a","mail":"b"}}]}"#,
            _ => r#"{"hits":{"all":[{"id":1,"x":2}]},"took":3}"#,
        };
        connection.write_all(json(body).as_bytes()).is_ok()
    });
    let page = selecting(&upstream, "").get("/api/server/page");
    assert_eq!(page.text(), r#"{"count":1,"results":[{"id":1,"user":{"name":"a"}}]}"#);
    let hits = selecting(&upstream, "list = \"hits.all\"").get("/api/server/hits");
    assert_eq!(hits.text(), r#"{"hits":{"all":[{"id":1}]}}"#);
}

#[test]
fn a_selection_that_finds_nothing_is_one_line_in_the_log() {
    let upstream =
        Upstream::scripted(|connection, _| connection.write_all(json(r#"{"ID":1}"#).as_bytes()).is_ok());
    let folder = folder_with(&[("routes.toml", b"[[route]]\npath = \"/{*rest}\"\nselect = [\"id\"]\n")]);
    let table = folder.path().join("routes.toml");
    let program =
        Program::before(&upstream.url(), &[("BFF_ROUTES", table.to_str().unwrap()), ("BFF_WORKERS", "1")]);
    for _ in 0..3 {
        assert_eq!(Request::get("/api/server/a").send(program.port).text(), "{}");
    }
    let log = program.stop();
    assert_eq!(log.matches("found none of its fields").count(), 1, "{log}");
}

#[test]
fn a_change_that_was_made_is_no_error_because_of_its_answer() {
    let upstream = Upstream::answering(
        "HTTP/1.1 201 Created\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<ok>",
    );
    let app = selecting(&upstream, "");
    let created = app.send(&Request::new("POST", "/api/server/a").json("{}"));
    assert_eq!((created.status, created.text()), (201, ""));
    app.get("/api/server/a").problem(502, "upstream_invalid");
}

#[test]
fn a_selection_has_a_tag_of_its_own() {
    let upstream = Upstream::scripted(|connection, request| {
        let request = request.to_ascii_lowercase();
        let answer = if request.contains("if-none-match: \"v1\"") {
            "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n".to_owned()
        } else if request.starts_with("put") && !request.contains("if-match: \"v1\"") {
            "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n".to_owned()
        } else {
            json(r#"{"id":1,"email":"a@x"}"#).replace("\r\n\r\n", "\r\nETag: \"v1\"\r\n\r\n")
        };
        connection.write_all(answer.as_bytes()).is_ok()
    });
    let table = |fields: &str| format!("[[route]]\npath = \"/{{*rest}}\"\nselect = [{fields}]\n");
    let before =
        TestApp::with_routes(&upstream.url(), &table("\"id\", \"email\""), &[("BFF_CACHE_MAX", "off")]);
    let after = TestApp::with_routes(&upstream.url(), &table("\"id\""), &[("BFF_CACHE_MAX", "off")]);
    let first = before.get("/api/server/u");
    let tag = first.header("etag").unwrap();
    assert!(tag.starts_with("\"v1.s"), "{tag}");
    let conditional = Request::get("/api/server/u").header("If-None-Match", tag);
    let unchanged = before.send(&conditional);
    assert_eq!((unchanged.status, unchanged.header("etag")), (304, Some(tag)));
    // Another selection is another representation.
    let changed = after.send(&conditional);
    assert_eq!((changed.status, changed.text()), (200, "{\"id\":1}"));
    assert_ne!(changed.header("etag"), Some(tag));
    // The resource is the same: a change on its condition is made.
    let put = Request::new("PUT", "/api/server/u").header("If-Match", tag).json("{}");
    assert_eq!(before.send(&put).status, 200);
}
