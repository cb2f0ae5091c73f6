//! A change outdates stored responses.

use std::{
    io::{Read as _, Write as _},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

use crate::harness::{
    browser::{PATIENCE, Request, connect},
    cacheable::{answer, cache_status, get_until},
    test_app::TestApp,
    upstream::Upstream,
};

#[test]
fn a_change_outdates_its_target_its_location_and_its_tags() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, request| {
        let number = count.fetch_add(1, SeqCst) + 1;
        let fields = match request.split(' ').next().unwrap() {
            "GET" => "Cache-Control: max-age=60\r\n",
            _ => "Location: /todos/9\r\n",
        };
        connection.write_all(answer(fields, &number.to_string()).as_bytes()).is_ok()
    });
    let table = r#"
        [[route]]
        path = "/todos"
        tags = ["todos"]
        [[route]]
        path = "/todos/{id}"
        invalidates = ["todos"]
        [[route]]
        path = "/users"
    "#;
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let paths =
        ["/api/server/todos?limit=30", "/api/server/todos/1", "/api/server/todos/9", "/api/server/users"];
    for path in paths {
        let first = app.get(path);
        assert_eq!(app.get(path).text(), first.text());
    }
    assert_eq!(app.send(&Request::new("PUT", "/api/server/todos/1").json("{}")).status, 200);
    for path in &paths[..3] {
        assert_eq!(cache_status(&app.get(path)).split("; ").nth(1), Some("fwd=stale"), "{path}");
    }
    assert!(cache_status(&app.get("/api/server/users")).contains("hit"));
}

#[test]
fn an_unknown_method_is_never_stored_and_invalidates_unless_it_fails() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::scripted(move |connection, request| {
        let number = count.fetch_add(1, SeqCst) + 1;
        let bytes = if request.contains("fail") {
            "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".to_owned()
        } else {
            answer("Cache-Control: max-age=60\r\n", &number.to_string())
        };
        connection.write_all(bytes.as_bytes()).is_ok()
    });
    let table = "[[route]]\npath = '/{*rest}'\nmethods = ['GET', 'M-SEARCH']\nerrors = 'passthrough'";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let search = |body: &str| app.send(&Request::new("M-SEARCH", "/api/server/a").body(body));

    assert_eq!(app.get("/api/server/a").text(), "1");
    assert_eq!(search("fail").status, 500);
    assert_eq!(app.get("/api/server/a").text(), "1", "a failure has changed nothing");
    let found = search("words");
    assert_eq!((found.text(), found.header("cache-status")), ("3", None));
    assert!(upstream.requests()[2].starts_with("M-SEARCH /a HTTP/1.1\r\n"));
    assert!(upstream.requests()[2].ends_with("\r\n\r\nwords"), "its content goes along");
    let after = app.get("/api/server/a");
    assert_eq!((after.text(), cache_status(&after).contains("fwd=stale")), ("4", true));
    assert_eq!(search("words").text(), "5", "a stored answer is none to it");
}

#[test]
fn the_answer_to_a_change_is_not_stored_after_a_faster_change() {
    for status in ["200 OK", "409 Conflict"] {
        is_not_kept_where_another_one_was_faster(status);
    }
}

fn is_not_kept_where_another_one_was_faster(status: &'static str) {
    let (started, first) = mpsc::channel();
    let (go_on, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let upstream = Upstream::scripted(move |connection, request| {
        let (status, body) = match request.split(' ').next().unwrap() {
            "POST" => {
                started.send(()).unwrap();
                gate.lock().unwrap().recv().unwrap();
                (status, "of the first")
            }
            "PUT" => ("200 OK", ""),
            _ => ("200 OK", "of the second"),
        };
        let fields = "Content-Location: /a\r\nCache-Control: max-age=60\r\n";
        connection.write_all(answer(fields, body).replace("200 OK", status).as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    thread::scope(|scope| {
        let slow = scope.spawn(|| app.send(&Request::new("POST", "/api/server/a").body("first")));
        first.recv_timeout(PATIENCE).unwrap();
        assert_eq!(app.send(&Request::new("PUT", "/api/server/a").body("second")).status, 200);
        go_on.send(()).unwrap();
        assert_eq!(slow.join().unwrap().text(), "of the first");
    });
    assert_eq!(app.get("/api/server/a").text(), "of the second");
}

#[test]
fn a_change_counts_though_its_browser_leaves_before_the_answer() {
    let (told, left) = mpsc::channel();
    let upstream = Upstream::scripted(move |connection, request| {
        if request.starts_with("GET") {
            return connection
                .write_all(answer("Cache-Control: max-age=60\r\n", "content").as_bytes())
                .is_ok();
        }
        // The change is done; only a closed connection ends this read.
        let _ = told.send(connection.read(&mut [0]).unwrap_or_default());
        false
    });
    let app = TestApp::before(&upstream.url(), &[]);
    app.get("/api/server/a");
    assert!(cache_status(&app.get("/api/server/a")).contains("hit"));
    let mut browser = connect(app.port);
    browser.write_all(b"DELETE /api/server/a HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
    upstream.wait_for(2);
    drop(browser);
    assert_eq!(left.recv_timeout(PATIENCE), Ok(0));
    get_until(&app, "/api/server/a", |answer| cache_status(answer).contains("fwd=stale"));
}
