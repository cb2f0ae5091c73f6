//! The framing of an answer (RFC 9112 §6.3), decided before awc sees a byte of it.
//!
//! awc trusts its peer:
//!
//! - it takes an interim (1xx) response for the final one;
//! - it takes an answer without a length for an empty one;
//! - it takes a connection that ends early for the end of the body;
//! - it waits for the body that a 304 announces but never sends.
//!
//! Behind a shared connection pool each of these can hand one person's answer to another. [`Framing`] reads the same
//! bytes first, drops interim responses and refuses ambiguous answers. It passes on a head that awc cannot misread.

mod chunks;

use std::{mem::MaybeUninit, time::Duration};

use bytes::{Buf, BytesMut};

use self::chunks::Chunks;

/// Most header fields in an answer; actix-http takes no more.
const MAX_HEADERS: usize = 96;

/// Most bytes in a header name; the `http` crate takes no more than 64 KiB and actix-http panics at one.
const HEADER_NAME_MAX: usize = 1024;

/// How long before the upstream closes a connection it is used no more, unless that is half of its time.
const KEPT_MARGIN: Duration = Duration::from_secs(1);

/// Errors in the framing of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The connection ended before the answer began; `reused`: it may have been idle for too long.
    #[error("the connection was closed before an answer")]
    ClosedBeforeHead {
        /// Whether an earlier exchange used the same connection.
        reused: bool,
    },
    /// The connection ended within the answer.
    #[error("the answer ends before it is complete")]
    Truncated,
    /// The header block is over `BFF_MAX_RESPONSE_HEADERS`.
    #[error("the header block of the answer is over the cap")]
    HeadTooLarge,
    /// Not HTTP/1.
    #[error("the answer is not HTTP/1")]
    Malformed,
    /// Two lengths, or a length and a transfer encoding (RFC 9112 §6.1).
    #[error("the answer states its length twice")]
    ConflictingLength,
    /// A transfer encoding other than chunked.
    #[error("the answer has an unknown transfer encoding")]
    TransferEncoding,
    /// A 101 that was not asked for.
    #[error("the answer switches protocols unasked")]
    Upgrade,
    /// Bytes after the end of the answer; it is not known whose they are.
    #[error("the answer goes on after its end")]
    Surplus,
}

/// Where a connection stands in its current answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expecting {
    /// Nothing: no request is under way.
    Nothing,
    /// A head, or the rest of it.
    Head,
    /// This many more bytes of a body.
    Length(u64),
    /// Chunks, up to the last one and its trailers.
    Chunks,
    /// A body that ends with the connection.
    Close,
}

/// Follows one connection from request to answer to request.
#[derive(Debug)]
pub(super) struct Framing {
    expecting: Expecting,
    chunks: Chunks,
    /// Bytes received and not yet understood; after an answer's end, its surplus.
    received: BytesMut,
    /// Bytes understood, for awc to read.
    ready: BytesMut,
    to_head: bool,
    /// Whether the request asks for a WebSocket, so that a 101 may be its answer.
    switching: bool,
    exchanges: u64,
    head_limit: usize,
    /// How long the upstream keeps the connection after the last answer, as far as it says.
    kept_for: Option<Duration>,
}

impl Framing {
    pub(super) fn new(head_limit: usize) -> Self {
        Self {
            expecting: Expecting::Nothing,
            chunks: Chunks::new(),
            received: BytesMut::new(),
            ready: BytesMut::new(),
            to_head: false,
            switching: false,
            exchanges: 0,
            head_limit,
            kept_for: None,
        }
    }

    /// The same for one exchange that asks for a WebSocket.
    pub(super) const fn switching(mut self) -> Self {
        self.switching = true;
        self
    }

    /// The bytes that came behind the head of a 101: they are the other protocol's.
    pub(super) fn into_received(self) -> BytesMut {
        self.received
    }

    pub(super) const fn expecting(&self) -> Expecting {
        self.expecting
    }

    /// How long the connection may be used again after the end of the last answer; `None` where the upstream does not say.
    pub(super) const fn kept_for(&self) -> Option<Duration> {
        self.kept_for
    }

    /// Takes note of a write: the first one after an answer begins the next exchange.
    pub(super) fn written(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        if self.expecting == Expecting::Head {
            return Ok(());
        }
        // A body that is still to come would be taken for the next answer.
        if self.expecting != Expecting::Nothing || !self.received.is_empty() || !self.ready.is_empty() {
            return Err(WireError::Surplus);
        }
        self.expecting = Expecting::Head;
        self.to_head = bytes.starts_with(b"HEAD ");
        self.exchanges += 1;
        Ok(())
    }

