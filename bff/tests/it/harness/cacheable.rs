//! Upstreams whose answers may be stored, and the reading of `Cache-Status`.

use std::{
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use super::{browser::Response, polling::poll, test_app::TestApp, upstream::Upstream};

/// An answer with these fields; its body is `body`.
pub fn answer(fields: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// An upstream whose every answer has these fields, and its number for a body.
pub fn counting(fields: impl Into<String>) -> Upstream {
    let fields = fields.into();
    let count = AtomicUsize::new(0);
    Upstream::scripted(move |connection, _| {
        let number = count.fetch_add(1, SeqCst) + 1;
        connection.write_all(answer(&fields, &format!("answer {number}")).as_bytes()).is_ok()
    })
}

pub fn cache_status(answer: &Response) -> &str {
    answer.header("cache-status").unwrap_or_default()
}

/// Whether an answer came out of a cache: this process's, or the one that replicas share.
pub fn is_hit(answer: &Response) -> bool {
    cache_status(answer).starts_with("bff; hit")
}

/// Whether an answer came out of the cache that replicas share.
pub fn is_shared(answer: &Response) -> bool {
    is_hit(answer) && cache_status(answer).ends_with("detail=shared")
}

/// Sends the request again until the answer is `good`.
pub fn get_until(app: &TestApp, path: &str, good: impl Fn(&Response) -> bool) -> Response {
    poll(|| {
        let answer = app.get(path);
        if good(&answer) { Ok(answer) } else { Err(format!("{} {}", cache_status(&answer), answer.text())) }
    })
}
