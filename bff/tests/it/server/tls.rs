//! TLS of the server's own, the way from http to it, and the PROXY protocol.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use ppp::v2::{Builder, Command, Protocol, Version};
use rcgen::KeyPair;
use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};

use crate::harness::{
    browser::{Request, Response, connect, parse, read},
    documentation::{production_command, start},
    own_tls::{self, files, program, write_certificate},
    polling::{poll, wait_until},
    program::bff,
    test_app::TestApp,
    token_upstream::TokenUpstream,
    upstream::Upstream,
};

/// Sends a request to who shows this certificate.
fn ask(port: u16, certificate: &str, request: &Request) -> Result<Response, String> {
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(own_tls::client(certificate, &[]), name).unwrap();
    let mut connection = StreamOwned::new(client, connect(port));
    connection.write_all(&request.bytes()).map_err(|err| err.to_string())?;
    let mut bytes = Vec::new();
    // An end without a farewell is an error, and the answer is whole all the same.
    connection.read_to_end(&mut bytes).map_err(|err| err.to_string())?;
    Ok(parse(&bytes))
}

#[test]
fn the_server_speaks_https_by_itself() {
    let upstream = TokenUpstream::start();
    let folder = tempfile::tempdir().unwrap();
    let certificate = write_certificate(folder.path());
    let program = program(&upstream.upstream.url(), folder.path(), &[("BFF_CLIENT_TIMEOUT", "500ms")]);
    let answer = ask(program.port, &certificate, &Request::get("/api/server/open")).unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.header("strict-transport-security").is_some());
    let signing_in = Request::new("POST", "/bff/login")
        .header("Sec-Fetch-Site", "same-origin")
        .json(r#"{"username":"ada","password":"adapass"}"#);
    let signed_in = ask(program.port, &certificate, &signing_in).unwrap();
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let cookies = signed_in.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let cookies: Vec<_> = cookies.map(|(_, value)| value.as_str()).collect();
    assert!(
        cookies.iter().any(|cookie| cookie.starts_with("__Host-") && cookie.contains("Secure")),
        "{cookies:?}"
    );
    // A refusal of the framework comes within TLS as well.
    let refused = ask(program.port, &certificate, &Request::get("/api/server/a b")).unwrap();
    refused.problem(400, "invalid_request");
    // Who speaks plain http, or nothing, is let go.
    for said in [b"GET / HTTP/1.1\r\nHost: app.test\r\n\r\n".as_slice(), b""] {
        let mut plain = connect(program.port);
        plain.write_all(said).unwrap();
        let mut bytes = Vec::new();
        let _ = plain.read_to_end(&mut bytes);
        assert!(!bytes.starts_with(b"HTTP"), "{bytes:?}");
    }
}

#[test]
fn a_certificate_that_is_renewed_is_used_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = write_certificate(folder.path());
    let mut program = program(&Upstream::ok("{}").url(), folder.path(), &[]);
    assert_eq!(ask(program.port, &first, &Request::get("/healthz")).unwrap().status, 200);
    fs::write(folder.path().join("cert.pem"), "half of a certificate").unwrap();
    let port = program.port;
    let warned = std::thread::scope(|scope| {
        let log = scope.spawn(|| program.wait_for_log("BFF_TLS_CERT"));
        // A new file is seen at the next connection.
        wait_until(
            || {
                assert_eq!(ask(port, &first, &Request::get("/healthz")).unwrap().status, 200);
                log.is_finished()
            },
            || "nobody says that the new certificate is none",
        );
        log.join()
    });
    assert!(warned.is_ok());
    let second = write_certificate(folder.path());
    let answer = poll(|| ask(port, &second, &Request::get("/healthz")));
    assert_eq!(answer.status, 200);
    assert!(ask(port, &first, &Request::get("/healthz")).is_err());
}

