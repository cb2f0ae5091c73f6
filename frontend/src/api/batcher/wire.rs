//! The wire form of a batch. Pure: tested without a browser.

use shared::{Batch, BatchItem, ProblemCode};

use super::pending::Call;
use crate::api::{error::ApiError, fetch::outcome, json::Json};

/// The body that makes these calls.
pub(super) fn body<'a>(calls: impl Iterator<Item = &'a Call>) -> Option<String> {
    let item = |call: &'a Call| BatchItem {
        url: call.relative.clone(),
        method: call.method.as_str().to_owned(),
        data: call.body.as_deref(),
        headers: Default::default(),
    };
    serde_json::to_string(&Batch { requests: calls.map(item).collect() }).ok()
}

/// Parses a [`shared::BatchLine`]: the index of the call that it answers, from 0, and the outcome.
pub(super) fn answer(line: &[u8]) -> Option<(usize, Result<Json, ApiError>)> {
    let line = Json::parse(std::str::from_utf8(line).ok()?);
    let index = line.member("index").number()?;
    let status = line.member("status").number().and_then(|status| u16::try_from(status).ok())?;
    let retry_after = line.member("headers").member("retry-after").text();
    let problem = line.member("problem");
    let mut body = if problem.is_something() { problem } else { line.member("data") };
    // Content that is not declared to be JSON comes as a string. Alone it would be tried nevertheless.
    if let Some(text) = body.text() {
        body = Json::parse(&text);
    }
    Some((index, outcome(status, retry_after, body)))
}

/// Whether a read is worth asking for alone. An answer that does not fit into a batch, by default a megabyte, is called invalid
/// by the BFF. Alone it may be well.
pub(super) fn may_succeed_alone(outcome: &Result<Json, ApiError>) -> bool {
    is_problem(outcome, ProblemCode::UpstreamInvalid)
}

/// Whether a batch has more items than this server takes.
pub(super) fn is_too_large(outcome: &Result<Json, ApiError>) -> bool {
    is_problem(outcome, ProblemCode::BatchTooLarge)
}

fn is_problem(outcome: &Result<Json, ApiError>, code: ProblemCode) -> bool {
    matches!(outcome, Err(ApiError::Problem(problem)) if problem.code == code)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
