//! Caps on what is read: every one of them has a name, and a status past it.

use super::{
    reader::{Reader, parse_duration, parse_size},
    setting,
};
use crate::{batch::BatchLimits, guard::rate_limit::Limit};

/// The most uses that a limit may allow.
const COUNT_MAX: u32 = 1_000_000;

/// Sizes in bytes, and how often anybody may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Request body; past it 413.
    pub body: u64,
    /// Path and query; past it 414.
    pub uri: u64,
    /// Request header block; past it 431.
    pub headers: u64,
    /// Header block of an upstream's answer; past it 502.
    pub response_headers: u64,
    /// Upstream answer whose fields are selected; past it 502.
    pub select: u64,
    /// Response cache of all workers together; `None`: there is none.
    pub cache: Option<u64>,
    /// Items of a batch, and bytes of each one's answer.
    pub batch: BatchLimits,
    /// Requests per caller; `None`: without a limit.
    pub rate: Option<Limit>,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            body: reader.size(&setting::MAX_BODY),
            uri: reader.size(&setting::MAX_URI),
            headers: reader.size(&setting::MAX_HEADERS),
            response_headers: reader.size(&setting::MAX_RESPONSE_HEADERS),
            select: reader.size(&setting::MAX_SELECT),
            cache: reader.required(&setting::CACHE_MAX, None, size_or_off),
            batch: BatchLimits {
                items: reader.number(&setting::BATCH_MAX, 1..=1000).unwrap_or_default(),
                answer: reader.size(&setting::BATCH_ANSWER_MAX),
            },
            rate: reader.required(&setting::RATE_LIMIT, None, limit_or_off),
        }
    }
}

/// `64MiB`, or `off`.
fn size_or_off(given: &str) -> Result<Option<u64>, String> {
    if given == "off" {
        return Ok(None);
    }
    parse_size(given).map(Some).map_err(|problem| format!("{problem}, or off"))
}

/// `10/1m`, or `off`.
pub(super) fn limit_or_off(given: &str) -> Result<Option<Limit>, String> {
    if given == "off" {
        return Ok(None);
    }
    parse_limit(given).map(Some).map_err(|problem| format!("{problem}, or off"))
}

/// `10/1m`; the error says what is allowed.
pub(crate) fn parse_limit(given: &str) -> Result<Limit, String> {
    let limit = given.split_once('/').and_then(|(count, window)| {
        let count = count.trim().parse().ok().filter(|count| (1..=COUNT_MAX).contains(count))?;
        Some(Limit { count, window: parse_duration(window.trim()).ok()? })
    });
    limit.ok_or_else(|| "is not a limit; expected COUNT/DURATION, such as 10/10s or 100/1m".into())
}
