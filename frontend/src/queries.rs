//! What the app reads and changes, one hook per file, over one cache.
//!
//! There are three keys: all todos, one todo, all users. Lists, filters and numbers are computed from the first,
//! so that every page shows the same truth and a change shows everywhere at once.

mod use_create_todo;
mod use_delete_todo;
mod use_todo;
mod use_todos;
mod use_update_todo;
mod use_users;

use shared::{TodoId, TodoPage};
use yew_query::{QueryKey, query_key};

pub(crate) use use_create_todo::{NewTodo, is_provisional, use_create_todo};
pub(crate) use use_delete_todo::{forget, use_delete_todo};
pub(crate) use use_todo::use_todo;
pub(crate) use use_todos::use_todos;
pub(crate) use use_update_todo::{TodoChange, use_update_todo};
pub(crate) use use_users::{use_people, use_users};

fn todos_key() -> QueryKey {
    query_key!["todos"]
}

fn todo_key(id: TodoId) -> QueryKey {
    query_key!["todo", id]
}

fn users_key() -> QueryKey {
    query_key!["users"]
}

/// The page without one todo.
fn without(page: &TodoPage, id: TodoId) -> TodoPage {
    let mut page = page.clone();
    page.todos.retain(|todo| todo.id != id);
    page
}

/// The sentence for a change that failed.
fn failed(what: &str, text: &str, err: &crate::api::ApiError) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    [what, " “", &shown, "”. ", err.explain().title, "."].concat()
}
