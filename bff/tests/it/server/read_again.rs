//! SIGHUP: route table, app, certificates and secrets' files are read again.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::harness::{
    browser::Request,
    keys::{KEY_A, KEY_B},
    program::{Program, signal},
    token_upstream::{TokenUpstream, cookie_of, login, with},
    upstream::Upstream,
    websocket::{OPEN, StreamUpstream, echo, open, rest},
};

const TODOS: &str = "[[route]]\npath = \"/todos\"\n";
const USERS: &str = "[[route]]\npath = \"/users\"\n";

/// Sends SIGHUP and waits for the line with these words.
fn read_again(program: &mut Program, words: &str) {
    signal(&program.child, "HUP");
    program.wait_for_log(words);
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn another_route_table_counts_from_the_next_request_on_and_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let table = write(folder.path(), "routes.toml", TODOS);
    let upstream = Upstream::ok("{}");
    let settings = [("BFF_ROUTES", table.as_str()), ("BFF_RATE_LIMIT", "off"), ("BFF_WORKERS", "2")];
    let mut program = Program::before(&upstream.url(), &settings);
    let port = program.port;
    let done = AtomicBool::new(false);
    let served = thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut served = 0;
                    while !done.load(Ordering::Relaxed) {
                        assert_eq!(Request::get("/api/server/todos").send(port).status, 200);
                        served += 1;
                    }
                    served
                })
            })
            .collect();
        for round in 0..10 {
            let with_users = round % 2 == 0;
            write(
                folder.path(),
                "routes.toml",
                &if with_users { [TODOS, USERS].concat() } else { TODOS.to_owned() },
            );
            read_again(&mut program, "SIGHUP: routes, app, certificates and secrets were read again");
            let expected = if with_users { 200 } else { 404 };
            assert_eq!(Request::get("/api/server/users").send(port).status, expected, "round {round}");
        }
        done.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>()
    });
    assert!(served > 10, "{served}");
    program.stop();
}

#[test]
fn a_table_that_is_none_leaves_the_one_before_and_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let table = write(folder.path(), "routes.toml", TODOS);
    let app = tempfile::tempdir().unwrap();
    write(app.path(), "index.html", "one");
    let upstream = Upstream::ok("{}");
    let settings = [("BFF_ROUTES", table.as_str()), ("BFF_SPA_DIR", app.path().to_str().unwrap())];
    let mut program = Program::before(&upstream.url(), &settings);
    write(folder.path(), "routes.toml", "[[route]]\npath = \"todos\"\n");
    write(app.path(), "index.html", "two");
    read_again(&mut program, "SIGHUP: nothing has changed problem=\"BFF_ROUTES: ");
    assert_eq!(Request::get("/api/server/todos").send(program.port).status, 200);
    assert_eq!(Request::get("/").send(program.port).text(), "one");
    write(folder.path(), "routes.toml", TODOS);
    read_again(&mut program, "SIGHUP: routes, app");
    assert_eq!(Request::get("/").send(program.port).text(), "two");
    let log = program.stop();
    assert!(!log.contains("SIGHUP"), "{log}");
}

#[test]
fn an_app_without_a_start_page_leaves_the_one_before() {
    let app = tempfile::tempdir().unwrap();
    write(app.path(), "index.html", "one");
    let upstream = Upstream::ok("{}");
    let mut program = Program::before(&upstream.url(), &[("BFF_SPA_DIR", app.path().to_str().unwrap())]);
    fs::remove_file(app.path().join("index.html")).unwrap();
    read_again(&mut program, "SIGHUP: nothing has changed problem=\"BFF_SPA_DIR: ");
    assert_eq!(Request::get("/").send(program.port).text(), "one");
    program.stop();
}

