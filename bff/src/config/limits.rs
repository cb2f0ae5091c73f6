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
        answers: reader.size(&setting::BATCH_ANSWERS_MAX),
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
    let parts = given.split_once('/').map(|(count, window)| (count.trim(), window.trim()));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((count, window)) = parts.filter(|(count, _)| is_number(count)) else {
        return Err("is not a limit; expected COUNT/DURATION, such as 10/10s or 100/1m".into());
    };
    let allowed = count.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
    let count = allowed.ok_or_else(|| {
        format!("has a count out of range; expected COUNT/DURATION with a count from 1 to {COUNT_MAX}, such as 100/1m")
    })?;
    let window = parse_duration(window).map_err(|problem| format!("has a window that {problem}"))?;
    Ok(Limit { count, window })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_out_of_range_says_which_ones_are_allowed() {
        for (given, says) in [
            (
                "1000001/10s",
                "has a count out of range; expected COUNT/DURATION with a count from 1 to 1000000",
            ),
            ("99999999999999999999/10s", "with a count from 1 to 1000000"),
            ("0/10s", "with a count from 1 to 1000000"),
            ("10/2d", "has a window that is not a duration; expected a number with a unit up to 24h"),
            ("10/0s", "has a window that is not a duration"),
            ("10", "is not a limit; expected COUNT/DURATION"),
            ("many/10s", "is not a limit"),
            ("-1/10s", "is not a limit"),
            ("/10s", "is not a limit"),
        ] {
            let problem = limit_or_off(given).unwrap_err();
            assert!(problem.contains(says) && problem.ends_with(", or off"), "{given}: {problem}");
        }
        for (given, count) in [("1/1s", 1), ("1000000 / 24h", 1_000_000)] {
            assert_eq!(limit_or_off(given).unwrap().map(|limit| limit.count), Some(count), "{given}");
        }
    }
}
