//! Deleting with "Undo": a todo disappears at once, the request is sent when its toast has gone.
//!
//! Until then nothing has happened on the server, so undoing cannot fail and brings back the same todo at the
//! same place. Lists leave out what is [`UndoDelete::hidden`], whatever a refetch says. When the page goes away
//! the requests that wait are sent at once, in a way that outlives it.

use std::rc::Rc;

use query_yew::use_query_client;
use shared::{Todo, TodoId};
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{use_delete_todo, use_delete_todo::forget, use_person};
use crate::{
    api,
    app_context::{Message, ToastAction, use_toasts},
    dom,
    domain::todo_change::RefusedChange,
    drafts,
    hooks::{use_event, use_keydown, use_window_event},
};

/// A todo on its way out.
#[derive(Clone, PartialEq)]
struct PendingDelete {
    todo: Todo,
    /// The toast that offers to undo it; `None` once the request is under way.
    toast: Option<u64>,
}

/// The todos on their way out, in the order in which they were deleted.
#[derive(Default, PartialEq)]
struct PendingDeletes(Vec<PendingDelete>);

/// What happens to a todo on its way out.
enum Event {
    /// Deleted, which can be undone by the toast.
    Deleted(Vec<Todo>, u64),
    /// The request is under way.
    Sent(TodoId),
    /// Gone for good.
    Ended(TodoId),
    /// All of one toast are back.
    Undone(u64),
}

impl Reducible for PendingDeletes {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        let mut pending = self.0.clone();
        match event {
            Event::Deleted(todos, toast) => {
                pending.extend(todos.into_iter().map(|todo| PendingDelete { todo, toast: Some(toast) }));
            }
            Event::Sent(id) => {
                for delete in pending.iter_mut().filter(|delete| delete.todo.id == id) {
                    delete.toast = None;
                }
            }
            Event::Ended(id) => pending.retain(|delete| delete.todo.id != id),
            Event::Undone(toast) => pending.retain(|delete| delete.toast != Some(toast)),
        }
        Rc::new(Self(pending))
    }
}

/// Deletes todos, and knows which are on their way out.
pub(crate) struct UndoDelete {
    /// The todos that no list shows any more.
    pub(crate) hidden: Rc<Vec<TodoId>>,
    /// Deletes todos, unless that is undone.
    pub(crate) delete: Callback<Vec<Todo>>,
    /// Undoes the deletion of a todo, if it is not too late.
    pub(crate) undo: Callback<TodoId>,
    /// Sends every deletion that could still be undone, and removes all messages. For the end of a session.
    pub(crate) flush: Callback<()>,
    /// The same where the session has ended: what could be undone is offered in the person's next one.
    pub(crate) keep: Callback<()>,
}

/// The deletions that can still be undone. One component has them, which outlives every page.
#[hook]
pub(crate) fn use_undo_delete() -> UndoDelete {
    let pending = use_reducer_eq(PendingDeletes::default);
    let toasts = use_toasts();
    let client = use_query_client();
    let request = use_delete_todo();

    let restore = {
        let pending = pending.dispatcher();
        move |toast: u64| {
            pending.dispatch(Event::Undone(toast));
            dom::announce("Restored");
        }
    };

    // Deletes at the server, in one request. The mutation puts a todo back if it fails.
    let send = {
        let pending = pending.dispatcher();
        use_event(move |todos: Vec<Todo>| {
            for todo in todos {
                let (pending, id) = (pending.clone(), todo.id);
                pending.dispatch(Event::Sent(id));
                request.mutate_with(todo, Callback::from(move |_| pending.dispatch(Event::Ended(id))));
            }
        })
    };

    let undo = {
        let (pending, toasts, restore) = (pending.clone(), toasts.clone(), restore.clone());
        use_event(move |id: TodoId| {
            let delete = pending.0.iter().find(|delete| delete.todo.id == id);
            if let Some(toast) = delete.and_then(|delete| delete.toast) {
                if let Some(toasts) = &toasts {
                    toasts.dismiss(toast);
                }
                restore(toast);
            }
        })
    };

    let delete = {
        let (pending, toasts, send) = (pending.clone(), toasts.clone(), send.clone());
        use_event(move |todos: Vec<Todo>| {
            let Some(toasts) = &toasts else { return };
            // Who deletes twice what does not go at once has it deleted once.
            let is_new = |todo: &Todo| pending.0.iter().all(|delete| delete.todo.id != todo.id);
            let todos: Vec<Todo> = todos.into_iter().filter(is_new).collect();
            let text = match todos.as_slice() {
                [] => return,
                [todo] => ["Deleted “", &todo.todo, "”"].concat(),
                several => ["Deleted ", &several.len().to_string(), " todos"].concat(),
            };
            let undo = Callback::from(restore.clone());
            let toast = toasts.show_with(|toast| Message {
                text: text.into(),
                failure: false,
                action: Some(ToastAction { label: "Undo", run: undo.reform(move |()| toast) }),
                on_close: {
                    let todos = todos.clone();
                    send.reform(move |()| todos.clone())
                },
                about: None,
            });
            pending.dispatch(Event::Deleted(todos, toast));
        })
    };

    // When the page is left (also into the back/forward cache) waiting deletions are sent, and done if it comes back.
    let flush = {
        let pending = pending.clone();
        use_event(move |()| {
            for PendingDelete { todo, .. } in pending.0.iter().filter(|delete| delete.toast.is_some()) {
                if !client.is_online() {
                    // It waits with the other changes, if the page stays.
                    send.emit(vec![todo.clone()]);
                } else {
                    api::todos::delete_on_leave(todo.id);
                    forget(&client, todo.id);
                    pending.dispatch(Event::Ended(todo.id));
                }
            }
            if let Some(toasts) = &toasts {
                toasts.dismiss_all();
            }
        })
    };
    let keep = {
        let (pending, flush) = (pending.clone(), flush.clone());
        let person = use_person();
        use_event(move |()| {
            if let Some(person) = &person {
                for PendingDelete { todo, .. } in pending.0.iter().filter(|delete| delete.toast.is_some()) {
                    drafts::refused(person, RefusedChange::delete(todo.clone()), false);
                    pending.dispatch(Event::Ended(todo.id));
                }
            }
            flush.emit(());
        })
    };
    {
        let flush = flush.clone();
        let on_leave = use_event(move |_| flush.emit(()));
        use_window_event("pagehide", on_leave);
    }

    // Ctrl+Z undoes the last deletion, for hands that are on the keyboard and not near the toast.
    {
        let (pending, undo) = (pending.clone(), undo.clone());
        use_keydown(move |event: KeyboardEvent| {
            let is_undo = event.key() == "z" && (event.ctrl_key() || event.meta_key()) && !event.shift_key();
            let last = pending.0.iter().rfind(|delete| delete.toast.is_some());
            if is_undo
                && !dom::is_text_field(event.target())
                && let Some(last) = last
            {
                event.prevent_default();
                undo.emit(last.todo.id);
            }
        });
    }

    let hidden = Rc::new(pending.0.iter().map(|delete| delete.todo.id).collect());
    UndoDelete { hidden, delete, undo, flush, keep }
}
