//! Compression of answers on their way to the browser, and of what an upstream has compressed the way back.
//!
//! An answer is compressed if all of these hold: the client accepts a coding; the content is text or JSON in no coding yet,
//! of at least 1 KiB or of a length that nobody knows yet; it is whole (no 206); and no `no-transform` forbids it (RFC 9110
//! §7.7). An event stream never is.

mod coding;
mod encoder;
mod tags;

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http::{HeaderValue, Method, StatusCode, header};

use http_message::{
    HeaderBlock, Reply, ReplyBody, ReplyError, ReplyStream,
    budget::Held,
    fields::lists,
    forms::{COMPRESSED_MIN, Forms},
    media_type::{is_compressible, is_json_lines},
};

use upstream::UpstreamError;

use telemetry::metrics;

use self::{coding::Coding, encoder::Encoder};
use super::headers::is_of_all_content;

/// Content up to this size is compressed at once; more goes in pieces, so that no request holds its worker for long.
const AT_ONCE_MAX: usize = 32 * 1024;

/// The operator's choice.
#[derive(Debug, Clone, Copy)]
pub struct Compressor {
    /// Whether answers are compressed at all.
    pub on: bool,
}

/// The compression that one request asks for.
#[derive(Debug, Clone)]
pub struct Compression {
    /// The coding of the answer; `None` where the client takes none.
    coding: Option<Coding>,
    /// The tags of the client's `If-None-Match`.
    known: Vec<String>,
}

impl Compressor {
    /// The compression for a request; `None` where there is none. Conditions are put in the upstream's terms.
    #[must_use]
    pub fn for_request(self, method: &Method, headers: &mut HeaderBlock) -> Option<Compression> {
        self.on.then(|| {
            let coding = Coding::accepted(headers);
            Compression { known: tags::take_off_request(method, headers, coding), coding }
        })
    }
}

/// An answer as `compression` makes it; as it is without one.
#[must_use]
pub fn compressed(reply: Reply, compression: Option<&Compression>) -> Reply {
    match compression {
        Some(compression) => compression.apply(reply),
        None => reply,
    }
}

impl Compression {
    /// Compresses an answer where it is one that gains by it. Forms of stored content are used, and made.
    fn apply(&self, mut reply: Reply) -> Reply {
        if reply.status == StatusCode::NOT_MODIFIED {
            if let Some(coding) = self.coding {
                tags::restore(&mut reply.headers, coding, &self.known);
            }
            // Of what the answer to a request without conditions would be, only the type is unknown here.
            vary(&mut reply.headers);
            return reply;
        }
        if !qualifies(&reply) {
            return reply;
        }
        reply.body = measured(reply.body);
        if !is_long(&reply.body) {
            return reply;
        }
        vary(&mut reply.headers);
        let Some(coding) = self.coding else { return reply };
        let flushed = reply.headers.get(header::CONTENT_TYPE).is_some_and(is_json_lines);
        match in_coding(reply.body, coding, flushed) {
            Ok(body) => {
                reply.body = body;
                describe(&mut reply.headers, coding);
            }
            Err(body) => reply.body = body,
        }
        reply
    }
}

/// Content of an upstream without the coding that its fields name: some compress although they were asked not to.
///
/// # Errors
/// The coding is unknown, the content does not decode, there are more than `max` bytes of it, or more than may be held.
pub fn plain(content: Bytes, headers: &HeaderBlock, max: usize, held: &Held) -> Result<Bytes, UpstreamError> {
    let coding = headers.get(header::CONTENT_ENCODING).filter(|_| !content.is_empty());
    let Some(coding) = coding.filter(|coding| !lists([*coding].into_iter(), "identity")) else {
        return Ok(content);
    };
    let failed = |fault: &str| UpstreamError::Failed(format!("the content is compressed, {fault}"));
    let coding = Coding::of_content(coding).ok_or_else(|| failed("and nobody here knows how"))?;
    let plain = encoder::decoded(&content, coding, max).map_err(|_| failed("and broken"))?;
    if plain.len() > max {
        return Err(ReplyError::TooLarge.into());
    }
    held.add(plain.len().saturating_sub(content.len())).map_err(ReplyError::from)?;
    Ok(plain.into())
}

fn qualifies(reply: &Reply) -> bool {
    let is_whole = !matches!(reply.status, StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE)
        && !reply.headers.contains_key(header::CONTENT_RANGE);
    is_long(&reply.body)
        && is_whole
        && !reply.headers.contains_key(header::CONTENT_ENCODING)
        && reply.headers.get(header::CONTENT_TYPE).is_some_and(is_compressible)
        && !lists(reply.headers.get_all(header::CACHE_CONTROL), "no-transform")
}

/// Whether content is long enough to gain by compression, or may be.
fn is_long(body: &ReplyBody) -> bool {
    let length = match body {
        ReplyBody::Empty => return false,
        ReplyBody::Full(content) | ReplyBody::Stored(content, _) => Some(content.len() as u64),
        ReplyBody::Sized(length, _) => Some(*length),
        ReplyBody::HeadOnly(length) => *length,
        ReplyBody::Stream(_) => None,
    };
    length.is_none_or(|length| length >= COMPRESSED_MIN)
}

