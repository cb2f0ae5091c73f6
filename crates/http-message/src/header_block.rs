//! The header block of a message: names and values in the order in which they came.
//!
//! A vector, and no hash map: a block has a dozen fields, and to compare that many names costs less than to hash them.
//! Names and values are shared with the server's and the client's own maps; no text is copied from one to the other.

use std::slice;

use http::{HeaderName, HeaderValue, header::CONTENT_LENGTH};

/// The fields of one request or answer. A name may stand several times (RFC 9110 §5.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderBlock(Vec<(HeaderName, HeaderValue)>);

/// A field name to look for.
pub trait FieldName {
    /// Whether this is `name`.
    fn is(&self, name: &HeaderName) -> bool;
}

impl FieldName for HeaderName {
    fn is(&self, name: &HeaderName) -> bool {
        self == name
    }
}

impl FieldName for str {
    fn is(&self, name: &HeaderName) -> bool {
        self.eq_ignore_ascii_case(name.as_str())
    }
}

impl<T: FieldName + ?Sized> FieldName for &T {
    fn is(&self, name: &HeaderName) -> bool {
        (**self).is(name)
    }
}

impl HeaderBlock {
    /// A block without fields.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A block without fields that has room for `count`.
    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// The number of fields; each line counts.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first value of a name.
    #[must_use]
    pub fn get(&self, name: impl FieldName) -> Option<&HeaderValue> {
        self.0.iter().find(|(known, _)| name.is(known)).map(|(_, value)| value)
    }

    /// The length of the content in bytes, where it is said.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// All values of a name, in order.
    pub fn get_all<N: FieldName>(&self, name: N) -> impl Iterator<Item = &HeaderValue> + use<'_, N> {
        self.0.iter().filter(move |(known, _)| name.is(known)).map(|(_, value)| value)
    }

    /// Whether a name stands here.
    #[must_use]
    pub fn contains_key(&self, name: impl FieldName) -> bool {
        self.get(name).is_some()
    }

    /// Sets a field in the place of all fields of its name.
    pub fn insert(&mut self, name: impl Into<HeaderName>, value: HeaderValue) {
        let name = name.into();
        if !self.contains_key(&name) {
            self.0.push((name, value));
            return;
        }
        let mut place = Some(value);
        self.0.retain_mut(|(known, old)| {
            let same = *known == name;
            if same && let Some(value) = place.take() {
                *old = value;
                return true;
            }
            !same
        });
    }

    /// Adds a field behind the others.
    pub fn append(&mut self, name: impl Into<HeaderName>, value: HeaderValue) {
        self.0.push((name.into(), value));
    }

    /// Takes out all fields of a name.
    pub fn remove(&mut self, name: impl FieldName) {
        self.0.retain(|(known, _)| !name.is(known));
    }

    /// Takes out all fields for which `keep` returns false.
    pub fn retain(&mut self, mut keep: impl FnMut(&HeaderName) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }

    /// Every field.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// The name of every field; one that stands twice comes twice.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.0.iter().map(|(name, _)| name)
    }
}

/// The fields of a block.
pub(super) type Iter<'a> = std::iter::Map<
    slice::Iter<'a, (HeaderName, HeaderValue)>,
    fn(&'a (HeaderName, HeaderValue)) -> Field<'a>,
>;

/// One field.
pub(super) type Field<'a> = (&'a HeaderName, &'a HeaderValue);

impl<'a> IntoIterator for &'a HeaderBlock {
    type Item = Field<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

impl IntoIterator for HeaderBlock {
    type Item = (HeaderName, HeaderValue);
    type IntoIter = std::vec::IntoIter<(HeaderName, HeaderValue)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(HeaderName, HeaderValue)> for HeaderBlock {
    fn from_iter<I: IntoIterator<Item = (HeaderName, HeaderValue)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl Extend<(HeaderName, HeaderValue)> for HeaderBlock {
    fn extend<I: IntoIterator<Item = (HeaderName, HeaderValue)>>(&mut self, fields: I) {
        self.0.extend(fields);
    }
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, VARY};

    use super::*;

    fn block(fields: &[(&'static str, &str)]) -> HeaderBlock {
        fields.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn inserting_replaces_every_field_of_the_name_in_its_place() {
        let mut fields = block(&[("vary", "a"), ("accept", "x"), ("vary", "b"), ("age", "1")]);
        fields.insert(VARY, HeaderValue::from_static("c"));
        assert_eq!(fields, block(&[("vary", "c"), ("accept", "x"), ("age", "1")]));
        fields.insert(HeaderName::from_static("etag"), HeaderValue::from_static("e"));
        assert_eq!(fields.get("ETag").unwrap(), "e");
    }

    #[test]
    fn removing_and_retaining_take_every_field_of_a_name() {
        let mut fields = block(&[("vary", "a"), ("accept", "x"), ("vary", "b")]);
        assert_eq!(fields.get_all(VARY).count(), 2);
        fields.remove("Vary");
        assert_eq!(fields, block(&[("accept", "x")]));
        fields.retain(|name| *name != ACCEPT);
        assert!(fields.is_empty() && !fields.contains_key(ACCEPT));
    }
}
