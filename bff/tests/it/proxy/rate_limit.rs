//! Rate limits per person, per address and per route.

use crate::harness::{
    browser::Request,
    keys::KEY_A,
    test_app::TestApp,
    token_upstream::{TokenUpstream, cookie_of, login, sign_in, with},
    upstream::Upstream,
};

#[test]
fn ten_pass_and_the_eleventh_is_told_when_to_come_back() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[("BFF_RATE_LIMIT", "10/1h")]);
    for left in (0..10).rev() {
        let answer = app.get("/api/server/x");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=10;w=3600"));
        assert_eq!(answer.header("ratelimit"), Some(format!("\"default\";r={left};t=3600").as_str()));
        assert_eq!(answer.header("retry-after"), None);
    }
    let refused = app.get("/api/server/x");
    assert_eq!(refused.problem(429, "rate_limited")["error"], "Too many requests");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=7200).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit"), Some(format!("\"default\";r=0;t={wait}").as_str()));
    assert_eq!(upstream.requests().len(), 10, "the upstream is spared");
    assert_eq!(app.get("/healthz").status, 200);
    assert_eq!(app.get("/bff/session").status, 200, "who is signed in can always be asked");
}

#[test]
fn security_30_a_person_has_a_limit_of_its_own_and_so_has_an_address() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[("BFF_RATE_LIMIT", "2/1h")]);
    let sign_in_as = |name: &str| cookie_of(&app.send(&login(name, "adapass")));
    let (one, two) = (sign_in_as("person-1"), sign_in_as("person-2"));
    let ask = |cookie: &str| app.send(&with(cookie, Request::get("/api/server/todos"))).status;
    assert_eq!([ask(&one), ask(&one), ask(&one)], [200, 200, 429]);
    assert_eq!([ask(&two), ask(&two), ask(&two)], [200, 200, 429]);
    let anonymous =
        |list: &str| app.send(&Request::get("/api/server/open").header("X-Forwarded-For", list)).status;
    assert_eq!([anonymous("1.1.1.1"), anonymous("2.2.2.2"), anonymous("3.3.3.3")], [200, 200, 429]);
    // A session that is not there is charged to the address: it does not open a door.
    assert_eq!(ask(&format!("bff={}", "A".repeat(43))), 429);
}

#[test]
fn security_30_a_trusted_proxys_clients_are_told_apart() {
    let upstream = Upstream::ok("{}");
    let settings = [("BFF_RATE_LIMIT", "1/1h"), ("BFF_TRUSTED_PROXIES", "127.0.0.1")];
    let app = TestApp::before(&upstream.url(), &settings);
    let ask = |list: &str| app.send(&Request::get("/api/server/x").header("X-Forwarded-For", list)).status;
    assert_eq!([ask("203.0.113.1"), ask("203.0.113.2"), ask("9.9.9.9, 203.0.113.1")], [200, 200, 429]);
}

#[test]
fn a_route_may_be_stricter_and_the_upstreams_ratelimit_field_stays() {
    let upstream = Upstream::scripted(|connection, _| {
        use std::io::Write as _;
        connection
            .write_all(b"HTTP/1.1 200 OK\r\nRateLimit: \"api\";r=0;t=9\r\nContent-Length: 0\r\n\r\n")
            .is_ok()
    });
    let table = "[[route]]\npath = \"/report\"\nlimit = \"1/1h\"\n[[route]]\npath = \"/todos\"\n";
    let app = TestApp::with_routes(&upstream.url(), table, &[("BFF_RATE_LIMIT", "3/1h")]);
    let answer = app.get("/api/server/report");
    let said: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "ratelimit")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(said, ["\"api\";r=0;t=9", "\"default\";r=2;t=3600", "\"route\";r=0;t=3600"]);
    app.get("/api/server/report").problem(429, "rate_limited");
    assert_eq!(app.get("/api/server/todos").status, 200);
    app.get("/api/server/todos").problem(429, "rate_limited");
}

#[test]
fn a_rate_limit_that_is_off_limits_nothing() {
    let upstream = Upstream::ok("{}");
    let app = TestApp::before(&upstream.url(), &[("BFF_RATE_LIMIT", "off")]);
    for _ in 0..150 {
        let answer = app.get("/api/server/x");
        assert_eq!((answer.status, answer.header("ratelimit")), (200, None));
    }
}

