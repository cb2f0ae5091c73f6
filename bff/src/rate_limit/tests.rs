use futures_util::FutureExt as _;
use http::HeaderValue;
use proptest::prelude::*;

use super::*;

/// The beginning of a window, whatever its length up to an hour.
const START: Duration = Duration::from_secs(1_700_002_800);

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + START + Duration::from_millis(millis)
}

const TEN: Limit = Limit { count: 10, window: Duration::from_secs(10) };

#[test]
fn ten_pass_and_the_eleventh_is_told_when_to_come_back() {
    let mut counts = Counts::default();
    for remaining in (0..10).rev() {
        let verdict = counts.take(TEN, 1, at(0));
        assert_eq!(verdict, Verdict { allowed: true, remaining, reset: TEN.window });
    }
    let refused = counts.take(TEN, 1, at(0));
    assert_eq!((refused.allowed, refused.remaining), (false, 0));
    // One tenth of the next window has to pass until one of the ten no longer overlaps.
    assert_eq!(refused.reset, Duration::from_secs(11));
    assert!(!counts.take(TEN, 1, at(10_900)).allowed);
    assert!(counts.take(TEN, 1, at(11_000)).allowed);
}

#[test]
fn uses_fade_as_the_window_slides() {
    let mut counts = Counts::default();
    assert!(counts.take(TEN, 10, at(9_000)).allowed);
    assert!(!counts.take(TEN, 6, at(14_000)).allowed);
    assert!(counts.take(TEN, 5, at(15_000)).allowed);
    assert_eq!(counts.take(TEN, 0, at(15_000)).remaining, 0);
    assert_eq!(counts.take(TEN, 0, at(40_000)).remaining, 10);
}

#[test]
fn a_batch_is_granted_whole_or_not_at_all() {
    let mut counts = Counts::default();
    assert!(counts.take(TEN, 8, at(0)).allowed);
    assert_eq!(counts.take(TEN, 3, at(0)).remaining, 2);
    assert!(counts.take(TEN, 2, at(0)).allowed);
    assert!(!Counts::default().take(TEN, 11, at(0)).allowed);
}

#[test]
fn what_is_said_is_a_structured_field_and_stands_beside_the_upstreams() {
    let mut headers = HeaderBlock::new();
    headers.insert(RATE_LIMIT, HeaderValue::from_static("\"upstream\";r=1;t=5"));
    let verdict = Verdict { allowed: true, remaining: 99, reset: Duration::from_millis(9_001) };
    Charge::new("default", Limit { count: 100, window: Duration::from_secs(10) }, verdict).say(&mut headers);
    assert_eq!(headers.get(RATE_LIMIT_POLICY).unwrap(), "\"default\";q=100;w=10");
    let said: Vec<_> = headers.get_all(RATE_LIMIT).collect();
    assert_eq!(said, ["\"upstream\";r=1;t=5", "\"default\";r=99;t=10"]);
}

/// The networks that an address counts for, with their multiples of the limit.
fn networks(address: &str) -> Vec<(String, u32)> {
    let found = networks_of(Some(address.parse().unwrap())).into_iter().flatten();
    let shown = found.map(|(subject, times)| match subject {
        LimitSubject::Network(Some(network)) => (network.to_string(), times),
        other => panic!("{other:?}"),
    });
    shown.collect()
}

#[test]
fn security_46_an_address_of_ipv6_counts_for_three_networks() {
    let of_ipv6 = [("2001:db8:1:2300::/64", 1), ("2001:db8:1:2300::/56", 4), ("2001:db8:1::/48", 16)];
    let of_ipv6 = of_ipv6.map(|(network, times)| (network.to_owned(), times));
    assert_eq!(networks("2001:db8:1:2300::1"), of_ipv6);
    assert_eq!(networks("2001:db8:1:2300:4:5:6:7"), of_ipv6);
    assert_eq!(networks("2001:db8:1:23ff::1")[1..], of_ipv6[1..]);
    assert_eq!(networks("192.0.2.1"), [("192.0.2.1/32".to_owned(), 1)]);
    assert_eq!(networks_of(None), alone(LimitSubject::Network(None)));
}

#[test]
fn security_46_a_network_over_its_limit_takes_nothing_from_wider_ones() {
    let (store, one) = (memory::MemoryCounts::default(), Limit { count: 1, ..TEN });
    let take = |address: &str| {
        let subjects = networks_of(Some(address.parse().unwrap()));
        let taken = take_each(&store, &LimitPolicy::Default, subjects, one, 1, at(0)).now_or_never();
        let (limit, verdict) = taken.unwrap().unwrap();
        (limit.count, verdict.allowed)
    };
    assert_eq!(take("2001:db8::1"), (1, true));
    for _ in 0..100 {
        assert_eq!(take("2001:db8::2"), (1, false));
    }
    let next_to_it = ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1"].map(take);
    assert_eq!(next_to_it, [(1, true), (1, true), (1, true), (4, false)]);
}

#[test]
fn security_47_a_name_is_counted_in_networks_as_wide_as_a_site() {
    let network = |address: &str| network_of_names(Some(address.parse().unwrap())).unwrap().to_string();
    assert_eq!(network("192.0.2.77"), "192.0.2.0/24");
    assert_eq!(network("2001:db8:1:2345::1"), "2001:db8:1::/48");
    assert_eq!(network_of_names(None), None);
}

#[test]
fn security_58_a_person_is_told_apart_by_id_and_realm() {
    let (one, two) = (Realm::new("https://login.example"), Realm::new("https://api.example"));
    assert_eq!(one.person("7"), Realm::new("https://login.example").person("7"));
    assert_ne!(one.person("7"), one.person("8"));
    assert_ne!(one.person("7"), two.person("7"));
    assert_ne!(Realm::new("a").person("bc"), Realm::new("ab").person("c"));
}

/// The algorithm as its documentation tells it, from a list of all uses ever granted.
fn model(granted: &[(u64, u32)], limit: Limit, cost: u32, now: u64) -> bool {
    let length = u64::try_from(limit.window.as_micros()).unwrap();
    let (window, left) = (now / length, length - now % length);
    let within = |wanted: u64| -> u64 {
        granted.iter().filter(|(at, _)| at / length == wanted).map(|(_, cost)| u64::from(*cost)).sum()
    };
    let overlapping = (within(window.wrapping_sub(1)) * left).div_ceil(length);
    within(window) + overlapping + u64::from(cost) <= u64::from(limit.count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn security_30_the_verdicts_are_those_of_the_model(
        count in 1_u32..20,
        window in 1_u64..5_000,
        steps in prop::collection::vec((0_u64..3_000, 0_u32..4), 1..60),
    ) {
        let limit = Limit { count, window: Duration::from_millis(window) };
        let (mut counts, mut granted, mut now) = (Counts::default(), Vec::new(), 0);
        for (step, cost) in steps {
            now += step;
            let verdict = counts.take(limit, cost, at(now));
            let micros = u64::try_from(START.as_micros()).unwrap() + now * 1_000;
            prop_assert_eq!(verdict.allowed, model(&granted, limit, cost, micros));
            if verdict.allowed {
                granted.push((micros, cost));
            } else if cost <= count {
                // A client that waits as long as told, without others, is let in.
                let mut later = counts;
                prop_assert!(later.take(limit, cost, at(now) + verdict.reset).allowed);
            }
        }
    }
}
