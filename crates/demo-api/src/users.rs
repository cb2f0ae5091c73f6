//! The users. No request changes them, so they are read from the database once and kept in memory.

use serde_json::Value;

use crate::document::Document;
use crate::error::ApiError;
use crate::javascript;
use crate::start_error::DemoError;

/// Fields that only the user they belong to sees, and only under `/auth/me`.
const PRIVATE: [&str; 3] = ["password", "ssn", "bank"];

/// One user.
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) password: String,
    /// All 28 fields.
    pub(crate) full: Document,
    /// Those that anyone may see.
    pub(crate) public: Document,
}

/// All users, by id.
pub(crate) struct Users(Vec<User>);

impl Users {
    /// Takes the users as they are stored.
    ///
    /// # Errors
    /// [`DemoError::Data`] when one has no id, username or password.
    pub(crate) fn new(documents: Vec<Document>) -> Result<Self, DemoError> {
        let users = documents.into_iter().map(|full| {
            Some(User {
                id: full.get("id")?,
                username: full.get("username")?,
                password: full.get("password")?,
                public: full.without(&PRIVATE),
                full,
            })
        });
        let users = users.collect::<Option<_>>();
        users.map(Self).ok_or_else(|| DemoError::Data("a user has no id, username or password".to_owned()))
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[User] {
        &self.0
    }

    /// The user with a username, in any case.
    pub(crate) fn by_username(&self, username: &str) -> Option<&User> {
        self.0.iter().find(|user| user.username.to_lowercase() == username.to_lowercase())
    }

    /// The user that a request means by `id`, as the service checks it on every route.
    ///
    /// # Errors
    /// [`ApiError::UserIdRequired`], [`ApiError::InvalidUserId`], [`ApiError::UserNotFound`].
    pub(crate) fn verify(&self, id: Option<&Value>) -> Result<&User, ApiError> {
        let id = id.filter(|id| javascript::truthy(id)).map(javascript::string).unwrap_or_default();
        if id.is_empty() {
            return Err(ApiError::UserIdRequired);
        }
        if javascript::number(&id).is_none() {
            return Err(ApiError::InvalidUserId(id));
        }
        // Compared as text: `01` and ` 1` are numbers, but no user's id.
        self.0.iter().find(|user| user.id.to_string() == id).ok_or(ApiError::UserNotFound(id))
    }
}
