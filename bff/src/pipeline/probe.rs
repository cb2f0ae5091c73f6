//! Probes whether the upstream answers, for `/readyz`.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use http::Method;
use tokio::sync::Mutex;

use super::{destination::Destination, origin::Origin};
use crate::failure::Failure;
use http_message::{HeaderBlock, RequestBody};
use upstream::{UpstreamRequest, deadline::Deadline};

/// How long an answer holds, a bad one as well as a good one: frequent probes are no load for the upstream.
const REMEMBERED: Duration = Duration::from_secs(1);

/// What the last probe found, for all workers. The lock is held while one of them asks, and the others wait for that.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<Option<Found>>>);

/// The answer of one probe.
#[derive(Debug)]
struct Found {
    at: Instant,
    result: Result<(), Arc<Failure>>,
}

/// Probes of one worker.
pub(super) struct Probe {
    origin: Rc<Origin>,
    readiness: Readiness,
}

impl Probe {
    pub(super) const fn new(origin: Rc<Origin>, readiness: Readiness) -> Self {
        Self { origin, readiness }
    }

    /// The same with answers that others share.
    pub(super) fn sharing(self, readiness: Readiness) -> Self {
        Self { readiness, ..self }
    }

    /// The remembered answer, or that of a new probe.
    pub(super) async fn ask(&self) -> Result<(), Arc<Failure>> {
        let mut found = Arc::clone(&self.readiness.0).lock_owned().await;
        if let Some(found) = found.as_ref().filter(|found| found.at.elapsed() < REMEMBERED) {
            return found.result.clone();
        }
        let origin = Rc::clone(&self.origin);
        // A task of its own goes on when its client leaves, so that nobody starts one probe after the other.
        let probe = actix_rt::spawn(async move {
            let result = probe(&origin).await.map_err(Arc::new);
            *found = Some(Found { at: Instant::now(), result: result.clone() });
            result
        });
        probe.await.unwrap_or_else(|err| Err(Arc::new(Failure::Internal(err.to_string()))))
    }
}

async fn probe(origin: &Origin) -> Result<(), Failure> {
    let Destination { client, deadlines, .. } = origin.default();
    let request = UpstreamRequest {
        method: Method::HEAD,
        target: "/".to_owned(),
        headers: HeaderBlock::new(),
        body: RequestBody::None,
        deadline: Deadline::start(deadlines),
        share: None,
    };
    client.probe(request).await?.with_content().await?;
    Ok(())
}
