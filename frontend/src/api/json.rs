//! Reads JSON into the contract's types.
//!
//! In a browser its own `JSON.parse` reads the text and [`Parsed`] hands the outcome to serde: the browser's parser
//! is there anyway, while serde_json's, with its numbers and messages, would add 12 kB (brotli) to the download.

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
        T::deserialize(Parsed(self.0.clone())).ok()
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
use parsed::Parsed;

#[cfg(target_arch = "wasm32")]
mod parsed {
    use std::fmt;

    use js_sys::{Array, Reflect};
    use serde::{
        Deserializer,
        de::{DeserializeSeed, Error, IntoDeserializer, SeqAccess, Visitor, value::StringDeserializer},
        forward_to_deserialize_any,
    };
    use wasm_bindgen::{JsCast, JsValue};

    /// The result of `JSON.parse` (null, a boolean, a number, a string, an array or a plain object), or `undefined`.
    pub(super) struct Parsed(pub(super) JsValue);

    /// The value has another type than expected. Without a text, which would never be shown.
    #[derive(Debug)]
    pub(super) struct Mismatch;

    impl fmt::Display for Mismatch {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("mismatch")
        }
    }

    impl std::error::Error for Mismatch {}

    impl Error for Mismatch {
        fn custom<T: fmt::Display>(_: T) -> Self {
            Self
        }

        fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
            Self
        }

        fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
            Self
        }

        fn invalid_length(_: usize, _: &dyn serde::de::Expected) -> Self {
            Self
        }

        fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
            Self
        }

        fn missing_field(_: &'static str) -> Self {
            Self
        }

        fn duplicate_field(_: &'static str) -> Self {
            Self
        }
    }

    /// The items of an array.
    struct Items {
        array: Array,
        next: u32,
    }

    impl Items {
        fn of(array: Array) -> Self {
            Self { array, next: 0 }
        }

        fn item(&mut self) -> Option<Parsed> {
            let at = self.next;
            self.next += 1;
            (at < self.array.length()).then(|| Parsed(self.array.get(at)))
        }
    }

    impl<'de> SeqAccess<'de> for Items {
        type Error = Mismatch;

        fn next_element_seed<S: DeserializeSeed<'de>>(
            &mut self,
            seed: S,
        ) -> Result<Option<S::Value>, Mismatch> {
            self.item().map(|item| seed.deserialize(item)).transpose()
        }
    }

    /// A [`Parsed`] on this side of the border.
    enum Value {
        Null,
        Flag(bool),
        Natural(u64),
        Number(f64),
        Text(String),
        /// An array or an object.
        Other,
    }

    impl Parsed {
        /// Apart from the visitors, so that it is compiled once and not for each of them.
        fn read(self) -> Value {
            if let Some(number) = self.0.as_f64() {
                // Exact up to 2⁵³, as far as JSON's numbers are the same everywhere.
                let natural = number >= 0.0 && number.fract() == 0.0;
                return if natural { Value::Natural(number as u64) } else { Value::Number(number) };
            }
            if let Some(text) = self.0.as_string() {
                return Value::Text(text);
            }
            if let Some(flag) = self.0.as_bool() {
                return Value::Flag(flag);
            }
            if self.is_nothing() { Value::Null } else { Value::Other }
        }

        fn items(self) -> Result<Items, Mismatch> {
            self.0.dyn_into().map(Items::of).map_err(|_| Mismatch)
        }

        /// The members of an object that have these names, in their order.
        fn members(&self, names: &[&str]) -> Result<Items, Mismatch> {
            if !self.0.is_object() || Array::is_array(&self.0) {
                return Err(Mismatch);
            }
            let member = |name: &&str| Reflect::get(&self.0, &JsValue::from_str(name)).unwrap_or_default();
            Ok(Items::of(names.iter().map(member).collect()))
        }

        /// Null, or `undefined` where an object has no such member.
        fn is_nothing(&self) -> bool {
            self.0.is_null() || self.0.is_undefined()
        }
    }

    // Each kind of type is offered what it can be and nothing else: whatever a visitor might be called with is
    // compiled for it.
    impl<'de> Deserializer<'de> for Parsed {
        type Error = Mismatch;

        fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.read() {
                Value::Null => visitor.visit_unit(),
                Value::Flag(flag) => visitor.visit_bool(flag),
                Value::Natural(number) => visitor.visit_u64(number),
                Value::Number(number) => visitor.visit_f64(number),
                Value::Text(text) => visitor.visit_string(text),
                Value::Other => Err(Mismatch),
            }
        }

        fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            visitor.visit_seq(self.items()?)
        }

        // As a sequence of its fields, which the browser finds by their names: serde's way through an object, which
        // looks for the name of each member among the fields, is several times the code for each struct.
        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            names: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Mismatch> {
            visitor.visit_seq(self.members(names)?)
        }

        fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            if self.is_nothing() { visitor.visit_none() } else { visitor.visit_some(self) }
        }

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            _: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Mismatch> {
            // The contract's enums are names.
            let name: StringDeserializer<Mismatch> = self.0.as_string().ok_or(Mismatch)?.into_deserializer();
            visitor.visit_enum(name)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
            newtype_struct tuple tuple_struct map identifier ignored_any
        }
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use shared::{Problem, ProblemCode, Todo, TodoPage};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::Json;

    fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
        Json::parse(text).read()
    }

    #[wasm_bindgen_test]
    fn a_page_is_read_with_its_items_whatever_else_it_has() {
        let page = parse::<TodoPage>(
            r#"{"todos":[{"id":7,"todo":"„é“","completed":true,"userId":3,"new":[null]}],"total":1,"skip":0,"limit":1}"#,
        );
        let todo = Todo { id: 7, todo: "„é“".to_owned(), completed: true, user_id: 3 };
        assert_eq!(page, Some(TodoPage { todos: vec![todo], total: 1, skip: 0, limit: 1 }));
    }

    #[wasm_bindgen_test]
    fn a_problem_is_read_back_as_it_was_written() {
        let mut problem = Problem::new(ProblemCode::RateLimited, 429, "Slow down.", "r1");
        assert_eq!(parse(&serde_json::to_string(&problem).unwrap()), Some(problem.clone()));
        problem.error = None;
        assert_eq!(parse(&serde_json::to_string(&problem).unwrap()), Some(problem));
    }

    #[wasm_bindgen_test]
    fn what_does_not_fit_is_refused() {
        for text in [
            "",
            "{",
            "null",
            "[]",
            "7",
            r#"{"id":1}"#,
            r#"{"id":-1,"todo":"","completed":true,"userId":3}"#,
            r#"{"id":1.5,"todo":"","completed":true,"userId":3}"#,
            r#"{"id":"1","todo":"","completed":true,"userId":3}"#,
        ] {
            assert_eq!(parse::<Todo>(text), None, "{text}");
        }
        assert_eq!(parse::<ProblemCode>(r#""no_such_code""#), None);
    }
}
