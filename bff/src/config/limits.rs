//! Settings of the caps on content that is read. Each cap has a name, and a status for exceeding it.

use super::{
    reader::{Reader, parse_duration, parse_size},
    setting,
};
use crate::{batch::BatchLimits, pipeline::RequestLimits, rate_limit::Limit};

/// The most uses that a limit may allow.
const COUNT_MAX: u32 = 1_000_000;

pub(super) fn request(reader: &mut Reader<'_>) -> RequestLimits {
    RequestLimits {
        body: reader.size(&setting::MAX_BODY),
        uri: reader.size(&setting::MAX_URI),
        headers: reader.size(&setting::MAX_HEADERS),
    }
}

pub(super) fn batch(reader: &mut Reader<'_>) -> BatchLimits {
    BatchLimits {
        items: reader.number(&setting::BATCH_MAX, 1..=1000).unwrap_or_default(),
        answer: reader.size(&setting::BATCH_ANSWER_MAX),
    }
}

/// Bytes of the response cache; `None`: no cache.
pub(super) fn cache(reader: &mut Reader<'_>) -> Option<u64> {
    reader.required(&setting::CACHE_MAX, None, size_or_off)
}

/// Parses a size such as `64MiB`, or `off`.
fn size_or_off(given: &str) -> Result<Option<u64>, String> {
    if given == "off" {
        return Ok(None);
    }
    parse_size(given).map(Some).map_err(|problem| format!("{problem}, or off"))
}

/// Parses a limit such as `10/1m`, or `off`.
pub(super) fn limit_or_off(given: &str) -> Result<Option<Limit>, String> {
    if given == "off" {
        return Ok(None);
    }
    parse_limit(given).map(Some).map_err(|problem| format!("{problem}, or off"))
}

/// Parses a limit such as `10/1m`; the error says what is allowed.
pub(super) fn parse_limit(given: &str) -> Result<Limit, String> {
    let limit = given.split_once('/').and_then(|(count, window)| {
        let count = count.trim().parse().ok().filter(|count| (1..=COUNT_MAX).contains(count))?;
        Some(Limit { count, window: parse_duration(window.trim()).ok()? })
    });
    limit.ok_or_else(|| "is not a limit; expected COUNT/DURATION, such as 10/10s or 100/1m".into())
}
