//! Polling with a time limit.

use std::time::{Duration, Instant};

/// How long anything may take on a busy machine. The app's own longest wait, three retries of a read, is 9 s.
pub const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Time between two probes.
const PAUSE: Duration = Duration::from_millis(40);

/// Polls `probe` until it succeeds.
///
/// # Panics
/// After [`TIME_LIMIT`], with `what` and the reason of the last failure.
pub async fn eventually<T>(what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match probe().await {
            Ok(value) => return value,
            Err(reason) if start.elapsed() > TIME_LIMIT => {
                panic!("waited {TIME_LIMIT:?} for {what}; {reason}")
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
