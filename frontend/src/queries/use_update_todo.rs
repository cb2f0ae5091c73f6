//! Changes a todo.

use std::rc::Rc;

use query_yew::{Mutation, MutationHandle, MutationResult, QueryClient, use_mutation, use_query_client};
use shared::{Todo, TodoPage};
use yew::prelude::*;

use super::{
    Change,
    conflicts::{Conflict, ask},
    editing::open_editor,
    error_of, history, is_kept,
    retry_message::retry_action,
    show_failure, todo_key, todos_key, use_person,
};
use crate::{
    api::{self, ApiError},
    app_context::{ToastAction, use_toasts},
    domain::todo_change::{RefusedChange, TodoChange},
    drafts::Edit,
    route::{
        Route,
        router::{Entry, go},
    },
};

/// Changes a todo: at once where it is shown, and back with a message if the server does not agree.
#[hook]
pub(crate) fn use_update_todo() -> MutationHandle<TodoChange, Todo, ApiError> {
    let toasts = use_toasts();
    let person = use_person();
    let client = use_query_client();
    let mutation = Mutation::new(save)
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
        .on_success({
            let (client, toasts) = (client.clone(), toasts.clone());
            move |call, _| {
                if let Some(toasts) = &toasts {
                    toasts.overtaken(call.input());
                }
                let TodoChange { before, data, .. } = call.input().clone();
                history::record(&client, Change::Updated { before, data });
            }
        })
        .on_error(move |call, fault| {
            if is_kept(person.as_deref(), fault, || RefusedChange::update(call.input().clone())) {
                return;
            }
            let (text, err) = (&call.input().before.todo, error_of(fault));
            if let ApiError::Conflict(theirs) = err {
                return ask(&client, Conflict { mine: call.input().clone(), theirs });
            }
            let action = match retry_action(call, &err) {
                None if err.is_about_content() => edit_action(&client, call.input()),
                action => action,
            };
            show_failure(toasts.as_ref(), "Couldn’t save", text, &err, action, Some(call.input()));
        })
        .invalidates(|change, result| {
            let list = (!is_as_expected(change, result)).then(todos_key);
            list.into_iter().chain([todo_key(change.before.id)])
        });
    use_mutation(mutation)
}

/// Whether the server answers what the list shows already, which then need not be read again: it may have thousands.
fn is_as_expected(change: &TodoChange, result: &MutationResult<Todo, ApiError>) -> bool {
    matches!(result, Ok(todo) if **todo == change.data.applied_to(&change.before))
}

/// Opens the editor again with a text that was refused. To send it once more would not help, and it is not to be lost.
fn edit_action(client: &QueryClient, change: &TodoChange) -> Option<ToastAction> {
    let text = change.data.todo.clone()?;
    let (client, before, tag) = (client.clone(), change.before.clone(), change.tag.clone());
    let run = Callback::from(move |()| {
        let page = Route::Todo(before.id);
        open_editor(&client, Edit { before: before.clone(), tag: tag.clone(), text: text.clone() });
        go(&page, Entry::Push);
    });
    Some(ToastAction { label: "Edit again", run })
}

/// How often a version may turn out not to be the newest before the person is asked.
const ATTEMPTS: usize = 3;

/// Saves a change. One of a form is made to the version that the form showed: where somebody else has changed the same fields
/// since, the outcome is their version, and nothing is changed.
async fn save(change: TodoChange) -> Result<Todo, ApiError> {
    let TodoChange { before, data, tag, .. } = &change;
    if !change.in_a_form {
        return api::todos::update(before.id, data, None).await;
    }
    let mut tag = tag.clone();
    for _ in 0..ATTEMPTS {
        if tag.is_none() {
            // Lists have no tags. What the form has shown is compared, and from then on the tag says that it is the same.
            let version = api::todos::get_version(before.id).await?;
            if change.is_contrary_to(&version.resource) {
                return Err(ApiError::Conflict(Rc::new(version)));
            }
            tag = version.tag;
        }
        match api::todos::update(before.id, data, tag.take().as_deref()).await {
            Err(err) if err.is_stale() => {}
            result => return result,
        }
    }
    Err(ApiError::Conflict(Rc::new(api::todos::get_version(before.id).await?)))
}
