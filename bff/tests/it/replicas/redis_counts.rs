//! Counts in Redis are those of the pure code.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::rt::System;
use bff::rate_limit::{Counts, Limit, LimitKey, LimitPolicy, LimitSubject, redis::RedisCounts};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use crate::harness::{
    redis_server::{RedisServer, link},
    session_data::{KEY, keys},
};

/// How many histories are compared.
const HISTORIES: u32 = 1500;

fn subject(number: u64) -> LimitKey {
    LimitKey { policy: LimitPolicy::Route(number), subject: LimitSubject::Name("ada".to_owned(), None) }
}

/// A limit, and the uses under it: microseconds since the one before, and their number.
fn history() -> impl Strategy<Value = (Limit, u64, Vec<(u64, u32)>)> {
    // Windows of a minute or more: what Redis forgets, it forgets by the real clock.
    let limit = (prop_oneof![1_u32..20, 1_u32..=1_000_000], 60_000_000_u64..86_400_000_000)
        .prop_map(|(count, micros)| Limit { count, window: Duration::from_micros(micros) });
    limit.prop_flat_map(|limit| {
        let window = u64::try_from(limit.window.as_micros()).unwrap();
        let cost = prop_oneof![0_u32..4, 0..=limit.count, Just(limit.count)];
        let steps = prop::collection::vec((prop_oneof![0..window / 4, 0..window * 3], cost), 1..25);
        (Just(limit), 1_700_000_000_000_000_u64..1_900_000_000_000_000, steps)
    })
}

#[test]
fn security_30_the_verdicts_of_redis_are_those_of_the_pure_code() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let redis = RedisCounts::new(link(&server.url()).await, &keys(&[KEY]));
        let mut runner = TestRunner::deterministic();
        for number in 0..HISTORIES {
            let (limit, mut now, steps) = history().new_tree(&mut runner).unwrap().current();
            let key = subject(number.into());
            let mut counts = Counts::default();
            for (step, cost) in &steps {
                now += step;
                let moment = UNIX_EPOCH + Duration::from_micros(now);
                let expected = counts.take(limit, *cost, moment);
                let verdict = redis.take(&key, limit, *cost, Some(moment)).await.unwrap();
                assert_eq!(verdict, expected, "{limit:?} {cost} at {now} in {steps:?}");
            }
        }
    });
}

#[test]
fn redis_counts_by_its_own_clock_and_forgets_after_two_windows() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let redis = RedisCounts::new(link(&server.url()).await, &keys(&[KEY]));
        let limit = Limit { count: 3, window: Duration::from_secs(3600) };
        let mut granted = 0;
        for _ in 0..10 {
            granted += u32::from(redis.take(&subject(0), limit, 1, None).await.unwrap().allowed);
        }
        assert_eq!(granted, 3);
        let by_hand = redis.take(&subject(0), limit, 1, Some(SystemTime::now())).await.unwrap();
        assert!(!by_hand.allowed, "it is the same time in Redis");
        let [key] = server.keys().try_into().unwrap();
        let left: i64 = server.ask(&["PTTL", &key]).trim().trim_start_matches(':').parse().unwrap();
        assert!((7_100_000..=7_200_000).contains(&left), "{left}");
        assert!(!server.ask(&["GET", &key]).contains("ada") && !key.contains("ada"));
    });
}