#[test]
fn files_that_are_no_certificate_are_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let start = |settings: &[(&str, &str)]| {
        let output = bff(&folder).env("BFF_LISTEN", "127.0.0.1:0").envs(settings.iter().copied()).output();
        let output = output.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    write_certificate(folder.path());
    let other = KeyPair::generate().unwrap().serialize_pem();
    fs::write(folder.path().join("other.pem"), other).unwrap();
    fs::write(folder.path().join("empty.pem"), "").unwrap();
    fs::create_dir(folder.path().join("folder.pem")).unwrap();
    for (certificate, key, code, says) in [
        ("cert.pem", "", 2, "bff: BFF_TLS_KEY: \"\" is missing: BFF_TLS_CERT is of no use without it"),
        ("", "key.pem", 2, "bff: BFF_TLS_CERT: \"\" is missing"),
        ("none.pem", "key.pem", 1, "bff: BFF_TLS_CERT: \"none.pem\" cannot be read"),
        ("folder.pem", "key.pem", 1, "bff: BFF_TLS_CERT: \"folder.pem\" is no file"),
        ("empty.pem", "key.pem", 1, "bff: BFF_TLS_CERT: \"empty.pem\" holds no certificate"),
        ("cert.pem", "empty.pem", 1, "bff: BFF_TLS_KEY: \"empty.pem\" holds no private key"),
        ("cert.pem", "other.pem", 1, "bff: BFF_TLS_KEY: \"other.pem\" does not go with the certificate"),
    ] {
        let (exit, said) =
            start(&[("BFF_TLS_CERT", certificate), ("BFF_TLS_KEY", key), ("BFF_LOG", "error")]);
        assert_eq!((exit, said.lines().count()), (Some(code), 1), "{said}");
        assert!(said.starts_with(says), "{said}");
    }
    let (exit, said) = start(&[("BFF_REDIRECT_HTTP", "127.0.0.1:0")]);
    assert_eq!(exit, Some(2));
    assert!(said.starts_with("bff: BFF_REDIRECT_HTTP: \"127.0.0.1:0\" leads nowhere"), "{said}");
}

#[test]
fn plain_http_leads_to_https_under_the_public_name() {
    let folder = tempfile::tempdir().unwrap();
    write_certificate(folder.path());
    let settings = [("BFF_REDIRECT_HTTP", "127.0.0.1:0"), ("BFF_PUBLIC_URL", "https://app.example.com")];
    let mut program = program(&Upstream::ok("{}").url(), folder.path(), &settings);
    let port = program.redirect_port();
    for method in ["GET", "POST"] {
        let answer = Request::new(method, "/todos?x=1").send(port);
        assert_eq!(
            (answer.status, answer.header("location")),
            (308, Some("https://app.example.com/todos?x=1"))
        );
    }
}

#[test]
fn security_49_the_production_command_alone_tells_people_apart_over_https() {
    let upstream = Upstream::answering("HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let folder = tempfile::tempdir().unwrap();
    let certificate = write_certificate(folder.path());
    let command = production_command("docs/production.md", "BFF_TLS_CERT", "/");
    let files = files(folder.path());
    let own = [
        ("BFF_REDIRECT_HTTP", "127.0.0.1:0"),
        (files[0].0, files[0].1.as_str()),
        (files[1].0, files[1].1.as_str()),
    ];
    let program = start(&command, &upstream.url(), &own);
    // What a client says of where it comes from counts for nothing: its own address does.
    let claim = Request::get("/api/server/todos").header("X-Forwarded-For", "203.0.113.9");
    assert_eq!(ask(program.port, &certificate, &claim).unwrap().status, 401);
    assert!(upstream.last().contains("x-forwarded-for: 127.0.0.1"), "{}", upstream.last());
}

#[test]
fn security_39_the_way_to_https_has_the_limits_of_the_public_listener() {
    let folder = tempfile::tempdir().unwrap();
    write_certificate(folder.path());
    let settings = [
        ("BFF_REDIRECT_HTTP", "127.0.0.1:0"),
        ("BFF_PROXY_PROTOCOL", "v2"),
        ("BFF_TRUSTED_PROXIES", "127.0.0.1"),
        ("BFF_ADDRESS_CONNECTIONS", "1"),
    ];
    let mut program = program(&Upstream::ok("{}").url(), folder.path(), &settings);
    let port = program.redirect_port();
    let ask = |from: &str| {
        let mut connection = through_proxy(port, from);
        let _ = connection.write_all(&Request::get("/todos").bytes());
        let mut bytes = Vec::new();
        let _ = connection.read_to_end(&mut bytes);
        (!bytes.is_empty()).then(|| parse(&bytes).status)
    };
    let mut held = None;
    // The one that is asked by may be counted first; the held one is refused then.
    let is_full = || {
        held = Some(through_proxy(port, "203.0.113.1:1"));
        ask("203.0.113.1:2").is_none()
    };
    wait_until(is_full, || "one address has more connections than it may have");
    assert_eq!(ask("203.0.113.2:1"), Some(308));
    drop(held);
    wait_until(|| ask("203.0.113.1:3") == Some(308), || "its connection was never given back");
}

#[test]
fn security_38_the_way_to_https_does_not_wait_for_content() {
    let folder = tempfile::tempdir().unwrap();
    write_certificate(folder.path());
    let settings = [("BFF_REDIRECT_HTTP", "127.0.0.1:0"), ("BFF_CLIENT_TIMEOUT", "300ms")];
    let mut program = program(&Upstream::ok("{}").url(), folder.path(), &settings);
    let mut connection = connect(program.redirect_port());
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;";
    connection.write_all(head).unwrap();
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).unwrap();
    assert_eq!(parse(&bytes).status, 308);
}

