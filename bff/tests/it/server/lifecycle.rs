//! The program itself: its first line, its errors, its end.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::{Request, connect, read},
    polling::wait_until,
    program::{Program, bff, metrics_port_in, port_of, signal, terminate, wait},
    test_app::{RouteTable, TestApp},
    upstream::Upstream,
};

#[test]
fn the_first_line_says_where_it_listens_and_todos_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = bff(&folder).args(["--listen", ":0"]).spawn().unwrap();
    let port = port_of(&mut child);
    let created = Request::new("POST", "/api/server/todos/add")
        .json(r#"{"todo":"Still here","completed":false,"userId":1}"#)
        .send(port);
    assert_eq!(created.status, 201);
    let id = created.json()["id"].as_u64().unwrap();
    terminate(&child);
    assert!(wait(&mut child).success());

    let mut child = bff(&folder).args(["--listen", ":0"]).spawn().unwrap();
    let port = port_of(&mut child);
    let found = Request::get(&format!("/api/server/todos/{id}")).send(port);
    assert_eq!((found.status, found.json()["todo"].as_str()), (200, Some("Still here")));
    terminate(&child);
    assert!(wait(&mut child).success());
}

#[test]
fn a_request_leaves_one_line_in_the_log_and_errors_their_cause() {
    let upstream = Upstream::answering("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    for (format, line) in [
        ("pretty", " WARN [API] GET /todos 500 "),
        ("json", r#""method":"GET","path":"/todos","route":"/{*rest}","status":500"#),
    ] {
        let program = Program::before(&upstream.url(), &[("BFF_LOG_FORMAT", format)]);
        let port = program.port;
        Request::get("/api/server/todos?token=private").send(port);
        let log = program.stop();
        assert_eq!(log.matches(line).count(), 1, "{log}");
        assert!(log.contains("the upstream answered 500"), "{log}");
        assert!(!log.contains("private"), "{log}");
    }
}

#[test]
fn a_request_that_its_browser_leaves_is_a_line_in_the_log_and_a_count() {
    let upstream = Upstream::scripted(|connection, _| {
        // Only a closed connection ends this read.
        let _ = connection.read(&mut [0]);
        false
    });
    let mut program = Program::before(&upstream.url(), &[("BFF_METRICS_LISTEN", "127.0.0.1:0")]);
    let metrics = program.metrics_port();
    let items = r#"{"requests":[{"method":"DELETE","url":"/in-a-batch"}]}"#;
    let alone = "DELETE /api/server/alone HTTP/1.1\r\nHost: app.test\r\n\r\n".to_owned();
    let batch = format!(
        "POST /api/server/batch HTTP/1.1\r\nHost: app.test\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{items}",
        items.len()
    );
    for (number, request) in [alone, batch].iter().enumerate() {
        let mut browser = connect(program.port);
        browser.write_all(request.as_bytes()).unwrap();
        upstream.wait_for(number + 1);
    }
    let counted = "bff_request_duration_seconds_count{outcome=\"browser_left\",route=\"/{*rest}\"} 2";
    let scrape = || Request::get("/metrics").send(metrics).text().to_owned();
    wait_until(|| scrape().contains(counted), scrape);
    let log = program.stop();
    for line in ["[API] DELETE /alone 499 ", "[API] DELETE /in-a-batch 499 ", "[API] POST /batch 499 "] {
        assert_eq!(log.matches(line).count(), 1, "{log}");
    }
    assert_eq!(log.matches("(the browser left; ").count(), 3, "{log}");
}

#[test]
fn an_item_whose_browser_leaves_within_its_content_is_not_a_success() {
    let upstream = Upstream::scripted(|connection, _| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
        // Only a closed connection ends this read.
        let _ = connection.read(&mut [0]);
        false
    });
    let mut program = Program::before(&upstream.url(), &[("BFF_METRICS_LISTEN", "127.0.0.1:0")]);
    let metrics = program.metrics_port();
    let items = r#"{"requests":[{"method":"DELETE","url":"/a"}]}"#;
    let mut browser = connect(program.port);
    write!(
        browser,
        "POST /api/server/batch HTTP/1.1\r\nHost: app.test\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{items}",
        items.len()
    )
    .unwrap();
    let scrape = || Request::get("/metrics").send(metrics).text().to_owned();
    // The item counts as answered before its content ends; the upstream's answer alone would be too early.
    let counted = "bff_request_duration_seconds_count{outcome=\"2xx\",route=\"/{*rest}\"} 1";
    wait_until(|| scrape().contains(counted), scrape);
    drop(browser);
    let log = program.stop();
    let line =
        log.lines().find(|line| line.contains("[API] DELETE /a 200 ")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("(the browser left; "), "{log}");
}

