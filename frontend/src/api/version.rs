//! Versions of a resource, which a change can name.

/// A resource as it was at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version<T> {
    /// The resource.
    pub(crate) resource: T,
    /// Its strong tag, where the server gives it one.
    pub(crate) tag: Option<String>,
}
