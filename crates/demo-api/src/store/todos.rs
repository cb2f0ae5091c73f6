//! Reading and changing todos. Every statement is prepared once and cached.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::{Store, StoreError};

/// A todo, in the service's field order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Todo {
    pub(crate) id: i64,
    pub(crate) todo: String,
    pub(crate) completed: bool,
    pub(crate) user_id: i64,
}

/// A todo that has just been deleted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeletedTodo {
    #[serde(flatten)]
    todo: Todo,
    is_deleted: bool,
    deleted_on: String,
}

/// The new values of a todo; absent ones stay.
#[derive(Debug, Default)]
pub(crate) struct TodoChange {
    pub(crate) todo: Option<String>,
    pub(crate) completed: Option<bool>,
    pub(crate) user_id: Option<i64>,
}

/// The outcome of a change that is made to one todo, on a condition.
#[derive(Debug)]
pub(crate) enum Changed<T> {
    /// It was made; the todo after it.
    Made(T),
    /// The todo is not as the condition wants it.
    Refused,
    /// There is no todo with this id.
    Missing,
}

/// Part of a list, and how long the whole list is.
#[derive(Debug)]
pub(crate) struct TodoPage {
    pub(crate) todos: Vec<Todo>,
    pub(crate) total: i64,
}

impl Store {
    /// Up to `limit` todos (0: all) after the first `skip`, of one user or of all, by id.
    pub(crate) async fn todos(
        &self,
        user: Option<i64>,
        limit: u64,
        skip: u64,
    ) -> Result<TodoPage, StoreError> {
        // SQLite reads a negative limit as none. What does not fit its integers is past every end.
        let limit = if limit == 0 { -1 } else { i64::try_from(limit).unwrap_or(i64::MAX) };
        let skip = i64::try_from(skip).unwrap_or(i64::MAX);
        self.call(move |connection| page(connection, user, limit, skip)).await
    }

    /// The todo with this id.
    pub(crate) async fn todo(&self, id: i64) -> Result<Option<Todo>, StoreError> {
        self.call(move |connection| find(connection, id)).await
    }

    /// Up to `count` different todos, drawn at random.
    pub(crate) async fn random_todos(&self, count: i64) -> Result<Vec<Todo>, StoreError> {
        self.call(move |connection| {
            let mut select = connection
                .prepare_cached("SELECT id, todo, completed, user_id FROM todos ORDER BY random() LIMIT ?")?;
            select.query_map([count], read)?.collect()
        })
        .await
    }

    /// Adds a todo and returns it with its id: one that no todo had before, or the last plus one when nothing
    /// is to be stored.
    pub(crate) async fn add_todo(&self, mut todo: Todo, simulate: bool) -> Result<Todo, StoreError> {
        self.call(move |connection| {
            todo.id = if simulate {
                connection
                    .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM todos")?
                    .query_row([], |row| row.get(0))?
            } else {
                connection
                    .prepare_cached(
                        "INSERT INTO todos (todo, completed, user_id) VALUES (?, ?, ?) RETURNING id",
                    )?
                    .query_row(params![todo.todo, todo.completed, todo.user_id], |row| row.get(0))?
            };
            Ok(todo)
        })
        .await
    }

    /// The todo with this id after `change`, which is made only where `allows` says so of the todo as it is. No other change
    /// comes in between.
    pub(crate) async fn update_todo(
        &self,
        id: i64,
        change: TodoChange,
        allows: impl FnOnce(&Todo) -> bool + Send + 'static,
        simulate: bool,
    ) -> Result<Changed<Todo>, StoreError> {
        self.call(move |connection| {
            let Some(mut todo) = find(connection, id)? else {
                return Ok(Changed::Missing);
            };
            if !allows(&todo) {
                return Ok(Changed::Refused);
            }
            todo.todo = change.todo.unwrap_or(todo.todo);
            todo.completed = change.completed.unwrap_or(todo.completed);
            todo.user_id = change.user_id.unwrap_or(todo.user_id);
            if !simulate {
                connection
                    .prepare_cached("UPDATE todos SET todo = ?, completed = ?, user_id = ? WHERE id = ?")?
                    .execute(params![todo.todo, todo.completed, todo.user_id, id])?;
            }
            Ok(Changed::Made(todo))
        })
        .await
    }

    /// Deletes the todo with this id and returns it, where `allows` says so of the todo as it is.
    pub(crate) async fn delete_todo(
        &self,
        id: i64,
        allows: impl FnOnce(&Todo) -> bool + Send + 'static,
        simulate: bool,
    ) -> Result<Changed<DeletedTodo>, StoreError> {
        self.call(move |connection| {
            let Some(todo) = find(connection, id)? else {
                return Ok(Changed::Missing);
            };
            if !allows(&todo) {
                return Ok(Changed::Refused);
            }
            if !simulate {
                connection.prepare_cached("DELETE FROM todos WHERE id = ?")?.execute([id])?;
            }
            let deleted_on = connection
                .prepare_cached("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")?
                .query_row([], |row| row.get(0))?;
            Ok(Changed::Made(DeletedTodo { todo, is_deleted: true, deleted_on }))
        })
        .await
    }
}

fn page(connection: &Connection, user: Option<i64>, limit: i64, skip: i64) -> rusqlite::Result<TodoPage> {
    let (count, select) = match user {
        // Without a user the first parameter is NULL.
        None => (
            "SELECT count(*) FROM todos WHERE ?1 IS NULL",
            "SELECT id, todo, completed, user_id FROM todos WHERE ?1 IS NULL ORDER BY id LIMIT ?2 OFFSET ?3",
        ),
        Some(_) => (
            "SELECT count(*) FROM todos WHERE user_id = ?1",
            "SELECT id, todo, completed, user_id FROM todos WHERE user_id = ?1 ORDER BY id LIMIT ?2 OFFSET ?3",
        ),
    };
    let total = connection.prepare_cached(count)?.query_row(params![user], |row| row.get(0))?;
    let mut select = connection.prepare_cached(select)?;
    let todos = select.query_map(params![user, limit, skip], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(TodoPage { todos, total })
}

fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<Todo>> {
    let mut select =
        connection.prepare_cached("SELECT id, todo, completed, user_id FROM todos WHERE id = ?")?;
    select.query_row([id], read).optional()
}

fn read(row: &Row) -> rusqlite::Result<Todo> {
    Ok(Todo { id: row.get(0)?, todo: row.get(1)?, completed: row.get(2)?, user_id: row.get(3)? })
}
