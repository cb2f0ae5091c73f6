//! Allocations of the server for one request, counted by the allocator. Alone in its process, so that nothing else counts.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on says so by panicking, and shows the numbers that it found"
)]

use std::{
    alloc::System,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use bff::{Application, Config, config::Source};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Requests before the first that counts: pools, caches and connections are made by then.
const WARM_UP: usize = 50;

/// Requests that count.
const COUNTED: usize = 200;

/// Allocations for one answer out of the cache, compressed already. Change it only with a reason.
const HIT: usize = 41;

/// Allocations for one answer out of the upstream, which is compressed on the way.
const MISS: usize = 69;

/// As a browser sends it.
const FIELDS: &str = "Host: 127.0.0.1\r\nConnection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n\
    Accept: application/json\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\n\
    Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nReferer: http://127.0.0.1/\r\n\r\n";

/// Answers `/kept` with a lifetime and everything else without one; allocates nothing while it does.
fn upstream() -> u16 {
    let body = "x".repeat(2500);
    let answer = |control: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\nETag: \"1\"\r\n\
             Vary: Accept-Encoding\r\nX-RateLimit-Limit: 100\r\n{control}\r\n{body}",
            body.len()
        )
    };
    let (kept, other) = (answer("Cache-Control: max-age=3600\r\n"), answer(""));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, kept, other) = (connection.unwrap(), kept.clone(), other.clone());
            thread::spawn(move || {
                let mut request = [0; 8192];
                while let Ok(count) = connection.read(&mut request)
                    && count > 0
                {
                    let answer = if request.starts_with(b"GET /kept") { &kept } else { &other };
                    connection.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    port
}

/// Starts the server, with one worker and everything on that is on by default.
fn server(upstream: u16) -> u16 {
    let (started, start) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let url = format!("http://127.0.0.1:{upstream}");
            let settings = [
                ("API_URL", url.as_str()),
                ("BFF_LISTEN", "127.0.0.1:0"),
                ("BFF_WORKERS", "1"),
                ("BFF_RATE_LIMIT", "1000000/1m"),
            ];
            let config = Config::from_source(&Source::of(settings)).unwrap();
            let application = Application::build(config).await.unwrap();
            started.send(application.port()).unwrap();
            application.run_until_stopped().await.unwrap();
        });
    });
    start.recv().unwrap()
}

/// Asks once and reads the whole answer; allocates nothing.
fn ask(connection: &mut TcpStream, request: &[u8], answer: &mut [u8; 16_384]) {
    connection.write_all(request).unwrap();
    let mut length = 0;
    loop {
        length += connection.read(&mut answer[length..]).unwrap();
        let head = answer[..length].windows(4).position(|four| four == b"\r\n\r\n");
        if head.is_some_and(|end| length >= end + 4 + content_length(&answer[..end])) {
            assert!(answer.starts_with(b"HTTP/1.1 200"));
            return;
        }
    }
}

/// The content's length by its head; allocates nothing.
fn content_length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length: ";
    let at = head.windows(NAME.len()).position(|name| name == NAME).unwrap() + NAME.len();
    head[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |all, byte| all * 10 + usize::from(byte - b'0'))
}

/// Allocations for one request of `path`, and bytes.
fn per_request(port: u16, path: &str) -> (usize, usize) {
    let request = format!("GET /api/server{path} HTTP/1.1\r\n{FIELDS}");
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answer = [0; 16_384];
    for _ in 0..WARM_UP {
        ask(&mut connection, request.as_bytes(), &mut answer);
    }
    let region = Region::new(GLOBAL);
    for _ in 0..COUNTED {
        ask(&mut connection, request.as_bytes(), &mut answer);
    }
    let change = region.change();
    ((change.allocations + change.reallocations) / COUNTED, change.bytes_allocated / COUNTED)
}

#[test]
fn a_hit_and_a_miss_take_their_number_of_allocations() {
    let port = server(upstream());
    let (hit, hit_bytes) = per_request(port, "/kept");
    let (miss, miss_bytes) = per_request(port, "/other");
    println!("hit: {hit} allocations, {hit_bytes} bytes; miss: {miss} allocations, {miss_bytes} bytes");
    assert_eq!((hit, miss), (HIT, MISS));
}
