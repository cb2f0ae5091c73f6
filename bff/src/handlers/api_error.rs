//! A failure as the error of a handler. The layer [`identify_and_protect`](crate::http::identify_and_protect) makes a
//! problem of it.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};

use super::{page, reply};
use crate::failure::Failure;
use telemetry::security::EventSource;

/// The error of a handler. `?` makes one of everything that a [`Failure`] is made of.
#[derive(Debug)]
pub struct ApiError {
    failure: Failure,
    is_logged: bool,
    is_page: bool,
}

impl ApiError {
    /// An error that leaves no line in the log: it is too frequent for the log, or its address is polled.
    #[must_use]
    pub const fn unlogged(failure: Failure) -> Self {
        Self { failure, is_logged: false, is_page: false }
    }

    /// An error that is shown to a person, in the place of the page that was asked for.
    #[must_use]
    pub const fn as_page(failure: Failure) -> Self {
        Self { failure, is_logged: true, is_page: true }
    }

    /// The answer to the request of `source`. The log gets a security event, and the cause of a server error.
    #[must_use]
    pub fn answer(&self, source: EventSource<'_>) -> HttpResponse {
        if self.is_logged {
            self.failure.log_refusal(source);
            if self.status_code().is_server_error() {
                tracing::warn!(request_id = source.request_id, error = %self.failure, "the request failed");
            }
        }
        self.shown(source.request_id)
    }

    fn shown(&self, request_id: &str) -> HttpResponse {
        match self.is_page {
            true => page::of_failure(&self.failure, request_id),
            false => reply::refusal(&self.failure, request_id),
        }
    }
}

impl<E: Into<Failure>> From<E> for ApiError {
    fn from(err: E) -> Self {
        Self { failure: err.into(), is_logged: true, is_page: false }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.failure.status().0
    }

    /// A problem without the request's id, where no layer of ours adds it.
    fn error_response(&self) -> HttpResponse {
        self.shown("")
    }
}
