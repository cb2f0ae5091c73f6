//! Adds a todo.

use query_yew::{Mutation, MutationHandle, query_key, use_mutation, use_query_client};
use shared::{CreateTodoData, Todo, TodoId, TodoPage};
use yew::prelude::*;

use super::{
    Change, error_of, history, is_kept, retry_message::retry_action, show_failure, todos_key, use_person,
};
use crate::{
    api::{self, ApiError},
    app_context::{Refusal, ToastAction, use_toasts},
    domain::todo_change::RefusedChange,
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
    form: Callback<Refusal>,
}

impl NewTodo {
    /// A todo of `form`, whose provisional id is as good as unique.
    pub(crate) fn new(data: CreateTodoData, form: Callback<Refusal>) -> Self {
        let provisional = PROVISIONAL + (js_sys::Math::random() * PROVISIONAL_COUNT) as TodoId;
        Self { data, provisional, form }
    }

    fn expected(&self) -> Todo {
        let CreateTodoData { todo, completed, user_id } = self.data.clone();
        Todo { id: self.provisional, todo, completed, user_id }
    }
}

/// Adds a todo: it is listed at once. If it has to go again that is said, and its form has the text back.
#[hook]
pub(crate) fn use_create_todo() -> MutationHandle<NewTodo, Todo, ApiError> {
    let client = use_query_client();
    let toasts = use_toasts();
    let person = use_person();
    let mutation = Mutation::new(|new: NewTodo| async move { api::todos::create(&new.data).await })
        .optimistic(|cache, new: &NewTodo| {
            cache.update::<TodoPage>(&todos_key(), |page| {
                let mut page = page.clone();
                page.todos.push(new.expected());
                page
            });
        })
        // In order: the list has the newest on top.
        .scope(|_| [query_key!["todos", "add"]])
        .on_success(move |call, created| {
            let new = call.input();
            client.update_data::<TodoPage>(&todos_key(), |page| {
                let mut page = page.clone();
                page.todos.retain(|todo| todo.id != new.provisional && todo.id != created.id);
                page.todos.push(created.clone());
                page
            });
            history::record(&client, Change::Created(created.clone()));
        })
        .on_error(move |call, fault| {
            if is_kept(person.as_deref(), fault, || RefusedChange::add(call.input().data.clone())) {
                return;
            }
            let NewTodo { data, form, .. } = call.input();
            let (text, err) = (&data.todo, error_of(fault));
            let again = retry_action(call, &err).map(|again| {
                let (form, text) = (form.clone(), text.clone());
                ToastAction::again(Callback::from(move |()| {
                    // The form had it back, and would add it twice.
                    form.emit(Refusal::Again(text.clone()));
                    again.run.emit(());
                }))
            });
            form.emit(Refusal::Back(text.clone(), data.user_id));
            show_failure(toasts.as_ref(), "Couldn’t add", text, &err, again, None);
        })
        .invalidates(|_, _| [todos_key()]);
    use_mutation(mutation)
}
