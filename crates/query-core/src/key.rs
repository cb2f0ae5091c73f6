//! Segmented query keys. A key names one cached query; a key is also a prefix that names every query below it,
//! which is how one invalidation reaches a list, its pages and its details.

use std::fmt;
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
    /// A name or any textual parameter.
    Text(Rc<str>),
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
            Self::Text(text) => fmt::Debug::fmt(text, f),
        }
    }
}

/// The name of a query: a list of segments, cheap to clone. Build one with [`query_key!`](crate::query_key).
///
/// Keys order segment by segment, so that everything below a prefix is one contiguous range.
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

    /// Whether this key is `prefix` or below it. Segments match whole: `["todos"]` is no prefix of `["todos2"]`.
    pub fn starts_with(&self, prefix: &QueryKey) -> bool {
        self.0.starts_with(&prefix.0)
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
    fn keys_below_a_prefix_are_neighbours_in_the_order() {
        let mut keys =
            [query_key!["todos", 2], query_key!["user"], query_key!["todos"], query_key!["todos", 1, "x"]];
        keys.sort();
        let below: Vec<bool> = keys.iter().map(|key| key.starts_with(&query_key!["todos"])).collect();
        assert_eq!(below, [true, true, true, false]);
    }

    #[test]
    fn keys_print_like_json() {
        assert_eq!(format!("{:?}", query_key!["todo", 7, true, None::<u8>]), r#"["todo", 7, true, null]"#);
    }
}
