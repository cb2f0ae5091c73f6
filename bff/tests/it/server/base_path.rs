//! A server that shares its host: `BFF_PUBLIC_URL` has a path.

use std::io::Write as _;

use serde_json::json;

use crate::harness::{
    browser::Request,
    test_app::{TestApp, folder_with},
    token_upstream::{TokenUpstream, login},
    upstream::Upstream,
};

const PUBLIC_URL: (&str, &str) = ("BFF_PUBLIC_URL", "http://localhost/app");

fn page(path: &str) -> Request {
    Request::get(path).header("Accept", "text/html")
}

#[test]
fn every_address_lies_below_the_base_path_and_health_beside_it_too() {
    let app = TestApp::with_demo(&[PUBLIC_URL]);
    for path in ["/app/api/server/todos/1", "/app/bff/session", "/app/healthz", "/healthz", "/readyz"] {
        assert_eq!(app.get(path).status, 200, "{path}");
    }
    for outside in ["/api/server/todos/1", "/bff/session", "/", "/apple", "/%61pp/bff/session", "/App/"] {
        app.send(&page(outside)).problem(404, "api_not_found");
    }
    app.get("/app/%62ff/session").problem(404, "api_not_found");
    app.get("/app/api/server/a/../b").problem(400, "ambiguous_path");
    let batch = Request::new("POST", "/app/api/server/batch").header("Sec-Fetch-Site", "same-origin");
    let answer = app.send(&batch.json(r#"{"requests":[{"method":"GET","url":"/todos/1"}]}"#));
    assert_eq!(answer.json()["responses"][0]["status"], 200, "{}", answer.text());
}

#[test]
fn the_start_page_names_its_files_below_the_base_path() {
    let folder = folder_with(&[
        (
            "index.html",
            b"<head><script type=\"module\" src=\"/main-0123456789abcdef.js\"></script></head><a href=\"/\">",
        ),
        ("index.html.br", b"made of other addresses"),
        ("main-0123456789abcdef.js", b"run()"),
    ]);
    let app = TestApp::with_demo(&[PUBLIC_URL, ("BFF_SPA_DIR", folder.path().to_str().unwrap())]);
    for path in ["/app/", "/app/todos/7", "/app/?x=1"] {
        let answer = app.send(&page(path).header("Accept-Encoding", "br"));
        assert_eq!(answer.status, 200, "{path}");
        let expected = "<head><meta name=\"bff-base-path\" content=\"/app\">\
                        <script type=\"module\" src=\"/app/main-0123456789abcdef.js\"></script></head><a href=\"/app/\">";
        assert_eq!(answer.text(), expected, "{path}");
        let csp = answer.header("content-security-policy").unwrap();
        assert!(csp.contains("report-uri /app/bff/report"), "{csp}");
    }
    for (bare, start) in [("/app", "/app/"), ("/app?x=1", "/app/?x=1")] {
        let answer = app.send(&page(bare));
        assert_eq!((answer.status, answer.header("location")), (308, Some(start)));
    }
    let asset = app.get("/app/main-0123456789abcdef.js");
    assert_eq!((asset.status, asset.text()), (200, "run()"));
    assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"));
}

#[test]
fn a_sign_in_stays_below_the_base_path() {
    let upstream = TokenUpstream::start();
    let app = TestApp::before(&upstream.upstream.url(), &[PUBLIC_URL]);
    for (return_url, expected) in [
        ("/app/todos?page=2", "/app/login?returnUrl=%2Fapp%2Ftodos%3Fpage%3D2"),
        ("/todos", "/app/login?returnUrl=%2Fapp%2Ftodos"),
        ("", "/app/login?returnUrl=%2Fapp%2F"),
        ("//evil.example", "/app/login?returnUrl=%2Fapp%2F"),
    ] {
        let return_url = return_url.replace('?', "%3F");
        let answer = app.get(&format!("/app/bff/login?returnUrl={return_url}"));
        assert_eq!((answer.status, answer.header("location")), (303, Some(expected)));
    }
    let signed_in = app.send(&login("ada", "adapass").below("/app"));
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let cookies: Vec<_> = signed_in
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .map(|(_, value)| value.split('=').next().unwrap())
        .collect();
    assert_eq!(cookies, ["bff-app", "bff-app!device"]);
    let cookie = signed_in.headers.iter().find(|(_, value)| value.starts_with("bff-app=")).unwrap();
    let cookie = cookie.1.split(';').next().unwrap().to_owned();
    let who = app.send(&Request::get("/app/bff/session").header("Cookie", &cookie));
    assert_eq!(who.json()["user"]["username"], json!("ada"));
    let other_app = cookie.replace("bff-app=", "bff=");
    let nobody = app.send(&Request::get("/app/bff/session").header("Cookie", &other_app));
    assert!(nobody.json()["user"].is_null(), "the cookie of a server at the root is another's");
}

#[test]
fn the_upstream_is_told_the_prefix_and_its_addresses_come_back_below_it() {
    let upstream = Upstream::scripted(|connection, _| {
        connection
            .write_all(b"HTTP/1.1 201 Created\r\nLocation: /todos/7\r\nContent-Location: /app/api/server/todos/7\r\nContent-Length: 2\r\n\r\n{}")
            .is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[PUBLIC_URL]);
    let answer = app.send(&Request::new("POST", "/app/api/server/todos").json("{}"));
    assert_eq!(answer.header("location"), Some("/app/api/server/todos/7"));
    assert_eq!(answer.header("content-location"), Some("/app/api/server/todos/7"));
    let sent = upstream.last().to_ascii_lowercase();
    assert!(sent.contains("x-forwarded-prefix: /app/api/server\r\n"), "{sent}");
    assert!(sent.starts_with("post /todos http"), "{sent}");
}

#[test]
fn a_change_outdates_the_target_that_it_points_to_below_the_base_path() {
    let upstream = Upstream::scripted(|connection, request| {
        let answer: &[u8] = match request.starts_with("GET") {
            true => b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\n{}",
            false => b"HTTP/1.1 201 Created\r\nLocation: /todos/7\r\nContent-Length: 2\r\n\r\n{}",
        };
        connection.write_all(answer).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[PUBLIC_URL]);
    let read = || app.get("/app/api/server/todos/7").header("cache-status").unwrap().to_owned();
    read();
    assert!(read().contains("hit"));
    app.send(&Request::new("POST", "/app/api/server/todos").json("{}"));
    assert!(!read().contains("hit"));
}
