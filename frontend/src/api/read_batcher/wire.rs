//! The wire form of a batch of reads. Pure: tested without a browser.

use shared::ProblemCode;

use crate::api::{error::ApiError, fetch::outcome, json::Json};

/// The body that asks for these paths and queries, a [`shared::Batch`]. Written by hand, since what a
/// [`Target`](shared::Target) is made of needs no escapes in JSON, and serde's code for it is larger than all of this.
pub(super) fn body<'a>(reads: impl Iterator<Item = &'a str>) -> String {
    let (mut body, mut before) = (String::new(), r#"{"requests":[{"url":""#);
    for read in reads {
        body.push_str(before);
        body.push_str(read);
        before = r#"","method":"GET"},{"url":""#;
    }
    body.push_str(r#"","method":"GET"}]}"#);
    body
}

/// Makes lines of pieces that end anywhere.
#[derive(Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes the next piece in.
    pub(super) fn take_in(&mut self, piece: &mut Vec<u8>) {
        self.rest.append(piece);
    }

    /// The next line that is complete. One that never ends is never seen: its connection broke.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let after = self.rest.split_off(end + 1);
        Some(std::mem::replace(&mut self.rest, after))
    }
}

/// Parses a [`shared::BatchLine`]: the index of the read that it answers, from 0, and the outcome.
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

/// Whether a read is worth asking for alone: what the BFF could not put into a batch (by default a megabyte of an answer)
/// it says to be invalid, and alone it may be well.
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
