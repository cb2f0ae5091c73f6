//! Errors on the way to the upstream and back.

use std::io;

use awc::error::{ConnectError, PayloadError, SendRequestError};

use super::wire::WireError;
use http_message::{BodyError, ReplyError};

/// Why there is no answer, or only part of one. The texts are for the log, never for the browser.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No connection.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// A deadline passed.
    #[error("timed out while waiting for {0}")]
    Timeout(Phase),
    /// More exchanges at once than `BFF_UPSTREAM_CONNECTIONS`.
    #[error("too many exchanges at once")]
    NoPlace,
    /// The upstream asks for a pause.
    #[error("the upstream asks for a pause")]
    Overloaded,
    /// The upstream's servers have failed, and get no request for this long.
    #[error("the upstream fails, and gets no request for {0:?}")]
    Resting(std::time::Duration),
    /// The answer is not valid HTTP, or incomplete.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The connection, or awc, failed in another way.
    #[error("the exchange failed: {0}")]
    Failed(String),
    /// The browser took nothing of the answer for the idle time.
    #[error("the browser stopped reading the answer")]
    Unread,
    /// The content of the answer could not be read to its end.
    #[error(transparent)]
    Content(#[from] ReplyError),
    /// The browser's own request could not be read.
    #[error(transparent)]
    RequestBody(#[from] BodyError),
}

/// The phase of an exchange in which a deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A connection.
    Connect,
    /// The request to go out.
    Request,
    /// The head of the answer.
    Head,
    /// A piece of the answer's body.
    Body,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "a connection",
            Self::Request => "the request to be sent",
            Self::Head => "the head of the answer",
            Self::Body => "the body of the answer",
        })
    }
}

impl UpstreamError {
    /// The error in one word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Timeout(_) => "timeout",
            Self::NoPlace => "no_place",
            Self::Overloaded => "overloaded",
            Self::Resting(_) => "resting",
            Self::Unread => "unread",
            Self::Wire(_) => "invalid",
            Self::Failed(_) => "failed",
            Self::Content(ReplyError::TimedOut) => "timeout",
            Self::Content(ReplyError::TooLarge) => "too_large",
            Self::Content(ReplyError::NoRoom) => "no_room",
            Self::Content(ReplyError::Broken(_)) => "invalid",
            Self::RequestBody(_) => "request_body",
        }
    }

    /// Whether the exchange never began: the pooled connection had been closed in the meantime. An idempotent request
    /// may then be sent again (RFC 9110 §9.2.2).
    #[must_use]
    pub const fn never_began(&self) -> bool {
        matches!(self, Self::Wire(WireError::ClosedBeforeHead { reused: true }))
    }

    /// Whether nothing of the request can have reached a server.
    pub(super) const fn found_no_server(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Timeout(Phase::Connect))
    }

    /// Whether the server is to blame.
    pub(super) const fn is_the_servers(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::Wire(WireError::ClosedBeforeHead { .. } | WireError::Truncated)
            | Self::Failed(_)
            | Self::Content(ReplyError::TimedOut | ReplyError::Broken(_)) => true,
            // An answer that breaks a rule may do so for one request alone.
            Self::Wire(_)
            | Self::NoPlace
            | Self::Overloaded
            | Self::Resting(_)
            | Self::Unread
            | Self::Content(ReplyError::TooLarge | ReplyError::NoRoom)
            | Self::RequestBody(_) => false,
        }
    }

    /// Whether it was a matter of time.
    pub(super) const fn is_late(&self) -> bool {
        matches!(self, Self::Timeout(_) | Self::Content(ReplyError::TimedOut))
    }

    /// Whether an idempotent request may find a better end on another connection (RFC 9110 §9.2.2).
    pub(super) const fn may_be_repeated(&self) -> bool {
        self.found_no_server() || matches!(self, Self::Wire(WireError::ClosedBeforeHead { .. }))
    }
}

impl From<SendRequestError> for UpstreamError {
    fn from(err: SendRequestError) -> Self {
        match err {
            SendRequestError::Body(err) => match err.downcast::<BodyError>() {
                Ok(body) => Self::RequestBody(*body),
                Err(err) => Self::Failed(err.to_string()),
            },
            SendRequestError::Connect(ConnectError::Timeout) => Self::Timeout(Phase::Connect),
            SendRequestError::Connect(ConnectError::Io(err)) if err.kind() == io::ErrorKind::TimedOut => {
                Self::Timeout(Phase::Connect)
            }
            SendRequestError::Connect(err) => Self::Unreachable(err.to_string()),
            SendRequestError::Send(err)
            | SendRequestError::Response(actix_http::error::ParseError::Io(err)) => Self::from(err),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// The error in the form that a piece of a stream has.
impl From<UpstreamError> for ReplyError {
    fn from(err: UpstreamError) -> Self {
        match err {
            UpstreamError::Content(err) => err,
            UpstreamError::Timeout(Phase::Body) => Self::TimedOut,
            other => Self::Broken(other.to_string()),
        }
    }
}

impl From<PayloadError> for UpstreamError {
    fn from(err: PayloadError) -> Self {
        match err {
            PayloadError::Io(err) | PayloadError::Incomplete(Some(err)) => Self::from(err),
            PayloadError::Incomplete(None) => Self::Wire(WireError::Truncated),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<io::Error> for UpstreamError {
    fn from(err: io::Error) -> Self {
        match err.get_ref().and_then(|inner| inner.downcast_ref::<WireError>()) {
            Some(wire) => Self::Wire(*wire),
            None => Self::Failed(err.to_string()),
        }
    }
}
