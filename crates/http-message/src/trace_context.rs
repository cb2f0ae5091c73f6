//! W3C Trace Context: takes a request's trace up from a trusted sender, or begins one, and hands it on.
//!
//! A stranger's trace is only a link of a new one (§7.2, "Security Considerations"): a stranger could otherwise put spans
//! into anybody's trace, or decide what is recorded.
//!
//! <https://www.w3.org/TR/trace-context/>. The browser learns its trace from `traceresponse`.

use std::{fmt, ops::Range};

use http::{HeaderName, HeaderValue};

use super::random;

/// The field that names the trace and the calling span, and says whether they are recorded.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The field of vendors of tracing tools. It is of use only with the `traceparent` that it came with.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// The field with properties of the trace's origin (W3C Baggage), which only a sender of a trace may set.
pub const BAGGAGE: HeaderName = HeaderName::from_static("baggage");
/// The field that names the trace and our span to the caller (Trace Context, level 2).
pub const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// The flag "recorded". Zero would make the upstream record nothing, which is not ours to decide.
const SAMPLED: u8 = 1;

/// Length of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// Where the ids of trace and span stand in it.
const TRACE: Range<usize> = 3..35;
const SPAN: Range<usize> = 36..52;

/// A span within a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    /// As bytes: a `u128` would align every future that holds one to 16 bytes, which allocators serve slowly.
    trace: [u8; 16],
    /// Whether the trace began elsewhere.
    continued: bool,
    parent: Option<u64>,
    /// Whether the parent span is another program's.
    remote: bool,
    span: u64,
    flags: u8,
    /// The span of a stranger that the trace began because of.
    link: Option<SpanRef>,
}

/// A span of another trace, as bytes for the same reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanRef {
    trace: [u8; 16],
    span: [u8; 8],
}

impl SpanRef {
    /// The trace's id.
    #[must_use]
    pub const fn trace(&self) -> u128 {
        u128::from_be_bytes(self.trace)
    }

    /// The span's id.
    #[must_use]
    pub const fn span(&self) -> u64 {
        u64::from_be_bytes(self.span)
    }
}

impl TraceContext {
    /// The span of a request with these `traceparent` fields. It is a child of the span that they name, or the first
    /// of a new trace.
    pub fn of<'a>(given: impl Iterator<Item = &'a HeaderValue>) -> Self {
        named(given).map_or_else(Self::begin, |parent| Self { remote: true, ..parent.child() })
    }

    /// The span of a stranger's request with these `traceparent` fields: the first of a new trace, with a link to the span
    /// that they name.
    pub fn beside<'a>(given: impl Iterator<Item = &'a HeaderValue>) -> Self {
        let link = named(given).map(|other| SpanRef { trace: other.trace, span: other.span.to_be_bytes() });
        Self { link, ..Self::begin() }
    }

    /// The first span of a new trace.
    #[must_use]
    pub fn begin() -> Self {
        let mut bytes = [0; 24];
        random::fill(&mut bytes);
        let (trace, span) = bytes.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let span = span.first_chunk().copied().unwrap_or_default();
        Self {
            trace: u128::from_be_bytes(*trace).max(1).to_be_bytes(),
            continued: false,
            parent: None,
            remote: false,
            span: u64::from_be_bytes(span).max(1),
            flags: SAMPLED,
            link: None,
        }
    }

    /// A child of this span.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { parent: Some(self.span), remote: false, span: random::non_zero_u64(), link: None, ..*self }
    }

    /// Whether the trace began elsewhere.
    #[must_use]
    pub const fn is_continued(&self) -> bool {
        self.continued
    }

    /// Whether the parent span is another program's.
    #[must_use]
    pub const fn is_below_another(&self) -> bool {
        self.remote
    }

    /// Whether spans of the trace are wanted.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The trace's id.
    #[must_use]
    pub const fn trace(&self) -> u128 {
        u128::from_be_bytes(self.trace)
    }

    /// The span's id.
    #[must_use]
    pub const fn span(&self) -> u64 {
        self.span
    }

    /// The parent span's id.
    #[must_use]
    pub const fn parent(&self) -> Option<u64> {
        self.parent
    }

    /// The span of a stranger that the trace began because of.
    #[must_use]
    pub const fn link(&self) -> Option<SpanRef> {
        self.link
    }

    /// The trace's id, 32 hex digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.part(TRACE)
    }

    /// The span's id, 16 hex digits.
    #[must_use]
    pub fn span_id(&self) -> String {
        self.part(SPAN)
    }

    /// The text of a `traceparent`, version 00.
    fn text(&self) -> [u8; LENGTH] {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hex(&self.trace, &mut text[TRACE]);
        write_hex(&self.span.to_be_bytes(), &mut text[SPAN]);
        write_hex(&[self.flags], &mut text[53..]);
        text
    }

    fn part(&self, part: Range<usize>) -> String {
        String::from_utf8_lossy(&self.text()[part]).into_owned()
    }

    /// The value of a `traceparent`.
    #[must_use]
    pub fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(&self.text()).ok()
    }
}

