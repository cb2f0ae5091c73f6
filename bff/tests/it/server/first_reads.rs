//! The start page's first reads: answers that stand in the page, and the people and pages that get none.

use std::{
    io::{Read as _, Write as _},
    thread,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::harness::{
    browser::{Request, Response},
    keys::KEY_A,
    polling::poll,
    program::{Program, signal},
    test_app::{RouteTable, TestApp, folder_with},
    token_upstream::{TokenUpstream, cookie_of, field_of, login, sign_in},
    upstream::Upstream,
};

/// A start page that names these reads.
fn page(addresses: &[&str]) -> String {
    let elements: String = addresses.iter().map(|address| element(address)).collect();
    format!(
        "<!doctype html><title>App</title><script type=\"module\" src=\"/a.js\"></script>{elements}<p>end"
    )
}

fn element(address: &str) -> String {
    format!("<script type=\"application/json\" data-bff=\"{address}\"></script>")
}

/// A folder with such a page, and a compressed form that tells itself from it.
fn app(addresses: &[&str]) -> tempfile::TempDir {
    folder_with(&[
        ("index.html", page(addresses).as_bytes()),
        ("index.html.br", b"in brotli"),
        ("a.js", b"run()"),
    ])
}

fn spa(folder: &tempfile::TempDir) -> (&'static str, &str) {
    ("BFF_SPA_DIR", folder.path().to_str().unwrap())
}

/// The request of a browser for a page.
fn open(path: &str, site: &str) -> Request {
    Request::get(path).header("Accept", "text/html,*/*;q=0.8").header("Sec-Fetch-Site", site)
}

fn open_as(cookie: &str, path: &str) -> Request {
    open(path, "same-origin").header("Cookie", cookie)
}

/// The text in the element of an address.
fn text_in<'a>(page: &'a str, address: &str) -> &'a str {
    let start = element(address);
    let start = start.strip_suffix("</script>").unwrap();
    page.split_once(start)
        .unwrap_or_else(|| panic!("no {address} in {page}"))
        .1
        .split_once("</script>")
        .unwrap()
        .0
}

fn json_in(page: &str, address: &str) -> Value {
    let text = text_in(page, address);
    serde_json::from_str(text).unwrap_or_else(|err| panic!("{err}: {address}: {text:?}"))
}