#[test]
fn fields_that_a_route_selects_no_more_do_not_come_out_of_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let route = |select: &str| {
        format!("[[route]]\npath = \"/me\"\nselect = [{select}]\ncache = {{ ttl = \"60s\" }}\n")
    };
    let table = write(folder.path(), "routes.toml", &route("\"id\", \"ssn\""));
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 23\r\n\r\n{\"id\":1,\"ssn\":\"secret\"}",
    );
    let mut program = Program::before(&upstream.url(), &[("BFF_ROUTES", table.as_str())]);
    let read = || Request::get("/api/server/me").send(program.port).text().to_owned();
    assert_eq!(read(), r#"{"id":1,"ssn":"secret"}"#);
    assert_eq!((read(), upstream.requests().len()), (r#"{"id":1,"ssn":"secret"}"#.to_owned(), 1));
    write(folder.path(), "routes.toml", &route("\"id\""));
    read_again(&mut program, "SIGHUP: routes, app");
    assert_eq!(Request::get("/api/server/me").send(program.port).text(), r#"{"id":1}"#);
    program.stop();
}

#[test]
fn a_session_outlives_the_rotation_of_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = TokenUpstream::start();
    for store in ["memory", "cookie"] {
        let keys = write(folder.path(), "keys", KEY_A);
        let settings = [("BFF_SESSION_KEY_FILE", keys.as_str()), ("BFF_SESSION_STORE", store)];
        let mut program = Program::before(&upstream.upstream.url(), &settings);
        let port = program.port;
        let user = move |cookie: &str| {
            let answer = with(cookie, Request::get("/bff/session")).send(port);
            answer.json()["user"]["username"].as_str().map(str::to_owned)
        };
        let ada = cookie_of(&login("ada", "adapass").send(port));
        write(folder.path(), "keys", &format!("{KEY_B},{KEY_A}\n"));
        read_again(&mut program, "SIGHUP: routes, app");
        assert_eq!(user(&ada).as_deref(), Some("ada"), "{store}: the key before is still read");
        let newer = cookie_of(&login("ada", "adapass").send(port));
        write(folder.path(), "keys", KEY_B);
        read_again(&mut program, "SIGHUP: routes, app");
        assert_eq!(user(&newer).as_deref(), Some("ada"), "{store}: the new key writes");
        assert_eq!(user(&ada), None, "{store}: the key before is gone");
        write(folder.path(), "keys", "no key");
        read_again(&mut program, "SIGHUP: nothing has changed problem=\"BFF_SESSION_KEY");
        assert_eq!(user(&newer).as_deref(), Some("ada"), "{store}");
        program.stop();
    }
}

#[test]
fn what_flows_by_a_key_that_is_gone_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for store in ["memory", "cookie"] {
        let upstream = StreamUpstream::start();
        let keys = write(folder.path(), "keys", KEY_A);
        let table = write(folder.path(), "routes.toml", OPEN);
        let settings =
            [("BFF_SESSION_KEY_FILE", keys.as_str()), ("BFF_SESSION_STORE", store), ("BFF_ROUTES", &table)];
        let mut program = Program::before(&upstream.url(), &settings);
        let ada = cookie_of(&login("ada", "adapass").send(program.port));
        let mut tunnel = open(program.port, "/api/server/echo", &[("Cookie", &ada)]);
        echo(&mut tunnel, b"hello");
        write(folder.path(), "keys", &format!("{KEY_B},{KEY_A}"));
        read_again(&mut program, "SIGHUP: routes, app");
        echo(&mut tunnel, b"still here");
        write(folder.path(), "keys", KEY_B);
        read_again(&mut program, "SIGHUP: routes, app");
        assert_eq!(rest(&mut tunnel), b"", "{store}");
        program.stop();
    }
}

#[test]
fn limits_of_routes_go_on_wherever_the_table_moves_them() {
    let folder = tempfile::tempdir().unwrap();
    let limited = |path: &str| format!("[[route]]\npath = \"{path}\"\nlimit = \"2/1h\"\n");
    let (todos, users) = (limited("/todos"), limited("/users"));
    let table = write(folder.path(), "routes.toml", &[todos.as_str(), &users].concat());
    let upstream = Upstream::ok("{}");
    let mut program = Program::before(&upstream.url(), &[("BFF_ROUTES", table.as_str())]);
    let port = program.port;
    let ask = |path: &str| Request::get(&format!("/api/server{path}")).send(port).status;
    assert_eq!([ask("/users"), ask("/users"), ask("/users")], [200, 200, 429]);
    write(folder.path(), "routes.toml", &[users.as_str(), &todos].concat());
    read_again(&mut program, "SIGHUP: routes, app");
    assert_eq!([ask("/users"), ask("/todos"), ask("/todos"), ask("/todos")], [429, 200, 200, 429]);
    program.stop();
}

#[test]
fn what_a_caller_has_under_way_counts_after_it_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = StreamUpstream::start();
    let table = write(folder.path(), "routes.toml", OPEN);
    let settings = [("BFF_ROUTES", table.as_str()), ("BFF_CALLER_EXCHANGES", "1")];
    let mut program = Program::before(&upstream.url(), &settings);
    let ada = cookie_of(&login("ada", "adapass").send(program.port));
    let mut tunnel = open(program.port, "/api/server/echo", &[("Cookie", &ada)]);
    echo(&mut tunnel, b"hello");
    read_again(&mut program, "SIGHUP: routes, app");
    let second = with(&ada, Request::get("/api/server/events")).send(program.port);
    second.problem(429, "rate_limited");
    program.stop();
}

#[test]
fn people_are_named_by_the_newest_key_in_access_lines() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = TokenUpstream::start();
    let keys = write(folder.path(), "keys", KEY_A);
    let mut program = Program::before(&upstream.upstream.url(), &[("BFF_SESSION_KEY_FILE", keys.as_str())]);
    let ada = cookie_of(&login("ada", "adapass").send(program.port));
    let mut names = Vec::new();
    for keys in [None, Some(format!("{KEY_B},{KEY_A}"))] {
        if let Some(keys) = keys {
            write(folder.path(), "keys", &keys);
            read_again(&mut program, "SIGHUP: routes, app");
        }
        with(&ada, Request::get("/api/server/whoami")).send(program.port);
        let line = program.wait_for_log("[API] GET /whoami 200");
        names.push(line.split_once("user=").unwrap().1.trim().to_owned());
    }
    assert!(names[0].len() == 16 && names[1].len() == 16 && names[0] != names[1], "{names:?}");
    program.stop();
}
