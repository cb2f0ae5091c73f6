//! Picks the fields that may leave (a route's `select`).
//!
//! - Of an array, the fields of each item are picked.
//! - Of a page (an object with `total`, `skip` and `limit` and one list) the three stay, and the fields of each item
//!   of the list are picked.
//! - Of any other object, its own fields are picked.
//!
//! Picked values are copied byte for byte, so that no number loses digits. Content that is neither array nor object,
//! or no JSON, cannot be picked from and does not leave at all.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Serialize,
    de::{MapAccess, Visitor},
    ser::SerializeMap as _,
};
use serde_json::value::RawValue;

/// The members of a page besides its list.
const PAGE_MEMBERS: [&str; 3] = ["total", "skip", "limit"];

/// `json` with the selected fields alone.
///
/// # Errors
/// The fault of the content, for the log.
pub fn select(json: &[u8], fields: &[String]) -> Result<Vec<u8>, &'static str> {
    match first_byte(json) {
        Some(b'[') => items(json, fields).and_then(|items| serde_json::to_vec(&items).map_err(|_| NOT_JSON)),
        Some(b'{') => {
            object(json, fields).and_then(|object| serde_json::to_vec(&object).map_err(|_| NOT_JSON))
        }
        _ => Err("it is neither an object nor an array"),
    }
}

const NOT_JSON: &str = "it is not JSON";

/// The members of an object in their order, values unread.
struct Members<'a>(Vec<(Cow<'a, str>, Cow<'a, RawValue>)>);

fn object<'a>(json: &'a [u8], fields: &[String]) -> Result<Members<'a>, &'static str> {
    let Members(members) = serde_json::from_slice(json).map_err(|_| NOT_JSON)?;
    let has = |wanted: &str| members.iter().any(|(name, _)| name == wanted);
    let is_list = |value: &RawValue| first_byte(value.get().as_bytes()) == Some(b'[');
    let is_page =
        PAGE_MEMBERS.into_iter().all(has) && members.iter().filter(|(_, value)| is_list(value)).count() == 1;
    let mut picked = Vec::with_capacity(members.len());
    for (name, value) in members {
        if is_page && is_list(&value) {
            let items = items(value.get().as_bytes(), fields)?;
            let text = serde_json::to_string(&items).map_err(|_| NOT_JSON)?;
            picked.push((name, Cow::Owned(RawValue::from_string(text).map_err(|_| NOT_JSON)?)));
        } else if (is_page && PAGE_MEMBERS.contains(&&*name) && is_number(&value))
            || fields.iter().any(|field| *field == name)
        {
            picked.push((name, value));
        }
    }
    Ok(Members(picked))
}

/// Items that are no objects have no fields to pick, and are left out.
fn items<'a>(json: &'a [u8], fields: &[String]) -> Result<Vec<Members<'a>>, &'static str> {
    let items: Vec<&RawValue> = serde_json::from_slice(json).map_err(|_| NOT_JSON)?;
    let objects =
        items.into_iter().map(|item| item.get().as_bytes()).filter(|item| first_byte(item) == Some(b'{'));
    objects
        .map(|item| {
            let Members(mut members) = serde_json::from_slice(item).map_err(|_| NOT_JSON)?;
            members.retain(|(name, _)| fields.iter().any(|field| field == name));
            Ok(Members(members))
        })
        .collect()
}

fn is_number(value: &RawValue) -> bool {
    first_byte(value.get().as_bytes()).is_some_and(|byte| byte == b'-' || byte.is_ascii_digit())
}

fn first_byte(json: &[u8]) -> Option<u8> {
    json.trim_ascii_start().first().copied()
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
                    members.push((name, Cow::Borrowed(map.next_value::<&'de RawValue>()?)));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, &**value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn picked(json: &str, fields: &[&str]) -> Result<String, &'static str> {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        select(json.as_bytes(), &fields).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn security_29_only_selected_fields_leave() {
        let secret = r#""password":"x","ssn":"y""#;
        for (given, left) in [
            (format!(r#"{{"id":1,{secret},"username":"ada"}}"#), r#"{"id":1,"username":"ada"}"#),
            (
                format!(r#" [ {{"id":1,{secret}}}, {{"username":"b",{secret}}} ]"#),
                r#"[{"id":1},{"username":"b"}]"#,
            ),
            (
                format!(
                    r#"{{"users":[{{"id":1,{secret}}}],"total":1,"skip":0,"limit":1,"debug":{{{secret}}}}}"#
                ),
                r#"{"users":[{"id":1}],"total":1,"skip":0,"limit":1}"#,
            ),
            (
                format!(r#"{{"users":[],"total":{{{secret}}},"skip":0,"limit":-1}}"#),
                r#"{"users":[],"skip":0,"limit":-1}"#,
            ),
            (format!(r#"{{"items":[{{"id":1,{secret}}}],"total":1}}"#), "{}"),
            (format!(r#"["x",{{{secret}}},[{{{secret}}}]]"#), "[{}]"),
            (r#"{"\u0069d":1,"pass\u0077ord":2}"#.to_owned(), r#"{"id":1}"#),
            ("{}".to_owned(), "{}"),
        ] {
            assert_eq!(picked(&given, &["id", "username"]).unwrap(), left, "{given}");
        }
    }

    #[test]
    fn security_29_what_cannot_be_picked_from_does_not_leave() {
        for given in ["", "null", "1", "\"text\"", "{", "[1", "{\"id\":1}x", "<html>", "{\"id\":1,\"a\":}"] {
            assert!(picked(given, &["id"]).is_err(), "{given}");
        }
    }

    #[test]
    fn numbers_and_texts_stay_as_they_are() {
        let given = r#"{"id":12345678901234567890123,"price":1.10,"text":"\u00e9\/"}"#;
        assert_eq!(picked(given, &["id", "price", "text"]).unwrap(), given);
    }

    proptest! {
        #[test]
        fn no_name_that_is_not_selected_survives(names in prop::collection::vec("[a-d]{1,2}", 0..8)) {
            let object: Vec<String> = names.iter().map(|name| format!("\"{name}\":{{\"{name}\":1}}")).collect();
            let object = format!("{{{}}}", object.join(","));
            let left = picked(&format!("[{object}]"), &["a", "bb"]).unwrap();
            let left: serde_json::Value = serde_json::from_str(&left).unwrap();
            for name in left[0].as_object().unwrap().keys() {
                prop_assert!(name == "a" || name == "bb");
            }
        }
    }
}