#[test]
fn a_batch_is_measured_to_its_last_item() {
    const SLOW: Duration = Duration::from_millis(200);
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(SLOW);
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").is_ok()
    });
    let program = Program::before(&upstream.url(), &[]);
    let batch =
        Request::new("POST", "/api/server/batch").json(r#"{"requests":[{"method":"GET","url":"/a"}]}"#);
    let answer = batch.header("Sec-Fetch-Site", "same-origin").send(program.port);
    assert_eq!(answer.status, 200);
    let log = program.stop();
    let line = log.lines().find_map(|line| line.split_once("[API] POST /batch 200 ")).unwrap().1;
    let millis: u64 = line.split_once("ms ").unwrap().0.parse().unwrap();
    assert!(millis >= 200, "{log}");
}

#[test]
fn a_wrong_configuration_stops_the_start_with_a_line_for_each_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = bff(&folder).env("BFF_LISTEN", "x").env("BFF_MAX_BODY", "lots").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.lines().count(), 2, "{errors}");
    assert!(errors.contains("bff: BFF_LISTEN: \"x\" is not an address"), "{errors}");
    assert!(errors.contains("bff: BFF_MAX_BODY: \"lots\" is not a size"), "{errors}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_route_that_matches_nothing_stops_the_start_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("routes.toml"),
        "[[route]]\npath = \"/todos\"\n\n[[route]]\npath = \"/a b\"\n",
    )
    .unwrap();
    let output = bff(&folder).env("BFF_ROUTES", "routes.toml").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    let line = "bff: BFF_ROUTES: \"routes.toml\" is not a route table: line 5: route \"/a b\": \
                no request has this path: it contains a space; write \"/a%20b\"\n";
    assert_eq!(errors, line);
}

#[test]
fn a_route_that_is_hardly_meant_is_one_warning_in_the_log() {
    let routes = RouteTable::new("[[route]]\npath = '/users/:id'\n");
    let log = Program::start(&[routes.setting(), ("DEMO_DB", ":memory:")]).stop();
    assert_eq!(log.matches(" WARN ").count(), 1, "{log}");
    let line = "line 2: route \"/users/:id\": \":id\" is the style of another router, \
                and stands for nothing but itself; write \"/users/{id}\"\n";
    assert!(log.contains(" WARN BFF_ROUTES: ") && log.contains(line), "{log}");
}

#[test]
fn a_taken_address_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = bff(&folder).env("BFF_LISTEN", &address).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.starts_with(&format!("bff: BFF_LISTEN: cannot listen on {address}")), "{errors}");
}

#[test]
fn a_request_under_way_is_finished_before_the_server_leaves() {
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(Duration::from_millis(700));
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone").is_ok()
    });
    let mut app = TestApp::before(&upstream.url(), &[]);
    let mut idle = connect(app.port);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
    idle.read_exact(&mut [0; 64]).unwrap();
    let mut browser = connect(app.port);
    browser.write_all(b"GET /api/server/slow HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
    upstream.wait_for(1);
    let started = Instant::now();
    app.stop();
    assert!(started.elapsed() < Duration::from_secs(10), "an idle connection held the server up");
    assert_eq!(read(&mut browser).text(), "done");
}

#[test]
fn a_stop_right_after_the_first_line_is_a_clean_end() {
    for round in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut child = bff(&folder).args(["--listen", ":0"]).env("DEMO_DB", ":memory:").spawn().unwrap();
        port_of(&mut child);
        terminate(&child);
        assert_eq!(wait(&mut child).code(), Some(0), "round {round}");
    }
}

#[test]
fn a_users_signal_is_one_line_in_the_log() {
    let upstream = Upstream::ok("still here");
    let mut program = Program::before(&upstream.url(), &[]);
    for name in ["USR1", "USR2"] {
        signal(&program.child, name);
        program.wait_for_log(&format!("SIG{name}: this server has no file to open again"));
        assert_eq!(Request::get("/api/server/a").send(program.port).text(), "still here");
    }
    let log = program.stop();
    assert_eq!(log.matches("SIG").count(), 0, "{log}");
}

#[test]
fn a_closed_standard_output_is_no_reason_to_end() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let folder = tempfile::tempdir().unwrap();
    let mut command = bff(&folder);
    command.args(["--listen", ":0"]).env("BFF_METRICS_LISTEN", "127.0.0.1:0").env("DEMO_DB", ":memory:");
    let mut child = command.stdout(writer).spawn().unwrap();
    let log = BufReader::new(child.stderr.as_mut().unwrap());
    let port = metrics_port_in(log.lines().map(Result::unwrap)).unwrap();
    wait_until(|| Request::get("/metrics").try_send(port).is_some(), || "it does not serve");
    terminate(&child);
    assert_eq!(wait(&mut child).code(), Some(0));
}

#[test]
fn a_second_stop_signal_does_not_cut_the_drain_short() {
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(Duration::from_millis(700));
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone").is_ok()
    });
    let program = Program::before(&upstream.url(), &[]);
    let mut browser = connect(program.port);
    browser.write_all(b"GET /api/server/slow HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
    upstream.wait_for(1);
    terminate(&program.child);
    // A server that takes no more connections has begun to drain.
    wait_until(|| TcpStream::connect(("127.0.0.1", program.port)).is_err(), || "it still accepts");
    terminate(&program.child);
    assert_eq!(read(&mut browser).text(), "done");
    program.stopped();
}
