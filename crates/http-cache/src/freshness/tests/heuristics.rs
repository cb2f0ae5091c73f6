//! Lifetimes that nobody has named.

use super::*;

/// The lifetime in seconds, for answers that were last changed a thousand seconds before they came.
fn guessed(
    status: u16,
    fields: &[(&'static str, &str)],
    heuristic: Heuristic,
    audience: Audience,
) -> Option<u64> {
    let modified = httpdate::fmt_http_date(at(0) - Duration::from_secs(1000));
    let mut answer = headers(&[("last-modified", &modified)]);
    answer.extend(headers(fields));
    let route = CachePolicy { heuristic, ..CachePolicy::default() };
    let status = StatusCode::from_u16(status).unwrap();
    let freshness = Freshness::of(status, &answer, Some(&route), audience, at(0), at(0))?;
    assert!(!freshness.by_route, "the route names no lifetime");
    Some(freshness.lifetime.as_secs())
}

#[test]
fn heuristics_are_for_the_statuses_of_the_rfc_and_for_what_is_public() {
    for status in [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501] {
        assert_eq!(guessed(status, &[], Heuristic::Shared, Audience::Shared), Some(100), "{status}");
    }
    for status in [201, 202, 302, 303, 307, 400, 401, 403, 409, 429, 451, 500, 502, 503, 504, 599] {
        assert_eq!(guessed(status, &[], Heuristic::Shared, Audience::Shared), None, "{status}");
        let public = [("cache-control", "public")];
        assert_eq!(guessed(status, &public, Heuristic::Shared, Audience::Shared), Some(100), "{status}");
    }
}

#[test]
fn heuristics_in_a_session_need_the_routes_word() {
    for (heuristic, audience, lifetime) in [
        (Heuristic::Off, Audience::Shared, None),
        (Heuristic::Off, Audience::Private, None),
        (Heuristic::Shared, Audience::Shared, Some(100)),
        (Heuristic::Shared, Audience::Private, None),
        (Heuristic::Private, Audience::Shared, Some(100)),
        (Heuristic::Private, Audience::Private, Some(100)),
    ] {
        assert_eq!(guessed(200, &[], heuristic, audience), lifetime, "{heuristic:?} {audience:?}");
    }
}

#[test]
fn heuristics_are_not_used_where_the_upstream_names_a_time() {
    let expires = http_date(5);
    for (fields, lifetime) in [
        (&[("cache-control", "max-age=7")][..], Some(7)),
        (&[("cache-control", "s-maxage=7")], Some(7)),
        (&[("cache-control", "max-age=0")], Some(0)),
        (&[("cache-control", "max-age=x")], Some(0)),
        (&[("expires", &expires)], Some(5)),
        (&[("expires", "0")], Some(0)),
        (&[("cache-control", "no-cache")], Some(0)),
        (&[("cdn-cache-control", "max-age=7")], Some(7)),
        (&[("cdn-cache-control", "public"), ("cache-control", "max-age=7")], None),
        (&[("cdn-cache-control", "public"), ("expires", &expires)], None),
        (&[("pragma", "no-cache")], None),
        (&[("pragma", "other")], Some(100)),
        (&[("cdn-cache-control", "public")], Some(100)),
        (&[("cache-control", "must-revalidate, stale-if-error=60")], Some(100)),
        (&[("cache-control", "no-cache=\"set-cookie\"")], Some(100)),
    ] {
        assert_eq!(guessed(200, fields, Heuristic::Shared, Audience::Shared), lifetime, "{fields:?}");
    }
    // In a session a time for other caches is one as well.
    for shared in [("cache-control", "s-maxage=7"), ("cdn-cache-control", "max-age=7")] {
        assert_eq!(guessed(200, &[shared], Heuristic::Private, Audience::Private), None, "{shared:?}");
    }
    let minute = Some(Duration::from_secs(60));
    let route = CachePolicy { ttl: minute, heuristic: Heuristic::Shared, ..CachePolicy::default() };
    let modified = headers(&[("last-modified", "Wed, 01 Jan 2020 00:00:00 GMT")]);
    let freshness = Freshness::of(StatusCode::OK, &modified, Some(&route), Audience::Shared, at(0), at(0));
    assert_eq!(freshness.map(|freshness| freshness.lifetime), minute, "the route's own lifetime goes first");
}

#[test]
fn heuristics_take_a_tenth_of_the_time_since_the_change_at_most_a_day() {
    let (day, route) = (86_400, CachePolicy { heuristic: Heuristic::Shared, ..CachePolicy::default() });
    for (modified, date, lifetime) in [
        // Seconds before the answer came: of the last change, and of its date.
        (1000, Some(0), Some(100)),
        (1000, None, Some(100)),
        (1000, Some(500), Some(50)),
        (10 * day - 10, Some(0), Some(day - 1)),
        (10 * day, Some(0), Some(day)),
        (4000 * day, Some(0), Some(day)),
        (0, Some(0), None),
        (0, Some(500), None),
    ] {
        let ago = |seconds| httpdate::fmt_http_date(at(0) - Duration::from_secs(seconds));
        let mut answer = headers(&[("last-modified", &ago(modified))]);
        answer.extend(date.map(|date| (header::DATE, ago(date).parse().unwrap())));
        let of = |answer: &HeaderBlock| {
            Freshness::of(StatusCode::OK, answer, Some(&route), Audience::Shared, at(0), at(0))
        };
        let seconds = of(&answer).map(|freshness| freshness.lifetime.as_secs());
        assert_eq!(seconds, lifetime, "{modified} {date:?}");
        // A clock that is ahead does not make the answer look unchanged for longer.
        answer.insert(header::DATE, http_date(9 * day).parse().unwrap());
        assert!(
            of(&answer).is_none_or(|freshness| freshness.lifetime.as_secs() <= modified / 10),
            "{modified}"
        );
    }
    let with = |fields| guessed(200, fields, Heuristic::Shared, Audience::Shared);
    assert_eq!(with(&[("last-modified", "Wed, 01 Jan 2020 00:00:00 GMT")]), None, "there are two");
    let none = headers(&[("last-modified", "yesterday")]);
    assert_eq!(Freshness::of(StatusCode::OK, &none, Some(&route), Audience::Shared, at(0), at(0)), None);
}
