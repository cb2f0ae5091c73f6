//! The app's files.

use crate::harness::{
    browser::Request,
    test_app::{TestApp, folder_with},
};

fn app() -> (TestApp, tempfile::TempDir) {
    let folder = folder_with(&[
        ("index.html", b"<!doctype html><title>App</title>"),
        ("app-0123456789abcdef.js", b"plain"),
        ("app-0123456789abcdef.js.br", b"brotli"),
        ("app-0123456789abcdef.js.gz", b"gzip"),
        ("favicon.svg", b"<svg/>"),
    ]);
    (TestApp::with_demo(&[("BFF_SPA_DIR", folder.path().to_str().unwrap())]), folder)
}

fn page(path: &str) -> Request {
    Request::get(path).header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
}

#[test]
fn addresses_of_the_app_get_the_start_page_uncached() {
    let (app, _folder) = app();
    for path in ["/", "/todos", "/todos/7", "/any/where?x=1"] {
        let answer = app.send(&page(path));
        assert_eq!((answer.status, answer.text()), (200, "<!doctype html><title>App</title>"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    }
}

#[test]
fn security_27_a_missing_asset_is_not_found_and_never_a_page() {
    let (app, _folder) = app();
    for request in [
        page("/missing.js"),
        page("/a/b.css"),
        Request::get("/todos"),
        page("/api"),
        page("/api/other"),
        page("/bff/nothing"),
    ] {
        app.send(&request).problem(404, "api_not_found");
    }
}

#[test]
fn the_best_accepted_form_is_served_and_hashed_names_are_immutable() {
    let (app, _folder) = app();
    for (accept, body, encoding) in [
        ("gzip, deflate, br", "brotli", Some("br")),
        ("gzip", "gzip", Some("gzip")),
        ("identity", "plain", None),
    ] {
        let answer = app.send(&Request::get("/app-0123456789abcdef.js").header("Accept-Encoding", accept));
        assert_eq!((answer.status, answer.text(), answer.header("content-encoding")), (200, body, encoding));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    }
    let icon = app.get("/favicon.svg");
    assert_eq!(
        (icon.header("content-type"), icon.header("cache-control")),
        (Some("image/svg+xml"), Some("no-cache"))
    );
}

#[test]
fn a_file_that_the_browser_has_is_not_sent_again() {
    let (app, _folder) = app();
    let first = app.send(&page("/"));
    let tag = first.header("etag").unwrap();
    let again = app.send(&page("/").header("If-None-Match", tag));
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)));
}

#[test]
fn head_is_answered_like_get_without_the_body_and_nothing_else_is_taken() {
    let (app, _folder) = app();
    let head = app.send(&Request::new("HEAD", "/favicon.svg"));
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("6"), 0));
    let post = app.send(&Request::new("POST", "/todos"));
    post.problem(405, "method_not_allowed");
    assert_eq!(post.header("allow"), Some("GET, HEAD"));
}

#[test]
fn the_folder_cannot_be_left() {
    let (app, _folder) = app();
    for path in ["/../Cargo.toml", "/..%2fCargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/./index.html"]
    {
        let answer = app.get(path);
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[test]
fn without_an_app_the_start_page_says_how_to_build_one_and_the_api_works() {
    // The tests run in the folder of the package, where there is no `dist`.
    let app = TestApp::with_demo(&[]);
    let answer = app.send(&page("/"));
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("cargo xtask run"));
    assert_eq!(app.get("/api/server/todos/1").status, 200);
}
