//! A JSON object that keeps its fields in order and can be reduced to some of them.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// An object: its fields in order, their values as they were written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document(Vec<(String, Box<RawValue>)>);

impl Document {
    /// Adds a field at the end.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub(crate) fn push(&mut self, name: &str, value: &impl Serialize) -> Result<(), serde_json::Error> {
        self.0.push((name.to_owned(), serde_json::value::to_raw_value(value)?));
        Ok(())
    }

    /// The value of a field, if there is one of that name and type.
    pub(crate) fn get<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        serde_json::from_str(value.get()).ok()
    }

    /// The same without the fields in `hidden`.
    pub(crate) fn without(&self, hidden: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !hidden.contains(&key.as_str())).cloned().collect())
    }

    /// The fields in `names`, in that order. A name that is unknown or comes again is skipped.
    pub(crate) fn select(&self, names: &[String]) -> Self {
        let mut selected = Self::default();
        for name in names {
            if !selected.0.iter().any(|(key, _)| key == name) {
                selected.0.extend(self.0.iter().find(|(key, _)| key == name).cloned());
            }
        }
        selected
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Document;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Document(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
