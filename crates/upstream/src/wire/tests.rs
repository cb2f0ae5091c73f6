use std::time::Duration;

use futures_util::FutureExt as _;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::*;

const GET: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// A guarded connection and its far end.
fn wire(head_limit: usize) -> (Wire<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(1024);
    (Wire::new(near, head_limit), far)
}

/// The bytes that awc reads of `answer` to `request` when the upstream then closes the connection.
async fn read(request: &[u8], answer: &[u8]) -> Result<String, WireError> {
    let (mut wire, mut far) = wire(512);
    wire.write_all(request).await.unwrap();
    far.write_all(answer).await.unwrap();
    drop(far);
    let mut seen = Vec::new();
    match wire.read_to_end(&mut seen).await {
        Ok(_) => Ok(String::from_utf8(seen).unwrap()),
        Err(err) => Err(*err.get_ref().unwrap().downcast_ref().unwrap()),
    }
}

#[tokio::test]
async fn a_plain_answer_passes_unchanged() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello";
    assert_eq!(read(GET, answer.as_bytes()).await.unwrap(), answer);
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    assert_eq!(read(GET, answer.as_bytes()).await.unwrap(), answer);
    let unfinished = &answer[..answer.len() - 2];
    assert_eq!(read(GET, unfinished.as_bytes()).await, Err(WireError::Truncated));
}

#[tokio::test]
async fn interim_responses_are_dropped() {
    let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let seen = read(GET, answer.as_bytes()).await.unwrap();
    assert_eq!(seen, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

#[tokio::test]
async fn an_answer_without_a_length_is_read_to_the_end_of_the_connection() {
    let seen = read(GET, b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nto the end").await.unwrap();
    assert_eq!(seen, "HTTP/1.0 200 \r\nX: y\r\n\r\nto the end");
}

#[tokio::test]
async fn a_length_without_a_body_is_dropped() {
    for status in ["204 No Content", "304 Not Modified"] {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 9\r\nETag: \"x\"\r\n\r\n");
        let seen = read(GET, answer.as_bytes()).await.unwrap();
        assert_eq!(seen, format!("HTTP/1.1 {} \r\nETag: \"x\"\r\n\r\n", &status[..3]));
    }
    // For awc, HTTP/1.0 without a length would go on until the connection ends.
    let seen =
        read(GET, b"HTTP/1.0 204 No Content\r\nConnection: keep-alive\r\nETag: \"x\"\r\n\r\n").await.unwrap();
    assert_eq!(seen, "HTTP/1.1 204 \r\nETag: \"x\"\r\nconnection: close\r\n\r\n");
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    assert_eq!(read(b"HEAD / HTTP/1.1\r\n\r\n", answer.as_bytes()).await.unwrap(), answer);
}

#[tokio::test]
async fn ambiguous_broken_and_unfinished_answers_are_refused() {
    let huge = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(600));
    let unending = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(600));
    for (answer, err) in [
        ("", WireError::ClosedBeforeHead { reused: false }),
        ("HTTP/1.1 200", WireError::Truncated),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", WireError::Truncated),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            WireError::ConflictingLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            WireError::ConflictingLength,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", WireError::Malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", WireError::Malformed),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", WireError::TransferEncoding),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", WireError::TransferEncoding),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", WireError::Upgrade),
        ("SSH-2.0-OpenSSH_9.2\r\n", WireError::Malformed),
        ("HTTP/1.1 200 OK\r\nX Y: z\r\n\r\n", WireError::Malformed),
        ("HTTP/1.1 999 Denied\r\n\r\n", WireError::Malformed),
        (huge.as_str(), WireError::HeadTooLarge),
        (unending.as_str(), WireError::HeadTooLarge),
    ] {
        assert_eq!(read(GET, answer.as_bytes()).await, Err(err), "{answer:?}");
    }
}

#[tokio::test]
async fn a_101_is_an_answer_where_a_websocket_is_asked_for() {
    let head = "HTTP/1.1 101 X\r\nConnection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n\r\n";
    let (near, mut far) = duplex(1024);
    let mut wire = Wire::switching(near, 512);
    wire.write_all(GET).await.unwrap();
    far.write_all(format!("HTTP/1.1 103 Early Hints\r\n\r\n{head}first").as_bytes()).await.unwrap();
    let mut seen = vec![0; head.len()];
    wire.read_exact(&mut seen).await.unwrap();
    assert_eq!(seen, head.as_bytes());
    let (_, early) = wire.into_switched();
    assert_eq!(early, "first");
    for other in ["Connection: upgrade\r\nUpgrade: h2c", "Upgrade: websocket", "Connection: upgrade"] {
        let (near, mut far) = duplex(1024);
        let mut wire = Wire::switching(near, 512);
        wire.write_all(GET).await.unwrap();
        far.write_all(format!("HTTP/1.1 101 X\r\n{other}\r\n\r\n").as_bytes()).await.unwrap();
        let err = wire.read(&mut [0; 64]).await.unwrap_err();
        assert_eq!(err.to_string(), WireError::Upgrade.to_string(), "{other}");
    }
}

#[tokio::test]
async fn bytes_after_the_end_never_reach_the_next_exchange() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ] {
        let (mut wire, mut far) = wire(512);
        wire.write_all(GET).await.unwrap();
        far.write_all(format!("{answer}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").as_bytes())
            .await
            .unwrap();
        let mut seen = vec![0; answer.len()];
        wire.read_exact(&mut seen).await.unwrap();
        assert_eq!(seen, answer.as_bytes());
        let err = wire.write_all(GET).await.unwrap_err();
        assert!(err.to_string().contains("goes on after its end"), "{err}");
    }
}

