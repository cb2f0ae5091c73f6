//! An https upstream, trusted by a given CA or not at all.

use std::io::{Read as _, Write as _};

use rcgen::{CertificateParams, KeyPair};

use crate::harness::{
    https_upstream::{HttpsUpstream, TlsStream},
    program::bff,
    test_app::{RouteTable, TestApp, folder_with},
};

/// An upstream that answers each request with `secret`.
fn https_upstream(name: &str) -> HttpsUpstream {
    https_server(name, |_, _| "secret".to_owned())
}

/// An upstream that answers with the body that `answer` makes of its port and a request.
fn https_server(name: &str, answer: fn(u16, &str) -> String) -> HttpsUpstream {
    HttpsUpstream::start(name, serving(answer))
}

fn serving(answer: fn(u16, &str) -> String) -> impl Fn(u16, TlsStream) {
    move |port, mut stream| {
        let mut request = [0; 4096];
        if let Ok(length) = stream.read(&mut request) {
            let body = answer(port, &String::from_utf8_lossy(&request[..length]));
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    }
}

/// The server before `upstream`, with this certificate as `BFF_UPSTREAM_CA`.
fn trusting(upstream: &HttpsUpstream, certificate: &str) -> (TestApp, tempfile::TempDir) {
    let folder = folder_with(&[("ca.pem", certificate.as_bytes())]);
    let ca = folder.path().join("ca.pem");
    let app = TestApp::before(&upstream.url(), &[("BFF_UPSTREAM_CA", ca.to_str().unwrap())]);
    (app, folder)
}

#[test]
fn a_given_ca_is_trusted() {
    let upstream = https_upstream("localhost");
    let (app, _folder) = trusting(&upstream, &upstream.certificate);
    let answer = app.get("/api/server/x");
    assert_eq!((answer.status, answer.text()), (200, "secret"));
}

#[test]
fn a_certificate_that_is_named_itself_is_trusted_for_its_own_name() {
    let secret = |_: u16, _: &str| "secret".to_owned();
    let upstream = HttpsUpstream::as_authority("localhost", serving(secret));
    let (app, _folder) = trusting(&upstream, &upstream.certificate);
    assert_eq!(app.get("/api/server/x").text(), "secret");
    let other = HttpsUpstream::as_authority("localhost", serving(secret));
    let (app, _folder) = trusting(&upstream, &other.certificate);
    app.get("/api/server/x").problem(502, "upstream_unreachable");
    let elsewhere = HttpsUpstream::as_authority("elsewhere.example", serving(secret));
    let (app, _folder) = trusting(&elsewhere, &elsewhere.certificate);
    app.get("/api/server/x").problem(502, "upstream_unreachable");
}

#[test]
fn a_certificate_for_no_name_is_trusted_where_it_is_named_itself() {
    let secret = |_: u16, _: &str| "secret".to_owned();
    for is_authority in [false, true] {
        let upstream = HttpsUpstream::without_name(is_authority, serving(secret));
        let (app, _folder) = trusting(&upstream, &upstream.certificate);
        assert_eq!(app.get("/api/server/x").text(), "secret");
        let other = HttpsUpstream::without_name(is_authority, serving(secret));
        let (app, _folder) = trusting(&upstream, &other.certificate);
        app.get("/api/server/x").problem(502, "upstream_unreachable");
    }
}

#[test]
fn an_unknown_certificate_or_one_of_another_name_is_refused() {
    let upstream = https_upstream("localhost");
    let (app, _folder) = trusting(&upstream, &https_upstream("localhost").certificate);
    app.get("/api/server/x").problem(502, "upstream_unreachable");

    let upstream = https_upstream("elsewhere.example");
    let (app, _folder) = trusting(&upstream, &upstream.certificate);
    app.get("/api/server/x").problem(502, "upstream_unreachable");
}

/// The discovery document of an OpenID provider whose token endpoint is `token`.
fn document(port: u16, request: &str, token: &str) -> String {
    if !request.contains("/.well-known/openid-configuration ") {
        return r#"{"keys":[]}"#.to_owned();
    }
    let own = format!("https://localhost:{port}");
    format!(
        r#"{{"issuer":"{own}","authorization_endpoint":"{own}/auth","token_endpoint":"{token}",
            "jwks_uri":"{own}/jwks","response_types_supported":["code"],"subject_types_supported":["public"],
            "id_token_signing_alg_values_supported":["RS256"]}}"#
    )
}

