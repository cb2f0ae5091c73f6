//! The server in front of a dev server: what crosses, what stays, and what pages get.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use front_fixture::unused_port;

use crate::harness::{
    browser::{Request, Response, connect},
    test_app::TestApp,
    upstream::Upstream,
    websocket::{echo, handshake, read_bytes, read_head},
};

const PAGE: &str = "<!doctype html><html><head><title>x</title></head><body><script type=\"module\">\
                    import '/@vite/client'</script><script src=\"/src/main.tsx\"></script></body></html>";

/// A server that behaves like Vite, on the paths that it has.
fn vite() -> Upstream {
    Upstream::scripted(|connection, request| {
        let path = request.split(' ').nth(1).unwrap();
        if request.contains("Upgrade: websocket") || request.contains("upgrade: websocket") {
            return tunnel(connection);
        }
        let (fields, body) = match path {
            "/@id/__x00__virtual" | "/node_modules/.vite/deps/react.js?v=1" => (
                "Content-Type: text/javascript\r\nCache-Control: max-age=31536000,immutable\r\nEtag: W/\"1\"",
                "export {}",
            ),
            "/src/%5Bslug%5D//a.css?direct&t=1" => ("Content-Type: text/css", "a{}"),
            "/large" => ("Content-Type: text/html", ""),
            "/set" => {
                ("Content-Type: text/plain\r\nSet-Cookie: bff=planted\r\nSet-Cookie: theme=dark", "set")
            }
            "/echo" => ("Content-Type: text/plain", request.split_once("\r\n\r\n").unwrap().1),
            _ => ("Content-Type: text/html\r\nEtag: W/\"2\"\r\nContent-Security-Policy: sandbox", PAGE),
        };
        let large = "x".repeat(if path == "/large" { 5 * 1024 * 1024 } else { 0 });
        let body = if path == "/large" { &large } else { body };
        let sent = if request.starts_with("HEAD") { "" } else { body };
        let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: {}\r\n\r\n", body.len());
        connection.write_all((head + sent).as_bytes()).is_ok()
    })
}

/// Switches to the protocol of hot reload, and says everything again.
fn tunnel(connection: &mut TcpStream) -> bool {
    let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzhPRbK+xOo=\r\nSec-WebSocket-Protocol: vite-hmr\r\n\r\nhello";
    connection.write_all(head.as_bytes()).unwrap();
    let mut piece = [0; 1024];
    while let Ok(count @ 1..) = connection.read(&mut piece) {
        connection.write_all(&piece[..count]).unwrap();
    }
    false
}

fn before(dev_server: &str) -> TestApp {
    TestApp::with_demo(&[("BFF_SPA_DEV", dev_server)])
}

fn nonce(page: &Response) -> String {
    let policy = page.header("content-security-policy").unwrap();
    let (_, rest) = policy.split_once("script-src 'self' 'wasm-unsafe-eval' 'nonce-").unwrap();
    rest.split('\'').next().unwrap().to_owned()
}

#[test]
fn odd_paths_go_to_the_dev_server_as_they_came() {
    let vite = vite();
    let app = before(&vite.url());
    for path in ["/@id/__x00__virtual", "/node_modules/.vite/deps/react.js?v=1"] {
        let answer = app.get(path);
        assert_eq!((answer.status, answer.text()), (200, "export {}"), "{path}");
        assert!(vite.requests().last().unwrap().starts_with(&format!("GET {path} HTTP/1.1\r\n")));
        assert_eq!(answer.header("cache-control"), Some("max-age=31536000,immutable"));
        assert_eq!(answer.header("etag"), Some("W/\"1\""));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        // A worker can do what the app can.
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("connect-src 'self'") && !policy.contains("nonce"), "{policy}");
    }
    let path = "/src/%5Bslug%5D//a.css?direct&t=1";
    assert_eq!(app.get(path).text(), "a{}");
    assert!(vite.requests().last().unwrap().starts_with(&format!("GET {path} HTTP/1.1\r\n")));
}

#[test]
fn a_page_gets_a_fresh_nonce_for_what_it_holds_inline() {
    let vite = vite();
    let app = before(&vite.url());
    let mut seen = Vec::new();
    for path in ["/", "/todos/7"] {
        let page = app.send(&Request::get(path).header("Accept", "text/html"));
        let nonce = nonce(&page);
        let expected = PAGE
            .replace("<head>", &format!("<head><meta property=\"csp-nonce\" nonce=\"{nonce}\">"))
            .replace("<script", &format!("<script nonce=\"{nonce}\""));
        assert_eq!(page.text(), expected, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains(&format!("style-src 'self' 'nonce-{nonce}'")), "{policy}");
        assert_eq!((page.header("cache-control"), page.header("etag")), (Some("no-store"), None));
        seen.push(nonce);
    }
    assert_ne!(seen[0], seen[1]);
    let head = app.send(&Request::new("HEAD", "/"));
    assert_eq!((head.status, head.body.len()), (200, 0));
    app.send(&Request::get("/large").header("Accept", "text/html")).problem(502, "upstream_invalid");
}

