//! An answer whose head has come.
//!
//! Small answers are read whole before they are passed on. That costs less than streaming them, and turns a broken one
//! into a proper error. All others are streamed.

use actix_http::HttpMessage as _;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{StatusCode, header};
use tokio::time::Instant;

use super::{deadline::Deadline, error::UpstreamError, pieces::pieces, places::Place, wire::WireError};
use http_message::{HeaderBlock, ReplyBody, media_type::is_event_stream};

/// Answers of a known length up to this many bytes are collected before they are passed on.
const COLLECT_MAX: u64 = 64 * 1024;

/// An answer whose head has come; its header block is not yet filtered.
pub struct Arriving {
    /// The status, as answered.
    pub status: StatusCode,
    /// The fields, as answered.
    pub headers: HeaderBlock,
    payload: actix_http::Payload,
    to_head: bool,
    deadline: Deadline,
    /// `None`: a probe takes none.
    place: Option<Place>,
}

/// The upstream's answer, its header block not yet filtered.
pub struct UpstreamResponse {
    /// The status, as answered.
    pub status: StatusCode,
    /// The fields, as answered.
    pub headers: HeaderBlock,
    /// The content, whole or streamed.
    pub body: ReplyBody,
    /// The moment by which it has to be there, where it is read whole.
    pub due: Instant,
}

impl Arriving {
    pub(super) fn new(
        mut answer: awc::ClientResponse,
        to_head: bool,
        deadline: Deadline,
        place: Option<Place>,
    ) -> Self {
        let headers = answer.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { status: answer.status(), headers, payload: answer.take_payload(), to_head, deadline, place }
    }

    /// The answer to a request for a tunnel, which the upstream has refused.
    pub(super) fn refusal(
        head: &actix_http::ResponseHead,
        payload: actix_http::Payload,
        deadline: Deadline,
        place: Place,
    ) -> Self {
        let headers = head.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { status: head.status, headers, payload, to_head: false, deadline, place: Some(place) }
    }

    /// The answer with its content; small content is read to its end.
    ///
    /// # Errors
    /// [`UpstreamError`], where small content does not come whole and in time.
    pub async fn with_content(self) -> Result<UpstreamResponse, UpstreamError> {
        let Self { status, headers, payload, to_head, deadline, place } = self;
        let length = headers.content_length();
        let bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let body = match length {
            _ if to_head => {
                whole(payload, 0, deadline, place).await?;
                ReplyBody::HeadOnly(length)
            }
            _ if bodiless => {
                whole(payload, 0, deadline, place).await?;
                ReplyBody::Empty
            }
            Some(length) if length <= COLLECT_MAX => {
                ReplyBody::Full(whole(payload, length, deadline, place).await?)
            }
            Some(length) => {
                ReplyBody::Sized(length, pieces(payload, deadline, place).err_into().boxed_local())
            }
            None => {
                let mut place = place;
                let is_events = headers.get(header::CONTENT_TYPE).is_some_and(is_event_stream);
                if let Some(place) = place.as_mut().filter(|_| is_events) {
                    place.lengthen()?;
                }
                ReplyBody::Stream(pieces(payload, deadline, place).err_into().boxed_local())
            }
        };
        Ok(UpstreamResponse { status, headers, body, due: deadline.due() })
    }
}

/// Reads a payload to its end, and then gives the place back.
async fn whole(
    payload: actix_http::Payload,
    length: u64,
    deadline: Deadline,
    place: Option<Place>,
) -> Result<Bytes, UpstreamError> {
    let content = collect(payload, length, deadline).await;
    if let (Err(err), Some(mut place)) = (&content, place)
        && let Some(turn) = place.turn()
    {
        turn.failed(err);
    }
    content
}

/// Reads a payload to its end, the empty one of a bodiless answer as well: awc keeps no connection whose payload is
/// dropped before that.
async fn collect(
    mut payload: actix_http::Payload,
    length: u64,
    deadline: Deadline,
) -> Result<Bytes, UpstreamError> {
    // Most small bodies arrive in one piece, which is then passed on without a copy.
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(piece) = deadline.piece_of_whole(payload.next()).await? {
        let piece = piece?;
        if first.is_empty() {
            first = piece;
        } else {
            if rest.is_empty() {
                rest.reserve(usize::try_from(length).unwrap_or_default());
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&piece);
        }
    }
    let body = if rest.is_empty() { first } else { rest.freeze() };
    if (body.len() as u64) < length {
        return Err(WireError::Truncated.into());
    }
    Ok(body)
}
