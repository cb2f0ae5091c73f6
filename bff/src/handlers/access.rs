//! The access line of one request, written however it ends: answered, refused, or left by its browser.

use std::{borrow::Cow, time::Instant};

use crate::{message::TraceContext, telemetry::Access};

/// The status in the line of a request that nobody waited for to be answered; nginx has made it known.
const LEFT: u16 = 499;

/// What the line says of it, and of an answer that broke off.
const BROWSER_LEFT: &str = "the browser left";

/// Writes the access line when it is dropped, which is when nothing more can happen to the request.
pub struct AccessGuard {
    access: Access,
    started: Instant,
    outcome: Option<Cow<'static, str>>,
}

impl AccessGuard {
    /// The line of a request that has just come: until it is answered it says that its browser has left.
    #[must_use]
    pub fn begin(request_id: String, trace: TraceContext, method: String, path: String) -> Self {
        let access = Access { request_id, trace, method, path, status: LEFT };
        Self { access, started: Instant::now(), outcome: Some(BROWSER_LEFT.into()) }
    }

    /// When the request came.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// It is answered with `status`; by the BFF itself, where there is a `failure`.
    pub fn answered(&mut self, status: u16, failure: Option<String>) {
        self.access.status = status;
        self.outcome = failure.map(Cow::Owned);
    }

    /// What is to be said if the answer's content is dropped before its end.
    pub fn unfinished(&mut self) {
        self.outcome = Some(BROWSER_LEFT.into());
    }

    /// The answer has ended: well, or in `error`.
    pub fn ended(&mut self, error: Option<String>) {
        self.outcome = error.map(Cow::Owned);
    }
}

impl Drop for AccessGuard {
    fn drop(&mut self) {
        self.access.write(self.started.elapsed(), self.outcome.as_deref());
    }
}
