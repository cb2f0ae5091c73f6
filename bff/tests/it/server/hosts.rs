//! SECURITY.md line 51: the name that a request calls the server by.

use crate::harness::{
    browser::{Request, Response, raw},
    program::Program,
    test_app::TestApp,
    upstream::Upstream,
};

fn ask(port: u16, target: &str, host: &str) -> Response {
    raw(port, format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())
}

#[test]
fn security_51_a_name_that_is_not_ours_gets_nothing_but_the_reason() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[]);
    for target in ["/api/server/todos", "/bff/session", "/", "/api/server/batch", "/no/such/page"] {
        for host in ["evil.example", "evil.example:3000", "app.test.evil.example", "127.0.0.1.evil.example"] {
            let problem = ask(app.port, target, host).problem(421, "wrong_host");
            assert!(!problem.to_string().contains("BFF_HOSTS"), "settings are the operator's: {problem}");
        }
    }
    assert_eq!(upstream.requests().len(), 0);
    for target in ["/healthz", "/readyz"] {
        assert_eq!(ask(app.port, target, "balancer.example").status, 200, "{target}");
    }
}

#[test]
fn security_51_addresses_loopback_names_and_listed_names_are_ours() {
    let upstream = Upstream::ok("{}");
    let settings = [("BFF_PUBLIC_URL", "https://shop.example"), ("BFF_HOSTS", "old.example,*.apps.example")];
    let app = TestApp::before(&upstream.url(), &settings);
    for host in [
        "shop.example",
        "SHOP.example:443",
        "shop.example.",
        "old.example",
        "a.apps.example",
        "127.0.0.1",
        "192.0.2.7:8080",
        "[::1]:3000",
        "localhost:3000",
        "my.localhost",
    ] {
        assert_eq!(ask(app.port, "/api/server/todos", host).status, 200, "{host}");
    }
    for host in ["apps.example", "app.test", "example", ""] {
        ask(app.port, "/api/server/todos", host).problem(421, "wrong_host");
    }
}

#[test]
fn security_51_a_request_names_one_host_in_whatever_form() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[]);
    let send = |head: &str| raw(app.port, format!("{head}\r\nConnection: close\r\n\r\n").as_bytes());
    send("GET /bff/session HTTP/1.1").problem(400, "invalid_request");
    send("GET /bff/session HTTP/1.1\r\nHost: app.test\r\nHost: app.test").problem(400, "invalid_request");
    send("GET /bff/session HTTP/1.0").problem(421, "wrong_host");
    assert_eq!(send("GET /bff/session HTTP/1.0\r\nHost: app.test").status, 200);
    assert_eq!(send("GET /healthz HTTP/1.0").status, 200);
    send("GET http://evil.example/bff/session HTTP/1.1\r\nHost: app.test").problem(421, "wrong_host");
    send("GET http://app.test/bff/session HTTP/1.1\r\nHost: evil.example").problem(421, "wrong_host");
    assert_eq!(send("GET http://app.test/bff/session HTTP/1.1\r\nHost: app.test").status, 200);
    send("GET http://app.test/api/server/x HTTP/1.1\r\nHost: app.test").problem(400, "ambiguous_path");
}

#[test]
fn security_51_the_private_listener_answers_to_our_names_only() {
    let upstream = Upstream::ok("{}");
    let mut program = Program::before(&upstream.url(), &[("BFF_METRICS_LISTEN", "127.0.0.1:0")]);
    let metrics = program.metrics_port();
    ask(metrics, "/metrics", "evil.example").problem_without_id(421, "wrong_host");
    for host in ["127.0.0.1", "localhost", "app.test"] {
        assert_eq!(ask(metrics, "/metrics", host).status, 200, "{host}");
    }
    assert!(Request::get("/metrics").send(metrics).text().contains(r#"event="refused_host""#));
}

#[test]
fn security_51_a_refused_name_is_a_line_that_says_the_setting() {
    let upstream = Upstream::ok("{}");
    let program = Program::before(&upstream.url(), &[]);
    let answer = ask(program.port, "/api/server/todos?token=hunter2", "evil.example");
    ask(program.port, "/", "eve:hunter2@evil.example").problem(421, "wrong_host");
    let log = program.stop();
    let id = answer.header("x-request-id").unwrap();
    let event = log.lines().find(|line| line.contains("refused_host") && line.contains(id)).unwrap();
    assert!(event.contains("evil.example") && event.contains("BFF_HOSTS"), "{log}");
    let access = log.lines().filter(|line| line.contains("[API] GET /todos 421") && line.contains(id));
    assert_eq!(access.count(), 1, "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}
