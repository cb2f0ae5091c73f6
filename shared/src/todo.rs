//! A todo, and the bodies that create or change one.

use serde::{Deserialize, Serialize};

use crate::user::UserId;

/// Identifies a todo.
pub type TodoId = u64;

/// One todo, in the upstream's field order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Todo {
    /// Given by the upstream.
    pub id: TodoId,
    /// The text.
    pub todo: String,
    /// Whether it has been done.
    pub completed: bool,
    /// Whose it is.
    pub user_id: UserId,
}

/// The longest text the dashboard accepts for a todo, in characters.
pub const TODO_TEXT_MAX: usize = 200;

/// Body of `POST /todos/add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateTodoData {
    /// The text.
    pub todo: String,
    /// Whether it has been done already.
    pub completed: bool,
    /// Whose it is; the upstream refuses an unknown one with 404.
    pub user_id: UserId,
}

/// Body of `PUT /todos/{id}`: only given fields change.
///
/// There is deliberately no `id`: the upstream lets one in the body override the path's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateTodoData {
    /// The new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
    /// The new state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<bool>,
    /// The new owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl UpdateTodoData {
    /// `todo` with this change applied, as the upstream will answer it.
    #[must_use]
    pub fn applied_to(&self, todo: &Todo) -> Todo {
        Todo {
            id: todo.id,
            todo: self.todo.clone().unwrap_or_else(|| todo.todo.clone()),
            completed: self.completed.unwrap_or(todo.completed),
            user_id: self.user_id.unwrap_or(todo.user_id),
        }
    }
}

/// Answer to `DELETE /todos/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletedTodo {
    /// [`Todo::id`].
    pub id: TodoId,
    /// [`Todo::todo`] as it was.
    pub todo: String,
    /// [`Todo::completed`] as it was.
    pub completed: bool,
    /// [`Todo::user_id`] as it was.
    pub user_id: UserId,
    /// Always true.
    pub is_deleted: bool,
    /// ISO 8601 time of the deletion.
    pub deleted_on: String,
}
