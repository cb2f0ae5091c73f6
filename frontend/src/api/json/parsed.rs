//! What the browser has parsed, for serde.

use std::{cell::RefCell, fmt, rc::Rc};

use js_sys::{Array, Reflect};
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IntoDeserializer, SeqAccess, Visitor, value::StringDeserializer},
    forward_to_deserialize_any,
};
use wasm_bindgen::{JsCast, JsValue};

/// The result of `JSON.parse` (null, a boolean, a number, a string, an array or a plain object), or `undefined`.
pub(super) struct Parsed {
    value: JsValue,
    names: Rc<Names>,
}

/// The names of the fields of a struct, in the browser's memory. They are kept for the next item of a list, which has the same:
/// to bring them there takes longer than all else.
#[derive(Default)]
struct Names(RefCell<(&'static [&'static str], Rc<[JsValue]>)>);

impl Names {
    fn of(&self, fields: &'static [&'static str]) -> Rc<[JsValue]> {
        let mut kept = self.0.borrow_mut();
        if kept.0 != fields {
            *kept = (fields, fields.iter().map(|field| JsValue::from_str(field)).collect());
        }
        Rc::clone(&kept.1)
    }
}

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

/// The items of an array, or some members of an object.
struct Items {
    source: Source,
    next: u32,
    names: Rc<Names>,
}

enum Source {
    Array(Array),
    Members { object: JsValue, names: Rc<[JsValue]> },
}

impl Items {
    fn of(source: Source) -> Self {
        Self { source, next: 0, names: Rc::default() }
    }

    fn count(&self) -> u32 {
        match &self.source {
            Source::Array(array) => array.length(),
            Source::Members { names, .. } => names.len() as u32,
        }
    }

    fn item(&mut self) -> Option<Parsed> {
        let at = self.next;
        self.next += 1;
        let value = match &self.source {
            Source::Array(array) => (at < array.length()).then(|| array.get(at)),
            Source::Members { object, names } => {
                names.get(at as usize).map(|name| Reflect::get(object, name).unwrap_or_default())
            }
        };
        value.map(|value| Parsed { value, names: Rc::clone(&self.names) })
    }
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Mismatch;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mismatch> {
        let Some(item) = self.item() else { return Ok(None) };
        let is_missing = item.value.is_undefined();
        match seed.deserialize(item) {
            // An element that is not there either has a default or is missed.
            Err(Mismatch) if is_missing => Ok(None),
            result => result.map(Some),
        }
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
    pub(super) fn of(value: JsValue) -> Self {
        Self { value, names: Rc::default() }
    }

    /// Apart from the visitors, so that it is compiled once and not for each of them.
    fn read(self) -> Value {
        if let Some(number) = self.value.as_f64() {
            // Exact up to 2⁵³, as far as JSON's numbers are the same everywhere.
            let natural = number >= 0.0 && number.fract() == 0.0;
            return if natural { Value::Natural(number as u64) } else { Value::Number(number) };
        }
        if let Some(text) = self.value.as_string() {
            return Value::Text(text);
        }
        if let Some(flag) = self.value.as_bool() {
            return Value::Flag(flag);
        }
        if self.is_nothing() { Value::Null } else { Value::Other }
    }

    fn items(self) -> Result<Items, Mismatch> {
        self.value.dyn_into().map(|array| Items::of(Source::Array(array))).map_err(|_| Mismatch)
    }

    /// The members of an object that have these names, in their order.
    fn members(self, fields: &'static [&'static str]) -> Result<Items, Mismatch> {
        if !self.value.is_object() || Array::is_array(&self.value) {
            return Err(Mismatch);
        }
        Ok(Items::of(Source::Members { names: self.names.of(fields), object: self.value }))
    }

    /// Null, or `undefined` where an object has no such member.
    fn is_nothing(&self) -> bool {
        self.value.is_null() || self.value.is_undefined()
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

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(self.items()?)
    }

    // As a sequence of its fields, which the browser finds by their names. Serde's way through an object looks for the name of
    // each member among the fields, which is several times the code for each struct.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let mut members = self.members(names)?;
        let value = visitor.visit_seq(&mut members)?;
        // A field with an alias has two names and asks for one member: from there on each field would get another's.
        if members.next == members.count() { Ok(value) } else { Err(Mismatch) }
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
        let name: StringDeserializer<Mismatch> = self.value.as_string().ok_or(Mismatch)?.into_deserializer();
        visitor.visit_enum(name)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct tuple_struct map identifier ignored_any
    }
}
