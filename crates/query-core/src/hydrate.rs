//! The cache as JSON and back: `{"queries":[{"key":["todos",1],"updatedAt":1700000000000,"data":…}]}`. Values have
//! no type in the cache, so [`Shapes`] name the types, and the keys below which each of them lives.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::client::Cache;
use crate::clock::Clock;
use crate::key::{QueryKey, Segment};
use crate::kind::Kind;
use crate::pages::{Page, Pages};
use crate::value::Value;

/// The reason why a document was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HydrateError {
    /// Not JSON, not of the expected form, or data of another type than its shape.
    #[error("the hydration document cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// The types of the data below keys, for reading and writing it.
///
/// ```
/// # use query_core::{Shapes, query_key};
/// let shapes = Shapes::new().at::<Vec<String>>(query_key!["todos"]).at::<u32>(query_key!["todos", "count"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shapes(Vec<Shape>);

/// A value as JSON.
type Written = Result<Box<RawValue>, serde_json::Error>;

#[derive(Clone, Debug)]
struct Shape {
    prefix: QueryKey,
    kind: Kind,
    read: fn(&RawValue) -> Result<Value, serde_json::Error>,
    write: fn(&Value) -> Option<Written>,
}

/// By prefix and type.
impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.prefix == other.prefix && self.kind == other.kind
    }
}

impl Shapes {
    /// No types yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The data at and below `prefix` is a `T`. Where several prefixes fit a key, the longest counts.
    #[must_use]
    pub fn at<T>(mut self, prefix: QueryKey) -> Self
    where
        T: Serialize + DeserializeOwned + PartialEq + 'static,
    {
        self.0.push(Shape {
            prefix,
            kind: Kind::of::<T>(),
            read: |json| serde_json::from_str::<T>(json.get()).map(Value::new),
            write: |value| value.peek::<T>().map(to_raw_value),
        });
        self
    }

    /// The data of a key as JSON for people, where it has a shape.
    pub fn json(&self, key: &QueryKey, value: &Value) -> Option<String> {
        let written = (self.of(key)?.write)(value)?.ok()?;
        let parsed: serde_json::Value = serde_json::from_str(written.get()).ok()?;
        serde_json::to_string_pretty(&parsed).ok()
    }

    fn of(&self, key: &QueryKey) -> Option<&Shape> {
        let fitting = self.0.iter().filter(|shape| key.starts_with(&shape.prefix));
        fitting.max_by_key(|shape| shape.prefix.segments().len())
    }
}

/// One query of a document.
#[derive(Clone, Debug)]
pub struct Hydrated {
    /// Its key.
    pub key: QueryKey,
    /// Its data.
    pub value: Value,
    /// When that was true, in milliseconds since the Unix epoch.
    pub updated_at: u64,
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
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Flag(bool),
    Natural(u64),
    Integer(i64),
    Real(f64),
    Text(String),
    List(Vec<Plain>),
    Record(BTreeMap<String, Plain>),
    Absent(()),
}

/// The queries of a document whose keys have a shape; others are left out.
///
/// # Errors
/// When the document cannot be read, or has data of another type than its shape.
pub fn hydration(json: &str, shapes: &Shapes) -> Result<Vec<Hydrated>, HydrateError> {
    let document: Document = serde_json::from_str(json)?;
    let mut hydrated = Vec::new();
    for Query { key, updated_at, data } in document.queries {
        let key = QueryKey::new(key.into_iter().map(Segment::from).collect::<Vec<_>>());
        if let Some(shape) = shapes.of(&key) {
            hydrated.push(Hydrated { key, value: (shape.read)(&data)?, updated_at });
        }
    }
    Ok(hydrated)
}

impl Cache {
    /// The data that has a shape, as a document for [`hydration`]; not what was invalidated, or written by a change under way. `clock` is the one whose moments the cache was told.
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    pub fn dehydrate(&self, shapes: &Shapes, clock: &Clock) -> Result<String, HydrateError> {
        let mut queries = Vec::new();
        for (key, entry) in self.entries.iter() {
            let Some(shape) = shapes.of(key) else { continue };
            // What is known to be out of date, or is a guess, would pass for the truth.
            if entry.invalidated || self.mutations.holds(key) {
                continue;
            }
            let data = entry.data.as_ref().and_then(shape.write);
            let Some((data, updated_at)) = data.zip(entry.updated_at) else { continue };
            let key = key.segments().iter().map(Plain::from).collect();
            queries.push(Query { key, updated_at: clock.wall_at(updated_at), data: data? });
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
            Plain::Real(number) => number.into(),
            Plain::Text(text) => text.into(),
            Plain::List(values) => Self::list(values),
            Plain::Record(fields) => {
                Self::record(fields.iter().map(|(name, value)| (name.as_str(), value.clone().into())))
            }
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
                // Only one made by hand is wider, and JSON has no such number.
                _ => Self::Absent(()),
            },
            Segment::Real(number) => Self::Real(number.get()),
            Segment::Text(text) => Self::Text(text.to_string()),
            Segment::List(values) => Self::List(values.iter().map(Self::from).collect()),
            Segment::Record(fields) => {
                Self::Record(fields.iter().map(|(name, value)| (name.to_string(), value.into())).collect())
            }
            Segment::Absent => Self::Absent(()),
        }
    }
}

/// Pages as a list of pairs: their parameter and their data.
impl<P: Serialize, T: Serialize> Serialize for Pages<P, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|page| (&page.param, &*page.data)))
    }
}

impl<'de, P: Deserialize<'de>, T: Deserialize<'de>> Deserialize<'de> for Pages<P, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(P, T)>::deserialize(deserializer)?;
        let mut pages = Self::default();
        for (param, data) in pairs {
            pages.push(Page { param, data: Rc::new(data) }, usize::MAX);
        }
        Ok(pages)
    }
}