#[test]
fn a_page_that_names_the_dev_server_leads_to_this_one() {
    // trunk writes the name that it is asked by into its client for reload.
    let trunk = Upstream::scripted(|connection, request| {
        let host = request
            .split("\r\n")
            .find_map(|line| line.to_lowercase().strip_prefix("host: ").map(str::to_owned));
        let page = format!("<script>new WebSocket('ws://{}/.well-known/trunk/ws')</script>", host.unwrap());
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", page.len());
        connection.write_all((head + &page).as_bytes()).is_ok()
    });
    let app = before(&trunk.url());
    let page = app.get("/");
    assert!(page.text().contains("'ws://app.test/.well-known/trunk/ws'"), "{}", page.text());
}

#[test]
fn what_keeps_people_signed_in_stays_here() {
    let vite = vite();
    let app = before(&vite.url());
    let request = Request::get("/src/main.tsx")
        .header("Cookie", "bff=secret; theme=dark; bff-login-1=secret; __Host-Http-bff=secret")
        .header("Authorization", "Bearer secret")
        .header("X-Custom", "1")
        .header("If-None-Match", "W/\"1\"");
    assert_eq!(app.send(&request).status, 200);
    let seen = vite.last();
    assert!(!seen.contains("secret"), "{seen}");
    for field in [
        "cookie: theme=dark".to_owned(),
        "x-custom: 1".to_owned(),
        "if-none-match: w/\"1\"".to_owned(),
        format!("host: 127.0.0.1:{}", vite.port),
    ] {
        assert!(seen.contains(&format!("\r\n{field}\r\n")), "{field}: {seen}");
    }
    assert_eq!(app.get("/set").header("set-cookie"), Some("theme=dark"));
}

#[test]
fn changes_are_passed_on_and_own_addresses_are_not() {
    let vite = vite();
    let app = before(&vite.url());
    let answer = app.send(&Request::new("POST", "/echo").body("some content"));
    assert_eq!((answer.status, answer.text()), (200, "some content"));
    let count = vite.requests().len();
    for path in ["/api", "/api/nothing", "/bff/nothing"] {
        app.send(&Request::get(path).header("Accept", "text/html")).problem(404, "api_not_found");
    }
    assert_eq!(app.get("/healthz").status, 200);
    assert_eq!(app.get("/api/server/todos/1").status, 200);
    assert_eq!(vite.requests().len(), count);
}

#[test]
fn the_socket_of_hot_reload_is_open_both_ways() {
    let vite = vite();
    let app = before(&vite.url());
    let fields =
        |origin| [("Sec-WebSocket-Protocol", "vite-hmr"), ("Cookie", "bff=secret"), ("Origin", origin)];
    let own = format!("http://127.0.0.1:{}", app.port);
    for foreign in ["https://evil.example", "http://app.test"] {
        assert_eq!(handshake(app.port, "/?token=abc", &fields(foreign)).0.status, 403, "{foreign}");
    }
    let (answer, mut connection) = handshake(app.port, "/?token=abc", &fields(&own));
    assert_eq!((answer.status, answer.header("sec-websocket-protocol")), (101, Some("vite-hmr")));
    assert_eq!(read_bytes(&mut connection, 5), b"hello");
    echo(&mut connection, b"update");
    let seen = vite.last();
    assert!(seen.starts_with("get /?token=abc http/1.1\r\n") && !seen.contains("secret"), "{seen}");
    assert!(seen.contains("\r\nsec-websocket-protocol: vite-hmr\r\n"), "{seen}");
}

#[test]
fn an_answer_flows_before_its_end_is_there() {
    let (more, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let dev_server = Upstream::scripted(move |connection, _| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
        connection.write_all(head.as_bytes()).unwrap();
        wait.lock().unwrap().recv().unwrap();
        connection.write_all(b"0\r\n\r\n").is_ok()
    });
    let app = before(&dev_server.url());
    let mut connection = connect(app.port);
    connection.write_all(&Request::get("/__webpack_hmr").bytes()).unwrap();
    read_head(&mut connection);
    assert_eq!(read_bytes(&mut connection, 10), b"5\r\nfirst\r\n");
    more.send(()).unwrap();
    assert_eq!(read_bytes(&mut connection, 5), b"0\r\n\r\n");
}

#[test]
fn a_dev_server_that_is_away_is_told_with_its_address() {
    let address = format!("http://127.0.0.1:{}", unused_port());
    let app = before(&address);
    let page = app.send(&Request::get("/todos").header("Accept", "text/html,*/*;q=0.8"));
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html; charset=utf-8")));
    let sentence =
        format!("<p>The dev server at {address} cannot be reached; start it, and load this page again.</p>");
    assert!(page.text().contains(&sentence), "{}", page.text());
    let problem = app.get("/src/main.tsx").problem(502, "upstream_unreachable");
    assert!(problem["detail"].as_str().unwrap().contains(&address));
    assert_ne!(handshake(app.port, "/", &[]).0.status, 101);
}
