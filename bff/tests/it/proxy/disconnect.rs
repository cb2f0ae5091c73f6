//! A browser that leaves ends the upstream's work.

use std::{
    io::{Read as _, Write as _},
    sync::mpsc,
};

use crate::harness::{
    browser::{PATIENCE, connect},
    test_app::TestApp,
    upstream::Upstream,
};

#[test]
fn security_32_a_browser_that_leaves_before_the_head_stops_the_upstream() {
    let (gone, noticed) = mpsc::channel();
    let upstream = Upstream::scripted(move |connection, _| {
        // Nothing is answered: only a closed connection ends this read.
        let _ = gone.send(connection.read(&mut [0]).map_or(0, |count| count));
        false
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let mut browser = connect(app.port);
    browser.write_all(b"GET /api/server/slow HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
    upstream.wait_for(1);
    drop(browser);
    assert_eq!(noticed.recv_timeout(PATIENCE / 4), Ok(0), "the upstream went on working");
}

#[test]
fn security_32_a_browser_that_leaves_within_the_body_stops_the_upstream() {
    let (gone, noticed) = mpsc::channel();
    let upstream = Upstream::scripted(move |connection, _| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n");
        let chunk = vec![b'x'; 64 * 1024];
        while connection.write_all(&chunk).is_ok() {}
        let _ = gone.send(());
        false
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let mut browser = connect(app.port);
    browser.write_all(b"GET /api/server/long HTTP/1.1\r\nHost: app.test\r\n\r\n").unwrap();
    browser.read_exact(&mut [0; 10_000]).unwrap();
    drop(browser);
    noticed.recv_timeout(PATIENCE / 4).expect("the upstream went on sending");
}

#[test]
fn security_32_an_upload_that_breaks_off_stops_the_upstream() {
    let (result, outcome) = mpsc::channel();
    let upstream = Upstream::after_head(move |connection| {
        let mut body = Vec::new();
        let _ = connection.read_to_end(&mut body);
        let _ = result.send(body.len());
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let mut browser = connect(app.port);
    browser
        .write_all(b"POST /api/server/up HTTP/1.1\r\nHost: app.test\r\nContent-Length: 9000000\r\n\r\n")
        .unwrap();
    browser.write_all(&[b'x'; 200_000]).unwrap();
    upstream.wait_for(1);
    drop(browser);
    assert!(outcome.recv_timeout(PATIENCE / 4).expect("the upstream waits for the rest") < 9_000_000);
}
