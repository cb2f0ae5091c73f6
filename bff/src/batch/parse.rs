//! Reads the items of a batch, and no more than it may have.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use shared::BatchItem;

use crate::failure::Failure;

type Items = Vec<BatchItem<Box<RawValue>>>;

/// The requests of a batch. Reading ends at the first one that is too many, however much follows.
///
/// # Errors
/// [`Failure`], where the content is no batch, or has more than `max` items.
pub(super) fn requests(content: &[u8], max: usize) -> Result<Items, Failure> {
    let too_many = Cell::new(false);
    let mut json = serde_json::Deserializer::from_slice(content);
    let items = Body { max, too_many: &too_many }.deserialize(&mut json);
    match items.and_then(|items| json.end().map(|()| items)) {
        Ok(items) => Ok(items),
        Err(_) if too_many.get() => Err(Failure::BatchTooLarge),
        Err(_) => Err(Failure::Invalid("The content is not a batch: {\"requests\":[{\"url\",\"method\"}]}.")),
    }
}

/// The object around the requests.
struct Body<'a> {
    max: usize,
    too_many: &'a Cell<bool>,
}

/// The requests themselves.
struct Requests<'a>(Body<'a>);

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = Items;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Items, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = Items;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with requests")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Items, A::Error> {
        let Self { max, too_many } = self;
        let mut items = None;
        while let Some(name) = members.next_key::<String>()? {
            if name != "requests" {
                members.next_value::<IgnoredAny>()?;
            } else if items.is_some() {
                return Err(A::Error::duplicate_field("requests"));
            } else {
                items = Some(members.next_value_seed(Requests(Body { max, too_many }))?);
            }
        }
        items.ok_or_else(|| A::Error::missing_field("requests"))
    }
}

impl<'de> DeserializeSeed<'de> for Requests<'_> {
    type Value = Items;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Items, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Requests<'_> {
    type Value = Items;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of requests")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items, A::Error> {
        let Body { max, too_many } = self.0;
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            if items.len() >= max {
                too_many.set(true);
                return Err(A::Error::custom("too many items"));
            }
            items.push(item);
        }
        Ok(items)
    }
}