/// Begins a sign-in at `provider` with this certificate as `BFF_OIDC_CA`; returns the status.
fn begin_sign_in(provider: &HttpsUpstream, ca: &str) -> u16 {
    let folder = folder_with(&[("ca.pem", ca.as_bytes())]);
    let ca = folder.path().join("ca.pem");
    let app = TestApp::with_demo(&[
        ("BFF_OIDC_ISSUER", &provider.url()),
        ("BFF_OIDC_CLIENT_ID", "bff"),
        ("BFF_OIDC_CA", ca.to_str().unwrap()),
    ]);
    app.get("/bff/login").status
}

#[test]
fn the_ca_of_the_openid_provider_is_trusted_for_it_and_no_other_is() {
    let good = |port, request: &str| document(port, request, &format!("https://localhost:{port}/token"));
    let provider = https_server("localhost", good);
    assert_eq!(begin_sign_in(&provider, &provider.certificate), 303);
    assert_eq!(begin_sign_in(&provider, &https_upstream("localhost").certificate), 502);
}

#[test]
fn a_provider_over_https_cannot_have_secrets_sent_without() {
    let provider =
        https_server("localhost", |port, request| document(port, request, "http://localhost:9/token"));
    assert_eq!(begin_sign_in(&provider, &provider.certificate), 502);
}

#[test]
fn an_upstream_that_wants_a_certificate_gets_the_tables_and_no_other() {
    let identity = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    };
    let (own, stranger) = (identity("bff"), identity("stranger"));
    let upstream = HttpsUpstream::for_client(&own.0, serving(|_, _| "secret".to_owned()));
    let folder = folder_with(&[
        ("ca.pem", upstream.certificate.as_bytes()),
        ("own.pem", own.0.as_bytes()),
        ("own.key", own.1.as_bytes()),
        ("other.pem", stranger.0.as_bytes()),
        ("other.key", stranger.1.as_bytes()),
    ]);
    let at = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let table = |name: &str| {
        format!(
            "[[route]]\npath = '/{{*rest}}'\nupstream = 'ledger'\nsession = 'none'\n\
             [upstream.ledger]\nurl = '{}'\nca = '{}'\ncert = '{}'\nkey = '{}'",
            upstream.url(),
            at("ca.pem"),
            at(&format!("{name}.pem")),
            at(&format!("{name}.key")),
        )
    };
    let app = |name: &str| TestApp::with_routes("http://127.0.0.1:9", &table(name), &[]);
    assert_eq!(app("own").get("/api/server/x").text(), "secret");
    // With TLS 1.3 the refusal comes after the handshake, in the place of an answer.
    assert_eq!(app("other").get("/api/server/x").status, 502);
}

#[test]
fn a_certificate_that_cannot_be_used_stops_the_start_with_its_file() {
    let folder = folder_with(&[("empty.pem", b"")]);
    let file = folder.path().join("empty.pem").to_str().unwrap().to_owned();
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\nupstream = 'ledger'\nsession = 'none'\n\
         [upstream.ledger]\nurl = 'https://localhost:1'\ncert = '{file}'\nkey = '{file}'"
    );
    let routes = RouteTable::new(&table);
    let output = bff(&folder).envs([routes.setting(), ("BFF_LISTEN", "127.0.0.1:0")]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains("upstream \"ledger\"") && said.contains(&file), "{said}");
}
