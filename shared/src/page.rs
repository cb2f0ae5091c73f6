//! Lists as the upstream pages them: the items under their own name, then `total`, `skip`, `limit`.
//!
//! The three numbers stand in each page type: `#[serde(flatten)]` would buffer every item in an untyped tree first,
//! with code that the app would have to download.

use serde::{Deserialize, Serialize};

use crate::{todo::Todo, user::User};

/// A page of todos.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TodoPage {
    /// The items.
    pub todos: Vec<Todo>,
    /// How many items there are in all.
    pub total: u64,
    /// How many were skipped before the first item of this page.
    pub skip: u64,
    /// How many items this page holds (not how many were asked for).
    pub limit: u64,
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    /// The items.
    pub users: Vec<User>,
    /// How many items there are in all.
    pub total: u64,
    /// How many were skipped before the first item of this page.
    pub skip: u64,
    /// How many items this page holds (not how many were asked for).
    pub limit: u64,
}
