//! Request bodies: their limit, their encodings, and all the ways in which they can be wrong.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::demo::{Answer, Demo};

const LIMIT: usize = 300 * 1024;

/// A JSON object of exactly `length` bytes that is a todo.
fn todo_of(length: usize) -> String {
    let frame = r#"{"userId":1,"todo":""}"#;
    format!(r#"{{"userId":1,"todo":"{}"}}"#, "a".repeat(length - frame.len()))
}

async fn send_as(demo: &Demo, content_type: &str, coding: &str, body: Vec<u8>) -> Answer {
    let request = demo.request("POST".parse().unwrap(), "/todos/add");
    let request = request.insert_header(("content-type", content_type));
    Answer::to(request.insert_header(("content-encoding", coding)).send_body(body).await).await
}

#[actix_web::test]
async fn a_body_may_have_300_kb_and_no_byte_more() {
    let demo = Demo::start().await;
    assert_eq!(demo.send("POST", "/todos/add", todo_of(LIMIT)).await.status, 201);
    let refused = demo.send("POST", "/todos/add", todo_of(LIMIT + 1)).await;
    refused.assert(413, r#"{"message":"request entity too large"}"#);
    assert_eq!(demo.send("GET", "/nowhere", todo_of(5 * LIMIT)).await.status, 413);
}

#[actix_web::test]
async fn a_body_of_unknown_length_is_counted_as_it_comes() {
    let demo = Demo::start().await;
    let chunks = (0..40).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b' '; 10_000])));
    let request = demo.request("POST".parse().unwrap(), "/todos/add").content_type("application/json");
    let answer = Answer::to(request.send_stream(futures_util::stream::iter(chunks)).await).await;
    answer.assert(413, r#"{"message":"request entity too large"}"#);
}

#[actix_web::test]
async fn malformed_json_is_400_with_the_parsers_words() {
    let demo = Demo::start().await;
    let deep = "[".repeat(100_000);
    let malformed: [&[u8]; 12] = [
        b"{",
        b"{\"a\":}",
        b"nope",
        b"{\"a\":1}x",
        b"{'a':1}",
        b"{\"userId\":1e999}",
        b"{\"todo\":\"\\ud800\"}",
        b"{\"todo\":\"\xff\xfe\"}",
        b"\xef\xbb\xbf{}",
        b"7",
        b"null",
        deep.as_bytes(),
    ];
    for body in malformed {
        let answer = demo.send("POST", "/todos/add", body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
        assert_eq!(answer.status, 400, "{shown}");
        assert!(
            answer.json()["message"].as_str().unwrap().contains(" at line 1 column "),
            "{shown}: {}",
            answer.text()
        );
    }
}

#[actix_web::test]
async fn what_is_not_json_is_not_read() {
    let demo = Demo::start().await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/problem+json", ""] {
        let answer = send_as(&demo, content_type, "identity", b"{not json, userId=1".to_vec()).await;
        answer.assert(400, r#"{"message":"User id is required"}"#);
    }
}

#[actix_web::test]
async fn the_media_type_may_have_parameters_and_any_case() {
    let demo = Demo::start().await;
    for content_type in
        ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
    {
        assert_eq!(send_as(&demo, content_type, "identity", br#"{"userId":1}"#.to_vec()).await.status, 201);
    }
}

#[actix_web::test]
async fn another_charset_or_coding_is_415() {
    let demo = Demo::start().await;
    let body = br#"{"userId":1}"#.to_vec();
    let answer = send_as(&demo, "application/json; charset=iso-8859-1", "identity", body.clone()).await;
    answer.assert(415, r#"{"message":"unsupported charset \"ISO-8859-1\""}"#);
    let answer = send_as(&demo, "application/json", "zebra", body).await;
    answer.assert(415, r#"{"message":"unsupported content encoding \"zebra\""}"#);
}

#[actix_web::test]
async fn a_compressed_body_is_unpacked() {
    let demo = Demo::start().await;
    let body = br#"{"userId":1}"#;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body).unwrap();
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(body).unwrap();
    let mut br = Vec::new();
    brotli::BrotliCompress(&mut &body[..], &mut br, &Default::default()).unwrap();
    for (coding, packed) in
        [("gzip", gzip.finish().unwrap()), ("deflate", deflate.finish().unwrap()), ("br", br)]
    {
        assert_eq!(send_as(&demo, "application/json", coding, packed).await.status, 201, "{coding}");
        assert_eq!(
            send_as(&demo, "application/json", coding, b"garbage".to_vec()).await.status,
            400,
            "{coding}"
        );
    }
}

#[actix_web::test]
async fn the_limit_holds_for_what_a_compressed_body_becomes() {
    let demo = Demo::start().await;
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 50 * 1024 * 1024]).unwrap();
    let answer = send_as(&demo, "application/json", "gzip", bomb.finish().unwrap()).await;
    answer.assert(413, r#"{"message":"request entity too large"}"#);
}
