//! Compression of answers.

use std::io::Read as _;

use crate::demo::{Answer, Demo};

async fn get(demo: &Demo, method: &str, path: &str, accept: &str) -> Answer {
    let request = demo.request(method.parse().unwrap(), path).insert_header(("accept-encoding", accept));
    Answer::to(request.send().await).await
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        "br" => brotli::Decompressor::new(&answer.bytes[..], 4096).read_to_end(&mut plain).unwrap(),
        "gzip" => flate2::read::GzDecoder::new(&answer.bytes[..]).read_to_end(&mut plain).unwrap(),
        other => panic!("content-encoding: {other}"),
    };
    plain
}

#[actix_web::test]
async fn a_large_answer_is_compressed_as_the_client_prefers_and_br_comes_first() {
    let demo = Demo::start().await;
    let plain = demo.get("/todos").await;
    let cases = [
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("GZIP", "gzip"),
    ];
    for (accept, coding) in cases {
        let answer = get(&demo, "GET", "/todos", accept).await;
        assert_eq!(answer.header("content-encoding"), coding, "{accept}");
        assert_eq!(unpacked(&answer), plain.bytes, "{accept}");
        assert_eq!(answer.header("etag"), plain.header("etag"), "{accept}");
    }
}

#[actix_web::test]
async fn an_answer_is_plain_for_a_client_that_wants_it_so() {
    let demo = Demo::start().await;
    for accept in ["identity", "deflate", "br;q=0", "gzip;q=0, br;q=0.0", "br;q=x"] {
        assert_eq!(get(&demo, "GET", "/todos", accept).await.header("content-encoding"), "", "{accept}");
    }
}

#[actix_web::test]
async fn answers_below_1024_bytes_are_never_compressed() {
    let demo = Demo::start().await;
    let todo = |length: usize| format!(r#"{{"userId":1,"todo":"{}"}}"#, "a".repeat(length));
    // A list of one: a todo alone is never compressed.
    let added = async |length: usize| {
        let id = demo.send("POST", "/todos/add", todo(length)).await.json()["id"].as_u64().unwrap();
        format!("/todos?limit=1&skip={}", id - 1)
    };
    let frame = demo.get(&added(1).await).await.bytes.len() - 1;
    for (length, coding) in [(1023, ""), (1024, "br")] {
        let path = added(length - frame).await;
        assert_eq!(demo.get(&path).await.bytes.len(), length);
        assert_eq!(get(&demo, "GET", &path, "br").await.header("content-encoding"), coding, "{length}");
    }
}

#[actix_web::test]
async fn a_shared_cache_learns_that_the_coding_was_negotiated() {
    let demo = Demo::start().await;
    let answer = demo.get("/todos").await;
    assert!(answer.headers.get_all("vary").any(|value| value == "Accept-Encoding"));
}

#[actix_web::test]
async fn head_states_the_length_of_the_plain_body() {
    let demo = Demo::start().await;
    let plain = demo.get("/todos").await;
    let head = get(&demo, "HEAD", "/todos", "br").await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(head.header("content-length"), plain.bytes.len().to_string());
    assert_eq!(head.header("etag"), plain.header("etag"));
}
