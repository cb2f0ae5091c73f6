//! Connections whose client takes too long for its part.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::{Request, connect, parse, read},
    polling::wait_until,
    program::{Program, port_of, terminate, wait},
    test_app::{TestApp, folder_with},
    upstream::Upstream,
};

const HEAD: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/// Reads one whole answer without content that could be in pieces.
fn answer(connection: &mut TcpStream) -> u16 {
    let mut bytes = vec![0; 64 * 1024];
    let count = connection.read(&mut bytes).unwrap();
    parse(&bytes[..count]).status
}

#[test]
fn security_38_every_head_has_a_deadline_and_not_only_the_first() {
    let app = TestApp::before(&Upstream::ok("{}").url(), &[("BFF_CLIENT_TIMEOUT", "400ms")]);
    for part in [b"G".as_slice(), &HEAD[..HEAD.len() - 2]] {
        for before in 0..=2 {
            let mut connection = connect(app.port);
            for _ in 0..before {
                connection.write_all(HEAD).unwrap();
                assert_eq!(answer(&mut connection), 200);
            }
            connection.write_all(part).unwrap();
            let began = Instant::now();
            read(&mut connection).problem(408, "client_timeout");
            assert!(began.elapsed() < Duration::from_secs(10), "{before} {part:?}");
        }
    }
}

#[test]
fn security_38_a_head_that_comes_byte_by_byte_is_given_up() {
    let app = TestApp::before(&Upstream::ok("{}").url(), &[("BFF_CLIENT_TIMEOUT", "400ms")]);
    let mut connection = connect(app.port);
    connection.write_all(HEAD).unwrap();
    assert_eq!(answer(&mut connection), 200);
    let mut slow = connection.try_clone().unwrap();
    let began = Instant::now();
    thread::spawn(move || {
        let field = b"GET /healthz HTTP/1.1\r\nX: ".iter().chain(std::iter::repeat(&b'x'));
        for byte in field {
            thread::sleep(Duration::from_millis(50));
            if slow.write_all(&[*byte]).is_err() {
                return;
            }
        }
    });
    read(&mut connection).problem(408, "client_timeout");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn security_38_a_client_that_says_nothing_is_let_go_without_a_word() {
    let app = TestApp::before(&Upstream::ok("{}").url(), &[("BFF_CLIENT_TIMEOUT", "400ms")]);
    let mut connection = connect(app.port);
    assert_eq!(connection.read(&mut [0]).unwrap(), 0);
}

#[test]
fn security_38_an_answer_that_is_not_read_does_not_hold_its_connection() {
    let large = vec![b'x'; 32 * 1024 * 1024];
    let folder = folder_with(&[("index.html", b"<!doctype html>"), ("large.bin", &large)]);
    let settings = [
        ("BFF_SPA_DIR", folder.path().to_str().unwrap()),
        ("BFF_IDLE_TIMEOUT", "600ms"),
        ("BFF_METRICS_LISTEN", "127.0.0.1:0"),
        ("BFF_WORKERS", "1"),
    ];
    let mut program = Program::before(&Upstream::ok("{}").url(), &settings);
    let metrics = program.metrics_port();
    let ask = b"GET /large.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    let mut idle = connect(program.port);
    idle.write_all(ask).unwrap();
    wait_until(
        || {
            Request::get("/metrics")
                .send(metrics)
                .text()
                .contains("connections_ended_total{fault=\"unread\"} 1")
        },
        || "the connection was never ended",
    );
    // One that reads slowly and steadily gets everything.
    let mut steady = connect(program.port);
    steady.write_all(ask).unwrap();
    let mut bytes = Vec::new();
    let mut piece = vec![0; 4 * 1024 * 1024];
    loop {
        thread::sleep(Duration::from_millis(100));
        match steady.read(&mut piece).unwrap() {
            0 => break,
            count => bytes.extend_from_slice(&piece[..count]),
        }
    }
    assert_eq!(parse(&bytes).body.len(), large.len());
    let mut rest = Vec::new();
    // A reset is as good as an end.
    let _ = idle.read_to_end(&mut rest);
    assert!(rest.len() < large.len());
}

#[test]
fn security_39_the_limit_of_open_files_is_raised_and_told_where_it_is_too_low() {
    let upstream = Upstream::ok("{}");
    let start = |limits: &str, settings: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", &format!("{limits}; exec \"$0\""), env!("CARGO_BIN_EXE_bff")])
            .env_clear()
            .envs([("API_URL", upstream.url().as_str()), ("BFF_LISTEN", "127.0.0.1:0"), ("BFF_WORKERS", "1")])
            .envs(settings.iter().copied())
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let port = port_of(&mut child);
        (child, port)
    };
    let log = |mut child: Child| {
        terminate(&child);
        assert!(wait(&mut child).success());
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    };
    let (child, port) = start("ulimit -n 500; ulimit -Sn 60", &[]);
    let idle: Vec<TcpStream> = (0..100).map(|_| connect(port)).collect();
    assert_eq!(Request::get("/healthz").send(port).status, 200);
    drop(idle);
    let unset = log(child);
    assert!(!unset.contains("WARN"), "{unset}");
    let (child, _) = start("ulimit -n 500", &[("BFF_MAX_CONNECTIONS", "1000")]);
    let set = log(child);
    assert!(set.contains("BFF_MAX_CONNECTIONS: 1384 open files are needed"), "{set}");
    assert!(set.contains("the system allows 500 (ulimit -Hn)"), "{set}");
}
