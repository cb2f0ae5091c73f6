//! Changes a todo.

use query_yew::{Mutation, MutationHandle, use_mutation};
use shared::{Todo, TodoPage};
use yew::prelude::*;

use super::{error_of, is_kept, retry_message::retry_action, show_failure, todo_key, todos_key, use_person};
use crate::{
    api::{self, ApiError},
    app_context::use_toasts,
    domain::todo_change::{RefusedChange, TodoChange},
};

/// Changes a todo: at once where it is shown, and back with a message if the server does not agree.
#[hook]
pub(crate) fn use_update_todo() -> MutationHandle<TodoChange, Todo, ApiError> {
    let toasts = use_toasts();
    let person = use_person();
    let mutation = Mutation::new(|change: TodoChange| async move {
        api::todos::update(change.before.id, &change.data).await
    })
    .optimistic(|cache, TodoChange { before, data, .. }| {
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
    .on_error(move |call, fault| {
        if is_kept(person.as_deref(), fault, || RefusedChange::update(call.input().clone())) {
            return;
        }
        let (text, err) = (&call.input().before.todo, error_of(fault));
        show_failure(toasts.as_ref(), "Couldn’t save", text, &err, retry_action(call, &err));
    })
    .invalidates(|change, _| [todos_key(), todo_key(change.before.id)]);
    use_mutation(mutation)
}