/// A connection that a TCP proxy opens for `from`.
fn through_proxy(port: u16, from: &str) -> TcpStream {
    let addresses: (SocketAddr, SocketAddr) = (from.parse().unwrap(), "10.0.0.1:443".parse().unwrap());
    let header = Builder::with_addresses(Version::Two | Command::Proxy, Protocol::Stream, addresses);
    let mut connection = connect(port);
    connection.write_all(&header.build().unwrap()).unwrap();
    connection
}

#[test]
fn a_trusted_tcp_proxy_says_whom_a_connection_comes_from() {
    let upstream = Upstream::ok("{}");
    let settings = [
        ("BFF_PROXY_PROTOCOL", "v2"),
        ("BFF_TRUSTED_PROXIES", "127.0.0.1"),
        ("BFF_RATE_LIMIT", "1/1h"),
        ("BFF_ADDRESS_CONNECTIONS", "2"),
    ];
    let app = TestApp::before(&upstream.url(), &settings);
    let ask = |from: &str| {
        let mut connection = through_proxy(app.port, from);
        connection.write_all(&Request::get("/api/server/x").bytes()).unwrap();
        read(&mut connection).status
    };
    assert_eq!([ask("203.0.113.1:1"), ask("203.0.113.2:1"), ask("203.0.113.1:2")], [200, 200, 429]);
    assert!(upstream.requests()[0].to_lowercase().contains("x-forwarded-for: 203.0.113.1"));
    // A trusted proxy that says nothing of the kind is not served.
    let mut silent = connect(app.port);
    silent.write_all(&Request::get("/healthz").bytes()).unwrap();
    let mut bytes = Vec::new();
    let _ = silent.read_to_end(&mut bytes);
    assert!(bytes.is_empty());
}

#[test]
fn security_39_one_address_cannot_take_the_connections_of_others() {
    let settings = [
        ("BFF_PROXY_PROTOCOL", "v2"),
        ("BFF_TRUSTED_PROXIES", "127.0.0.1"),
        ("BFF_ADDRESS_CONNECTIONS", "2"),
    ];
    let app = TestApp::before(&Upstream::ok("{}").url(), &settings);
    let ask = |from: &str| {
        let mut connection = through_proxy(app.port, from);
        let _ = connection.write_all(&Request::get("/healthz").bytes());
        let mut bytes = Vec::new();
        let _ = connection.read_to_end(&mut bytes);
        (!bytes.is_empty()).then(|| parse(&bytes).status)
    };
    let held: Vec<_> = (1..=2)
        .map(|number| {
            let mut held = through_proxy(app.port, &format!("203.0.113.1:{number}"));
            held.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
            held.read_exact(&mut [0; 12]).unwrap();
            held
        })
        .collect();
    assert_eq!((ask("203.0.113.1:3"), ask("203.0.113.2:3")), (None, Some(200)));
    drop(held);
    wait_until(|| ask("203.0.113.1:4") == Some(200), || "its connections were never given back");
}

#[test]
fn a_stranger_cannot_say_whom_it_speaks_for() {
    let app = TestApp::before(&Upstream::ok("{}").url(), &[("BFF_PROXY_PROTOCOL", "v2")]);
    let mut connection = through_proxy(app.port, "203.0.113.1:1");
    connection.write_all(&Request::get("/healthz").bytes()).unwrap();
    read(&mut connection).problem(400, "invalid_request");
    assert_eq!(app.get("/healthz").status, 200);
}
