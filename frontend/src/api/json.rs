//! Reads JSON into types that derive `Deserialize`.
//!
//! In a browser its own `JSON.parse` reads the text and [`Parsed`] hands the outcome to serde. The browser's parser is there
//! anyway; serde_json's, with its numbers and messages, would add 12 kB (brotli) to the download. A struct asks for its fields by
//! their names. To look for the name of each member among its fields would cost as much again.
//!
//! # What it reads
//!
//! Structs, options, sequences, tuples, strings, booleans, numbers, and enums whose variants are names. `rename`,
//! `rename_all`, `default`, `skip_deserializing` and `deserialize_with` of serde work.
//!
//! # What it refuses
//!
//! Types with `alias`, `flatten`, maps, and enums with content (tagged, untagged or adjacent) are `None` for whatever text. So the
//! first test of such a type finds it.
//!
//! # What else is different
//!
//! `deny_unknown_fields` denies nothing. Whole numbers beyond 2⁵³ are as the browser has rounded them.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// JSON that has been taken apart, or nothing where there was none.
#[derive(Debug)]
pub(crate) struct Json(Inner);

#[cfg(target_arch = "wasm32")]
type Inner = JsValue;
#[cfg(not(target_arch = "wasm32"))]
type Inner = Option<serde_json::Value>;

#[cfg(target_arch = "wasm32")]
impl Json {
    /// The value of a JSON text; nothing if it is no JSON.
    pub(crate) fn parse(text: &str) -> Self {
        Self(js_sys::JSON::parse(text).unwrap_or_default())
    }

    /// A value that the browser has parsed; `undefined` is nothing.
    pub(super) fn of(value: JsValue) -> Self {
        Self(value)
    }

    /// It as a `T`, if it is one.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(Parsed::of(self.0.clone())).ok()
    }

    /// A member of an object; nothing if it is none, or has none of that name.
    pub(super) fn member(&self, name: &str) -> Self {
        Self(js_sys::Reflect::get(&self.0, &name.into()).unwrap_or_default())
    }

    /// A number's whole part.
    pub(super) fn number(&self) -> Option<usize> {
        self.0.as_f64().map(|number| number as usize)
    }

    /// A string.
    pub(super) fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    /// Whether there is anything.
    pub(super) fn is_something(&self) -> bool {
        !self.0.is_undefined()
    }
}

/// The same for tests outside of a browser.
#[cfg(not(target_arch = "wasm32"))]
impl Json {
    pub(crate) fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).ok())
    }

    pub(super) fn of(_: JsValue) -> Self {
        Self(None)
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(self.0.clone()?).ok()
    }

    pub(super) fn member(&self, name: &str) -> Self {
        Self(self.0.as_ref().and_then(|value| value.get(name)).cloned())
    }

    pub(super) fn number(&self) -> Option<usize> {
        usize::try_from(self.0.as_ref()?.as_u64()?).ok()
    }

    pub(super) fn text(&self) -> Option<String> {
        Some(self.0.as_ref()?.as_str()?.to_owned())
    }

    pub(super) fn is_something(&self) -> bool {
        self.0.is_some()
    }
}

#[cfg(target_arch = "wasm32")]
mod parsed;
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;

#[cfg(target_arch = "wasm32")]
use parsed::Parsed;
