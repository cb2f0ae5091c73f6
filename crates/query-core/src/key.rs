//! Segmented query keys. A key names one cached query, and is a prefix of every query below it. So one invalidation reaches
//! a list and its details.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// One step of a [`QueryKey`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A parameter that was not given (`None`), distinct from every value it could have had.
    Absent,
    /// A yes-or-no parameter.
    Flag(bool),
    /// A whole number; wide enough for every id and offset.
    Integer(i128),
    /// A number that need not be whole. Not a number equals itself, so that a key finds its query again.
    Real(Real),
    /// A name or any textual parameter.
    Text(Rc<str>),
    /// Several values in order.
    List(Rc<[Segment]>),
    /// Named values, such as the fields of a filter, in the order of their names.
    Record(Rc<[(Rc<str>, Segment)]>),
}

impl Segment {
    /// A record of these fields, in whatever order they are given.
    ///
    /// ```
    /// use query_core::{Segment, query_key};
    ///
    /// struct Search { text: String, done: Option<bool> }
    ///
    /// impl From<&Search> for Segment {
    ///     fn from(search: &Search) -> Self {
    ///         Segment::record([("text", (&search.text).into()), ("done", search.done.into())])
    ///     }
    /// }
    ///
    /// let search = Search { text: "milk".into(), done: Some(false) };
    /// let key = query_key!["todos", &search];
    /// // A prefix may name some of the fields.
    /// assert!(key.starts_with(&query_key!["todos", Segment::record([("done", false.into())])]));
    /// ```
    pub fn record<'a>(fields: impl IntoIterator<Item = (&'a str, Segment)>) -> Self {
        let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (Rc::from(name), value)).collect();
        fields.sort();
        Self::Record(fields.into())
    }

    /// A list of these values.
    pub fn list<T: Into<Segment>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }

    /// Whether `part` is this segment, or a record of some of its fields.
    fn has(&self, part: &Self) -> bool {
        match (self, part) {
            (Self::Record(fields), Self::Record(parts)) => parts
                .iter()
                .all(|(name, part)| fields.iter().any(|(other, value)| other == name && value.has(part))),
            _ => self == part,
        }
    }
}

/// A number that need not be whole, with an order and an equality for all of them: `-0.0` is `0.0`.
#[derive(Clone, Copy)]
pub struct Real(f64);

impl Real {
    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Ordered as the numbers are, and without two zeros.
    fn bits(self) -> u64 {
        let bits = (self.0 + 0.0).to_bits();
        if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for Real {}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Real {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bits().cmp(&other.bits())
    }
}

impl Hash for Real {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

impl From<f64> for Segment {
    fn from(number: f64) -> Self {
        Self::Real(Real(number))
    }
}

impl From<f32> for Segment {
    fn from(number: f32) -> Self {
        Self::Real(Real(number.into()))
    }
}

impl From<bool> for Segment {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Segment {
    fn from(text: &str) -> Self {
        Self::Text(Rc::from(text))
    }
}

impl From<String> for Segment {
    fn from(text: String) -> Self {
        Self::Text(Rc::from(text))
    }
}

impl From<&String> for Segment {
    fn from(text: &String) -> Self {
        Self::Text(Rc::from(text.as_str()))
    }
}

impl<T: Into<Segment>> From<Option<T>> for Segment {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

macro_rules! segment_from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Segment {
            fn from(number: $integer) -> Self {
                Self::Integer(i128::from(number))
            }
        }
    )*};
}
segment_from_integer!(u8, u16, u32, u64, i8, i16, i32, i64);

impl From<usize> for Segment {
    fn from(number: usize) -> Self {
        // Lossless: no target has a usize wider than 64 bits.
        Self::Integer(number as i128)
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("null"),
            Self::Flag(flag) => f.write_str(if *flag { "true" } else { "false" }),
            Self::Integer(number) => fmt::Display::fmt(number, f),
            Self::Real(Real(number)) => fmt::Debug::fmt(number, f),
            Self::Text(text) => fmt::Debug::fmt(text, f),
            Self::List(values) => f.debug_list().entries(values.iter()).finish(),
            Self::Record(fields) => {
                f.debug_map().entries(fields.iter().map(|(name, value)| (name, value))).finish()
            }
        }
    }
}

/// The name of a query: a list of segments, cheap to clone. Build one with [`query_key!`](crate::query_key).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryKey(Rc<[Segment]>);

