//! Changes a todo.

use query_yew::{Mutation, MutationHandle, use_mutation, use_query_client};
use shared::{Todo, TodoPage, UpdateTodoData};
use yew::prelude::*;

use super::{Change, changes, error_of, retry_message::retry_action, show_failure, todo_key, todos_key};
use crate::{
    api::{self, ApiError},
    app_context::use_toasts,
};

/// A todo and the change to make.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TodoChange {
    /// The todo as it is.
    pub(crate) before: Todo,
    /// The fields that change.
    pub(crate) data: UpdateTodoData,
}

impl TodoChange {
    /// Done becomes open and the other way round.
    pub(crate) fn toggle(before: Todo) -> Self {
        let completed = Some(!before.completed);
        Self { before, data: UpdateTodoData { completed, ..UpdateTodoData::default() } }
    }

    /// Another text.
    pub(crate) fn text(before: Todo, text: String) -> Self {
        Self { before, data: UpdateTodoData { todo: Some(text), ..UpdateTodoData::default() } }
    }

    /// Another person.
    pub(crate) fn person(before: Todo, user_id: shared::UserId) -> Self {
        Self { before, data: UpdateTodoData { user_id: Some(user_id), ..UpdateTodoData::default() } }
    }
}

/// Changes a todo: at once where it is shown, and back with a message if the server does not agree.
#[hook]
pub(crate) fn use_update_todo() -> MutationHandle<TodoChange, Todo, ApiError> {
    let toasts = use_toasts();
    let mutation = Mutation::new(|change: TodoChange| async move {
        api::todos::update(change.before.id, &change.data).await
    })
    .optimistic(|cache, TodoChange { before, data }| {
        cache.update::<TodoPage>(&todos_key(), |page| {
            let mut page = page.clone();
            for todo in page.todos.iter_mut().filter(|todo| todo.id == before.id) {
                *todo = data.applied_to(todo);
            }
            page
        });
        cache.set(&todo_key(before.id), data.applied_to(before));
    })
    // In order for one todo, and side by side for different ones.
    .scope(|change| [todo_key(change.before.id)])
    .on_success({
        let client = use_query_client();
        move |call, _| {
            let TodoChange { before, data } = call.input().clone();
            changes::record(&client, Change::Updated { before, data });
        }
    })
    .on_error(move |call, fault| {
        let (text, err) = (&call.input().before.todo, error_of(fault));
        show_failure(toasts.as_ref(), "Couldn’t save", text, &err, retry_action(call, &err));
    })
    .invalidates(|change, _| [todos_key(), todo_key(change.before.id)]);
    use_mutation(mutation)
}