#[tokio::test]
async fn a_second_exchange_on_the_same_connection_begins_anew() {
    let (mut wire, mut far) = wire(512);
    for body in ["one", "two"] {
        wire.write_all(GET).await.unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{body}");
        far.write_all(answer.as_bytes()).await.unwrap();
        let mut seen = vec![0; answer.len()];
        wire.read_exact(&mut seen).await.unwrap();
        assert_eq!(seen, answer.as_bytes());
    }
    wire.write_all(GET).await.unwrap();
    drop(far);
    let err = wire.read_u8().await.unwrap_err();
    assert_eq!(err.get_ref().unwrap().downcast_ref(), Some(&WireError::ClosedBeforeHead { reused: true }));
}

#[tokio::test]
async fn a_connection_that_is_about_to_be_closed_is_used_no_more() {
    for (field, ended) in
        [("", false), ("Keep-Alive: timeout=60\r\n", false), ("Keep-Alive: timeout=0\r\n", true)]
    {
        let (mut wire, mut far) = wire(512);
        wire.write_all(GET).await.unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\n{field}Content-Length: 2\r\n\r\nok");
        far.write_all(answer.as_bytes()).await.unwrap();
        let mut seen = vec![0; answer.len()];
        wire.read_exact(&mut seen).await.unwrap();
        // The pool looks like this before it uses a connection again.
        let looked = wire.read(&mut [0; 2]).now_or_never().map(Result::unwrap);
        assert_eq!(looked, ended.then_some(0), "{field}");
    }
}

#[test]
fn an_upstream_says_how_long_it_keeps_a_connection() {
    for (field, kept_for) in [
        ("Keep-Alive: timeout=5, max=100", Some(Duration::from_secs(4))),
        ("keep-alive: max=100, timeout=1", Some(Duration::from_millis(500))),
        ("Keep-Alive: timeout=0", Some(Duration::ZERO)),
        ("Keep-Alive: max=100", None),
        ("Keep-Alive: timeout=-1", None),
        ("Keep-Alive: timeout=99999999999999999999", None),
        ("Keep-Alive: timeout=5 seconds", None),
        ("Connection: keep-alive", None),
    ] {
        let mut framing = Framing::new(512);
        framing.written(GET).unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\n{field}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(framing.head_bytes(answer.as_bytes(), false), Ok(true));
        assert_eq!(framing.kept_for(), kept_for, "{field}");
    }
}

#[tokio::test]
async fn a_folded_line_becomes_one() {
    let seen = read(GET, b"HTTP/1.1 200 OK\r\nLink: </a>;\r\n\trel=next\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!(
        seen.await.unwrap(),
        "HTTP/1.1 200 \r\nLink: </a>;  \trel=next\r\nContent-Length: 2\r\n\r\nok"
    );
    // What decides on the framing has to be plain.
    for (field, err) in [
        ("Content-Length: 1\r\n 2", WireError::Malformed),
        ("Transfer-Encoding: chunked\r\n ,gzip", WireError::TransferEncoding),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{field}\r\n\r\n");
        assert_eq!(read(GET, answer.as_bytes()).await, Err(err), "{field:?}");
    }
}

#[tokio::test]
async fn a_folded_line_of_an_interim_response_changes_no_other_head() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let early = format!("HTTP/1.1 103 Early Hints\r\nLink : </a>;\r\n\trel=next\r\n\r\n{answer}");
    assert_eq!(read(GET, early.as_bytes()).await.unwrap(), answer);
}

#[tokio::test]
async fn an_answer_overtakes_an_upload_that_nobody_reads() {
    let (mut wire, mut far) = wire(512);
    far.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    // Sixty-four times the pipe's capacity, with no reader at its end.
    wire.write_all(&[b'x'; 64 * 1024]).await.unwrap();
    let mut seen = vec![0; 1024];
    let count = wire.read(&mut seen).await.unwrap();
    let seen = String::from_utf8_lossy(&seen[..count]);
    assert!(seen.starts_with("HTTP/1.1 413 ") && seen.contains("connection: close"), "{seen}");
}

proptest! {
    /// However the bytes are cut into packets, awc reads the same.
    #[test]
    fn packets_do_not_matter(cuts in proptest::collection::vec(1_usize..40, 1..20)) {
        let answer: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world";
        let mut framing = Framing::new(512);
        framing.written(GET).unwrap();
        let mut left = answer;
        let mut seen = Vec::new();
        for cut in cuts.into_iter().cycle() {
            let (piece, rest) = left.split_at(cut.min(left.len()));
            left = rest;
            if framing.expecting() == Expecting::Head {
                framing.head_bytes(piece, false).unwrap();
            } else {
                seen.extend_from_slice(&framing.ready().split());
                seen.extend_from_slice(piece);
                assert_eq!(framing.body_bytes(piece), Ok(piece.len()));
            }
            if left.is_empty() {
                break;
            }
        }
        let mut rest = framing.ready().split().to_vec();
        seen.append(&mut rest);
        prop_assert_eq!(seen, b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world".to_vec());
        prop_assert_eq!(framing.expecting(), Expecting::Nothing);
    }
}
