//! The members of an object in their order, values unread.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// Names and values.
pub(super) struct Members<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object.
    pub(super) fn read(value: &'a RawValue) -> Result<Self, &'static str> {
        read(value)
    }

    /// The value of a name.
    pub(super) fn get(&self, wanted: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value)
    }
}

/// The fault of content that cannot be read.
pub(super) const NOT_JSON: &str = "it is not JSON";

/// Reads a value as far as `T` says.
pub(super) fn read<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Result<T, &'static str> {
    serde_json::from_str(value.get()).map_err(|_| NOT_JSON)
}

/// The first byte of a value, which says its kind.
pub(super) fn first_byte(value: &RawValue) -> Option<u8> {
    value.get().trim_ascii_start().bytes().next()
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    members.push((name, map.next_value::<&'de RawValue>()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
