//! The errors of a request, as fine as a person or a retry needs them.

use std::{rc::Rc, time::Duration};

use query_yew::Retry;
use serde::Deserialize;
use shared::{Problem, ProblemCode, Todo};
use thiserror::Error;

use super::{json::Json, version::Version};

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ApiError {
    /// The device has no network.
    #[error("offline")]
    Offline,
    /// No answer, for a reason that browsers do not tell.
    #[error("network failure")]
    Network,
    /// No complete answer within the time limit.
    #[error("timed out")]
    Timeout,
    /// The answer is not awaited any more.
    #[error("cancelled")]
    Cancelled,
    /// 429; `wait` is the value of `Retry-After`.
    #[error("rate limited")]
    RateLimited {
        /// How long not to ask again.
        wait: Option<Duration>,
    },
    /// An error of the BFF itself.
    #[error("{}", .0.code.as_str())]
    Problem(Rc<Problem>),
    /// A 4xx of the upstream with its message.
    #[error("refused with status {status}")]
    Refused {
        /// The status.
        status: u16,
        /// `message` of the body, empty if there is none.
        message: String,
    },
    /// Somebody else has changed the same since; this is their version.
    #[error("changed by somebody else")]
    Conflict(Rc<Version<Todo>>),
    /// A 5xx without a body that says more.
    #[error("server error {0}")]
    Server(u16),
    /// An answer that does not fit the contract.
    #[error("answer not understood")]
    Decode,
}

/// The parts of an unsuccessful response that make its error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reply<'a> {
    /// The status, 3xx to 5xx.
    pub(super) status: u16,
    /// The `Retry-After` field.
    pub(super) retry_after: Option<&'a str>,
    /// The body.
    pub(super) body: &'a Json,
}

/// The upstream's error body.
#[derive(Deserialize)]
struct Message {
    message: String,
}

impl From<Reply<'_>> for ApiError {
    fn from(reply: Reply<'_>) -> Self {
        if reply.status == 429 {
            // The date form of Retry-After is legal and means "no idea" here.
            let seconds = reply.retry_after.and_then(|value| value.trim().parse().ok());
            return Self::RateLimited { wait: seconds.map(Duration::from_secs) };
        }
        // The body is tried, not its Content-Type: only a problem has a known `code`.
        if let Some(problem) = reply.body.read::<Problem>() {
            return Self::Problem(Rc::new(problem));
        }
        if reply.status >= 500 {
            return Self::Server(reply.status);
        }
        let message = reply.body.read::<Message>().map(|body| body.message).unwrap_or_default();
        Self::Refused { status: reply.status, message }
    }
}

/// An error in words for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// A headline of a few words.
    pub(crate) title: &'static str,
    /// Meaning and remedy.
    pub(crate) advice: &'static str,
}

impl ApiError {
    /// Whether the thing asked for is not there (any more).
    pub(crate) fn is_not_found(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status == 404,
            Self::Problem(problem) => problem.code == ProblemCode::ApiNotFound,
            _ => false,
        }
    }

    /// Whether the content of the request was refused: another one may be taken.
    pub(crate) fn is_about_content(&self) -> bool {
        matches!(self, Self::Refused { status: 400 | 413 | 422, .. })
    }

    /// Whether the version that a change was to be made to is not the newest.
    pub(crate) fn is_stale(&self) -> bool {
        matches!(self, Self::Refused { status: 412, .. })
    }

    /// Whether the server does not know (any more) who is asking.
    pub(crate) fn is_unauthenticated(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.code == ProblemCode::Unauthenticated)
    }

    /// The sign-in that the server asks for before it does this.
    pub(crate) fn step_up(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) if problem.code == ProblemCode::StepUpRequired => Some(problem),
            _ => None,
        }
    }

    /// The name of an error that neither the network, nor the person, nor a limit explains. It is reported to the server.
    pub(crate) fn unexpected(&self) -> Option<&'static str> {
        match self {
            Self::Timeout => Some("timeout"),
            Self::Server(_) => Some("server_error"),
            Self::Decode => Some("not_understood"),
            Self::Problem(problem) if problem.status >= 500 => Some(problem.code.as_str()),
            Self::Problem(_)
            | Self::Offline
            | Self::Network
            | Self::Cancelled
            | Self::RateLimited { .. }
            | Self::Conflict(_)
            | Self::Refused { .. } => None,
        }
    }

    /// How long not to ask again, if the server said so.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { wait } => *wait,
            _ => None,
        }
    }

    /// The request id, which finds the server's log line.
    pub(crate) fn reference(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => Some(problem.request_id.as_str()).filter(|id| !id.is_empty()),
            _ => None,
        }
    }

    /// The error in words. A refusal's own message is in [`ApiError::Refused`].
    pub(crate) fn explain(&self) -> Explanation {
        let (title, advice) = match self {
            Self::Offline => {
                ("You’re offline", "Check your connection. This loads by itself once you’re back.")
            }
            Self::Network => ("The server can’t be reached", "It may be down, or the network is in the way."),
            Self::Timeout => ("That took too long", "The server did not answer within ten seconds."),
            Self::Cancelled => ("Stopped", "The request was stopped before it was answered."),
            Self::RateLimited { .. } => ("Too many requests", "The server asks for a short break."),
            Self::Problem(problem) => return explain_problem(problem.code),
            Self::Refused { .. } => ("The server refused this", "It does not accept the request as it is."),
            Self::Conflict(_) => ("Somebody else has changed it", "Choose which version it shall be."),
            Self::Server(_) => ("The server failed", "This is not your fault. It may work in a moment."),
            Self::Decode => ("The answer makes no sense", "The app may be outdated. Reload the page."),
        };
        Explanation { title, advice }
    }
}

