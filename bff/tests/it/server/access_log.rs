//! The access line: one for every request, with person, address, route and bytes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{
    browser::{Request, Response, raw},
    keys::{KEY_A, KEY_B},
    program::Program,
    test_app::{RouteTable, folder_with},
    token_upstream::{TokenUpstream, cookie_of, login, with},
    upstream::Upstream,
};

const JSON: (&str, &str) = ("BFF_LOG_FORMAT", "json");

/// The access lines of a log for machines.
fn lines(log: &str) -> Vec<Value> {
    let lines =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|err| panic!("{err}: {line}")));
    lines.filter(|line: &Value| line["target"] == "bff::access").collect()
}

/// The one line of the request with this answer.
fn line_of<'a>(lines: &'a [Value], answer: &Response) -> &'a Value {
    let id = answer.header("x-request-id").unwrap();
    let mut found = lines.iter().filter(|line| line["request_id"] == id);
    let line = found.next().unwrap_or_else(|| panic!("no line: {lines:#?}"));
    assert!(found.next().is_none(), "two lines: {lines:#?}");
    line
}

#[test]
fn every_request_leaves_one_line_and_probes_none() {
    let upstream = Upstream::ok("content");
    let folder =
        folder_with(&[("index.html", b"<!doctype html><title>App</title>"), ("a.js", b"let a = 1;")]);
    let program = Program::before(&upstream.url(), &[JSON, ("BFF_SPA_DIR", folder.path().to_str().unwrap())]);
    let port = program.port;
    let page = |path: &str| Request::get(path).header("Accept", "text/html").send(port);
    let own = |request: Request| request.header("Sec-Fetch-Site", "same-origin").send(port);
    let answers = [
        (Request::get("/api/server/x").send(port), "[API]", "/x", "ok"),
        (Request::new("HEAD", "/api/server/x").send(port), "[API]", "/x", "ok"),
        (Request::get("/api/server").send(port), "[API]", "/api/server", "nothing is served here"),
        (own(Request::get("/bff/session")), "[BFF]", "/bff/session", "ok"),
        (own(Request::new("POST", "/bff/logout")), "[BFF]", "/bff/logout", "ok"),
        (Request::get("/bff/sessions").send(port), "[BFF]", "/bff/sessions", "nobody is signed in"),
        (Request::new("DELETE", "/bff/session").send(port), "[BFF]", "/bff/session", ""),
        (Request::get("/bff/nothing").send(port), "[BFF]", "/bff/nothing", "nothing is served here"),
        (page("/?code=secret"), "[APP]", "/", "ok"),
        (page("/todos/7"), "[APP]", "/todos/7", "ok"),
        (Request::get("/a.js").send(port), "[APP]", "/a.js", "ok"),
        (Request::new("HEAD", "/a.js").send(port), "[APP]", "/a.js", "ok"),
        (Request::get("/none.js").send(port), "[APP]", "/none.js", "nothing is served here"),
        (Request::get("/api/serverless").send(port), "[APP]", "/api/serverless", "nothing is served here"),
        (Request::new("POST", "/a.js").send(port), "[APP]", "/a.js", "only GET and HEAD are allowed here"),
    ];
    for path in ["/healthz", "/readyz"] {
        assert_eq!(Request::get(path).send(port).status, 200);
    }
    let evil = raw(port, b"GET /a.js HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    let log = program.stop();
    let lines = lines(&log);
    for (answer, part, path, outcome) in &answers {
        let line = line_of(&lines, answer);
        assert_eq!((line["message"].as_str(), line["path"].as_str()), (Some(*part), Some(*path)), "{line}");
        assert_eq!(line["status"], answer.status, "{line}");
        assert_eq!(line["bytes"], answer.body.len(), "{line}");
        assert_eq!(line["address"], "127.0.0.1", "{line}");
        if !outcome.is_empty() {
            assert_eq!(line["outcome"], *outcome, "{line}");
        }
    }
    assert_eq!(line_of(&lines, &evil)["status"], 421);
    assert_eq!(lines.len(), answers.len() + 1, "{lines:#?}");
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn a_line_names_the_route_and_the_bytes_that_went_out() {
    let upstream = Upstream::scripted(|connection, request| {
        let answer = match request.contains("/stream") {
            true => {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
            }
            false => {
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[1, 2, 3]"
            }
        };
        std::io::Write::write_all(connection, answer.as_bytes()).is_ok()
    });
    let table = RouteTable::new("[[route]]\npath = '/todos/{id}'\n[[route]]\npath = '/stream'\n");
    let program = Program::before(&upstream.url(), &[JSON, table.setting()]);
    let port = program.port;
    let todo = Request::get("/api/server/todos/7").send(port);
    let stream = Request::get("/api/server/stream").send(port);
    let batch = Request::new("POST", "/api/server/batch")
        .header("Sec-Fetch-Site", "same-origin")
        .json(r#"{"requests":[{"method":"GET","url":"/todos/8"}]}"#)
        .send(port);
    let nowhere = Request::get("/api/server/nowhere").send(port);
    let lines = lines(&program.stop());
    let route_and_bytes = |answer: &Response| {
        let line = line_of(&lines, answer);
        (line.get("route").and_then(Value::as_str).map(str::to_owned), line["bytes"].as_u64().unwrap())
    };
    assert_eq!(route_and_bytes(&todo), (Some("/todos/{id}".to_owned()), 9));
    assert_eq!(route_and_bytes(&stream), (Some("/stream".to_owned()), 11));
    assert_eq!(route_and_bytes(&batch), (Some("/batch".to_owned()), batch.body.len() as u64));
    assert_eq!(route_and_bytes(&nowhere), (None, nowhere.body.len() as u64));
    let item = lines.iter().find(|line| line["path"] == "/todos/8").unwrap();
    assert_eq!((item["route"].as_str(), item["bytes"].as_u64()), (Some("/todos/{id}"), Some(9)));
}

/// The one name of the person `ada` in the lines of two sessions, of a server with these settings. A request of nobody has none.
fn name_of_ada(settings: &[(&str, &str)]) -> Option<String> {
    let upstream = TokenUpstream::start();
    let program = Program::before(&upstream.upstream.url(), &[&[JSON], settings].concat());
    let port = program.port;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let cookie = cookie_of(&login("ada", "adapass").send(port));
        for path in ["/api/server/todos", "/bff/session"] {
            answers.push(with(&cookie, Request::get(path)).send(port));
        }
    }
    let nobody = Request::get("/api/server/todos").send(port);
    let lines = lines(&program.stop());
    let name =
        |answer: &Response| line_of(&lines, answer).get("user").map(|name| name.as_str().unwrap().to_owned());
    let names: BTreeSet<_> = answers.iter().map(name).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(name(&nobody), None);
    names.into_iter().next().unwrap()
}

#[test]
fn people_are_named_by_a_hash_that_only_the_key_makes() {
    let hash = |key: &str| {
        let name = name_of_ada(&[("BFF_SESSION_KEY", key)]).unwrap();
        assert!(name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        name
    };
    let first = hash(KEY_A);
    assert_eq!(hash(KEY_A), first, "another process with the same key");
    assert_eq!(hash(&format!("{KEY_A},{KEY_B}")), first, "the first key counts");
    assert_ne!(hash(KEY_B), first);
}

#[test]
fn people_are_named_by_id_or_not_at_all_where_that_is_asked_for() {
    assert_eq!(name_of_ada(&[("BFF_LOG_USER", "id")]).as_deref(), Some("1"));
    assert_eq!(name_of_ada(&[("BFF_LOG_USER", "off")]), None);
}

#[test]
fn lines_for_people_have_the_same_fields() {
    let upstream = TokenUpstream::start();
    let program = Program::before(&upstream.upstream.url(), &[("BFF_LOG_USER", "id")]);
    let cookie = cookie_of(&login("ada", "adapass").send(program.port));
    let answer = with(&cookie, Request::get("/api/server/todos")).send(program.port);
    let log = program.stop();
    let line = log.lines().find_map(|line| line.split_once(" INFO [API] GET /todos 200 ")).unwrap().1;
    let (_, fields) = line.split_once("ms ").unwrap();
    let expected = format!("bytes={} address=127.0.0.1 route=/{{*rest}} user=", answer.body.len());
    assert!(fields.starts_with(&expected), "{line}");
}

#[test]
fn the_page_names_every_field_of_an_access_line() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/observability.md")).unwrap();
    let table =
        page.split("| field of an access line | |\n|---|---|\n").nth(1).expect("the table of the fields");
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let named: BTreeSet<&str> =
        rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2)).collect();
    let upstream = TokenUpstream::start();
    let program = Program::before(&upstream.upstream.url(), &[JSON]);
    let cookie = cookie_of(&login("ada", "adapass").send(program.port));
    let answer = with(&cookie, Request::get("/api/server/todos")).send(program.port);
    let lines = lines(&program.stop());
    let line = line_of(&lines, &answer).as_object().unwrap();
    assert_eq!(line.keys().map(String::as_str).collect::<BTreeSet<_>>(), named);
}
