//! The trace that a request belongs to.

use http::HeaderValue;

use http_message::TraceContext;

/// A trace that is taken up goes on under its own number, with one field value that is read the same.
pub fn run(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let trace = TraceContext::of(std::iter::once(&value));
    assert!(trace.trace() != 0 && trace.span() != 0, "no trace and no span has the number 0");
    let text = String::from_utf8_lossy(data);
    assert!(!trace.is_continued() || text.contains(&trace.trace_id()), "{text:?} names another trace");
    let Some(sent) = trace.value() else { return };
    let again = TraceContext::of(std::iter::once(&sent));
    assert!(again.is_continued(), "{sent:?} is not read by our own rule");
    assert_eq!((again.trace(), again.is_sampled()), (trace.trace(), trace.is_sampled()));
    assert_eq!(again.parent(), Some(trace.span()), "the span of the sender is the parent");
}