/// Every code of the contract is decided on here: a new one does not compile until it has words.
fn explain_problem(code: ProblemCode) -> Explanation {
    let (title, advice) = match code {
        ProblemCode::ApiNotFound => ("Not found", "It may have been deleted."),
        ProblemCode::AmbiguousPath
        | ProblemCode::MethodNotAllowed
        | ProblemCode::InvalidRequest
        | ProblemCode::WebsocketNotAllowed => {
            ("The server refused this", "The app may be outdated. Reload the page.")
        }
        ProblemCode::BodyTooLarge | ProblemCode::BatchTooLarge => {
            ("That’s too much at once", "Make it shorter.")
        }
        ProblemCode::ClientTimeout => ("That took too long", "The connection is slow. Try again."),
        ProblemCode::WrongHost => ("Wrong address", "Open the dashboard from its own address."),
        ProblemCode::CrossSite => ("Blocked for your safety", "Open the dashboard from its own address."),
        ProblemCode::Unauthenticated => ("Please sign in", "Your session has ended."),
        ProblemCode::StepUpRequired => ("Confirm it is you", "This needs a fresh sign-in."),
        ProblemCode::Forbidden => ("Not allowed", "Your account may not do this."),
        ProblemCode::RateLimited => ("Too many requests", "The server asks for a short break."),
        ProblemCode::UpstreamUnreachable | ProblemCode::UpstreamInvalid | ProblemCode::LoopDetected => {
            ("The service behind this is down", "The dashboard works, its data source does not.")
        }
        ProblemCode::UpstreamOverloaded => ("The service is overloaded", "It may work in a moment."),
        ProblemCode::Busy => ("The server is busy", "It may work in a moment."),
        ProblemCode::UpstreamTimeout => ("The service is too slow", "Its answer did not arrive in time."),
        ProblemCode::Internal => ("The server failed", "This is not your fault. It may work in a moment."),
    };
    Explanation { title, advice }
}

/// The longest `Retry-After` that is sat out without asking the person.
const LONGEST_SILENT_WAIT: Duration = Duration::from_secs(15);

impl ApiError {
    /// Whether the same request may succeed when somebody makes it again.
    pub(crate) fn may_work_later(&self) -> bool {
        matches!(self, Self::RateLimited { .. }) || !matches!(self.retry(), Retry::Never)
    }

    /// Whether, and when, the failed request is worth repeating.
    pub(crate) fn retry(&self) -> Retry {
        match self {
            Self::Offline | Self::Network | Self::Timeout => Retry::Backoff,
            Self::RateLimited { wait: None } => Retry::Backoff,
            Self::RateLimited { wait: Some(wait) } if *wait <= LONGEST_SILENT_WAIT => Retry::After(*wait),
            Self::RateLimited { wait: Some(_) } => Retry::Never,
            Self::Problem(problem) => retry_status(problem.status),
            Self::Refused { status, .. } | Self::Server(status) => retry_status(*status),
            Self::Cancelled | Self::Conflict(_) | Self::Decode => Retry::Never,
        }
    }
}

/// Retries only statuses that may be different the next time.
fn retry_status(status: u16) -> Retry {
    if status == 408 || status >= 500 { Retry::Backoff } else { Retry::Never }
}

#[cfg(test)]
mod tests;