    /// Takes the first bytes of an answer where its head may pass as it is, and returns how many of them belong to the
    /// answer. `None`: [`Self::head_bytes`] has to take them.
    pub(super) fn whole_head(&mut self, bytes: &[u8], closing: bool) -> Result<Option<usize>, WireError> {
        if !self.received.is_empty() || closing {
            return Ok(None);
        }
        let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            bytes,
            &mut headers,
        );
        let length = match parsed {
            Ok(httparse::Status::Complete(length)) if length <= self.head_limit => length,
            _ => return Ok(None),
        };
        if response.code.is_none_or(|code| code < 200) {
            return Ok(None);
        }
        let head = Head::read(&response, self.to_head)?;
        if head.must_differ(&response) {
            return Ok(None);
        }
        self.begin_body(&head);
        if self.expecting == Expecting::Nothing {
            return Ok(Some(length));
        }
        Ok(Some(length + self.body_bytes(&bytes[length..])?))
    }

    fn begin_body(&mut self, head: &Head) {
        self.expecting = head.body;
        self.kept_for = head.kept_for;
        self.chunks = Chunks::new();
    }

    /// Takes bytes while a head is expected, and returns whether the final head is complete. With `closing`, the head
    /// makes awc close the connection after the answer.
    pub(super) fn head_bytes(&mut self, bytes: &[u8], closing: bool) -> Result<bool, WireError> {
        self.received.extend_from_slice(bytes);
        let mut lenient = false;
        loop {
            // A space before the colon is taken out (RFC 9112 §5.1), a folded line becomes one (§5.2).
            let mut parser = httparse::ParserConfig::default();
            parser.allow_spaces_after_header_name_in_responses(lenient);
            parser.allow_obsolete_multiline_headers_in_responses(lenient);
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut response = httparse::Response::new(&mut headers);
            let length = match parser.parse_response(&mut response, &self.received) {
                Ok(httparse::Status::Complete(length)) => length,
                Ok(httparse::Status::Partial) if self.received.len() > self.head_limit => {
                    return Err(WireError::HeadTooLarge);
                }
                Ok(httparse::Status::Partial) => return Ok(false),
                Err(httparse::Error::TooManyHeaders) => return Err(WireError::HeadTooLarge),
                Err(httparse::Error::HeaderName) if !lenient => {
                    lenient = true;
                    continue;
                }
                Err(_) => return Err(WireError::Malformed),
            };
            if length > self.head_limit {
                return Err(WireError::HeadTooLarge);
            }
            match response.code {
                Some(101) if self.switching && switches(&response) => {
                    self.ready = self.received.split_to(length);
                    self.expecting = Expecting::Close;
                    return Ok(true);
                }
                Some(101) => return Err(WireError::Upgrade),
                Some(100..=199) => {
                    self.received.advance(length);
                    lenient = false;
                }
                _ => {
                    let head = Head::read(&response, self.to_head)?;
                    let rewritten = head.rewritten(&response, closing, lenient);
                    let original = self.received.split_to(length);
                    self.ready = rewritten.unwrap_or(original);
                    self.begin_body(&head);
                    // Body bytes that came along go on; bytes beyond the body's end stay behind as surplus.
                    if self.expecting != Expecting::Nothing {
                        let mut rest = self.received.split();
                        self.received = rest.split_off(self.body_bytes(&rest)?);
                        self.ready.unsplit(rest);
                    }
                    return Ok(true);
                }
            }
        }
    }

    /// Takes note of body bytes, and returns how many of them belong to the body.
    pub(super) fn body_bytes(&mut self, bytes: &[u8]) -> Result<usize, WireError> {
        let (taken, ended) = match self.expecting {
            Expecting::Length(left) => {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let left = left - taken as u64;
                self.expecting = Expecting::Length(left);
                (taken, left == 0)
            }
            Expecting::Chunks => {
                let taken = self.chunks.take(bytes).map_err(|_| WireError::Malformed)?;
                (taken, self.chunks.ended())
            }
            Expecting::Close | Expecting::Nothing | Expecting::Head => (bytes.len(), false),
        };
        if ended {
            self.expecting = Expecting::Nothing;
        }
        Ok(taken)
    }

    /// Keeps bytes that came behind the end of an answer.
    pub(super) fn surplus(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// The bytes that are ready for awc. Outside an exchange it is the surplus, which makes the pool drop the
    /// connection.
    pub(super) fn ready(&mut self) -> &mut BytesMut {
        if self.ready.is_empty() && self.expecting == Expecting::Nothing {
            &mut self.received
        } else {
            &mut self.ready
        }
    }

    /// Judges an end of the connection now; `Ok` where it is a regular end.
    pub(super) fn closed(&self) -> Result<(), WireError> {
        match self.expecting {
            Expecting::Nothing | Expecting::Close => Ok(()),
            Expecting::Head if self.received.is_empty() => {
                Err(WireError::ClosedBeforeHead { reused: self.exchanges > 1 })
            }
            Expecting::Head | Expecting::Length(_) | Expecting::Chunks => Err(WireError::Truncated),
        }
    }
}

/// The parts of a final head that decide on its framing.
struct Head {
    body: Expecting,
    /// Drops length fields, which describe a body that does not follow.
    drop_length: bool,
    /// Drops `Upgrade`: for actix-http `websocket` there goes before any length, whatever the status.
    drop_upgrade: bool,
    /// How long the upstream keeps the connection from the end of the answer on.
    kept_for: Option<Duration>,
    /// The minor version under which awc sees the end where it is: with 0 it reads a body without a length up to the
    /// end of the connection, with 1 it takes a head without content for the whole.
    version: u8,
}

