//! A hostile or broken upstream: the browser gets a complete answer, a problem, or a cut connection. It never gets a
//! damaged answer that looks complete, nor the answer to another request.

use std::{io::Write as _, thread, time::Duration};

use front_fixture::unused_port;

use crate::harness::{
    browser::{Request, Response},
    test_app::TestApp,
    upstream::Upstream,
};

/// Short deadlines, so that waiting for them is not the test.
const HASTY: [(&str, &str); 3] =
    [("BFF_UPSTREAM_TIMEOUT", "300ms"), ("BFF_CONNECT_TIMEOUT", "300ms"), ("BFF_IDLE_TIMEOUT", "300ms")];

fn answer_of(bytes: &str) -> Response {
    let upstream = Upstream::answering(bytes);
    TestApp::before(&upstream.url(), &HASTY).get("/api/server/x")
}

#[test]
fn answers_that_are_broken_before_their_body_are_bad_gateways() {
    let huge = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "y".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(200));
    for bytes in [
        "",
        "HTTP/1.1 2",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 600 What\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n",
        huge.as_str(),
        many.as_str(),
    ] {
        let problem = answer_of(bytes).problem(502, "upstream_invalid");
        assert_eq!(problem["detail"], "The service behind this one gave an unusable answer.");
    }
}

#[test]
fn security_34_a_long_answer_that_ends_early_is_cut_and_not_completed() {
    let long = "x".repeat(100_000);
    for bytes in [
        format!("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n{long}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186A0\r\n{long}\r\n"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186A0\r\n{long}\r\nzz\r\n"),
    ] {
        let answer = answer_of(&bytes);
        assert_eq!(answer.status, 200);
        assert!(!answer.complete, "a truncated answer looks whole");
    }
}

#[test]
fn an_answer_that_breaks_off_is_never_an_empty_reply() {
    for bytes in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\nabc",
    ] {
        let upstream = Upstream::answering(bytes);
        let app = TestApp::before(&upstream.url(), &HASTY);
        for _ in 0..20 {
            let answer = app.send(&Request::new("POST", "/api/server/x").body(""));
            // Before the head has gone on, a problem may still take its place.
            assert!(matches!((answer.status, answer.complete), (200, false) | (502, true)), "{bytes}");
        }
    }
}

#[test]
fn a_space_before_a_colon_is_taken_out() {
    let answer = answer_of(
        "HTTP/1.1 200 OK\r\nContent-Type : text/plain\r\nX-Total-Count\t: 7\r\nContent-Length : 5\r\n\r\nhello",
    );
    assert_eq!((answer.status, answer.text(), answer.complete), (200, "hello", true));
    assert_eq!(
        (answer.header("content-type"), answer.header("x-total-count")),
        (Some("text/plain"), Some("7"))
    );
    // Two lengths are two, spaced or not.
    answer_of("HTTP/1.1 200 OK\r\nContent-Length : 5\r\nContent-Length: 6\r\n\r\nhello")
        .problem(502, "upstream_invalid");
}

#[test]
fn a_folded_field_of_an_answer_becomes_one_line() {
    let answer = answer_of(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain;\r\n charset=utf-8\r\nX-Total-Count:\r\n\t7\r\nContent-Length: 5\r\n\r\nhello",
    );
    assert_eq!((answer.status, answer.text(), answer.complete), (200, "hello", true));
    assert_eq!(
        (answer.header("content-type"), answer.header("x-total-count")),
        (Some("text/plain;   charset=utf-8"), Some("7"))
    );
}

#[test]
fn interim_responses_are_not_the_answer() {
    let answer = answer_of(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfinal",
    );
    assert_eq!((answer.status, answer.text()), (200, "final"));
}

