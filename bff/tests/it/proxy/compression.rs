//! Answers compressed for browsers that take it: what is, what is not, tags, and what the cache saves.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    sync::mpsc,
};

use flate2::read::GzDecoder;
use serde_json::json;

use crate::harness::{
    browser::{Request, Response, connect},
    cacheable::{answer, is_hit},
    program::Program,
    test_app::TestApp,
    token_upstream::{sign_in, with},
    upstream::Upstream,
};

fn list() -> String {
    let todos: Vec<_> =
        (0..40).map(|id| json!({"id": id, "todo": format!("Read book {id}"), "x": 1})).collect();
    json!({ "todos": todos }).to_string()
}

const JSON: &str = "Content-Type: application/json\r\n";

fn asking(path: &str, codings: &str) -> Request {
    Request::get(path).header("Accept-Encoding", codings)
}

fn gunzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The content of an answer in any coding.
fn plain(answer: &Response) -> String {
    match answer.header("content-encoding") {
        Some("gzip") => gunzip(&answer.body),
        Some("br") => {
            let mut text = String::new();
            brotli::Decompressor::new(&*answer.body, 4096).read_to_string(&mut text).unwrap();
            text
        }
        Some("zstd") => String::from_utf8(zstd::decode_all(&*answer.body).unwrap()).unwrap(),
        coding => {
            assert_eq!(coding, None);
            answer.text().to_owned()
        }
    }
}

#[test]
fn an_answer_is_in_the_coding_that_its_browser_takes() {
    let list = list();
    let upstream = Upstream::answering(answer(&format!("{JSON}Vary: Origin\r\n"), &list));
    let app = TestApp::before(&upstream.url(), &[]);
    for (codings, expected) in [
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, deflate, br", Some("gzip")),
        ("br", Some("br")),
        ("identity", None),
        ("gzip;q=0", None),
    ] {
        let answer = app.send(&asking("/api/server/todos", codings));
        assert_eq!(answer.header("content-encoding"), expected, "{codings}");
        assert!(answer.complete);
        assert_eq!(plain(&answer), list, "{codings}");
        assert!(expected.is_none() || answer.body.len() < list.len() / 3, "{codings}: {}", answer.body.len());
        let vary: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "vary").collect();
        assert!(vary.iter().any(|(_, value)| value.contains("Accept-Encoding")), "{vary:?}");
        assert!(vary.iter().any(|(_, value)| value.contains("Origin")), "{vary:?}");
    }
    let head = app.send(&Request::new("HEAD", "/api/server/todos").header("Accept-Encoding", "gzip"));
    assert_eq!(head.header("content-encoding"), Some("gzip"));
}

#[test]
fn what_gains_nothing_or_must_not_change_stays_as_it_is() {
    let long = "x".repeat(4000);
    for (fields, body) in [
        (JSON.to_owned(), "{}"),
        ("Content-Type: image/png\r\n".to_owned(), long.as_str()),
        ("Content-Type: text/event-stream\r\n".to_owned(), &long),
        (format!("{JSON}Cache-Control: max-age=1, No-Transform\r\n"), &long),
        (format!("{JSON}Content-Encoding: x-own\r\n"), &long),
    ] {
        let upstream = Upstream::answering(answer(&fields, body));
        let app = TestApp::before(&upstream.url(), &[]);
        let answer = app.send(&asking("/api/server/a", "gzip"));
        assert_eq!(answer.text(), body, "{fields}");
    }
    let part =
        "HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1999/4000\r\n";
    let upstream = Upstream::answering(format!("{part}Content-Length: 2000\r\n\r\n{}", &long[..2000]));
    let app = TestApp::before(&upstream.url(), &[]);
    let answer = app.send(&asking("/api/server/a", "gzip").header("Range", "bytes=0-1999"));
    assert_eq!((answer.status, answer.body.len()), (206, 2000));
}

