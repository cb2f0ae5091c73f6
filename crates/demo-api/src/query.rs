//! The query parameters that every route validates: `limit`, `skip`, `select` and `delay`.

use std::time::Duration;

use actix_web::web;

use crate::error::ApiError;
use crate::javascript;

/// The longest `?delay=`, in milliseconds.
const DELAY_MAX_MS: u64 = 5000;

/// The parameters of a request's query.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// How many items at most; 0 means all.
    pub(crate) limit: u64,
    /// How many items to leave out at the beginning.
    pub(crate) skip: u64,
    /// Which fields of an item to show, `id` first; all of them when absent.
    pub(crate) select: Option<Vec<String>>,
    /// How long to wait before the request is routed.
    pub(crate) delay: Option<Duration>,
}

impl Query {
    /// Reads the part of a URI after the question mark. Unknown parameters are ignored.
    ///
    /// # Errors
    /// [`ApiError::NotANumber`], [`ApiError::InvalidDelay`], [`ApiError::DelayTooLong`].
    pub(crate) fn parse(raw: &str) -> Result<Self, ApiError> {
        // The decoder replaces invalid UTF-8 and cannot fail on pairs of strings.
        let pairs = web::Query::<Vec<(String, String)>>::from_query(raw).map(web::Query::into_inner);
        let pairs = pairs.unwrap_or_default();
        let values = |name: &str| -> Vec<&str> {
            pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
        };
        Ok(Self {
            limit: count(&values("limit"), "limit", 30)?,
            skip: count(&values("skip"), "skip", 0)?,
            select: select(&values("select")),
            delay: delay(&values("delay"))?,
        })
    }
}

fn count(values: &[&str], name: &'static str, default: u64) -> Result<u64, ApiError> {
    match values {
        [] | [""] => Ok(default),
        [value] => whole(value).ok_or(ApiError::NotANumber(name)),
        // A repeated parameter is a list to the service, and a list is no number.
        _ => Err(ApiError::NotANumber(name)),
    }
}

fn select(values: &[&str]) -> Option<Vec<String>> {
    let named: Vec<String> = values.iter().flat_map(|value| value.split(',')).map(str::to_owned).collect();
    let asked = values.iter().any(|value| !value.is_empty());
    asked.then(|| std::iter::once("id".to_owned()).chain(named).collect())
}

fn delay(values: &[&str]) -> Result<Option<Duration>, ApiError> {
    match values {
        [] | [""] => Ok(None),
        [value] => match whole(value) {
            None => Err(ApiError::InvalidDelay),
            Some(0) => Ok(None),
            Some(ms) if ms > DELAY_MAX_MS => Err(ApiError::DelayTooLong),
            Some(ms) => Ok(Some(Duration::from_millis(ms))),
        },
        _ => Err(ApiError::InvalidDelay),
    }
}

/// The whole part of a number that is not negative, at most the largest that a JSON client reads exactly.
fn whole(value: &str) -> Option<u64> {
    let number = javascript::number(value).filter(|number| *number >= 0.0)?;
    Some(number.min(javascript::MAX_SAFE_INTEGER) as u64)
}
