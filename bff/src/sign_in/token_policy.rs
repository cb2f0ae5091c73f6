//! The token that an upstream gets.

/// The token that requests to an upstream carry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TokenPolicy {
    /// The access token of the session, where there is one.
    #[default]
    Session,
    /// None.
    None,
    /// A token of the server's own (RFC 6749 §4.4).
    ClientCredentials(TokenScope),
    /// One that the provider gives in exchange for the session's (RFC 8693).
    Exchange(TokenScope),
}

/// The use that a token is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenScope {
    /// The service that the token is for.
    pub audience: Option<String>,
    /// Scopes by space.
    pub scope: Option<String>,
}