/// That this is the page as it was built.
fn assert_as_built(answer: &Response, addresses: &[&str]) {
    assert_eq!((answer.status, answer.text()), (200, page(addresses).as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert!(answer.header("etag").is_some() && answer.header("accept-ranges").is_some());
}

/// Answers each path with JSON that holds it, `/slow` after a second, `/fails` with 500, `/text` with no JSON, and `/large` with
/// more than a page takes.
fn upstream() -> Upstream {
    Upstream::scripted(|connection, request| {
        let path = request.split(' ').nth(1).unwrap();
        let (status, kind, body) = match path {
            "/fails" => (500, "application/json", "{}".to_owned()),
            "/gone" => (404, "application/json", "{}".to_owned()),
            "/text" => (200, "text/plain", "\"text\"".to_owned()),
            "/broken" => (200, "application/json", "{".to_owned()),
            "/large" => (200, "application/json", format!("\"{}\"", "x".repeat(256 * 1024))),
            "/angles" => (200, "application/json", format!("\"{}\"", "<".repeat(250 * 1024))),
            _ => (200, "application/json", json!({ "path": path }).to_string()),
        };
        if path == "/slow" {
            thread::sleep(Duration::from_secs(1));
        }
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.write_all(answer.as_bytes()).is_ok()
    })
}

#[test]
fn a_page_holds_the_answers_to_its_reads() {
    let reads = ["/todos?limit=2&amp;skip=1", "/bff/session", "/todos/9999"];
    let folder = app(&reads);
    let app = TestApp::filling_pages(None, None, &[spa(&folder)]);
    let built = app.send(&Request::get("/").header("Accept", "text/html"));
    for (path, site) in [("/", "none"), ("/", "same-origin"), ("/todos/7?x=1", "none")] {
        let answer = app.send(&open(path, site));
        assert_eq!(answer.status, 200);
        let todos = json_in(answer.text(), reads[0]);
        assert_eq!(
            (todos["todos"][0]["id"].as_u64(), todos["limit"].as_u64()),
            (Some(2), Some(2)),
            "{todos}"
        );
        assert_eq!(json_in(answer.text(), "/bff/session"), app.get("/bff/session").json());
        assert_eq!(text_in(answer.text(), "/todos/9999"), "");
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        for name in ["etag", "last-modified", "accept-ranges", "content-encoding", "set-cookie"] {
            assert_eq!(answer.header(name), None, "{name}");
        }
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
        let policy = answer.header("content-security-policy").unwrap();
        assert_eq!(Some(policy), built.header("content-security-policy"));
        assert!(!policy.contains("sha256"), "data has no hash: {policy}");
    }
}

#[test]
fn conditions_and_parts_are_of_no_use_to_a_filled_page_and_head_reads_nothing() {
    let folder = app(&["/x"]);
    let upstream = upstream();
    let app = TestApp::filling_pages(Some(&upstream.url()), None, &[spa(&folder)]);
    let whole = app.send(&open("/", "none").header("If-None-Match", "*").header("Range", "bytes=0-3"));
    assert_eq!((whole.status, json_in(whole.text(), "/x")["path"].as_str()), (200, Some("/x")));
    assert_eq!(upstream.requests().len(), 1);
    let head = Request::new("HEAD", "/").header("Accept", "text/html").header("Sec-Fetch-Site", "none");
    let head = app.send(&head);
    assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, None));
    assert_eq!(head.header("cache-control"), Some("private, no-store"));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_63_a_page_that_another_site_opens_holds_nothing_and_asks_nothing() {
    let folder = app(&["/x", "/bff/session"]);
    let upstream = upstream();
    let app = TestApp::filling_pages(Some(&upstream.url()), None, &[spa(&folder)]);
    let plain = || Request::get("/").header("Accept", "text/html");
    let for_a_script = Request::get("/").header("Accept", "*/*").header("Sec-Fetch-Site", "same-origin");
    for request in [
        open("/", "cross-site"),
        open("/", "same-site"),
        open("/", "unheard-of"),
        open("/", "none").header("Sec-Fetch-Site", "cross-site"),
        plain(),
        for_a_script,
        open("/index.html", "none"),
    ] {
        let answer = app.send(&request);
        assert_as_built(&answer, &["/x", "/bff/session"]);
    }
    let tag = app.send(&plain()).header("etag").unwrap().to_owned();
    assert_eq!(app.send(&open("/", "cross-site").header("If-None-Match", &tag)).status, 304);
    let packed = app.send(&open("/", "cross-site").header("Accept-Encoding", "br"));
    assert_eq!((packed.text(), packed.header("content-encoding")), ("in brotli", Some("br")));
    assert_eq!(upstream.requests().len(), 0, "no read without a page that could hold it");
    app.send(&open("/", "none"));
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_63_text_of_people_cannot_end_its_element() {
    let folder = app(&["/todos/255"]);
    let app = TestApp::filling_pages(None, None, &[spa(&folder)]);
    let text = "</script><script>alert(1)</script><!-- \u{2028}\u{2029} -->";
    let added = Request::new("POST", "/api/server/todos/add").header("Sec-Fetch-Site", "same-origin");
    assert_eq!(app.send(&added.json(&json!({ "userId": 1, "todo": text }).to_string())).status, 201);
    let answer = app.send(&open("/", "none"));
    let page = answer.text();
    assert_eq!(json_in(page, "/todos/255")["todo"], text);
    assert_eq!(page.matches("</script>").count(), 2, "{page}");
    assert!(!page.contains("<script>") && !page.contains("<!--") && !page.contains('\u{2028}'), "{page}");
}

#[test]
fn what_is_not_there_in_time_or_is_no_json_stays_out() {
    let reads = ["/fast", "/slow", "/fails", "/gone", "/text", "/broken", "/large"];
    let folder = app(&reads);
    let upstream = upstream();
    let app = TestApp::before(&upstream.url(), &[spa(&folder), ("BFF_RATE_LIMIT", "off")]);
    let answer = poll(|| {
        let asked = Instant::now();
        let answer = app.send(&open("/", "none"));
        // The time limit holds for all reads together, not for each.
        assert!(asked.elapsed() < Duration::from_millis(900), "{:?}", asked.elapsed());
        let is_filled = !text_in(answer.text(), "/fast").is_empty();
        if is_filled { Ok(answer) } else { Err("never in time") }
    });
    assert_eq!(json_in(answer.text(), "/fast")["path"], "/fast");
    for empty in &reads[1..] {
        assert_eq!(text_in(answer.text(), empty), "", "{empty}");
    }
}

#[test]
fn a_page_none_of_whose_reads_succeeds_goes_out_as_it_was_built() {
    for reads in [["/slow", "/fails"], ["/batch", "/../x"]] {
        let folder = app(&reads);
        let app = TestApp::before(&upstream().url(), &[spa(&folder)]);
        assert_as_built(&app.send(&open("/", "none")), &reads);
    }
}

#[test]
fn a_page_that_would_grow_too_large_goes_out_as_it_was_built() {
    let reads = ["/angles"; 8];
    let folder = app(&reads);
    let upstream = upstream();
    let app = TestApp::filling_pages(Some(&upstream.url()), None, &[spa(&folder)]);
    assert_as_built(&app.send(&open("/", "none")), &reads);
    assert_eq!(upstream.requests().len(), 8);
}

#[test]
fn each_read_is_charged_and_leaves_its_access_line() {
    let folder = app(&["/a", "/b", "/c", "/d"]);
    let upstream = upstream();
    let table = RouteTable::new("[[route]]\npath = \"/{*rest}\"\nmethods = [\"GET\"]\n");
    let settings = [spa(&folder), ("BFF_RATE_LIMIT", "3/1h"), ("BFF_LOG_FORMAT", "json"), table.setting()];
    let program = Program::before(&upstream.url(), &settings);
    let request = Request::get("/").header("Accept", "text/html").header("Sec-Fetch-Site", "none");
    let answer = request.send(program.port);
    let id = answer.header("x-request-id").unwrap().to_owned();
    assert_eq!(Request::get("/api/server/a").send(program.port).status, 429);
    let log = program.stop();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut refused = 0;
    for (index, path) in ["/a", "/b", "/c", "/d"].into_iter().enumerate() {
        let id = format!("{id}.{index}");
        let line = lines.iter().find(|line| line["target"] == "bff::access" && line["request_id"] == *id);
        let line = line.unwrap_or_else(|| panic!("{id}: {log}"));
        assert_eq!((line["path"].as_str(), line["route"].as_str()), (Some(path), Some("/{*rest}")), "{line}");
        refused += usize::from(line["status"] == 429);
    }
    assert_eq!(refused, 1, "{log}");
}

#[test]
fn a_read_that_is_not_waited_for_says_so_in_its_access_line() {
    let folder = app(&["/slow", "/fast"]);
    let upstream = upstream();
    let program = Program::before(&upstream.url(), &[spa(&folder), ("BFF_LOG_FORMAT", "json")]);
    let request = Request::get("/").header("Accept", "text/html").header("Sec-Fetch-Site", "none");
    request.send(program.port);
    let log = program.stop();
    let line = log.lines().find(|line| line.contains("\"path\":\"/slow\"")).unwrap();
    assert!(line.contains("the page did not wait") && line.contains("\"status\":499"), "{line}");
}

#[test]
fn security_63_two_people_never_see_each_others_answers_in_a_page() {
    let folder = app(&["/whoami", "/bff/session"]);
    let upstream = TokenUpstream::start();
    // Even where the upstream calls its answers public and the route keeps them.
    let table = "[[route]]\npath = \"/{*rest}\"\nmethods = [\"GET\"]\ncache = { ttl = \"60s\" }\n";
    let app = TestApp::filling_pages(
        Some(&upstream.upstream.url()),
        Some(table),
        &[spa(&folder), ("BFF_RATE_LIMIT", "off")],
    );
    let people = ["person-1", "person-2"];
    let cookies = people.map(|name| cookie_of(&app.send(&login(name, "adapass"))));
    thread::scope(|scope| {
        for (name, cookie) in people.iter().zip(&cookies) {
            let app = &app;
            scope.spawn(move || {
                for _ in 0..20 {
                    let answer = app.send(&open_as(cookie, "/"));
                    let page = answer.text();
                    assert_eq!(json_in(page, "/whoami")["name"], *name);
                    assert_eq!(json_in(page, "/bff/session")["user"]["username"], *name);
                    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
                }
            });
        }
    });
    let stranger = app.send(&open("/", "none"));
    assert_eq!(text_in(stranger.text(), "/whoami"), "");
    assert_eq!(json_in(stranger.text(), "/bff/session").get("user"), None);
    for answer in [app.send(&open_as(&cookies[0], "/")), stranger] {
        upstream.assert_no_token_in(&answer);
    }
}

#[test]
fn a_page_brings_the_cookie_of_a_session_that_its_reads_have_renewed() {
    let folder = app(&["/whoami", "/bff/session"]);
    let upstream = TokenUpstream::start();
    let settings = [
        spa(&folder),
        ("BFF_SESSION_STORE", "cookie"),
        ("BFF_SESSION_KEY", KEY_A),
        ("BFF_RATE_LIMIT", "off"),
    ];
    let app = TestApp::filling_pages(Some(&upstream.upstream.url()), None, &settings);
    upstream.state().life = Some(1);
    let cookie = sign_in(&app);
    upstream.expire();
    upstream.state().life = Some(3600);
    // Its access token has ended, as its claims say.
    thread::sleep(Duration::from_millis(1100));
    let answer = app.send(&open_as(&cookie, "/"));
    assert_eq!(json_in(answer.text(), "/whoami")["name"], "ada");
    let renewed = field_of(&answer, "bff=").split(';').next().unwrap();
    assert_ne!(renewed, cookie);
    let again = app.send(&open_as(renewed, "/"));
    assert_eq!((again.header("set-cookie"), upstream.state().refreshes), (None, 1));
    upstream.assert_no_token_in(&answer);
}

#[test]
fn a_page_takes_the_cookie_of_a_session_that_has_ended() {
    let folder = app(&["/bff/session"]);
    let upstream = TokenUpstream::start();
    let app = TestApp::filling_pages(Some(&upstream.upstream.url()), None, &[spa(&folder)]);
    let cookie = sign_in(&app);
    let sign_out = Request::new("POST", "/bff/logout").header("Cookie", &cookie);
    assert_eq!(app.send(&sign_out.header("Sec-Fetch-Site", "same-origin")).status, 200);
    let answer = app.send(&open_as(&cookie, "/"));
    assert_eq!(json_in(answer.text(), "/bff/session").get("user"), None);
    assert!(field_of(&answer, "bff=").contains("Max-Age=0"));
}

#[test]
fn a_filled_page_is_compressed_like_other_answers() {
    let folder = app(&["/todos?limit=0"]);
    let app = TestApp::filling_pages(None, None, &[spa(&folder)]);
    let plain = app.send(&open("/", "none"));
    let packed = app.send(&open("/", "none").header("Accept-Encoding", "gzip"));
    assert_eq!(
        (packed.header("content-encoding"), packed.header("vary")),
        (Some("gzip"), Some("Accept-Encoding"))
    );
    let mut page = String::new();
    GzDecoder::new(&*packed.body).read_to_string(&mut page).unwrap();
    assert_eq!(page, plain.text());
    assert_eq!(json_in(&page, "/todos?limit=0")["todos"].as_array().unwrap().len(), 254);
    assert!(packed.body.len() < plain.body.len() / 2);
    let off = TestApp::filling_pages(None, None, &[spa(&folder), ("BFF_COMPRESS", "off")]);
    let packed = off.send(&open("/", "none").header("Accept-Encoding", "gzip"));
    assert_eq!((packed.text(), packed.header("content-encoding")), (plain.text(), None));
}

#[test]
fn first_reads_work_below_a_base_path_and_beside_a_nonce() {
    let folder = app(&["/todos/1", "/bff/session"]);
    let app = TestApp::filling_pages(
        None,
        None,
        &[spa(&folder), ("BFF_PUBLIC_URL", "http://localhost/app"), ("BFF_CSP", "script-src 'nonce'")],
    );
    for path in ["/app/", "/app/todos"] {
        let answer = app.send(&open(path, "none"));
        assert_eq!(json_in(answer.text(), "/todos/1")["id"], 1, "{path}");
        assert_eq!(json_in(answer.text(), "/bff/session")["signIn"], "form");
        assert!(answer.text().contains("src=\"/app/a.js\""), "{}", answer.text());
        let nonce = answer.text().split_once("nonce=\"").unwrap().1.split_once('"').unwrap().0;
        assert!(answer.header("content-security-policy").unwrap().contains(&format!("'nonce-{nonce}'")));
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    }
}

#[test]
fn a_page_that_is_read_again_has_the_reads_that_it_names_then() {
    let folder = app(&["/todos/1"]);
    let mut program = Program::start(&[("DEMO_DB", ":memory:"), ("BFF_RATE_LIMIT", "off"), spa(&folder)]);
    let ask =
        |port| Request::get("/").header("Accept", "text/html").header("Sec-Fetch-Site", "none").send(port);
    let held = |port, address: &str| {
        poll(|| match ask(port) {
            answer if text_in(answer.text(), address).is_empty() => Err("never in time"),
            answer => Ok(json_in(answer.text(), address)["id"].clone()),
        })
    };
    assert_eq!(held(program.port, "/todos/1"), 1);
    std::fs::write(folder.path().join("index.html"), page(&["/todos/2"])).unwrap();
    signal(&program.child, "HUP");
    program.wait_for_log("SIGHUP: routes, app, certificates and secrets were read again");
    assert_eq!(held(program.port, "/todos/2"), 2);
    program.stop();
}