/// The form of `traceparent`, version 00.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

/// The span that these fields name.
fn named<'a>(mut given: impl Iterator<Item = &'a HeaderValue>) -> Option<TraceContext> {
    match (given.next(), given.next()) {
        (Some(one), None) => one.to_str().ok().and_then(parse),
        // Several fields say nothing: one may contradict the other.
        _ => None,
    }
}

/// Reads a `traceparent` (§3.2). Later versions may be longer, and mean the same where they begin alike.
fn parse(text: &str) -> Option<TraceContext> {
    let version = text.get(..2).filter(|version| is_hex(version) && *version != "ff")?;
    let known = text.get(..LENGTH)?;
    let rest = text.get(LENGTH..)?;
    if !(rest.is_empty() || version != "00" && rest.starts_with('-')) {
        return None;
    }
    let mut parts = known.split('-').skip(1);
    let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let sizes_fit = trace.len() == 32 && span.len() == 16 && flags.len() == 2;
    if !sizes_fit || ![trace, span, flags].into_iter().all(is_hex) {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?.to_be_bytes();
    let span = u64::from_str_radix(span, 16).ok().filter(|span| *span != 0)?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    // Of the flags only this one is known (§3.2.2.5); the others are not to be passed on.
    let flags = flags & SAMPLED;
    Some(TraceContext { trace, continued: true, parent: None, remote: false, span, flags, link: None })
}

/// Writes bytes as hex digits in lower case.
fn write_hex(bytes: &[u8], out: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, digits) in bytes.iter().zip(out.chunks_exact_mut(2)) {
        digits.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// Whether a text is hex digits in lower case, as §3.2.2 wants them.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn of(fields: &[&str]) -> TraceContext {
        let values: Vec<HeaderValue> =
            fields.iter().map(|field| HeaderValue::from_bytes(field.as_bytes()).unwrap()).collect();
        TraceContext::of(values.iter())
    }

    #[test]
    fn a_trace_is_taken_up_with_a_place_of_its_own() {
        let context = of(&[GIVEN]);
        assert!(context.is_continued());
        assert_eq!(context.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        assert_ne!(context.span_id(), "b7ad6b7169203331");
        assert_eq!(context.parent, Some(0xb7ad_6b71_6920_3331));
        let child = context.child();
        assert_eq!((child.trace, child.parent), (context.trace, Some(context.span)));
        assert_eq!(parse(&child.to_string()).unwrap().span, child.span);
    }

    #[test]
    fn whether_it_is_recorded_is_handed_on_and_other_flags_are_not() {
        assert!(of(&[&GIVEN.replace("-01", "-00")]).to_string().ends_with("-00"));
        assert!(of(&[&GIVEN.replace("-01", "-ff")]).to_string().ends_with("-01"));
    }

    #[test]
    fn later_versions_are_read_as_far_as_they_are_known() {
        assert!(of(&[&GIVEN.replacen("00", "01", 1)]).is_continued());
        assert!(of(&[&(GIVEN.replacen("00", "cc", 1) + "-what-is-this")]).is_continued());
    }

    #[test]
    fn what_is_no_traceparent_begins_a_new_trace() {
        let upper = GIVEN.to_ascii_uppercase();
        let longer = GIVEN.to_owned() + "-x";
        let later = GIVEN.replacen("00", "01", 1) + "x";
        let forbidden = GIVEN.replacen("00", "ff", 1);
        let no_trace = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        let no_span = "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01";
        let shifted = "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01";
        for bad in [&upper, &longer, &later, &forbidden, no_trace, no_span, shifted, "", "00", "ünïcödé-—"]
        {
            let context = of(&[bad]);
            assert!(!context.is_continued(), "{bad}");
            assert_eq!(context.to_string().len(), LENGTH);
        }
        assert!(!of(&[GIVEN, GIVEN]).is_continued());
        assert!(!of(&[]).is_continued());
    }

    #[test]
    fn security_59_a_strangers_span_is_a_link_of_the_first_span_alone() {
        let given = [HeaderValue::from_static(GIVEN)];
        let context = TraceContext::beside(given.iter());
        assert!(!context.is_continued() && context.is_sampled() && context.parent.is_none());
        assert_ne!(context.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        let link = context.link().unwrap();
        assert_eq!((link.trace(), link.span()), (of(&[GIVEN]).trace(), 0xb7ad_6b71_6920_3331));
        assert_eq!(context.child().link(), None);
        assert_eq!(TraceContext::beside([].iter()).link(), None);
        assert_eq!(of(&[GIVEN]).link(), None);
    }

    #[test]
    fn two_traces_differ() {
        assert_ne!(TraceContext::begin().trace, TraceContext::begin().trace);
    }
}
