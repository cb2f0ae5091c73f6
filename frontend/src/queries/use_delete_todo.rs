//! Deletes a todo.

use query_yew::{Mutation, MutationHandle, QueryClient, use_mutation, use_query_client};
use shared::{DeletedTodo, Todo, TodoId, TodoPage};
use yew::prelude::*;

use super::{
    Change, error_of, history, is_kept, retry_message::retry_action, show_failure, todo_key, todos_key,
    use_person, without,
};
use crate::{
    api::{self, ApiError},
    app_context::use_toasts,
    domain::todo_change::RefusedChange,
};

/// Deletes a todo for good: it is back with a message if the server does not agree. What offers "Undo" before
/// that is in [`use_undo_delete`](super::use_undo_delete()).
#[hook]
pub(crate) fn use_delete_todo() -> MutationHandle<Todo, DeletedTodo, ApiError> {
    let toasts = use_toasts();
    let person = use_person();
    let mutation = Mutation::new(|todo: Todo| async move { api::todos::delete(todo.id).await })
        .optimistic(|cache, todo: &Todo| {
            cache.update::<TodoPage>(&todos_key(), |page| without(page, todo.id));
            cache.remove(&todo_key(todo.id));
        })
        // Behind the changes to the same todo, and beside those to others.
        .scope(|todo| [todo_key(todo.id)])
        .on_success({
            let client = use_query_client();
            move |call, _| history::record(&client, Change::Deleted(call.input().clone()))
        })
        .on_error(move |call, fault| {
            if is_kept(person.as_deref(), fault, || RefusedChange::delete(call.input().clone())) {
                return;
            }
            let (text, err) = (&call.input().todo, error_of(fault));
            show_failure(toasts.as_ref(), "Couldn’t delete", text, &err, retry_action(call, &err), None);
        })
        .invalidates(|_, _| [todos_key()]);
    use_mutation(mutation)
}

/// Takes a todo out of the cache that has been deleted without waiting for an answer.
pub(super) fn forget(client: &QueryClient, id: TodoId) {
    client.update_data::<TodoPage>(&todos_key(), |page| without(page, id));
    client.remove(todo_key(id));
}
