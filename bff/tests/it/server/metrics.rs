//! `/metrics`, on a listener of its own.

use crate::harness::{
    browser::{Request, Response},
    keys::KEY_A,
    polling::wait_until,
    program::{Program, bff},
    token_upstream::{TokenUpstream, cookie_of, login, with},
    upstream::Upstream,
};

/// A server with `/metrics`, and the port of that.
fn start(upstream: &str, settings: &[(&str, &str)]) -> (Program, u16) {
    // The log stays unread while a test is under way.
    let usual =
        [("BFF_METRICS_LISTEN", "127.0.0.1:0"), ("BFF_WORKERS", "1"), ("BFF_LOG", "error,bff::metrics=info")];
    let mut program = Program::before(upstream, &[&usual, settings].concat());
    let port = program.metrics_port();
    (program, port)
}

fn scrape(port: u16) -> String {
    let answer = Request::get("/metrics").send(port);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4"));
    String::from_utf8(answer.body).unwrap()
}

/// The value of the series that begins like this.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

#[test]
fn requests_cache_limiter_and_upstream_are_counted() {
    let upstream = Upstream::scripted(|connection, request| {
        let status =
            if request.contains("/broken") { "500 Oops" } else { "200 OK\r\nCache-Control: max-age=60" };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}");
        std::io::Write::write_all(connection, answer.as_bytes()).is_ok()
    });
    let (program, port) = start(&upstream.url(), &[("BFF_RATE_LIMIT", "4/1m")]);
    let get = |path: &str| -> Response { Request::get(path).send(program.port) };
    get("/api/server/todos");
    get("/api/server/todos");
    get("/api/server/broken");
    get("/api/server/a/%2e%2e/b");
    Request::get("/api/server/todos")
        .header("Sec-Fetch-Site", "cross-site")
        .send(program.port)
        .problem(403, "cross_site");
    get("/api/server/todos");
    get("/api/server/todos").problem(429, "rate_limited");

    for (media_type, body) in [
        ("application/csp-report", r#"{"csp-report":{"effective-directive":"img-src"}}"#),
        ("application/json", r#"{"kind":"panic","message":"","page":"/"}"#),
        ("application/json", r#"{"kind":"query","message":"","page":"/"}"#),
    ] {
        let report = Request::new("POST", "/bff/report").header("Content-Type", media_type).body(body);
        assert_eq!(report.send(program.port).status, 204);
    }

    let text = scrape(port);
    let count = |labels: &str| value(&text, &format!("bff_request_duration_seconds_count{{{labels}}}"));
    assert_eq!(count(r#"outcome="2xx",route="/{*rest}""#), Some(3.0), "{text}");
    assert_eq!(count(r#"outcome="5xx",route="/{*rest}""#), Some(1.0), "{text}");
    assert_eq!(count(r#"outcome="rate_limited",route="/{*rest}""#), Some(1.0), "{text}");
    assert_eq!(count(r#"outcome="cross_site",route="/{*rest}""#), Some(1.0), "{text}");
    assert_eq!(count(r#"outcome="ambiguous_path",route="none""#), Some(1.0), "{text}");
    let cache = |outcome: &str| value(&text, &format!("bff_cache_answers_total{{outcome=\"{outcome}\"}}"));
    assert_eq!((cache("hit"), cache("uri-miss")), (Some(2.0), Some(1.0)), "{text}");
    assert!(value(&text, "bff_cache_bytes").unwrap() > 0.0, "{text}");
    let verdict = |verdict: &str| {
        value(&text, &format!("bff_limiter_verdicts_total{{policy=\"default\",verdict=\"{verdict}\"}}"))
    };
    assert_eq!((verdict("allowed"), verdict("refused")), (Some(4.0), Some(1.0)), "{text}");
    let upstream = |outcome: &str| {
        value(
            &text,
            &format!("bff_upstream_duration_seconds_count{{outcome=\"{outcome}\",upstream=\"default\"}}"),
        )
    };
    assert_eq!((upstream("2xx"), upstream("5xx")), (Some(1.0), Some(1.0)), "{text}");
    assert_eq!(value(&text, "bff_upstream_exchanges"), Some(0.0), "{text}");
    assert_eq!(value(&text, r#"bff_security_events_total{event="refused_path"}"#), Some(1.0), "{text}");
    for kind in ["csp_violation", "browser_panic", "query_error"] {
        let series = format!("bff_browser_reports_total{{kind=\"{kind}\"}}");
        assert_eq!(value(&text, &series), Some(1.0), "{text}");
    }
    let allowed = r#"bff_limiter_verdicts_total{policy="report",verdict="allowed"}"#;
    assert_eq!(value(&text, allowed), Some(3.0), "{text}");
    assert!(text.contains("bff_build_info{version="), "{text}");
    program.stop();
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_is_measured_under_the_usual_names() {
    let upstream = Upstream::ok("{}");
    let (program, port) = start(&upstream.url(), &[]);
    let before = scrape(port);
    let read = |text: &str, name: &str| value(text, name).unwrap_or_else(|| panic!("{name}: {text}"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let age = now - read(&before, "process_start_time_seconds ");
    assert!((-2.0..120.0).contains(&age), "{age}");
    assert!(read(&before, "process_threads ") >= 2.0, "{before}");
    assert!(read(&before, "process_resident_memory_bytes ") > 1e6, "{before}");
    assert!(
        read(&before, "process_virtual_memory_bytes ") > read(&before, "process_resident_memory_bytes "),
        "{before}"
    );
    let open = read(&before, "process_open_fds ");
    assert!(open >= 5.0 && open < read(&before, "process_max_fds "), "{before}");
    let held: Vec<_> = (0..20).map(|_| crate::harness::browser::connect(program.port)).collect();
    wait_until(|| read(&scrape(port), "process_open_fds ") >= open + 20.0, || scrape(port));
    drop(held);
    let worked = read(&before, "process_cpu_seconds_total ");
    let works = || {
        Request::get("/api/server/a").send(program.port);
        read(&scrape(port), "process_cpu_seconds_total ") > worked
    };
    wait_until(works, || "no processor time is counted");
    for (name, kind) in [("process_cpu_seconds_total", "counter"), ("process_open_fds", "gauge")] {
        assert!(before.contains(&format!("# TYPE {name} {kind}\n")), "{before}");
    }
    program.stop();
}

#[test]
fn living_sessions_are_counted_where_the_process_keeps_them() {
    for place in ["memory", "cookie"] {
        let upstream = TokenUpstream::start();
        let settings = [("BFF_SESSION_STORE", place), ("BFF_SESSION_KEY", KEY_A), ("BFF_SESSION_IDLE", "3s")];
        let (program, port) = start(&upstream.upstream.url(), &settings);
        let living = || value(&scrape(port), "bff_sessions");
        assert_eq!(living(), Some(0.0));
        let cookie = cookie_of(&login("ada", "adapass").send(program.port));
        cookie_of(&login("ada", "adapass").send(program.port));
        assert_eq!(living(), Some(2.0));
        with(&cookie, Request::new("POST", "/bff/logout")).send(program.port);
        assert_eq!(living(), Some(1.0));
        // The other one ends unused.
        wait_until(|| living() == Some(0.0), || place);
        program.stop();
    }
}

#[test]
fn security_36_metrics_are_not_on_the_public_listener() {
    let upstream = Upstream::ok("{}");
    let (program, port) = start(&upstream.url(), &[]);
    for path in ["/metrics", "/api/server/../metrics", "/%6detrics", "/bff/metrics", "//metrics"] {
        let answer = Request::get(path).send(program.port);
        assert!(!String::from_utf8_lossy(&answer.body).contains("bff_"), "{path}");
    }
    // And there is nothing of the public listener on this one.
    for path in ["/api/server/todos", "/healthz", "/"] {
        assert_eq!(Request::get(path).send(port).status, 404, "{path}");
    }
    assert_eq!(Request::new("POST", "/metrics").send(port).status, 404);
    program.stop();
}

#[test]
fn strangers_do_not_make_the_labels_grow() {
    let upstream = Upstream::ok("{}");
    let (program, port) = start(&upstream.url(), &[("BFF_RATE_LIMIT", "off"), ("BFF_CACHE_MAX", "off")]);
    let get = |path: String| Request::get(&path).send(program.port);
    let shape = |text: String| text.lines().filter(|line| !line.starts_with('#')).count();
    get("/api/server/first".to_owned());
    get("/api/server/a/%2e%2e".to_owned());
    get("/api/serverless".to_owned());
    let before = shape(scrape(port));
    for number in 0..300 {
        get(format!("/api/server/{number}?q={number}"));
        get(format!("/api/server/{number}/%2e%2e"));
        Request::new(&format!("M{number}"), "/api/server/x").send(program.port);
    }
    let text = scrape(port);
    let methods = text.lines().filter(|line| line.contains("method_not_allowed")).count();
    assert_eq!(shape(text) - methods, before);
    program.stop();
}

#[test]
fn an_address_that_is_taken_is_said_in_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = bff(&folder)
        .env("BFF_LISTEN", "127.0.0.1:0")
        .env("BFF_METRICS_LISTEN", &address)
        .env("DEMO_DB", ":memory:")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("BFF_METRICS_LISTEN: cannot listen on {address}")), "{said}");
}
