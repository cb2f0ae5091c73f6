//! Lists as the upstream pages them: the items under their own name, then `total`, `skip`, `limit`.

use serde::{Deserialize, Serialize};

use crate::{todo::Todo, user::User};

/// What every page says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// How many items there are in all.
    pub total: u64,
    /// How many were skipped before the first item of this page.
    pub skip: u64,
    /// How many items this page holds (not how many were asked for).
    pub limit: u64,
}

/// A page of todos.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TodoPage {
    /// The items.
    pub todos: Vec<Todo>,
    /// Where in the whole list they stand.
    #[serde(flatten)]
    pub page: Page,
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    /// The items.
    pub users: Vec<User>,
    /// Where in the whole list they stand.
    #[serde(flatten)]
    pub page: Page,
}
