//! A person todos belong to.

use serde::{Deserialize, Serialize};

/// Identifies a user.
pub type UserId = u64;

/// The public part of a user: what the dashboard asks for with `?select=` and nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Given by the upstream.
    pub id: UserId,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Login name.
    pub username: String,
}

impl User {
    /// Value of `?select=` that asks for exactly the fields of this type (`id` always comes along).
    pub const SELECT: &'static str = "firstName,lastName,username";

    /// First and last name.
    #[must_use]
    pub fn full_name(&self) -> String {
        [self.first_name.as_str(), " ", &self.last_name].concat()
    }
}
