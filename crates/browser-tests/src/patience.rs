//! Waiting with an end.

use std::time::{Duration, Instant};

/// How long anything may take on a busy machine. The app's own longest wait, three retries of a read, is 9 s.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(40);

/// Looks again and again until `probe` is content.
///
/// # Panics
/// After [`PATIENCE`], with `what` was waited for and why the last look was not enough.
pub async fn eventually<T>(what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match probe().await {
            Ok(value) => return value,
            Err(reason) if start.elapsed() > PATIENCE => {
                panic!("waited {PATIENCE:?} for {what}; {reason}")
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