#[test]
fn an_upstream_may_forbid_compression_in_a_session_as_well() {
    let list = list();
    let upstream = Upstream::scripted(move |connection, request| {
        let text = match request.split(' ').nth(1).unwrap() {
            "/auth/login" => answer(JSON, r#"{"accessToken":"a","refreshToken":"r"}"#),
            "/auth/me" => answer(JSON, r#"{"id":1,"username":"ada"}"#),
            "/locked" => answer(&format!("{JSON}Cache-Control: no-transform\r\n"), &list),
            _ => answer(JSON, &list),
        };
        connection.write_all(text.as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let cookie = sign_in(&app);
    let get = |path: &str| app.send(&with(&cookie, asking(path, "gzip")));
    assert_eq!(get("/api/server/locked").header("content-encoding"), None);
    assert_eq!(get("/api/server/list").header("content-encoding"), Some("gzip"));
    assert_eq!(get("/api/server/list").header("cache-control"), Some("private, no-store"));
}

#[test]
fn a_route_or_the_operator_switches_compression_off() {
    let upstream = Upstream::answering(answer(JSON, &list()));
    let table = "[[route]]\npath = \"/plain\"\ncompress = false\n[[route]]\npath = \"/{*rest}\"\n";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    assert_eq!(app.send(&asking("/api/server/plain", "gzip")).header("content-encoding"), None);
    assert_eq!(app.send(&asking("/api/server/a", "gzip")).header("content-encoding"), Some("gzip"));
    let app = TestApp::before(&upstream.url(), &[("BFF_COMPRESS", "off")]);
    assert_eq!(app.send(&asking("/api/server/a", "gzip")).header("content-encoding"), None);
}

#[test]
fn a_compressed_answer_has_a_tag_of_its_own() {
    let list = list();
    let upstream = Upstream::scripted(move |connection, request| {
        // Many servers compare the whole field, and know no lists.
        let known = request.lines().any(|line| line.ends_with("-match: \"v1\""))
            && request.matches("-match:").count() == 1;
        let text = match request.starts_with("GET") {
            true if known => "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n".to_owned(),
            true => answer(&format!("{JSON}ETag: \"v1\"\r\nCache-Control: no-store\r\n"), &list),
            false if known => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            false => "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n".to_owned(),
        };
        connection.write_all(text.as_bytes()).is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let get = |condition: &str, codings: &str| {
        app.send(&asking("/api/server/a", codings).header("If-None-Match", condition))
    };
    let tag = |answer: &Response| (answer.status, answer.header("etag").map(str::to_owned));
    assert_eq!(tag(&get("\"v0\"", "gzip")), (200, Some("\"v1.gz\"".to_owned())));
    assert_eq!(tag(&get("\"v0\"", "zstd")), (200, Some("\"v1.zst\"".to_owned())));
    assert_eq!(tag(&get("\"v0\"", "identity")), (200, Some("\"v1\"".to_owned())));
    assert_eq!(tag(&get("\"v1.gz\"", "gzip")), (304, Some("\"v1.gz\"".to_owned())));
    assert_eq!(tag(&get("\"v1\"", "gzip")), (304, Some("\"v1\"".to_owned())));
    assert_eq!(get("\"v1.gz\"", "zstd").status, 200);
    for (tag, status) in [("\"v1.zst\"", 204), ("\"v1\"", 204), ("\"v0.zst\"", 412)] {
        let change = Request::new("PUT", "/api/server/a").json("{}").header("If-Match", tag);
        assert_eq!(app.send(&change).status, status, "{tag}");
    }
}

#[test]
fn a_short_answer_without_a_length_stays_as_it_is() {
    let chunked = format!(
        "HTTP/1.1 200 OK\r\n{JSON}ETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{{\"id\":1}}\r\n0\r\n\r\n"
    );
    let app = TestApp::before(&Upstream::answering(chunked).url(), &[]);
    let answer = app.send(&asking("/api/server/a", "gzip"));
    assert_eq!((answer.header("content-encoding"), answer.header("etag")), (None, Some("\"v1\"")));
    assert_eq!((answer.header("content-length"), answer.text()), (Some("8"), "{\"id\":1}"));
}

#[test]
fn one_request_serves_every_coding_and_a_hit_is_compressed_no_more() {
    for size in [1, 60] {
        let list = list().repeat(size);
        let fields = format!("{JSON}ETag: \"v1\"\r\nCache-Control: max-age=60\r\n");
        let upstream = Upstream::answering(answer(&fields, &list));
        let settings = [("BFF_METRICS_LISTEN", "127.0.0.1:0"), ("BFF_WORKERS", "1")];
        let mut program = Program::before(&upstream.url(), &settings);
        let metrics = program.metrics_port();
        for codings in ["gzip", "zstd", "br", "gzip", "zstd", "br", "gzip", "identity"] {
            let answer = asking("/api/server/a", codings).send(program.port);
            assert_eq!(plain(&answer), list, "{codings}");
        }
        assert_eq!(upstream.requests().len(), 1);
        let known = asking("/api/server/a", "gzip").header("If-None-Match", "\"v1.gz\"").send(program.port);
        assert_eq!((known.status, known.header("etag")), (304, Some("\"v1.gz\"")));
        let part = asking("/api/server/a", "gzip").header("Range", "bytes=0-3").send(program.port);
        assert_eq!((part.status, part.text()), (206, &list[..4]));
        let ranged = asking("/api/server/a", "gzip").header("Range", "bytes=0-3");
        let whole = ranged.header("If-Range", "\"v1.gz\"").send(program.port);
        assert_eq!((whole.status, plain(&whole)), (200, list));
        let text = Request::get("/metrics").send(metrics).text().to_owned();
        // A large answer streams at its miss, and its form is made at the first hit.
        let gzip = format!("bff_compressions_total{{coding=\"gzip\"}} {}", if size == 1 { 1 } else { 2 });
        for line in
            [&gzip, "bff_compressions_total{coding=\"zstd\"} 1", "bff_compressions_total{coding=\"br\"} 1"]
        {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}

#[test]
fn a_batch_is_compressed_whole_and_shares_what_is_stored() {
    let list = list();
    let upstream = Upstream::answering(answer(&format!("{JSON}Cache-Control: max-age=60\r\n"), &list));
    let app = TestApp::before(&upstream.url(), &[]);
    app.send(&asking("/api/server/a", "gzip"));
    let batch = Request::new("POST", "/api/server/batch")
        .header("Accept-Encoding", "gzip")
        .json(r#"{"requests":[{"url":"/a","method":"GET"}]}"#);
    let answer = app.send(&batch);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let json: serde_json::Value = serde_json::from_str(&plain(&answer)).unwrap();
    assert_eq!(json["results"][0].to_string().len(), list.len());
    assert_eq!(upstream.requests().len(), 1);
    assert!(is_hit(&app.get("/api/server/a")));
}

#[test]
fn every_line_leaves_compressed_as_soon_as_it_has_come() {
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let upstream = Upstream::scripted(move |connection, _| {
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
        connection.write_all(head.as_bytes()).unwrap();
        for number in 0..3 {
            connection.write_all(format!("b\r\n{{\"line\":{number}}}\n\r\n").as_bytes()).unwrap();
            may_go_on.lock().unwrap().recv().unwrap();
        }
        connection.write_all(b"0\r\n\r\n").is_ok()
    });
    let app = TestApp::before(&upstream.url(), &[]);
    let mut connection = connect(app.port);
    connection
        .write_all(b"GET /api/server/lines HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n")
        .unwrap();
    let mut head = BufReader::new(connection);
    loop {
        let mut line = String::new();
        head.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
    }
    // The next line comes only once this one has been read out of the compressed stream.
    let mut lines = BufReader::new(GzDecoder::new(head)).lines();
    for number in 0..3 {
        assert_eq!(lines.next().unwrap().unwrap(), format!("{{\"line\":{number}}}"));
        go_on.send(()).unwrap();
    }
    assert!(lines.next().is_none());
}

#[test]
fn fields_are_picked_and_batches_made_of_what_the_upstream_compresses_anyway() {
    let list = list();
    let packed = gzip(list.as_bytes());
    let cut = packed[..packed.len() / 2].to_vec();
    let upstream = Upstream::scripted(move |connection, request| {
        let body = if request.contains("/broken") { &cut } else { &packed };
        let head = format!(
            "HTTP/1.1 200 OK\r\n{JSON}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(&[head.as_bytes(), body].concat()).is_ok()
    });
    let table = "[[route]]\npath = \"/{*rest}\"\nselect = [\"id\"]\nlist = \"todos\"\n";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    let picked = app.get("/api/server/a");
    assert_eq!(picked.header("content-encoding"), None);
    assert_eq!(picked.json()["todos"][1], json!({"id": 1}));
    app.get("/api/server/broken").problem(502, "upstream_invalid");
    let change = app.send(&Request::new("POST", "/api/server/broken").json("{}"));
    assert_eq!((change.status, change.text()), (200, ""));

    let app = TestApp::before(&upstream.url(), &[]);
    let items = r#"{"requests":[{"url":"/a","method":"GET"},{"url":"/broken","method":"GET"}]}"#;
    let answers = app.send(&Request::new("POST", "/api/server/batch").json(items)).json();
    assert_eq!(answers["results"][0]["todos"][1]["id"], 1);
    assert_eq!(answers["responses"][0]["headers"]["content-encoding"], serde_json::Value::Null);
    assert_eq!(answers["responses"][1]["status"], 502);

    let small = [("BFF_MAX_SELECT", "1KiB")];
    let app = TestApp::with_routes(&upstream.url(), table, &small);
    app.get("/api/server/a").problem(502, "upstream_invalid");
}