#[test]
fn security_45_an_address_is_charged_for_everything_before_it_costs_anything() {
    let upstream = Upstream::ok("{}");
    let app =
        TestApp::before(&upstream.url(), &[("BFF_RATE_LIMIT", "100/1h"), ("BFF_ADDRESS_LIMIT", "4/1h")]);
    let asked = ["/", "/api/server/a//b", "/bff/session", "/nothing.js"].map(|path| app.get(path).status);
    assert!(!asked.contains(&429), "{asked:?}");
    let batch = Request::new("POST", "/api/server/batch").json("{\"requests\":[");
    for request in [Request::get("/"), Request::get("/api/server/x"), Request::get("/healthz"), batch] {
        let refused = app.send(&request);
        refused.problem(429, "rate_limited");
        assert!(refused.header("retry-after").is_some());
    }
    assert_eq!(upstream.requests().len(), 0);
}

#[test]
fn security_45_an_address_may_ask_for_ten_times_what_a_caller_may() {
    let app = TestApp::before(&Upstream::ok("{}").url(), &[("BFF_RATE_LIMIT", "1/1h")]);
    let asked: Vec<u16> = (0..11).map(|_| app.get("/healthz").status).collect();
    assert_eq!(asked.iter().filter(|status| **status == 200).count(), 10, "{asked:?}");
}

#[test]
fn security_48_one_caller_cannot_take_all_places() {
    let upstream = Upstream::scripted(|connection, request| {
        use std::io::{Read as _, Write as _};
        if request.starts_with("GET /held") {
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:\n\n");
            let _ = connection.read(&mut [0]);
            return false;
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok()
    });
    let settings = [
        ("BFF_UPSTREAM_CONNECTIONS", "8"),
        ("BFF_TRUSTED_PROXIES", "127.0.0.1"),
        ("BFF_RATE_LIMIT", "off"),
        ("BFF_WORKERS", "2"),
    ];
    let app = TestApp::before(&upstream.url(), &settings);
    let of = |address: &str, path: &str| Request::get(path).header("X-Forwarded-For", address);
    let held: Vec<_> = (0..2)
        .map(|count| {
            let mut held = of("203.0.113.1", "/api/server/held").begin(app.port);
            upstream.wait_for(count + 1);
            // Its head has come, so that it is counted.
            std::io::Read::read_exact(&mut held, &mut [0; 12]).unwrap();
            held
        })
        .collect();
    let refused = app.send(&of("203.0.113.1", "/api/server/x"));
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(app.send(&of("203.0.113.2", "/api/server/x")).status, 200);
    drop(held);
    crate::harness::polling::wait_until(
        || app.send(&of("203.0.113.1", "/api/server/x")).status == 200,
        || "the caller's exchanges were never given back",
    );
}

#[test]
fn security_46_an_ipv6_network_is_counted_at_each_width() {
    let upstream = Upstream::ok("{}");
    let settings = [("BFF_RATE_LIMIT", "2/1h"), ("BFF_TRUSTED_PROXIES", "127.0.0.1")];
    let app = TestApp::before(&upstream.url(), &settings);
    let send = |list: &str| app.send(&Request::get("/api/server/x").header("X-Forwarded-For", list));
    let granted = |addresses: Vec<String>| addresses.iter().filter(|one| send(one).status == 200).count();
    let host = |network: u16, number: u16| format!("2001:db8:1:{:x}::{number}", network);
    assert_eq!(granted((0..4).map(|number| host(0, number)).collect()), 2, "a /64");
    assert_eq!(granted((1..10).map(|network| host(network, 1)).collect()), 6, "the rest of its /56");
    let elsewhere = (1..40).map(|network| host(network << 8, 1)).collect();
    assert_eq!(granted(elsewhere), 24, "the rest of its /48");
    let refused = send(&host(0xff00, 1));
    assert_eq!(refused.header("ratelimit-policy"), Some("\"default\";q=32;w=3600"));
    assert_eq!(send("2001:db8:2::1").header("ratelimit-policy"), Some("\"default\";q=2;w=3600"));
}

#[test]
fn security_58_a_persons_limit_is_one_however_many_sessions() {
    for store in [&[][..], &[("BFF_SESSION_STORE", "cookie"), ("BFF_SESSION_KEY", KEY_A)]] {
        let upstream = TokenUpstream::start();
        let app = TestApp::before(&upstream.upstream.url(), &[&[("BFF_RATE_LIMIT", "2/1h")], store].concat());
        let (one, two) = (sign_in(&app), sign_in(&app));
        let ask = |cookie: &str| app.send(&with(cookie, Request::get("/api/server/todos"))).status;
        assert_eq!([ask(&one), ask(&two), ask(&one), ask(&two)], [200, 200, 429, 429]);
        assert_eq!(ask(&sign_in(&app)), 429, "a further session brings no further requests");
        let other = cookie_of(&app.send(&login("person-1", "adapass")));
        assert_eq!(ask(&other), 200);
    }
}
