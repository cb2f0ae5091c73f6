//! `/healthz` and `/readyz`.

use std::{
    io::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Instant,
};

use front_fixture::unused_port;

use crate::harness::{
    browser::{Request, read},
    polling::wait_until,
    test_app::TestApp,
    upstream::Upstream,
};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[test]
fn alive_and_ready_with_an_upstream() {
    let app = TestApp::with_demo(&[]);
    assert_eq!((app.get("/healthz").status, app.get("/healthz").text()), (200, "ok\n"));
    assert_eq!((app.get("/readyz").status, app.get("/readyz").text()), (200, "ready\n"));
    assert_eq!(app.get("/healthz").header("cache-control"), Some("no-store"));
}

#[test]
fn alive_but_not_ready_without_one() {
    let port = unused_port();
    let app = TestApp::before(&format!("http://127.0.0.1:{port}"), &[]);
    assert_eq!(app.get("/healthz").status, 200);
    let problem = app.get("/readyz").problem(503, "upstream_unreachable");
    assert!(!problem.to_string().contains("127.0.0.1"));
}

#[test]
fn other_methods_are_not_taken_for_a_check() {
    let app = TestApp::with_demo(&[]);
    app.send(&Request::new("POST", "/healthz")).problem(405, "method_not_allowed");
    let head = app.send(&Request::new("HEAD", "/readyz"));
    assert_eq!((head.status, head.body.len()), (200, 0));
}

fn probes(upstream: &Upstream) -> usize {
    upstream.requests().iter().filter(|request| request.starts_with("HEAD / ")).count()
}

#[test]
fn security_44_many_probes_are_one_question_and_take_nobodys_place() {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let upstream = Upstream::scripted(move |connection, request| {
        if request.starts_with("HEAD / ") {
            // The answer comes when the test lets it, or when the test has ended.
            let _ = held.lock().unwrap().recv();
        }
        connection.write_all(OK).is_ok()
    });
    let settings = [("BFF_WORKERS", "2"), ("BFF_UPSTREAM_CONNECTIONS", "1"), ("BFF_RATE_LIMIT", "off")];
    let app = TestApp::before(&upstream.url(), &settings);
    let mut asking: Vec<_> = (0..100).map(|_| Request::get("/readyz").begin(app.port)).collect();
    upstream.wait_for(1);
    for number in 0..10 {
        assert_eq!(app.get(&format!("/api/server/{number}")).status, 200, "a person is kept out");
    }
    drop(release);
    let answers: Vec<u16> = asking.iter_mut().map(|connection| read(connection).status).collect();
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    // One more may follow where the last ones come a second later.
    assert!(probes(&upstream) <= 2, "{}", probes(&upstream));
}

#[test]
fn security_44_a_bad_answer_is_remembered_for_a_second_like_a_good_one() {
    let is_well = Arc::new(AtomicBool::new(false));
    let well = Arc::clone(&is_well);
    let upstream = Upstream::scripted(move |connection, _| {
        let answer = if well.load(Ordering::SeqCst) { OK } else { b"nonsense\r\n\r\n" };
        connection.write_all(answer).is_ok() && answer == OK
    });
    let app = TestApp::before(&upstream.url(), &[("BFF_WORKERS", "2")]);
    for (status, well) in [(503, false), (200, true)] {
        is_well.store(well, Ordering::SeqCst);
        wait_until(|| app.get("/readyz").status == status, || "the other answer stays");
        let (before, since) = (probes(&upstream), Instant::now());
        for _ in 0..20 {
            assert_eq!(app.get("/readyz").status, status);
        }
        let asked = probes(&upstream) - before;
        assert!(asked as u64 <= since.elapsed().as_secs() + 1, "{asked} questions for 20 probes");
    }
}
