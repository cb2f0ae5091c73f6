//! Spans of time, in words.

/// `count` of them: "1 minute", "5 minutes".
fn count(count: u64, unit: &str) -> String {
    [count.to_string().as_str(), " ", unit, if count == 1 { "" } else { "s" }].concat()
}

/// A wait in words, rounded up, so that it never ends too early. From two minutes on in minutes.
pub(crate) fn wait(seconds: u64) -> String {
    if seconds < 120 { count(seconds, "second") } else { count(seconds.div_ceil(60), "minute") }
}

/// How long ago `then` was, both in seconds since 1970. Clocks differ: the future is "just now".
pub(crate) fn ago(now: u64, then: u64) -> String {
    let minutes = now.saturating_sub(then) / 60;
    let span = match minutes {
        0 => return "just now".to_owned(),
        1..60 => count(minutes, "minute"),
        60..1440 => count(minutes / 60, "hour"),
        _ => count(minutes / 1440, "day"),
    };
    span + " ago"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_the_largest_unit_that_fits() {
        const MINUTE: u64 = 60;
        for (seconds, words) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (59 * MINUTE + 59, "59 minutes ago"),
            (60 * MINUTE, "1 hour ago"),
            (23 * 60 * MINUTE, "23 hours ago"),
            (24 * 60 * MINUTE, "1 day ago"),
            (72 * 60 * MINUTE, "3 days ago"),
        ] {
            assert_eq!(ago(1_000_000 + seconds, 1_000_000), words);
        }
        assert_eq!(ago(1_000_000, 1_000_030), "just now");
    }

    #[test]
    fn a_wait_is_never_told_too_short() {
        assert_eq!(wait(1), "1 second");
        assert_eq!(wait(61), "61 seconds");
        assert_eq!(wait(121), "3 minutes");
    }
}