#[test]
fn a_late_final_answer_behind_an_interim_one_goes_to_nobody_else() {
    let upstream = Upstream::scripted(|connection, request| {
        let name = request.split([' ', '/']).nth(2).unwrap_or_default();
        connection.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n").unwrap();
        thread::sleep(Duration::from_millis(20));
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{name}", name.len());
        connection.write_all(answer.as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    for name in ["anna", "bob", "carla", "dan"] {
        assert_eq!(app.get(&format!("/api/server/{name}")).text(), name);
    }
}

#[test]
fn bytes_after_an_answer_go_to_nobody_else() {
    let upstream = Upstream::scripted(|connection, _| {
        connection
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            .is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    for _ in 0..5 {
        assert_eq!(app.get("/api/server/x").text(), "ok");
    }
}

#[test]
fn an_upgrade_field_neither_hides_the_body_nor_leaks_it_into_the_next() {
    let upstream = Upstream::scripted(|connection, request| {
        let name = request.split([' ', '/']).nth(2).unwrap_or_default();
        let head = format!(
            "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: {}\r\n\r\n",
            name.len()
        );
        connection.write_all(head.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(20));
        connection.write_all(name.as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    for name in ["anna", "bob", "carla"] {
        let answer = app.get(&format!("/api/server/{name}"));
        assert_eq!((answer.status, answer.text()), (426, name));
    }
}

#[test]
fn an_answer_without_a_length_is_whole_at_the_end_of_the_connection() {
    let answer = answer_of("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end");
    assert_eq!((answer.status, answer.text(), answer.complete), (200, "to the end", true));
}

#[test]
fn an_answer_without_content_is_whole_with_its_head_in_http_10_too() {
    // The upstream never closes: who waits for the end of the connection gets a 504.
    let upstream =
        Upstream::scripted(|connection, _| connection.write_all(b"HTTP/1.0 204 No Content\r\n\r\n").is_ok());
    let app = TestApp::before(&upstream.url(), &[("BFF_UPSTREAM_TIMEOUT", "1s")]);
    for method in ["GET", "HEAD", "DELETE"] {
        assert_eq!(app.send(&Request::new(method, "/api/server/x")).status, 204, "{method}");
    }
}

#[test]
fn chunked_trailers_are_left_behind() {
    let answer = answer_of(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    );
    assert_eq!((answer.status, answer.text(), answer.complete), (200, "hello", true));
    assert_eq!(answer.header("x-sum"), None);
}

#[test]
fn an_upstream_that_is_not_there_is_unreachable() {
    let port = unused_port();
    let app = TestApp::before(&format!("http://127.0.0.1:{port}"), &HASTY);
    let problem = app.get("/api/server/x").problem(502, "upstream_unreachable");
    assert!(!problem.to_string().contains(&port.to_string()));
    let app = TestApp::before("http://does-not-exist.invalid", &HASTY);
    app.get("/api/server/x").problem(502, "upstream_unreachable");
}

#[test]
fn security_19_redirects_are_not_followed() {
    let upstream =
        Upstream::answering("HTTP/1.1 301 Moved\r\nLocation: /x?again\r\nContent-Length: 0\r\n\r\n");
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = app.get("/api/server/x");
    assert_eq!((answer.status, answer.header("location")), (301, Some("/api/server/x?again")));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_19_a_foreign_redirect_is_refused_or_passed_as_configured() {
    let upstream = Upstream::answering(
        "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/x\r\nContent-Length: 0\r\n\r\n",
    );
    TestApp::before(&upstream.url(), &[]).get("/api/server/x").problem(502, "upstream_invalid");
    let passing = TestApp::before(&upstream.url(), &[("BFF_FOREIGN_REDIRECTS", "pass")]);
    assert_eq!(passing.get("/api/server/x").header("location"), Some("https://elsewhere.example/x"));
}

#[test]
fn security_27_and_28_error_pages_and_5xx_bodies_become_problems() {
    let page = "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<pre>Cannot GET /</pre>";
    answer_of(page).problem(404, "api_not_found");
    for (status, code) in [
        (500, "internal"),
        (502, "upstream_invalid"),
        (503, "upstream_overloaded"),
        (504, "upstream_timeout"),
    ] {
        let answer = answer_of(&format!(
            "HTTP/1.1 {status} Oops\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{{\"stack\":\"at /srv/app.js:1\"}}"
        ));
        let problem = answer.problem(status, code);
        assert!(!problem.to_string().contains("app.js"), "{problem}");
    }
}

#[test]
fn an_early_refusal_of_an_upload_is_the_answer() {
    let upstream = Upstream::after_head(|connection| {
        let refusal = b"HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"message\":\"big\"}";
        connection.write_all(refusal).unwrap();
        // The upload stays unread while the connection stays open.
        thread::sleep(Duration::from_secs(2));
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = app.send(&Request::new("POST", "/api/server/upload").body(vec![b'x'; 9_000_000]));
    assert_eq!((answer.status, answer.text()), (413, "{\"message\":\"big\"}"));
}

#[test]
fn no_more_exchanges_at_once_than_configured() {
    let upstream = Upstream::scripted(|connection, _| {
        thread::sleep(Duration::from_millis(800));
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok()
    });
    let app =
        TestApp::before(&upstream.url(), &[("BFF_UPSTREAM_CONNECTIONS", "1"), ("BFF_CALLER_EXCHANGES", "2")]);
    let port = app.port;
    let first = thread::spawn(move || Request::get("/api/server/a").send(port).status);
    upstream.wait_for(1);
    let second = app.get("/api/server/b");
    second.problem(503, "busy");
    assert_eq!(second.header("retry-after"), Some("1"));
    assert_eq!(first.join().unwrap(), 200);
    assert_eq!(app.get("/api/server/c").status, 200, "the place is free again");
}
