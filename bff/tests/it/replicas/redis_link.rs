//! The connection to Redis: the cost of a command while it is lost, and how it recovers.

use std::time::{Duration, Instant};

use actix_web::rt::{System, time::sleep};
use bff::redis::{
    Link, LinkError,
    link::{ANSWER, CONNECT, PENDING_MAX, Repeat},
};
use futures_util::future::join_all;

use crate::harness::{
    browser::PATIENCE,
    redis_server::{RedisServer, link},
};

/// Time that a busy machine may add to a deadline.
const SLACK: Duration = Duration::from_secs(2);

async fn ping(link: &Link) -> Result<String, LinkError> {
    link.send(&redis::cmd("PING"), Repeat::Once).await
}

async fn until(holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "nothing changed");
        sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn a_redis_that_is_not_there_at_first_is_found_when_it_comes() {
    let mut server = RedisServer::start();
    let url = server.url();
    server.kill();
    System::new().block_on(async {
        let began = Instant::now();
        let link = link(&url).await;
        assert!(began.elapsed() < CONNECT + SLACK);
        assert!(!link.is_open());
        assert!(matches!(ping(&link).await, Err(LinkError::Away)));
        server.restart();
        until(|| link.is_open()).await;
        assert_eq!(ping(&link).await.unwrap(), "PONG");
    });
}

#[test]
fn a_frozen_redis_costs_a_moment_and_then_nothing_until_it_is_back() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let link = link(&server.url()).await;
        server.freeze();
        let began = Instant::now();
        let answers = join_all((0..100).map(|_| ping(&link))).await;
        assert!(answers.iter().all(|answer| matches!(answer, Err(LinkError::Late))));
        assert!(began.elapsed() < ANSWER + SLACK, "{:?}", began.elapsed());
        until(|| !link.is_open()).await;
        assert!(began.elapsed() < 2 * ANSWER + SLACK, "{:?}", began.elapsed());
        let began = Instant::now();
        assert!(matches!(ping(&link).await, Err(LinkError::Away)));
        assert!(began.elapsed() < ANSWER / 2, "{:?}", began.elapsed());
        server.thaw();
        until(|| link.is_open()).await;
        assert_eq!(ping(&link).await.unwrap(), "PONG");
    });
}

#[test]
fn a_connection_that_is_cut_is_replaced_before_anybody_notices() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let link = link(&server.url()).await;
        for _ in 0..20 {
            server.cut_connections();
            let answers = join_all((0..10).map(|_| ping(&link))).await;
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        }
    });
}

#[test]
fn a_command_that_must_not_repeat_is_not_sent_twice() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let link = link(&server.url()).await;
        server.cut_connections();
        let answer = link.send::<u64>(redis::cmd("INCR").arg("n"), Repeat::Never).await;
        assert!(matches!(answer, Err(LinkError::Refused(_))), "{answer:?}");
        until(|| server.ask(&["CLIENT", "LIST", "TYPE", "normal"]).lines().count() > 2).await;
        assert_eq!(server.ask(&["EXISTS", "n"]).trim(), ":0");
    });
}

#[test]
fn commands_under_way_are_limited() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let link = link(&server.url()).await;
        server.freeze();
        let answers = join_all((0..PENDING_MAX + 10).map(|_| ping(&link))).await;
        let busy = answers.iter().filter(|answer| matches!(answer, Err(LinkError::Busy))).count();
        assert_eq!(busy, 10);
    });
}

#[test]
fn a_password_opens_and_without_it_there_is_no_way_in() {
    let server = RedisServer::start();
    server.ask(&["ACL", "SETUSER", "bff", "on", ">hunter2", "~bff:*", "+@all"]);
    server.ask(&["ACL", "SETUSER", "default", "off"]);
    System::new().block_on(async {
        let open = link(&format!("redis://bff:hunter2@127.0.0.1:{}", server.port)).await;
        assert_eq!(ping(&open).await.unwrap(), "PONG");
        assert!(!link(&format!("redis://bff:wrong@127.0.0.1:{}", server.port)).await.is_open());
        assert!(!link(&server.url()).await.is_open());
    });
}
