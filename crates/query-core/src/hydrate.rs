//! The cache as JSON and back: `{"queries":[{"key":["todos",1],"updatedAt":1700000000000,"data":…}]}`. Values have
//! no type in the cache, so each call names the one type it reads or writes, and the prefix where that type lives.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::client::Cache;
use crate::event::Event;
use crate::key::{QueryKey, Segment};
use crate::moment::Moment;
use crate::value::Value;

/// The reason why a document was not taken.
#[derive(Debug, thiserror::Error)]
pub enum HydrateError {
    /// Not JSON, not of the expected form, or data of another type under the prefix.
    #[error("the hydration document cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

#[derive(Serialize, Deserialize)]
struct Document {
    queries: Vec<Query>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    key: Vec<Plain>,
    /// Milliseconds since the Unix epoch.
    updated_at: u64,
    data: Box<RawValue>,
}

/// A segment as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Flag(bool),
    Natural(u64),
    Integer(i64),
    Text(String),
    Absent(()),
}

/// The events that put the entries of a document into a cache whose moments count from the Unix epoch: those at and
/// below `prefix`, as `T`. Nothing is taken from a document that has data of another type there.
///
/// # Errors
/// When the document cannot be read.
pub fn hydration<T>(json: &str, prefix: &QueryKey) -> Result<Vec<Event>, HydrateError>
where
    T: DeserializeOwned + PartialEq + 'static,
{
    let document: Document = serde_json::from_str(json)?;
    let mut events = Vec::new();
    for query in document.queries {
        let key = QueryKey::new(query.key.into_iter().map(Segment::from).collect::<Vec<_>>());
        if key.starts_with(prefix) {
            let value = Value::new(serde_json::from_str::<T>(query.data.get())?);
            events.push(Event::Write { key, value, as_of: Some(Moment::from_millis(query.updated_at)) });
        }
    }
    Ok(events)
}

impl Cache {
    /// The data at and below `prefix` that is a `T`, as a document for [`hydration`].
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    pub fn dehydrate<T: Serialize + 'static>(&self, prefix: &QueryKey) -> Result<String, HydrateError> {
        let mut queries = Vec::new();
        for key in self.keys(prefix) {
            let Some(entry) = self.entries.get(&key) else {
                continue;
            };
            let data = entry.data.as_ref().and_then(|value| value.get::<T>());
            let Some((data, updated_at)) = data.zip(entry.updated_at) else {
                continue;
            };
            let segments = key.segments().iter().map(Plain::from).collect();
            queries.push(Query {
                key: segments,
                updated_at: updated_at.as_millis(),
                data: to_raw_value(&*data)?,
            });
        }
        Ok(serde_json::to_string(&Document { queries })?)
    }
}

impl From<Plain> for Segment {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Flag(flag) => Self::Flag(flag),
            Plain::Natural(number) => number.into(),
            Plain::Integer(number) => number.into(),
            Plain::Text(text) => text.into(),
            Plain::Absent(()) => Self::Absent,
        }
    }
}

impl From<&Segment> for Plain {
    fn from(segment: &Segment) -> Self {
        match segment {
            Segment::Flag(flag) => Self::Flag(*flag),
            Segment::Integer(number) => match (u64::try_from(*number), i64::try_from(*number)) {
                (Ok(natural), _) => Self::Natural(natural),
                (_, Ok(integer)) => Self::Integer(integer),
                // No integer type that converts into a segment is wider than these two.
                _ => Self::Absent(()),
            },
            Segment::Text(text) => Self::Text(text.to_string()),
            Segment::Absent => Self::Absent(()),
        }
    }
}
