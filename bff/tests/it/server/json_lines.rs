//! Every line is JSON where JSON was asked for, on both streams, from the first to the last.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::Output,
};

use serde_json::Value;

use crate::harness::{
    browser::{Request, raw, read},
    program::{bff, port_in, terminate, wait},
    test_app::folder_with,
    token_upstream::{TokenUpstream, cookie_of, login, with},
};

const JSON: (&str, &str) = ("BFF_LOG_FORMAT", "json");

/// The lines of `text`, each an object with time, level, target and message.
fn parsed(text: &str) -> Vec<Value> {
    let lines = text.lines().map(|line| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|err| panic!("{err}: {line:?}"));
        let has = |name: &str| value[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(["timestamp", "level", "target", "message"].into_iter().all(has), "{line}");
        value
    });
    lines.collect()
}

#[test]
fn a_whole_run_is_json_from_its_first_line_to_its_last() {
    let upstream = TokenUpstream::start();
    let app = folder_with(&[("index.html", b"<!doctype html><title>App</title>")]);
    let folder = tempfile::tempdir().unwrap();
    let mut command = bff(&folder);
    command.envs([JSON, ("BFF_LISTEN", "127.0.0.1:0"), ("BFF_METRICS_LISTEN", "127.0.0.1:0")]);
    command.envs([("API_URL", upstream.upstream.url().as_str()), ("BFF_LOG", "debug")]);
    command.env("BFF_SPA_DIR", app.path());
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    let port = port_in(&first).unwrap_or_else(|| panic!("{first:?}"));
    let mut log = child.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).map(|_| text)
    });

    let cookie = cookie_of(&login("ada", "adapass").send(port));
    login("ada", "wrong").send(port).problem(401, "unauthenticated");
    with(&cookie, Request::get("/api/server/todos")).send(port);
    let batch = Request::new("POST", "/api/server/batch").header("Sec-Fetch-Site", "same-origin");
    batch.json(r#"{"requests":[{"method":"GET","url":"/a"},{"method":"GET","url":"/b"}]}"#).send(port);
    Request::get("/").header("Accept", "text/html").send(port);
    with(&cookie, Request::get("/bff/session")).send(port);
    Request::new("DELETE", "/api/server/x").header("Sec-Fetch-Site", "cross-site").send(port);
    raw(port, b"GET /api/server/a/../b HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n");
    raw(port, b"\x16\x03\x01\x02\x00\x01\r\n\r\n");
    let report = r#"{"kind":"panic","message":"it\nbroke","page":"/"}"#;
    Request::new("POST", "/bff/report").json(report).send(port);
    let mut broken = Request::get("/api/server/x").begin(port);
    broken.write_all(b"junk").unwrap();
    read(&mut broken);
    terminate(&child);
    assert!(wait(&mut child).success());

    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line goes to standard output");
    let first = parsed(&first).remove(0);
    assert_eq!(first["message"], format!("listening on http://127.0.0.1:{port}"));
    assert_eq!(
        (first["address"].as_str(), first["scheme"].as_str()),
        (Some(&*format!("127.0.0.1:{port}")), Some("http"))
    );
    let lines = parsed(&log.join().unwrap().unwrap());
    assert_eq!(lines.last().unwrap()["message"], "stopped");
    let targets = ["bff::access", "bff::security", "bff::browser"];
    assert!(targets.iter().all(|target| lines.iter().any(|line| line["target"] == *target)), "{lines:#?}");
}

/// The lines in which a start that fails says why.
fn refusals(output: Output, code: i32) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(code));
    assert!(output.stdout.is_empty());
    let lines = parsed(&String::from_utf8(output.stderr).unwrap());
    lines.into_iter().filter(|line| line["level"] == "ERROR").collect()
}

#[test]
fn a_start_that_fails_says_so_in_json_however_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let says = |output: Output, code: i32, message: &str| {
        let lines = refusals(output, code);
        assert!(
            lines.iter().any(|line| line["message"].as_str().unwrap().starts_with(message)),
            "{lines:#?}"
        );
        lines.len()
    };
    let by_variable = || {
        let mut command = bff(&folder);
        command.envs([JSON, ("DEMO_DB", ":memory:")]);
        command
    };
    let wrong = by_variable().env("BFF_LISTEN", "x").env("BFF_MAX_BODY", "lots").output().unwrap();
    assert_eq!(says(wrong, 2, "BFF_LISTEN: \"x\" is not an address"), 2);
    let by_flag = bff(&folder).args(["--log-format", "json"]).env("BFF_ROUTE", "x").output().unwrap();
    assert_eq!(says(by_flag, 2, "BFF_ROUTE: is no setting; did you mean BFF_ROUTES?"), 1);
    let unknown = by_variable().arg("--nonsense").output().unwrap();
    assert_eq!(says(unknown, 2, "--nonsense is no flag"), 1);
    let incomplete = by_variable().arg("--listen").output().unwrap();
    assert_eq!(says(incomplete, 2, "error: "), 1);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let taken = by_variable().env("BFF_LISTEN", &address).output().unwrap();
    assert_eq!(says(taken, 1, "BFF_LISTEN: cannot listen on "), 1);
    fs::write(folder.path().join(".env"), "BFF_LOG_FORMAT=json\nno line of a file\n").unwrap();
    let by_file = bff(&folder).output().unwrap();
    assert_eq!(says(by_file, 2, ".env cannot be read: line 2"), 1);
}