impl Head {
    fn read(response: &httparse::Response<'_, '_>, to_head: bool) -> Result<Self, WireError> {
        let mut length = None;
        let mut chunked = false;
        let mut upgrade = false;
        let mut kept_for = None;
        for header in response.headers.iter() {
            if header.name.len() > HEADER_NAME_MAX {
                return Err(WireError::HeadTooLarge);
            }
            upgrade |= header.name.eq_ignore_ascii_case("upgrade");
            if header.name.eq_ignore_ascii_case("content-length") {
                if length.is_some() {
                    return Err(WireError::ConflictingLength);
                }
                length = Some(parse_length(header.value)?);
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                if chunked || response.version != Some(1) || !header.value.eq_ignore_ascii_case(b"chunked") {
                    return Err(WireError::TransferEncoding);
                }
                chunked = true;
            } else if header.name.eq_ignore_ascii_case("keep-alive") {
                kept_for = kept_time(header.value);
            }
        }
        if length.is_some() && chunked {
            return Err(WireError::ConflictingLength);
        }
        // A status is of one of five classes (RFC 9110 §15).
        if response.code.is_none_or(|code| !(200..600).contains(&code)) {
            return Err(WireError::Malformed);
        }
        let bodiless = to_head || matches!(response.code, Some(204 | 304));
        let body = match length {
            _ if bodiless => Expecting::Nothing,
            Some(0) => Expecting::Nothing,
            Some(length) => Expecting::Length(length),
            None if chunked => Expecting::Chunks,
            None => Expecting::Close,
        };
        Ok(Self {
            body,
            drop_length: bodiless && !to_head && (length.is_some() || chunked),
            drop_upgrade: upgrade,
            kept_for,
            version: match response.version {
                _ if body == Expecting::Close => 0,
                _ if bodiless => 1,
                given => given.unwrap_or_default(),
            },
        })
    }

    /// Whether the head that awc gets must differ from the original.
    fn must_differ(&self, response: &httparse::Response<'_, '_>) -> bool {
        self.drop_length || self.drop_upgrade || response.version.unwrap_or_default() != self.version
    }

    /// The head that awc gets, where it must differ from the original.
    fn rewritten(
        &self,
        response: &httparse::Response<'_, '_>,
        closing: bool,
        lenient: bool,
    ) -> Option<BytesMut> {
        if !(self.must_differ(response) || closing || lenient) {
            return None;
        }
        // An HTTP/1.0 connection is not kept, whatever the version that awc gets to see.
        let closing = closing || response.version.unwrap_or_default() < self.version;
        let mut head = BytesMut::from(if self.version == 0 { "HTTP/1.0" } else { "HTTP/1.1" });
        head.extend_from_slice(b" ");
        head.extend_from_slice(response.code.unwrap_or_default().to_string().as_bytes());
        head.extend_from_slice(b" \r\n");
        for header in response.headers.iter() {
            let length_field = header.name.eq_ignore_ascii_case("content-length")
                || header.name.eq_ignore_ascii_case("transfer-encoding");
            let replaced = header.name.eq_ignore_ascii_case("connection") && closing;
            let upgrade = header.name.eq_ignore_ascii_case("upgrade");
            if (length_field && self.drop_length) || replaced || upgrade {
                continue;
            }
            head.extend_from_slice(header.name.as_bytes());
            head.extend_from_slice(b": ");
            // The line ends within a folded value are space (RFC 9112 §5.2).
            let in_one_line = |byte: &u8| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte };
            head.extend(header.value.iter().map(in_one_line));
            head.extend_from_slice(b"\r\n");
        }
        if closing {
            head.extend_from_slice(b"connection: close\r\n");
        }
        head.extend_from_slice(b"\r\n");
        Some(head)
    }
}

/// Whether the head of a 101 says that a WebSocket follows (RFC 6455 §4.2.2).
fn switches(response: &httparse::Response<'_, '_>) -> bool {
    let lists = |name: &str, member: &[u8]| {
        let fields = response.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        let mut members = fields.flat_map(|field| field.value.split(|byte| *byte == b','));
        members.any(|one| one.trim_ascii().eq_ignore_ascii_case(member))
    };
    lists("upgrade", b"websocket") && lists("connection", b"upgrade")
}

/// The time in a `Keep-Alive` field (`timeout=5, max=100`), and less: a request that is under way when the upstream closes
/// the connection is lost.
fn kept_time(value: &[u8]) -> Option<Duration> {
    let members = std::str::from_utf8(value).ok()?.split(',');
    let seconds = members.filter_map(|member| member.trim().strip_prefix("timeout=")).next()?;
    let said = Duration::from_secs(seconds.parse::<u32>().ok()?.into());
    Some(said - KEPT_MARGIN.min(said / 2))
}

fn parse_length(value: &[u8]) -> Result<u64, WireError> {
    let digits = std::str::from_utf8(value).map_err(|_| WireError::Malformed)?;
    // `u64::from_str` takes a plus sign, the grammar does not (RFC 9110 §8.6).
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WireError::Malformed);
    }
    digits.parse().map_err(|_| WireError::Malformed)
}
