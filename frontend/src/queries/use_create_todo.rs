//! Adds a todo.

use query_yew::{Mutation, MutationHandle, use_mutation, use_query_client};
use shared::{CreateTodoData, Todo, TodoId, TodoPage};
use yew::prelude::*;

use super::{Change, changes, error_of, show_failure, todos_key};
use crate::{
    api::{self, ApiError},
    app_context::use_toasts,
};

/// Ids from here on are ours, until the server has given the real ones. JavaScript's integers end well before.
const PROVISIONAL: TodoId = 1 << 60;

/// How many there are.
const PROVISIONAL_COUNT: f64 = (1_u64 << 52) as f64;

/// Whether the todo is not on the server yet.
pub(crate) const fn is_provisional(id: TodoId) -> bool {
    id >= PROVISIONAL
}

/// A todo to be added, with an id to show it under meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewTodo {
    /// The request's body.
    pub(crate) data: CreateTodoData,
    provisional: TodoId,
}

impl NewTodo {
    /// A todo whose provisional id is as good as unique.
    pub(crate) fn new(data: CreateTodoData) -> Self {
        Self { data, provisional: PROVISIONAL + (js_sys::Math::random() * PROVISIONAL_COUNT) as TodoId }
    }

    fn expected(&self) -> Todo {
        let CreateTodoData { todo, completed, user_id } = self.data.clone();
        Todo { id: self.provisional, todo, completed, user_id }
    }
}

/// Adds a todo: it is listed at once, and says so if it has to go again.
#[hook]
pub(crate) fn use_create_todo() -> MutationHandle<NewTodo, Todo, ApiError> {
    let client = use_query_client();
    let toasts = use_toasts();
    let mutation = Mutation::new(|new: NewTodo| async move { api::todos::create(&new.data).await })
        .optimistic(|cache, new: &NewTodo| {
            cache.update::<TodoPage>(&todos_key(), |page| {
                let mut page = page.clone();
                page.todos.push(new.expected());
                page
            });
        })
        // Each is a todo of its own.
        .parallel()
        .on_success(move |call, created| {
            let new = call.input();
            client.update_data::<TodoPage>(&todos_key(), |page| {
                let mut page = page.clone();
                page.todos.retain(|todo| todo.id != new.provisional && todo.id != created.id);
                page.todos.push(created.clone());
                page
            });
            changes::record(&client, Change::Created(created.clone()));
        })
        .on_error(move |call, fault| {
            // The form has the text again, and with it the way to try again.
            show_failure(toasts.as_ref(), "Couldn’t add", &call.input().data.todo, &error_of(fault), None);
        })
        .invalidates(|_, _| [todos_key()]);
    use_mutation(mutation)
}
