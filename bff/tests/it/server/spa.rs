//! The app's files.

use crate::harness::{
    browser::Request,
    program::Program,
    test_app::{TestApp, folder_with},
    token_upstream::login,
    upstream::Upstream,
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
fn a_name_with_brackets_is_found_as_browsers_encode_it() {
    let folder = folder_with(&[
        ("index.html", b"<html>"),
        ("[slug]-0123456789abcdef.js", b"1"),
        ("b\u{fc}.png", b"2"),
    ]);
    let app = TestApp::with_demo(&[("BFF_SPA_DIR", folder.path().to_str().unwrap())]);
    assert_eq!(app.get("/%5Bslug%5D-0123456789abcdef.js").text(), "1");
    assert_eq!(app.get("/b%C3%BC.png").text(), "2");
    assert_eq!(app.get("/%ff.png").status, 404);
}

#[test]
fn a_part_of_a_file_is_sent_as_it_is_and_a_missing_part_is_416() {
    let (app, _folder) = app();
    let path = "/app-0123456789abcdef.js";
    let part = |range: &str, more: &[(&str, &str)]| {
        let request = Request::get(path).header("Accept-Encoding", "br").header("Range", range);
        app.send(&more.iter().fold(request, |request, (name, value)| request.header(name, value)))
    };
    let answer = part("bytes=1-2", &[]);
    assert_eq!((answer.status, answer.text()), (206, "la"));
    assert_eq!(answer.header("content-range"), Some("bytes 1-2/5"));
    assert_eq!(answer.header("content-length"), Some("2"));
    assert_eq!(answer.header("content-encoding"), None);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"));
    let tag = answer.header("etag").unwrap();
    assert_eq!(part("bytes=-2", &[("If-Range", tag)]).text(), "in");
    assert_eq!(part("bytes=3-", &[]).header("content-range"), Some("bytes 3-4/5"));
    for whole in [part("bytes=1-2", &[("If-Range", "\"other\"")]), part("bytes=0-0,2-3", &[])] {
        assert_eq!((whole.status, whole.text(), whole.header("content-range")), (200, "brotli", None));
        assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    }
    let beyond = part("bytes=5-", &[]);
    beyond.problem(416, "invalid_request");
    assert_eq!(beyond.header("content-range"), Some("bytes */5"));
    let head = app.send(&Request::new("HEAD", path).header("Range", "bytes=1-2"));
    assert_eq!(
        (head.status, head.header("content-length"), head.header("accept-ranges")),
        (200, Some("5"), Some("bytes"))
    );
}

#[test]
fn well_known_files_are_served_and_missing_ones_are_no_page() {
    let folder = folder_with(&[
        ("index.html", b"<html>"),
        (".well-known/apple-app-site-association", b"{}"),
        (".env", b"KEY=1"),
    ]);
    let app = TestApp::with_demo(&[("BFF_SPA_DIR", folder.path().to_str().unwrap())]);
    let answer = app.get("/.well-known/apple-app-site-association");
    assert_eq!(
        (answer.status, answer.text(), answer.header("content-type")),
        (200, "{}", Some("application/json"))
    );
    for path in ["/.well-known", "/.well-known/", "/.well-known/change-password", "/.env"] {
        app.send(&page(path)).problem(404, "api_not_found");
    }
    assert_eq!(app.send(&page("/x/.well-known/change-password")).status, 200);
}

#[test]
fn files_that_a_pattern_names_are_immutable() {
    let folder = folder_with(&[("index.html", b"<html>"), ("static/app.js", b"1"), ("other/app.js", b"2")]);
    let spa = ("BFF_SPA_DIR", folder.path().to_str().unwrap());
    let app = TestApp::with_demo(&[spa, ("BFF_SPA_IMMUTABLE", "static/*, **/*.chunk.js")]);
    let kept = |path: &str| app.get(path).header("cache-control").unwrap().contains("immutable");
    assert!(kept("/static/app.js") && !kept("/other/app.js"));
}

#[test]
fn a_pattern_without_a_file_and_a_missing_build_are_told_at_the_start() {
    let folder = folder_with(&[("index.html", b"<html>")]);
    let folder = folder.path().to_str().unwrap();
    let missing = format!("{folder}/missing");
    let program = Program::start(&[
        ("BFF_SPA_DIR", folder),
        ("BFF_SPA_IMMUTABLE", "static/*"),
        ("BFF_SPA_PREVIOUS", &missing),
        ("DEMO_DB", ":memory:"),
    ]);
    let log = program.stop();
    for line in [
        "BFF_SPA_IMMUTABLE: \"static/*\" matches no file of the app".to_owned(),
        format!("BFF_SPA_PREVIOUS: {missing} is not there; no other build is served"),
    ] {
        assert_eq!(log.matches(&line).count(), 1, "{line}: {log}");
    }
}

#[test]
fn the_manifest_and_icons_of_an_app_have_their_types_and_are_revalidated() {
    let folder = folder_with(&[
        ("index.html", b"<link rel=\"manifest\" href=\"/manifest.webmanifest\">"),
        ("manifest.webmanifest", b"{}"),
        ("icons/icon-192.png", b"PNG"),
    ]);
    let spa = ("BFF_SPA_DIR", folder.path().to_str().unwrap());
    for (base, settings) in [("", vec![spa]), ("/app", vec![spa, ("BFF_PUBLIC_URL", "http://localhost/app")])]
    {
        let app = TestApp::with_demo(&settings);
        for (path, kind) in
            [("/manifest.webmanifest", "application/manifest+json"), ("/icons/icon-192.png", "image/png")]
        {
            let answer = app.get(&format!("{base}{path}"));
            assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-cache"));
            assert!(answer.header("etag").is_some());
        }
        let page = app.send(&page(&format!("{base}/")));
        assert!(page.text().contains(&format!("href=\"{base}/manifest.webmanifest\"")), "{}", page.text());
        assert!(page.header("content-security-policy").unwrap().contains("manifest-src 'self'"));
    }
}

#[test]
fn the_demos_account_is_told_to_a_page_that_asks_where_people_sign_in_there() {
    let asks = "<meta name=\"bff-demo-account\"><p>";
    let folder = folder_with(&[("index.html", asks.as_bytes()), ("index.html.br", b"without an account")]);
    let spa = ("BFF_SPA_DIR", folder.path().to_str().unwrap());
    let (name, password) = demo_api::ACCOUNT;
    let told = format!("<meta content=\"{name} {password}\" name=\"bff-demo-account\"><p>");
    let demo = TestApp::with_demo(&[spa]);
    assert_eq!(demo.send(&page("/").header("Accept-Encoding", "br")).text(), told);
    let signed_in = demo.send(&login(name, password));
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let upstream = Upstream::ok("{}");
    let elsewhere = TestApp::before(&upstream.url(), &[spa]);
    assert_eq!(elsewhere.send(&page("/")).text(), asks);
    let oidc = ["BFF_OIDC_ISSUER", "BFF_OIDC_CLIENT_ID", "BFF_OIDC_CLIENT_SECRET"];
    let oidc = oidc.into_iter().zip([upstream.url().as_str(), "bff", "secret"].map(str::to_owned));
    let oidc: Vec<(&str, String)> = oidc.collect();
    let mut settings: Vec<(&str, &str)> = oidc.iter().map(|(name, value)| (*name, value.as_str())).collect();
    settings.push(spa);
    assert_eq!(TestApp::with_demo(&settings).send(&page("/")).text(), asks);
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
