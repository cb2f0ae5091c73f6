//! An entry as bytes, for another process of the same version.
//!
//! ```text
//! length of the head (4 bytes) | head (JSON) | content
//! ```

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::{entry::Entry, freshness::Freshness, generations::Reading, vary::Selecting};

use http_message::{HeaderBlock, forms::Forms};

/// The most by which another process's clock may be ahead.
const SKEW_MAX: Duration = Duration::from_secs(1);

#[derive(serde::Serialize, serde::Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
    control: Vec<(String, String)>,
    freshness: Freshness,
    selecting: Selecting,
}

/// Encodes an entry; `None` where a field is no text.
#[must_use]
pub fn write(entry: &Entry) -> Option<Vec<u8>> {
    let head = Head {
        status: entry.status.as_u16(),
        headers: written(&entry.headers)?,
        control: written(&entry.control)?,
        freshness: entry.freshness.clone(),
        selecting: entry.selecting.clone(),
    };
    let head = serde_json::to_vec(&head).ok()?;
    let length = u32::try_from(head.len()).ok()?;
    Some([&length.to_be_bytes(), head.as_slice(), &entry.body].concat())
}

/// Decodes an entry that [`write()`] has encoded, with `reading` as the numbers before its request. An entry that came
/// more than a second after `now` is refused: it would be fresh for too long.
#[must_use]
pub fn read(record: &[u8], reading: Reading, now: SystemTime) -> Option<Entry> {
    let (length, rest) = record.split_first_chunk::<4>()?;
    let (head, body) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    if head.freshness.received() > now + SKEW_MAX {
        return None;
    }
    Some(Entry {
        status: StatusCode::from_u16(head.status).ok()?,
        headers: read_fields(head.headers)?,
        body: Bytes::copy_from_slice(body),
        forms: Forms::default(),
        control: read_fields(head.control)?,
        freshness: head.freshness,
        selecting: head.selecting,
        reading,
    })
}

fn written(fields: &HeaderBlock) -> Option<Vec<(String, String)>> {
    let field = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.to_string(), value.to_str().ok()?.to_owned()))
    };
    fields.iter().map(field).collect()
}

fn read_fields(fields: Vec<(String, String)>) -> Option<HeaderBlock> {
    let mut headers = HeaderBlock::with_capacity(fields.len());
    for (name, value) in fields {
        headers.append(name.parse::<HeaderName>().ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{
        super::{freshness::Audience, generations::Generations},
        *,
    };

    fn headers(fields: &[(&'static str, &str)]) -> HeaderBlock {
        let mut headers = HeaderBlock::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn entry(generations: &Generations, fields: &[(&'static str, &str)]) -> Entry {
        let fields =
            headers(&[fields, &[("cache-control", "max-age=60"), ("vary", "accept-language")]].concat());
        let now = SystemTime::now();
        Entry {
            status: StatusCode::OK,
            freshness: Freshness::of(StatusCode::OK, &fields, None, Audience::Shared, now, now).unwrap(),
            selecting: Selecting::of(&fields, &headers(&[("accept-language", "de")])).unwrap(),
            headers: fields.clone(),
            control: fields,
            body: Bytes::from_static(b"\xff content"),
            forms: Forms::default(),
            reading: generations.read("/a", &[], Instant::now()),
        }
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let generations = Generations::default();
        let entry = entry(&generations, &[("link", "one"), ("link", "other"), ("content-language", "de")]);
        let record = write(&entry).unwrap();
        let now = entry.freshness.received();
        let read_at = |record, now| read(record, entry.reading.clone(), now);
        assert_eq!(format!("{:?}", read_at(&record, now).unwrap()), format!("{entry:?}"));
        for cut in 0..record.len() - entry.body.len() {
            assert!(read_at(&record[..cut], now).is_none(), "cut at {cut}");
        }
        assert!(read_at(&record, now - Duration::from_millis(900)).is_some());
        assert!(read_at(&record, now - Duration::from_millis(1100)).is_none(), "it is of a clock far ahead");
    }

    #[test]
    fn a_field_that_is_no_text_is_not_written_down() {
        assert!(write(&entry(&Generations::default(), &[("link", "\u{e9}")])).is_none());
    }
}
