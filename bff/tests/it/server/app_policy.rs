//! The app's Content-Security-Policy and Permissions-Policy with what an operator adds.

use crate::harness::{
    browser::{Request, Response},
    test_app::{TestApp, folder_with},
};

const CSP: &str = "content-security-policy";
const REPORT_ONLY: &str = "content-security-policy-report-only";

fn app(page: &str, settings: &[(&str, &str)]) -> (TestApp, tempfile::TempDir) {
    let folder = folder_with(&[
        ("index.html", page.as_bytes()),
        ("worker.js", b"1"),
        ("icon.svg", b"<svg/>"),
        ("other.html", b"<p>__BFF_NONCE__"),
    ]);
    let spa = ("BFF_SPA_DIR", folder.path().to_str().unwrap());
    (TestApp::with_demo(&[&[spa], settings].concat()), folder)
}

fn directive<'a>(answer: &'a Response, field: &str, name: &str) -> Option<&'a str> {
    let policy = answer.header(field).unwrap();
    policy.split("; ").find_map(|directive| directive.strip_prefix(name)?.strip_prefix(' '))
}

#[test]
fn sources_are_added_to_the_policy_and_a_second_one_only_reports() {
    let (app, _folder) = app(
        "<style>a{}</style>",
        &[
            ("BFF_CSP", "font-src https://fonts.example; img-src https://cdn.example; worker-src blob:"),
            ("BFF_CSP_REPORT_ONLY", "connect-src https://other.example"),
        ],
    );
    let page = app.get("/");
    for (field, name, expected) in [
        (CSP, "font-src", Some("'self' https://fonts.example")),
        (CSP, "img-src", Some("'self' data: https://cdn.example")),
        (CSP, "worker-src", Some("'self' blob:")),
        (CSP, "connect-src", Some("'self'")),
        (CSP, "report-uri", Some("/bff/report")),
        (REPORT_ONLY, "connect-src", Some("'self' https://other.example")),
        (REPORT_ONLY, "font-src", Some("'self'")),
        (REPORT_ONLY, "worker-src", None),
        (REPORT_ONLY, "report-uri", Some("/bff/report")),
    ] {
        assert_eq!(directive(&page, field, name), expected, "{field} {name}");
    }
    assert_eq!(page.header("cache-control"), Some("no-cache"));
}

#[test]
fn trusted_types_can_be_taken_away_and_nothing_else() {
    let (app, _folder) = app("", &[("BFF_CSP", "-require-trusted-types-for")]);
    let page = app.get("/");
    assert!(!page.header(CSP).unwrap().contains("trusted-types"));
    assert_eq!(directive(&page, CSP, "script-src"), Some("'self' 'wasm-unsafe-eval'"));
}

#[test]
fn each_answer_of_a_page_has_its_nonce_and_is_never_stored() {
    let (app, _folder) = app(
        "<head><script nonce=\"__BFF_NONCE__\" src=\"/a.js\"></script>",
        &[("BFF_CSP", "style-src 'nonce'; script-src 'nonce'")],
    );
    let mut seen = Vec::new();
    for path in ["/", "/todos", "/other.html", "/"] {
        let request = Request::get(path).header("Accept", "text/html").header("Range", "bytes=0-1");
        let page = app.send(&request.header("If-None-Match", "*"));
        assert_eq!((page.status, page.header("etag")), (200, None), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let nonce = directive(&page, CSP, "style-src").unwrap().strip_prefix("'self' 'nonce-").unwrap();
        let nonce = nonce.trim_end_matches('\'').to_owned();
        let meta = format!("<meta property=\"csp-nonce\" nonce=\"{nonce}\">");
        let expected = match path {
            "/other.html" => format!("{meta}<p>{nonce}"),
            _ => format!("<head>{meta}<script nonce=\"{nonce}\" src=\"/a.js\"></script>"),
        };
        assert_eq!(page.text(), expected, "{path}");
        assert!(!seen.contains(&nonce));
        seen.push(nonce);
    }
    assert!(!app.get("/worker.js").header(CSP).unwrap().contains("nonce"));
}

#[test]
fn a_worker_goes_by_the_apps_policy_and_an_image_can_do_nothing() {
    let (app, _folder) = app("", &[("BFF_CSP", "connect-src https://api.example")]);
    let worker = app.get("/worker.js");
    assert_eq!(directive(&worker, CSP, "connect-src"), Some("'self' https://api.example"));
    assert!(!worker.header(CSP).unwrap().contains("sandbox"));
    assert!(app.get("/icon.svg").header(CSP).unwrap().contains("sandbox"));
}

#[test]
fn the_features_of_browsers_are_those_of_the_setting_on_every_answer() {
    let (app, _folder) = app("", &[("BFF_PERMISSIONS_POLICY", "camera=(self); fullscreen=*")]);
    for path in ["/", "/icon.svg", "/missing.js", "/api/server/todos/1", "/healthz"] {
        let answer = app.get(path);
        let policy = answer.header("permissions-policy").unwrap();
        assert!(
            policy.contains(", camera=(self), ") && policy.ends_with(", fullscreen=*"),
            "{path}: {policy}"
        );
    }
}