/// Content whose end is there already has a length, even where its head does not say so. Nothing is waited for.
fn measured(body: ReplyBody) -> ReplyBody {
    let ReplyBody::Stream(mut stream) = body else { return body };
    let Some(first) = stream.next().now_or_never() else { return ReplyBody::Stream(stream) };
    let piece = match first {
        None => return ReplyBody::Full(Bytes::new()),
        Some(Ok(piece)) if (piece.len() as u64) < COMPRESSED_MIN => match stream.next().now_or_never() {
            Some(None) => return ReplyBody::Full(piece),
            Some(Some(second)) => {
                let begun = stream::iter([Ok(piece), second]);
                return ReplyBody::Stream(begun.chain(stream).boxed_local());
            }
            None => Ok(piece),
        },
        Some(other) => other,
    };
    ReplyBody::Stream(stream::iter([piece]).chain(stream).boxed_local())
}

/// Says that the answer depends on `Accept-Encoding`.
fn vary(headers: &mut HeaderBlock) {
    if !lists(headers.get_all(header::VARY), "accept-encoding") {
        headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
}

fn describe(headers: &mut HeaderBlock, coding: Coding) {
    headers.retain(|name| !is_of_all_content(name));
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    tags::add_to_answer(headers, coding);
}

/// Content in a coding; as it was where it would not become smaller.
fn in_coding(body: ReplyBody, coding: Coding, flushed: bool) -> Result<ReplyBody, ReplyBody> {
    match body {
        ReplyBody::Empty => Err(ReplyBody::Empty),
        ReplyBody::HeadOnly(Some(_)) => Ok(ReplyBody::HeadOnly(None)),
        // The content may be short. Its plain tag is good for every condition.
        ReplyBody::HeadOnly(None) => Err(ReplyBody::HeadOnly(None)),
        ReplyBody::Full(content) if content.len() <= AT_ONCE_MAX => {
            at_once(&content, coding).map(ReplyBody::Full).ok_or(ReplyBody::Full(content))
        }
        ReplyBody::Full(content) => pieces(in_pieces(content), coding, false, None),
        ReplyBody::Stored(content, forms) => {
            if let Some(form) = forms.get(coding.name()) {
                return Ok(ReplyBody::Full(form));
            }
            if content.len() > AT_ONCE_MAX {
                let length = content.len();
                return pieces(in_pieces(content), coding, false, Some((forms, length)));
            }
            match at_once(&content, coding) {
                Some(form) => {
                    forms.keep(coding.name(), &form, content.len());
                    Ok(ReplyBody::Full(form))
                }
                None => Err(ReplyBody::Stored(content, forms)),
            }
        }
        ReplyBody::Sized(_, stream) => pieces(stream, coding, flushed, None),
        // Nobody knows when the next piece comes: none is held back.
        ReplyBody::Stream(stream) => pieces(stream, coding, true, None),
    }
}

fn at_once(content: &[u8], coding: Coding) -> Option<Bytes> {
    metrics::compressed(coding.name());
    encoder::encoded(content, coding).ok().filter(|form| form.len() < content.len())
}

/// Content as a stream. The worker does other things between two pieces.
fn in_pieces(content: Bytes) -> ReplyStream {
    stream::unfold(content, |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        let piece = rest.split_to(rest.len().min(AT_ONCE_MAX));
        tokio::task::yield_now().await;
        Some((Ok(piece), rest))
    })
    .boxed_local()
}

/// A stream in a coding. The form is kept where `kept` says so, for content of that length.
fn pieces(
    stream: ReplyStream,
    coding: Coding,
    flushed: bool,
    kept: Option<(Forms, usize)>,
) -> Result<ReplyBody, ReplyBody> {
    let Ok(encoder) = Encoder::new(coding) else { return Err(ReplyBody::Stream(stream)) };
    metrics::compressed(coding.name());
    let form = BytesMut::new();
    let state = Some((stream, encoder, kept, form));
    let coded = stream::unfold(state, move |state| async move {
        let (mut stream, mut encoder, kept, mut form) = state?;
        loop {
            match stream.next().await {
                Some(Ok(piece)) => match encoder.piece(&piece, flushed) {
                    Ok(ready) if ready.is_empty() => {}
                    Ok(ready) => {
                        if let Some((_, length)) = &kept
                            && form.len() <= Forms::room(*length)
                        {
                            form.extend_from_slice(&ready);
                        }
                        return Some((Ok(ready), Some((stream, encoder, kept, form))));
                    }
                    Err(err) => return Some((Err(broken(&err)), None)),
                },
                Some(Err(err)) => return Some((Err(err), None)),
                None => {
                    let last = match encoder.finish() {
                        Ok(last) => last,
                        Err(err) => return Some((Err(broken(&err)), None)),
                    };
                    if let Some((forms, length)) = &kept {
                        form.extend_from_slice(&last);
                        forms.keep(coding.name(), &form.freeze(), *length);
                    }
                    return (!last.is_empty()).then_some((Ok(last), None));
                }
            }
        }
    });
    Ok(ReplyBody::Stream(coded.boxed_local()))
}

fn broken(err: &io::Error) -> ReplyError {
    ReplyError::Broken(format!("the answer could not be compressed: {err}"))
}
