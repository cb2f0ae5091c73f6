//! The key of a stored answer: its partition, and the upstream's path and query, byte for byte. On some routes fields of the
//! request are part of it.

use http::HeaderName;

use http_message::HeaderBlock;

use super::{freshness::Audience, vary::joined};

/// The key of a stored answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The partition that the answer belongs to.
    pub partition: Partition,
    /// Path and query below the base URL.
    pub target: String,
    /// All fields that the upstream was sent of the browser's, as [`key_fields`] writes them. `None`: the answer itself says by
    /// `Vary` which of them count.
    pub fields: Option<Box<str>>,
}

/// The part of the cache that an answer belongs to. No request is ever answered from another partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Partition {
    /// Answers to requests of any client.
    Shared,
    /// Answers to one client, by a name that no other client has.
    Private(Box<[u8]>),
}

impl Partition {
    /// The kind of cache that the partition is.
    #[must_use]
    pub const fn audience(&self) -> Audience {
        match self {
            Self::Shared => Audience::Shared,
            Self::Private(_) => Audience::Private,
        }
    }
}

/// The fields of a request that are part of its key, a line for each; `None` where one of them is no text.
#[must_use]
pub fn key_fields(request: &HeaderBlock, is_part: impl Fn(&HeaderName) -> bool) -> Option<Box<str>> {
    let mut names: Vec<&HeaderName> = request.names().filter(|name| is_part(name)).collect();
    names.sort_unstable_by_key(|name| name.as_str());
    names.dedup();
    let mut lines = String::new();
    for name in names {
        // Neither a name nor a value has a line end in it.
        for part in [name.as_str(), ":", joined(request, name).ok()?.as_deref().unwrap_or_default(), "\n"] {
            lines.push_str(part);
        }
    }
    Some(lines.into())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn fields(given: &[(&'static str, &[u8])]) -> Option<Box<str>> {
        let value = |value: &[u8]| HeaderValue::from_bytes(value).unwrap();
        let request =
            given.iter().map(|(name, given)| (HeaderName::from_static(name), value(given))).collect();
        key_fields(&request, |name| *name != "other")
    }

    #[test]
    fn security_43_fields_are_the_same_key_where_the_upstream_sees_the_same() {
        let one = fields(&[("accept", b"a/b, c/d"), ("x-tenant", b"1"), ("other", b"2")]);
        assert_eq!(one.as_deref(), Some("accept:a/b,c/d\nx-tenant:1\n"));
        assert_eq!(fields(&[("x-tenant", b"1"), ("accept", b"a/b"), ("accept", b"c/d")]), one);
        for other in [
            &[("accept", &b"c/d, a/b"[..]), ("x-tenant", b"1")][..],
            &[("accept", b"a/b, c/d")],
            &[("accept", b"a/b, c/d"), ("x-tenant", b"")],
            &[("accept", b"A/b, c/d"), ("x-tenant", b"1")],
        ] {
            assert_ne!(fields(other), one, "{other:?}");
        }
        assert_eq!(fields(&[("other", b"1")]).as_deref(), Some(""));
        assert_eq!(fields(&[("x-tenant", b"K\xf6ln")]), None, "it is no text");
    }
}
