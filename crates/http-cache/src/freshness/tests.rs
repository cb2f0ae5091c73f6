mod heuristics;

use super::*;

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn at(seconds: u64) -> SystemTime {
    NOW + Duration::from_secs(1_700_000_000 + seconds)
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderBlock {
    let mut headers = HeaderBlock::new();
    for (name, value) in fields {
        headers.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    headers
}

fn of(fields: &[(&'static str, &str)]) -> Option<Freshness> {
    Freshness::of(StatusCode::OK, &headers(fields), None, Audience::Shared, at(0), at(0))
}

/// Whether an answer with these fields is fresh `seconds` after it came.
fn fresh(fields: &[(&'static str, &str)], seconds: u64) -> bool {
    of(fields).is_some_and(|freshness| freshness.is_fresh(at(seconds)))
}

fn http_date(seconds: u64) -> String {
    httpdate::fmt_http_date(at(seconds))
}

#[test]
fn nothing_is_guessed_unless_the_policy_allows_it() {
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[("last-modified", "Wed, 01 Jan 2020 00:00:00 GMT"), ("cache-control", "public")]), None);
}

#[test]
fn a_lifetime_ends_and_the_shared_one_goes_before() {
    let control = |value| [("cache-control", value)];
    assert!(fresh(&control("max-age=10"), 9) && !fresh(&control("max-age=10"), 10));
    assert!(fresh(&control("max-age=1, s-maxage=10"), 5));
    assert!(!fresh(&control("max-age=10, s-maxage=1"), 5));
    assert!(!fresh(&control("max-age=10, no-cache"), 0));
    let private = Freshness::of(
        StatusCode::OK,
        &headers(&control("max-age=1, s-maxage=10")),
        None,
        Audience::Private,
        at(0),
        at(0),
    );
    assert!(!private.unwrap().is_fresh(at(5)));
}

#[test]
fn a_targeted_field_goes_before_all_others() {
    let both = [("cache-control", "no-store"), ("cdn-cache-control", "max-age=10")];
    assert!(fresh(&both, 5));
    assert!(control(&headers(&both), Audience::Private).has("no-store"));
    assert!(!fresh(&[("cache-control", "max-age=10"), ("cdn-cache-control", "max-age=1")], 5));
    assert!(fresh(&[("cache-control", "max-age=10"), ("cdn-cache-control", "max-age= 1")], 5));
    let expires = http_date(100);
    assert_eq!(of(&[("expires", &expires), ("cdn-cache-control", "public")]), None);
}

#[test]
fn an_expiry_counts_from_the_date_and_what_is_no_date_has_passed() {
    let (now, later) = (http_date(0), http_date(10));
    assert!(fresh(&[("date", &now), ("expires", &later)], 9));
    assert!(!fresh(&[("date", &later), ("expires", &later)], 0));
    assert!(fresh(&[("date", "none"), ("expires", &later)], 9));
    assert!(!fresh(&[("expires", "0")], 0));
    assert!(!fresh(&[("expires", &later), ("expires", &later)], 0));
    assert!(fresh(&[("expires", "0"), ("cache-control", "max-age=1")], 0));
    for expires in
        ["Monday, 15-Nov-23 00:00:00 GMT", "Wed Nov 15 00:00:00 2023", "WED, 15 NOV 2023 00:00:00 gmt"]
    {
        assert!(
            fresh(&[("expires", expires)], 0) && !fresh(&[("expires", expires)], 24 * 60 * 60),
            "{expires}"
        );
    }
    // The date of the answer is read alike: here it is that of the expiry.
    assert!(!fresh(&[("date", "tue nov 14 22:13:30 2023"), ("expires", &later)], 0));
}

#[test]
fn an_age_counts_and_the_time_on_the_way_is_added() {
    let with = headers(&[("cache-control", "max-age=3600"), ("age", "30")]);
    let at_once = Freshness::of(StatusCode::OK, &with, None, Audience::Shared, at(0), at(0)).unwrap();
    assert_eq!((at_once.age(at(5)), at_once.ttl(at(5))), (Duration::from_secs(35), 3565));
    let slow = Freshness::of(StatusCode::OK, &with, None, Audience::Shared, at(0), at(8)).unwrap();
    assert_eq!(slow.age(at(8)), Duration::from_secs(38));
}

#[test]
fn the_first_age_of_a_list_counts_and_one_that_is_no_number_does_not() {
    for (lines, age) in [
        (&["30"][..], 30),
        (&["0030"], 30),
        (&["99999999999999999999"], 1 << 31),
        (&["18446744073709551615"], 1 << 31),
        (&["7200, 0"], 7200),
        (&["0,7200"], 0),
        (&["7200", "0"], 7200),
        (&["0", "7200"], 0),
        (&["30", "30"], 30),
        (&[", 7200"], 7200),
        (&["", "7200"], 7200),
        (&["abc, 7200"], 0),
        (&["abc", "7200"], 0),
        (&[""], 0),
        (&["abc"], 0),
        (&["-7200"], 0),
        (&["+7200"], 0),
        (&["7200.0"], 0),
        (&["7200;a=1"], 0),
        (&["7200 s"], 0),
        (&["0x10"], 0),
    ] {
        let mut fields = vec![("cache-control", "max-age=60")];
        fields.extend(lines.iter().map(|line| ("age", *line)));
        assert_eq!(of(&fields).unwrap().age(at(0)), Duration::from_secs(age), "{lines:?}");
        assert_eq!(fresh(&fields, 59), age == 0, "{lines:?}");
    }
}

#[test]
fn a_stale_answer_has_windows_of_use_unless_it_must_be_validated() {
    let windows = "max-age=10, stale-while-revalidate=5, stale-if-error=20";
    let freshness = of(&[("cache-control", windows)]).unwrap();
    assert!(!freshness.may_serve_while_revalidating(at(9)), "it is fresh");
    assert!(
        freshness.may_serve_while_revalidating(at(14)) && !freshness.may_serve_while_revalidating(at(15))
    );
    assert!(freshness.may_serve_on_error(at(29)) && !freshness.may_serve_on_error(at(30)));
    assert!(freshness.may_serve_stale(Duration::from_secs(60), at(30)));
    for strict in ["must-revalidate", "proxy-revalidate", "no-cache"] {
        let freshness = of(&[("cache-control", &format!("{windows}, {strict}"))]).unwrap();
        assert!(!freshness.may_serve_while_revalidating(at(12)), "{strict}");
        assert!(!freshness.may_serve_on_error(at(12)), "{strict}");
        assert!(!freshness.may_serve_stale(Duration::from_secs(60), at(12)), "{strict}");
    }
    let shared = of(&[("cache-control", "s-maxage=10")]).unwrap();
    assert!(!shared.may_serve_stale(Duration::from_secs(60), at(12)));
}

#[test]
fn a_route_adds_what_the_upstream_does_not_say() {
    let route = CachePolicy {
        ttl: Some(Duration::from_secs(60)),
        stale_while_revalidate: Some(Duration::from_secs(120)),
        stale_if_error: Some(Duration::from_secs(600)),
        ..CachePolicy::default()
    };
    let with = |fields: &[(&'static str, &str)]| {
        Freshness::of(StatusCode::OK, &headers(fields), Some(&route), Audience::Shared, at(0), at(0))
    };
    let silent = with(&[("etag", "\"a\"")]).unwrap();
    assert!(silent.by_route && silent.is_fresh(at(59)) && !silent.for_authorized);
    assert!(silent.may_serve_while_revalidating(at(100)) && silent.may_serve_on_error(at(600)));
    let spoken = with(&[("cache-control", "max-age=10, stale-if-error=0")]).unwrap();
    assert!(!spoken.by_route && !spoken.is_fresh(at(10)));
    assert!(spoken.may_serve_while_revalidating(at(100)) && !spoken.may_serve_on_error(at(11)));
    assert!(!with(&[("cache-control", "no-cache")]).unwrap().is_fresh(at(0)));
    assert_eq!(with(&[("cache-control", "private")]), None);
    assert_eq!(route.field().unwrap(), "public, s-maxage=60, stale-while-revalidate=120");
}

#[test]
fn a_routes_times_are_for_successes_alone() {
    let minute = Some(Duration::from_secs(60));
    let route = CachePolicy { ttl: minute, stale_if_error: minute, ..CachePolicy::default() };
    for (status, is_for) in [(200, true), (203, true), (204, true), (301, false), (404, false), (500, false)]
    {
        let status = StatusCode::from_u16(status).unwrap();
        let with =
            |fields| Freshness::of(status, &headers(fields), Some(&route), Audience::Shared, at(0), at(0));
        assert_eq!(with(&[]).is_some(), is_for, "{status}");
        let spoken = with(&[("cache-control", "max-age=1")]).unwrap();
        assert_eq!(spoken.may_serve_on_error(at(2)), is_for, "{status}");
    }
}
