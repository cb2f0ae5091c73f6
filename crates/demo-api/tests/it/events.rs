//! Events of todos.

use std::time::{Duration, Instant};

use awc::http::Method;
use bytes::Bytes;
use demo_api::DemoConfig;
use futures_util::{Stream, StreamExt as _};

use crate::demo::{Demo, config};

/// A stream of events, after the comment that it begins with.
async fn events(demo: &Demo, last: Option<&str>) -> impl Stream<Item = Bytes> + Unpin + use<> {
    let mut request = demo.request(Method::GET, "/todos/events");
    if let Some(last) = last {
        request = request.insert_header(("last-event-id", last));
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers().get("content-type").unwrap(), "text/event-stream");
    assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
    answer.map(Result::unwrap)
}

/// The next piece, as text.
async fn next(stream: &mut (impl Stream<Item = Bytes> + Unpin)) -> String {
    let piece = actix_web::rt::time::timeout(Duration::from_secs(10), stream.next()).await.unwrap();
    String::from_utf8(piece.unwrap().to_vec()).unwrap()
}

/// The id, the name and the data of an event.
fn parts(event: &str) -> (u64, &str, &str) {
    let lines: Vec<&str> = event.trim_end().split('\n').collect();
    let value = |line: usize, name: &str| lines[line].strip_prefix(name).unwrap();
    (value(0, "id: ").parse().unwrap(), value(1, "event: "), value(2, "data: "))
}

#[actix_web::test]
async fn every_change_is_an_event_with_the_todo() {
    let demo = Demo::start().await;
    let mut stream = events(&demo, None).await;
    assert_eq!(next(&mut stream).await, ":\n\n");
    demo.send("POST", "/todos/add", r#"{"userId":5,"todo":"Sing"}"#).await;
    let created = next(&mut stream).await;
    let (first, name, data) = parts(&created);
    assert_eq!((name, data), ("created", r#"{"id":255,"todo":"Sing","completed":false,"userId":5}"#));
    demo.send("PUT", "/todos/255", r#"{"completed":true}"#).await;
    let updated = next(&mut stream).await;
    let (second, name, data) = parts(&updated);
    assert_eq!((name, data), ("updated", r#"{"id":255,"todo":"Sing","completed":true,"userId":5}"#));
    assert_eq!(second, first + 1);
    demo.ask("DELETE", "/todos/255").await;
    let deleted = next(&mut stream).await;
    let (_, name, data) = parts(&deleted);
    assert_eq!(name, "deleted");
    assert!(data.contains(r#""id":255"#) && data.contains(r#""isDeleted":true"#), "{data}");
    // What fails changes nothing.
    demo.ask("DELETE", "/todos/255").await;
    demo.send("POST", "/todos/add", r#"{"userId":5,"todo":"Dance"}"#).await;
    assert_eq!(parts(&next(&mut stream).await).1, "created");
    let mut late = events(&demo, Some(&first.to_string())).await;
    assert_eq!(next(&mut late).await, ":\n\n");
    let missed = next(&mut late).await;
    let names: Vec<&str> = missed.split_terminator("\n\n").map(|event| parts(event).1).collect();
    assert_eq!(names, ["updated", "deleted", "created"]);
}

#[actix_web::test]
async fn a_reader_whose_id_is_unknown_is_told_to_read_anew() {
    let demo = Demo::start().await;
    for unknown in ["7", "99999999999999999", "x"] {
        let mut stream = events(&demo, Some(unknown)).await;
        assert_eq!(parts(&next(&mut stream).await).1, "reset", "{unknown}");
    }
}

#[actix_web::test]
async fn nothing_happens_where_nothing_is_stored() {
    let demo = Demo::with(DemoConfig { simulate: true, ..config() }).await;
    let mut stream = events(&demo, None).await;
    assert_eq!(next(&mut stream).await, ":\n\n");
    demo.send("PUT", "/todos/1", r#"{"completed":true}"#).await;
    let more = actix_web::rt::time::timeout(Duration::from_millis(100), stream.next()).await;
    assert!(more.is_err());
}

#[actix_web::test]
async fn a_stream_ends_with_the_server_and_head_has_none() {
    let demo = Demo::with(DemoConfig { shutdown_timeout: Duration::from_secs(30), ..config() }).await;
    let head = demo.ask("HEAD", "/todos/events").await;
    assert_eq!((head.status, head.header("content-type")), (200, "text/event-stream"));
    let mut stream = events(&demo, None).await;
    assert_eq!(next(&mut stream).await, ":\n\n");
    let asked = Instant::now();
    demo.api.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    assert!(stream.next().await.is_none());
}
