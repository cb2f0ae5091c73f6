//! Probes whether the upstream answers, for `/readyz`.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use http::Method;

use super::origin::Origin;
use crate::failure::Failure;
use http_message::{HeaderBlock, RequestBody};
use upstream::{Deadlines, UpstreamError, UpstreamRequest, deadline::Deadline};

/// How long a good probe holds: frequent probes are no load for the upstream.
const READY_FOR: Duration = Duration::from_secs(1);

/// Probes of one worker.
pub(super) struct Probe {
    origin: Rc<Origin>,
    deadlines: Deadlines,
    /// When a probe last reached the upstream.
    reached: Cell<Option<Instant>>,
}

impl Probe {
    pub(super) const fn new(origin: Rc<Origin>, deadlines: Deadlines) -> Self {
        Self { origin, deadlines, reached: Cell::new(None) }
    }

    pub(super) async fn ask(&self) -> Result<(), Failure> {
        if self.reached.get().is_some_and(|at| at.elapsed() < READY_FOR) {
            return Ok(());
        }
        let request = UpstreamRequest {
            method: Method::HEAD,
            target: "/".to_owned(),
            headers: HeaderBlock::new(),
            body: RequestBody::None,
            deadline: Deadline::start(&self.deadlines),
            turn: None,
        };
        let answer = match self.origin.client().send(request).await {
            Ok(arriving) => arriving.with_content().await,
            Err(err) => Err(err),
        };
        match answer {
            // An overloaded upstream is alive: taking it out would move its load to the others.
            Ok(_) | Err(UpstreamError::Overloaded) => {
                self.reached.set(Some(Instant::now()));
                Ok(())
            }
            Err(err) => Err(err.into()),
        }
    }
}
