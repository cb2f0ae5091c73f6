use super::*;

#[test]
fn a_client_has_a_hundred_requests_in_a_window() {
    let limiter = RateLimiter::default();
    let now = SystemTime::now();
    for used in 1..=LIMIT {
        let allowance = limiter.charge("a", now);
        assert_eq!((allowance.exceeded, allowance.remaining), (false, LIMIT - used));
    }
    assert!(limiter.charge("a", now).exceeded);
    assert!(!limiter.charge("b", now).exceeded);
}

#[test]
fn a_window_is_fixed_and_a_new_one_starts_with_a_full_allowance() {
    let limiter = RateLimiter::default();
    let start = SystemTime::now();
    for _ in 0..=LIMIT {
        limiter.charge("a", start);
    }
    let late = limiter.charge("a", start + WINDOW - Duration::from_millis(1));
    assert!(late.exceeded);
    assert_eq!(late.resets, start + WINDOW);
    assert_eq!(limiter.charge("a", start + WINDOW).remaining, LIMIT - 1);
}

#[test]
fn clients_beyond_the_cap_share_one_window() {
    let limiter = RateLimiter::default();
    let now = SystemTime::now();
    for client in 0..CLIENTS_MAX {
        limiter.charge(&client.to_string(), now);
    }
    assert_eq!(limiter.charge("one more", now).remaining, LIMIT - 1);
    assert_eq!(limiter.charge("another", now).remaining, LIMIT - 2);
    assert_eq!(
        limiter.charge("one more", now + WINDOW).remaining,
        LIMIT - 1,
        "the old windows are forgotten"
    );
}
