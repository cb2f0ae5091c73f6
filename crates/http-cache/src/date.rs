//! Reads the dates of HTTP (RFC 9110 §5.6.7): the preferred form and the two obsolete ones.
//!
//! ```text
//! Sun, 06 Nov 1994 08:49:37 GMT
//! Sunday, 06-Nov-94 08:49:37 GMT
//! Sun Nov  6 08:49:37 1994
//! ```
//!
//! The names of day, month and zone count in any letter case. A day's name that is not that date's is let pass: the
//! date is clear without it. Anything else is no date.

use std::time::{Duration, SystemTime};

use http::HeaderValue;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The months with their days in a year that is no leap year.
const MONTHS: [(&str, u64); 12] = [
    ("Jan", 31),
    ("Feb", 28),
    ("Mar", 31),
    ("Apr", 30),
    ("May", 31),
    ("Jun", 30),
    ("Jul", 31),
    ("Aug", 31),
    ("Sep", 30),
    ("Oct", 31),
    ("Nov", 30),
    ("Dec", 31),
];

/// The first year of [`SystemTime`]; dates before it are none.
const EPOCH: u64 = 1970;

/// How far in the future a year of two digits may be (RFC 9110 §5.6.7).
const FIFTY_YEARS: Duration = Duration::from_secs(50 * 31_556_952);

/// The moment that a field gives. `now` says which century a year of two digits belongs to.
pub(super) fn date(value: &HeaderValue, now: SystemTime) -> Option<SystemTime> {
    let mut parts = value.to_str().ok()?.trim().split(' ');
    let parts: [Option<&str>; 7] = std::array::from_fn(|_| parts.next());
    match parts {
        [Some(name), Some(day), Some(month), Some(year), Some(time), Some(zone), None]
            if name.strip_suffix(',').is_some_and(is_short) && is_gmt(zone) =>
        {
            moment(number(year, 4)?, month, number(day, 2)?, time)
        }
        [Some(name), Some(date), Some(time), Some(zone), None, ..]
            if name.strip_suffix(',').is_some_and(is_long) && is_gmt(zone) =>
        {
            let (day, rest) = date.split_once('-')?;
            let (month, year) = rest.split_once('-')?;
            let (year, day) = (number(year, 2)?, number(day, 2)?);
            // The latest of all centuries in which the date is not too far in the future.
            let mut years = (19..100).rev().map(|century| century * 100 + year);
            years.find_map(|year| moment(year, month, day, time).filter(|at| *at <= now + FIFTY_YEARS))
        }
        [Some(name), Some(month), Some(day), Some(time), Some(year), None, _] if is_short(name) => {
            moment(number(year, 4)?, month, number(day, 2)?, time)
        }
        // A day of one digit has a blank before it.
        [Some(name), Some(month), Some(""), Some(day), Some(time), Some(year), None] if is_short(name) => {
            moment(number(year, 4)?, month, number(day, 1)?, time)
        }
        _ => None,
    }
}

fn is_short(name: &str) -> bool {
    DAYS.iter().any(|day| name.eq_ignore_ascii_case(&day[..3]))
}

fn is_long(name: &str) -> bool {
    DAYS.iter().any(|day| name.eq_ignore_ascii_case(day))
}

const fn is_gmt(zone: &str) -> bool {
    zone.eq_ignore_ascii_case("GMT")
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<u64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn moment(year: u64, month: &str, day: u64, time: &str) -> Option<SystemTime> {
    let seconds = days_since_epoch(year, month, day)? * 24 * 60 * 60 + seconds_of_day(time)?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn days_since_epoch(year: u64, month: &str, day: u64) -> Option<u64> {
    let years = year.checked_sub(EPOCH)?;
    let month = MONTHS.iter().position(|(name, _)| month.eq_ignore_ascii_case(name))?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = |month: usize| MONTHS[month].1 + u64::from(is_leap && month == 1);
    if day == 0 || day > length(month) {
        return None;
    }
    // Leap days from the year 1 up to the end of `year`.
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let before = years * 365 + leap_days(year - 1) - leap_days(EPOCH - 1);
    Some(before + (0..month).map(length).sum::<u64>() + day - 1)
}

fn seconds_of_day(time: &str) -> Option<u64> {
    let (hours, rest) = time.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let (hours, minutes, seconds) = (number(hours, 2)?, number(minutes, 2)?, number(seconds, 2)?);
    // A leap second is the sixty-first of its minute.
    (hours < 24 && minutes < 60 && seconds <= 60).then_some((hours * 60 + minutes) * 60 + seconds)
}

#[cfg(test)]
mod tests;
