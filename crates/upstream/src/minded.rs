//! The way to an upstream with several servers, a breaker or retries: a server is chosen, and another one where it fails.

use std::time::{Duration, Instant};

use http::{Method, header};
use tokio::time::sleep_until;

use super::{
    arriving::Arriving,
    breaker::Chance,
    client::{Client, Line, Sent, UpstreamRequest, copy, is_idempotent, is_streamed},
    deadline::Deadline,
    error::UpstreamError,
    places::Place,
    retries::{RETRIES_MAX, pause},
    servers::{Turn, is_away},
};
use telemetry::metrics;

/// The longest `Retry-After` with which the same server is asked again. A longer one is the browser's to wait for.
const WAIT_MAX: Duration = Duration::from_secs(1);

type Answer = Result<awc::ClientResponse, UpstreamError>;

/// The next step after a server's answer, or the lack of one.
enum Next {
    /// It stands.
    Done,
    /// Another server is asked at once.
    Other,
    /// The request goes out again after a pause.
    Again,
}

impl Client {
    /// Sends a request to one server after the other, as far as that is allowed.
    pub(super) async fn minded(
        &self,
        request: UpstreamRequest,
        place: Option<Place>,
    ) -> Result<Arriving, UpstreamError> {
        let UpstreamRequest { method, target, headers, mut body, mut deadline, share: _ } = request;
        let is_repeatable = is_idempotent(&method);
        let sent = Sent { method: &method, target: &target, headers: &headers, is_repeatable };
        let chance = match is_repeatable || self.servers.len() == 1 {
            false => Chance::No,
            true if is_streamed(&body) => Chance::Beside,
            true => Chance::Alone,
        };
        let (mut tried, mut retries, mut failure) = (Vec::new(), 0, None);
        if let Some(budget) = self.servers.retries() {
            budget.earn();
        }
        loop {
            let mut turn = self
                .choose(&tried, chance, &deadline)
                .map_err(|rest| failure.take().unwrap_or(UpstreamError::Resting(rest)))?;
            let again = copy(&body);
            let answer = self.line(turn.index()).send(&sent, body, &mut deadline).await;
            match &answer {
                Ok(answer) => turn.answered(answer.status(), retry_after(answer)),
                Err(err) => turn.failed(err),
            }
            tried.push(turn.index());
            body = match (self.next(&answer, is_repeatable, &tried), again) {
                (Next::Other, Some(again)) => again,
                (Next::Again, Some(again)) if self.pauses(retries, &deadline).await => {
                    retries += 1;
                    if tried.len() >= self.servers.len() {
                        tried.clear();
                    }
                    again
                }
                _ => {
                    // Its server has its turn for as long as the content flows.
                    let place = place.map(|place| place.with(turn));
                    return Ok(Arriving::new(answer?, method == Method::HEAD, deadline, place));
                }
            };
            // An answer that is not read closes its connection.
            failure = answer.err();
        }
    }

    /// The way to a server for a tunnel, which is tried once.
    pub(super) fn line_for_tunnel(
        &self,
        place: Place,
        deadline: &Deadline,
    ) -> Result<(&Line, Place), UpstreamError> {
        if !self.servers.are_minded() {
            return Ok((self.line(0), place));
        }
        let turn = self.choose(&[], Chance::Alone, deadline).map_err(UpstreamError::Resting)?;
        Ok((self.line(turn.index()), place.with(turn)))
    }

    fn choose(&self, tried: &[usize], chance: Chance, deadline: &Deadline) -> Result<Turn, Duration> {
        self.servers.choose(Instant::now(), tried, chance, deadline.is_short_of(&self.usual))
    }

    fn next(&self, answer: &Answer, is_repeatable: bool, tried: &[usize]) -> Next {
        let has_other = tried.len() < self.servers.len();
        match answer {
            Err(err) if has_other && err.found_no_server() => Next::Other,
            Err(err) if is_repeatable && err.may_be_repeated() => {
                if has_other {
                    Next::Other
                } else {
                    Next::Again
                }
            }
            Ok(answer) if is_repeatable && is_away(answer.status()) => {
                let waits = retry_after(answer).is_some_and(|wait| wait > WAIT_MAX);
                if waits && !has_other { Next::Done } else { Next::Again }
            }
            _ => Next::Done,
        }
    }

    /// Waits before a retry, where one is left and there is time for it.
    async fn pauses(&self, retries: u32, deadline: &Deadline) -> bool {
        let Some(budget) = self.servers.retries().filter(|_| retries < RETRIES_MAX) else { return false };
        let at = tokio::time::Instant::now() + pause(retries);
        if at >= deadline.due() || !budget.spend() {
            return false;
        }
        sleep_until(at).await;
        metrics::retried(self.servers.name());
        true
    }
}

/// The seconds of a `Retry-After`. A date counts as none: clocks differ, and a breaker has a rest of its own.
fn retry_after(answer: &awc::ClientResponse) -> Option<Duration> {
    let seconds = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
