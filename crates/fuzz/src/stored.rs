//! Stored answers as another process has written them down.

use std::time::{Duration, Instant, SystemTime};

use http::Method;

use http_cache::{encoding, generations::Generations, request::CacheRequest};

use crate::header_lines::header_block;

/// Bytes of an entry, whose first four may be left out by a zero byte in front. What is read is read the same once it is written
/// again, and every question about it has an answer.
pub fn run(data: &[u8]) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let reading = Generations::default().read("/a", &[], Instant::now());
    let record = match data.split_first() {
        // The length of a head is hard to guess: a head alone is an entry as well.
        Some((b'{', _)) => [&u32::try_from(data.len()).unwrap_or_default().to_be_bytes(), data].concat(),
        _ => data.to_vec(),
    };
    let Some(entry) = encoding::read(&record, reading.clone(), now) else { return };
    assert!(entry.freshness.received() <= now + Duration::from_secs(1), "it is of a clock far ahead");
    let headers = header_block(b"cache-control: max-age=9, min-fresh=9, max-stale=9\naccept-language: de");
    let request = CacheRequest::new(&Method::GET, &headers, false);
    let _ = (entry.usable(&request, now), entry.fits(&request), entry.size(), entry.freshness.ttl(now));
    let stale = entry.freshness.staleness(now).is_some();
    assert!(!(stale && entry.freshness.is_fresh(now)), "an answer is stale or fresh");

    let Some(written) = encoding::write(&entry) else { return };
    let again = encoding::read(&written, reading, now).map(|again| format!("{again:?}"));
    assert_eq!(again, Some(format!("{entry:?}")), "what is read is what was written");
}
