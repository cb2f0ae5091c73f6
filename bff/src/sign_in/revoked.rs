//! The outcome of a revocation.

/// What became of a refresh token that was to be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It is good for nothing any more.
    Done,
    /// There is no address that takes it back.
    Unsupported,
}
