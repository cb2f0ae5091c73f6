use super::*;

/// Sun, 29 Nov 2026 00:00:00 GMT.
const NOW: u64 = 1_795_910_400;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn read(text: &str, now: u64) -> Option<u64> {
    let date = date(&HeaderValue::from_str(text).unwrap(), at(now))?;
    Some(date.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
}

#[test]
fn all_three_forms_are_read_in_any_letter_case() {
    for text in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994",
        "SUN, 06 NOV 1994 08:49:37 gmt",
        "sunday, 06-nov-94 08:49:37 Gmt",
        "sUN nOV  6 08:49:37 1994",
        "  Sun, 06 Nov 1994 08:49:37 GMT ",
        // 6 November 1994 was no Thursday.
        "Thu, 06 Nov 1994 08:49:37 GMT",
    ] {
        assert_eq!(read(text, NOW), Some(784_111_777), "{text}");
    }
}

#[test]
fn what_is_not_quite_a_date_is_none() {
    for text in [
        "",
        "0",
        "-1",
        "now",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 AEST",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT x",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun, 06  Nov  1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:37:00 GMT",
        "Sun, 06 Nov 1994 +8:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 November 1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  06 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  6 08:49:37 94",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Tue, 29 Feb 2000 24:00:00 GMT",
        "Tue, 29 Feb 2000 00:60:00 GMT",
        "Tue, 29 Feb 2000 00:00:61 GMT",
        "Wed, 29 Feb 1995 00:00:00 GMT",
        "Mon, 29 Feb 2100 00:00:00 GMT",
        "Wed, 31 Dec 1969 23:59:59 GMT",
    ] {
        assert_eq!(read(text, NOW), None, "{text:?}");
    }
}

#[test]
fn every_day_of_four_centuries_is_the_one_that_was_written() {
    for day in (0..400 * 366).step_by(5) {
        let seconds = day * 24 * 60 * 60 + day % (24 * 60 * 60);
        assert_eq!(read(&httpdate::fmt_http_date(at(seconds)), NOW), Some(seconds));
    }
    assert_eq!(read("Fri, 31 Dec 9999 23:59:59 GMT", NOW), Some(253_402_300_799));
}

#[test]
fn a_year_of_two_digits_is_at_most_fifty_years_in_the_future() {
    const END_OF_2099: u64 = 4_102_444_799;
    for (now, text, same) in [
        (NOW, "Thursday, 18-Aug-50 02:01:18 GMT", "Thu, 18 Aug 2050 02:01:18 GMT"),
        (NOW, "Saturday, 28-Nov-76 00:00:00 GMT", "Sat, 28 Nov 2076 00:00:00 GMT"),
        (NOW, "Tuesday, 30-Nov-76 12:00:00 GMT", "Tue, 30 Nov 1976 12:00:00 GMT"),
        (NOW, "Friday, 31-Dec-99 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"),
        (NOW, "Tuesday, 29-Feb-00 00:00:00 GMT", "Tue, 29 Feb 2000 00:00:00 GMT"),
        (END_OF_2099, "Saturday, 01-Jan-01 00:00:00 GMT", "Sat, 01 Jan 2101 00:00:00 GMT"),
        (END_OF_2099, "Saturday, 01-Jan-72 00:00:00 GMT", "Fri, 01 Jan 2072 00:00:00 GMT"),
    ] {
        assert!(read(same, now).is_some(), "{same}");
        assert_eq!(read(text, now), read(same, now), "{text}");
    }
}
