//! Waiting for a condition, in place of a sleep that might be too short.

use std::{
    fmt::Display,
    thread,
    time::{Duration, Instant},
};

use super::browser::PATIENCE;

/// Between two attempts; an attempt is often a request, and the rate limit counts those.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until `condition` holds; panics with `message` after [`PATIENCE`].
#[track_caller]
pub fn wait_until<M: Display>(mut condition: impl FnMut() -> bool, message: impl Fn() -> M) {
    poll(|| if condition() { Ok(()) } else { Err(message()) });
}

/// Tries until it succeeds, and returns that; panics with the last error after [`PATIENCE`].
#[track_caller]
pub fn poll<T, E: Display>(mut attempt: impl FnMut() -> Result<T, E>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(err) => assert!(Instant::now() < end, "{err}"),
        }
        thread::sleep(PAUSE);
    }
}
