//! Starting and stopping.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use demo_api::{DemoConfig, DemoError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::demo::{Demo, config};

#[actix_web::test]
async fn stopping_releases_the_port() {
    let demo = Demo::start().await;
    demo.get("/todos").await;
    let addr = demo.api.addr();
    demo.api.stop().await;
    let again = demo_api::start(DemoConfig { listen: addr, ..config() }).await.unwrap();
    assert_eq!(again.addr(), addr);
}

#[actix_web::test]
async fn an_idle_connection_does_not_delay_the_stop() {
    let demo = Demo::with(DemoConfig { shutdown_timeout: Duration::from_secs(30), ..config() }).await;
    demo.get("/todos").await;
    let asked = Instant::now();
    demo.api.stop().await;
    // The server itself would drop the connection after five seconds.
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
}

/// Returns when the server has begun with a request besides those made here: the rate limit counts it.
async fn until_charged(demo: &Demo) {
    for own in 1..=50 {
        let remaining: u32 = demo.get("/test").await.header("x-ratelimit-remaining").parse().unwrap();
        if remaining < 100 - own {
            return;
        }
    }
    panic!("the request has not arrived");
}

#[actix_web::test]
async fn a_request_under_way_is_answered_before_the_stop() {
    let demo = Demo::with(DemoConfig { rate_limit: true, ..config() }).await;
    let request = demo.request("GET".parse().unwrap(), "/todos/1?delay=300");
    let answer = actix_web::rt::spawn(async move { request.send().await.unwrap().status() });
    until_charged(&demo).await;
    demo.api.stop().await;
    assert_eq!(answer.await.unwrap(), 200);
}

#[actix_web::test]
async fn a_stop_waits_no_longer_than_it_may() {
    let shutdown_timeout = Duration::from_millis(50);
    let demo = Demo::with(DemoConfig { shutdown_timeout, rate_limit: true, ..config() }).await;
    let request = demo.request("GET".parse().unwrap(), "/todos/1?delay=5000");
    let answer = actix_web::rt::spawn(async move { request.send().await.is_err() });
    until_charged(&demo).await;
    let asked = Instant::now();
    demo.api.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    assert!(answer.await.unwrap());
}

#[actix_web::test]
async fn a_server_ends_with_its_handle() {
    let demo = Demo::start().await;
    let addr = demo.api.addr();
    drop(demo);
    let patience = Instant::now() + Duration::from_secs(5);
    while TcpListener::bind(addr).is_err() {
        assert!(Instant::now() < patience, "the port is still taken");
        actix_web::rt::task::yield_now().await;
    }
}

#[actix_web::test]
async fn a_port_that_is_taken_stops_the_start() {
    let demo = Demo::start().await;
    let refused = demo_api::start(DemoConfig { listen: demo.api.addr(), ..config() }).await;
    assert!(matches!(refused, Err(DemoError::Listen { .. })));
}

#[test]
fn a_plain_tokio_runtime_will_do() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let api = demo_api::start(config()).await.unwrap();
        let mut stream = tokio::net::TcpStream::connect(api.addr()).await.unwrap();
        stream.write_all(b"GET /test HTTP/1.1\r\nhost: demo\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        api.stop().await;
    });
}

#[actix_web::test]
async fn idle_connections_are_promised_five_seconds() {
    let demo = Demo::start().await;
    assert_eq!(demo.get("/todos").await.header("keep-alive"), "timeout=5");
}
