//! An https upstream, trusted by a given CA or not at all.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, Stream,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::harness::test_app::{TestApp, folder_with};

/// An https server with a certificate of its own for `name`; gives its port and the certificate as PEM.
fn https_upstream(name: &str) -> (u16, String) {
    https_server(name, |_, _| "secret".to_owned())
}

/// The same, which answers what `answer` makes of its port and a request.
fn https_server(name: &str, answer: fn(u16, &str) -> String) -> (u16, String) {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for tcp in listener.incoming() {
            let (mut tcp, mut tls) = (tcp.unwrap(), ServerConnection::new(Arc::clone(&config)).unwrap());
            let mut stream = Stream::new(&mut tls, &mut tcp);
            let mut request = [0; 4096];
            if let Ok(length) = stream.read(&mut request) {
                let body = answer(port, &String::from_utf8_lossy(&request[..length]));
                let length = body.len();
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        }
    });
    (port, certified.cert.pem())
}

#[test]
fn a_given_ca_is_trusted() {
    let (port, pem) = https_upstream("localhost");
    let folder = folder_with(&[("ca.pem", pem.as_bytes())]);
    let ca = folder.path().join("ca.pem");
    let app =
        TestApp::before(&format!("https://localhost:{port}"), &[("BFF_UPSTREAM_CA", ca.to_str().unwrap())]);
    let answer = app.get("/api/server/x");
    assert_eq!((answer.status, answer.text()), (200, "secret"));
}

#[test]
fn a_certificate_that_nobody_vouches_for_or_of_another_name_is_refused() {
    let (port, _) = https_upstream("localhost");
    let (_, other) = https_upstream("localhost");
    let folder = folder_with(&[("other.pem", other.as_bytes())]);
    let ca = folder.path().join("other.pem");
    let settings = [("BFF_UPSTREAM_CA", ca.to_str().unwrap())];
    TestApp::before(&format!("https://localhost:{port}"), &settings)
        .get("/api/server/x")
        .problem(502, "upstream_unreachable");

    let (port, pem) = https_upstream("elsewhere.example");
    let folder = folder_with(&[("ca.pem", pem.as_bytes())]);
    let ca = folder.path().join("ca.pem");
    TestApp::before(&format!("https://localhost:{port}"), &[("BFF_UPSTREAM_CA", ca.to_str().unwrap())])
        .get("/api/server/x")
        .problem(502, "upstream_unreachable");
}

/// What an OpenID provider says of itself, with its token endpoint at `token`.
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

fn begin_sign_in(port: u16, ca: &str) -> u16 {
    let folder = folder_with(&[("ca.pem", ca.as_bytes())]);
    let ca = folder.path().join("ca.pem");
    let app = TestApp::with_demo(&[
        ("BFF_OIDC_ISSUER", &format!("https://localhost:{port}")),
        ("BFF_OIDC_CLIENT_ID", "bff"),
        ("BFF_OIDC_CA", ca.to_str().unwrap()),
    ]);
    app.get("/bff/login").status
}

#[test]
fn the_ca_of_the_openid_provider_is_trusted_for_it_and_no_other_is() {
    let good = |port, request: &str| document(port, request, &format!("https://localhost:{port}/token"));
    let (port, pem) = https_server("localhost", good);
    assert_eq!(begin_sign_in(port, &pem), 303);
    let (_, other) = https_upstream("localhost");
    assert_eq!(begin_sign_in(port, &other), 502);
}

#[test]
fn a_provider_over_https_cannot_have_secrets_sent_without() {
    let (port, pem) =
        https_server("localhost", |port, request| document(port, request, "http://localhost:9/token"));
    assert_eq!(begin_sign_in(port, &pem), 502);
}
