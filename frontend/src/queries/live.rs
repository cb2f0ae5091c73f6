//! What the cache makes of an event: one todo changes where it is shown, without another read.
//!
//! A change of one's own that is under way knows better: its outcome is read when it settles. What comes while the list is
//! being read is applied to the answer once more, since that may be from before.

use std::{cell::RefCell, rc::Rc};

use query_yew::{Change, FetchStatus, Filter, MutationFilter, QueryClient, Subscription, query_key};
use shared::{Todo, TodoId, TodoPage};

use super::{NewTodo, TodoChange, todo_key, todos_key, without};
use crate::api::events::TodoEvent;

/// Takes events in.
pub(super) struct Live {
    client: QueryClient,
    /// The events since the read of the list has begun that is under way.
    during_read: Rc<RefCell<Vec<TodoEvent>>>,
    _subscription: Subscription,
}

impl Live {
    /// For this cache.
    pub(super) fn new(client: QueryClient) -> Self {
        let during_read = Rc::<RefCell<Vec<_>>>::default();
        let subscription = {
            let (cache, during_read) = (client.clone(), Rc::clone(&during_read));
            client.subscribe(move |key, change| {
                if *key == todos_key() && matches!(change, Change::Fetched) {
                    for event in during_read.take() {
                        apply(&cache, &event);
                    }
                }
            })
        };
        Self { client, during_read, _subscription: subscription }
    }

    /// Takes an event in.
    pub(super) fn take_in(&self, event: TodoEvent) {
        if is_own(&self.client, &event) {
            return;
        }
        apply(&self.client, &event);
        let read = Filter::exact(&todos_key()).fetch_status(FetchStatus::Fetching);
        // A reset begins a read of its own.
        if event == TodoEvent::Reset || self.client.inspect(read).is_empty() {
            self.during_read.borrow_mut().clear();
        } else {
            self.during_read.borrow_mut().push(event);
        }
    }
}

/// Whether a change of one's own is under way that the event may be about.
fn is_own(client: &QueryClient, event: &TodoEvent) -> bool {
    let under_way = client.mutations(MutationFilter::all());
    under_way.iter().any(|state| match event {
        // Nobody knows yet which of the new ones it is.
        TodoEvent::Created(_) => state.variables::<NewTodo>().is_some(),
        TodoEvent::Updated(todo) | TodoEvent::Deleted(todo) => {
            let changed = state.variables::<TodoChange>().map(|change| change.before.id);
            let deleted = || state.variables::<Todo>().map(|todo| todo.id);
            changed.or_else(deleted) == Some(todo.id)
        }
        TodoEvent::Reset => false,
    })
}

fn apply(client: &QueryClient, event: &TodoEvent) {
    match event {
        TodoEvent::Created(todo) | TodoEvent::Updated(todo) => {
            client.update_data::<TodoPage>(&todos_key(), |page| with(page, todo));
            client.update_data::<Todo>(&todo_key(todo.id), |_| todo.clone());
        }
        TodoEvent::Deleted(Todo { id, .. }) => {
            client.update_data::<TodoPage>(&todos_key(), |page| without(page, *id));
            client.invalidate(todo_key(*id));
        }
        TodoEvent::Reset => {
            client.invalidate(todos_key());
            client.invalidate(query_key!["todo"]);
        }
    }
}

/// The page with this version of a todo.
fn with(page: &TodoPage, todo: &Todo) -> TodoPage {
    let mut page = page.clone();
    let known = |id: TodoId| move |known: &&mut Todo| known.id == id;
    match page.todos.iter_mut().find(known(todo.id)) {
        Some(known) => known.clone_from(todo),
        None => page.todos.push(todo.clone()),
    }
    page
}
