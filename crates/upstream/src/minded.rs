//! The way to an upstream with several servers, a breaker or retries: a server is chosen, and another one where it fails.

use std::time::{Duration, Instant};

use http::{Method, header};
use tokio::time::sleep_until;

use super::{
    arriving::Arriving,
    breaker::Chance,
    client::{Client, Line, Sent, UpstreamRequest, copy, is_idempotent},
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
            true if copy(&body).is_some() => Chance::Alone,
            true => Chance::Beside,
        };
        let (mut tried, mut retries, mut failure) = (Vec::new(), 0, None);
        if let Some(budget) = self.servers.retries() {
            budget.earn();
        }
        loop {
            let (index, mut turn) = self
                .servers
                .choose(Instant::now(), &tried, chance)
                .map_err(|rest| failure.take().unwrap_or(UpstreamError::Resting(rest)))?;
            let again = copy(&body);
            let is_short = deadline.is_short_of(&self.usual);
            let answer = self.line(index).send(&sent, body, &mut deadline).await;
            settle(&mut turn, &answer, is_short);
            tried.push(index);
            body = match (self.next(&answer, is_repeatable, &tried), again) {
                (Next::Other, Some(again)) => again,
                (Next::Again, Some(again)) if self.pauses(retries, &deadline).await => {
                    retries += 1;
                    if tried.len() >= self.servers.len() {
                        tried.clear();
                    }
                    again
                }
                _ => return arrived(answer?, turn, is_short, &method, deadline, place),
            };
            // An answer that is not read closes its connection.
            failure = answer.err();
        }
    }

    /// The way to a server for a tunnel, which is tried once.
    pub(super) fn line_for_tunnel(
        &self,
        place: &mut Place,
        deadline: &Deadline,
    ) -> Result<&Line, UpstreamError> {
        if !self.servers.are_minded() {
            return Ok(self.line(0));
        }
        let chosen = self.servers.choose(Instant::now(), &[], Chance::Alone);
        let (index, turn) = chosen.map_err(UpstreamError::Resting)?;
        place.hold(turn, deadline.is_short_of(&self.usual));
        Ok(self.line(index))
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

/// The answer, with its server's turn for as long as its content flows.
fn arrived(
    answer: awc::ClientResponse,
    turn: Turn,
    is_short: bool,
    method: &Method,
    deadline: Deadline,
    place: Option<Place>,
) -> Result<Arriving, UpstreamError> {
    let mut place = place;
    if let Some(place) = &mut place {
        place.hold(turn, is_short);
    }
    Ok(Arriving::new(answer, *method == Method::HEAD, deadline, place))
}

/// Tells the server's breaker of an answer's head, or the lack of one.
fn settle(turn: &mut Turn, answer: &Answer, is_short: bool) {
    match answer {
        Ok(answer) if is_away(answer.status()) => turn.failed(retry_after(answer)),
        Ok(_) => turn.answered(),
        Err(err) if is_short && err.is_late() => turn.unknown(),
        Err(err) if err.is_the_servers() => turn.failed(None),
        Err(_) => turn.unknown(),
    }
}

/// The seconds of a `Retry-After`. A date counts as none: clocks differ, and a breaker has a rest of its own.
fn retry_after(answer: &awc::ClientResponse) -> Option<Duration> {
    let seconds = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