impl QueryKey {
    /// A key of these segments, outermost first. No segments at all is the prefix of every key.
    pub fn new(segments: impl Into<Rc<[Segment]>>) -> Self {
        Self(segments.into())
    }

    /// The segments, outermost first.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this key is `prefix` or below it. Segments match whole: `["todos"]` is no prefix of `["todos2"]`. Of a
    /// record a prefix may name some of the fields.
    pub fn starts_with(&self, prefix: &QueryKey) -> bool {
        prefix.0.len() <= self.0.len() && self.0.iter().zip(prefix.0.iter()).all(|(own, part)| own.has(part))
    }

    /// Whether one of the two is at or below the other, so that a write to one may concern the other.
    pub fn overlaps(&self, other: &QueryKey) -> bool {
        self.starts_with(other) || other.starts_with(self)
    }
}

impl fmt::Debug for QueryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}

/// Builds a [`QueryKey`] from anything that converts into a [`Segment`].
///
/// ```
/// use query_core::query_key;
/// let todo = query_key!["todos", "detail", 7u64];
/// assert!(todo.starts_with(&query_key!["todos"]));
/// ```
#[macro_export]
macro_rules! query_key {
    ($($segment:expr),* $(,)?) => {
        $crate::QueryKey::new([$($crate::Segment::from($segment)),*] as [$crate::Segment; _])
    };
}

#[cfg(test)]
mod tests {
    use super::Segment;

    #[test]
    fn a_key_is_below_its_prefixes_and_itself() {
        let key = query_key!["todo", 7u64];
        assert!(key.starts_with(&query_key![]));
        assert!(key.starts_with(&query_key!["todo"]));
        assert!(key.starts_with(&key.clone()));
        assert!(!key.starts_with(&query_key!["todo", 7u64, "comments"]));
    }

    #[test]
    fn segments_match_whole_and_by_type() {
        assert!(!query_key!["todos2"].starts_with(&query_key!["todos"]));
        assert_ne!(query_key!["todo", 7u64], query_key!["todo", "7"]);
        assert_eq!(query_key!["todo", 7u64], query_key!["todo", 7i32]);
    }

    #[test]
    fn a_missing_parameter_is_a_value_of_its_own() {
        let all = query_key!["todos", None::<bool>];
        assert_ne!(all, query_key!["todos", Some(false)]);
        assert_eq!(query_key!["todos", Some(true)], query_key!["todos", true]);
    }

    #[test]
    fn numbers_that_need_not_be_whole_find_their_query_again() {
        assert_eq!(query_key!["near", 0.5, f64::NAN], query_key!["near", 0.5f32, f64::NAN]);
        assert_eq!(query_key![-0.0], query_key![0.0]);
        assert_ne!(query_key![1.0], query_key![1]);
        let mut keys = [query_key![1.5], query_key![-2.0], query_key![0.0], query_key![-0.5]];
        keys.sort();
        assert_eq!(format!("{keys:?}"), "[[-2.0], [-0.5], [0.0], [1.5]]");
    }

    #[test]
    fn records_are_equal_in_any_order_of_their_fields_and_match_in_part() {
        let record = |fields: &[(&str, i32)]| {
            let fields = fields.iter().map(|(name, value)| (*name, Segment::from(*value)));
            query_key!["todos", Segment::record(fields)]
        };
        let key = record(&[("page", 2), ("limit", 30)]);
        assert_eq!(key, record(&[("limit", 30), ("page", 2)]));
        assert!(key.starts_with(&record(&[("page", 2)])));
        assert!(key.starts_with(&record(&[])));
        assert!(!key.starts_with(&record(&[("page", 3)])));
        assert!(!record(&[("page", 2)]).starts_with(&key), "what has fewer fields is not below it");
        let lists = [query_key![Segment::list([1, 2])], query_key![Segment::list([2, 1])]];
        assert_ne!(lists[0], lists[1]);
    }

    #[test]
    fn keys_print_like_json() {
        assert_eq!(format!("{:?}", query_key!["todo", 7, true, None::<u8>]), r#"["todo", 7, true, null]"#);
        let record = Segment::record([("done", false.into()), ("near", 1.5.into())]);
        assert_eq!(format!("{:?}", query_key![record]), r#"[{"done": false, "near": 1.5}]"#);
    }
}
