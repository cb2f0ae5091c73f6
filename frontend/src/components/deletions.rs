//! Deleting with "Undo": a todo disappears at once, the request is sent when its toast has gone.
//!
//! Until then nothing has happened on the server, so undoing cannot fail and brings back the same todo at the
//! same place. Lists leave out what is [`Deletions::hidden`], whatever a refetch says. When the page goes away
//! the requests that wait are sent at once, in a way that outlives it.

use std::rc::Rc;

use shared::{Todo, TodoId};
use web_sys::KeyboardEvent;
use yew::prelude::*;
use yew_query::use_query_client;

use super::{
    app_context::{AppContext, provide, use_app_context},
    toasts::{Message, ToastAction},
};
use crate::{
    api, dom,
    hooks::{ValueHandle, use_event, use_keydown, use_value, use_window_event},
    queries::{forget, use_delete_todo},
};

/// A todo on its way out.
#[derive(Clone, PartialEq)]
struct Departing {
    todo: Todo,
    /// The toast that offers to undo it; `None` once the request is under way.
    toast: Option<u64>,
}

/// Deletes todos, and knows which are on their way out.
#[derive(Clone, PartialEq)]
pub(crate) struct Deletions {
    /// What no list shows any more.
    pub(crate) hidden: Rc<Vec<TodoId>>,
    /// Deletes a todo, unless it is undone.
    pub(crate) delete: Callback<Todo>,
    /// Undoes the deletion of a todo, if it is not too late.
    pub(crate) undo: Callback<TodoId>,
    /// Sends what still can be undone, and takes every message away: somebody leaves.
    pub(crate) settle: Callback<()>,
}

/// The nearest [`DeletionProvider`]'s deletions. Renders again when one starts or ends.
#[hook]
pub(crate) fn use_deletions() -> Deletions {
    use_app_context().deletions.unwrap_or_else(|| Deletions {
        hidden: Rc::default(),
        delete: Callback::noop(),
        undo: Callback::noop(),
        settle: Callback::noop(),
    })
}

/// Properties of [`DeletionProvider`].
#[derive(Properties, PartialEq)]
pub(crate) struct DeletionProviderProps {
    /// The pages; deletions outlive each of them.
    pub(crate) children: Html,
}

/// Provides [`Deletions`].
#[component]
pub(crate) fn DeletionProvider(props: &DeletionProviderProps) -> Html {
    let departures = use_value(Vec::<Departing>::new);
    let outside = use_app_context();
    let toasts = outside.toasts.clone();
    let client = use_query_client();
    let request = use_delete_todo();

    let restore = {
        let departures = departures.clone();
        move |id: TodoId| {
            end(&departures, id);
            dom::announce("Restored");
        }
    };

    // The request waits for nobody any more. The mutation puts the todo back if it fails.
    let send = {
        let departures = departures.clone();
        use_event(move |todo: Todo| {
            let (departures, id) = (departures.clone(), todo.id);
            departures.change(|departures| {
                for departing in departures.iter_mut().filter(|departing| departing.todo.id == id) {
                    departing.toast = None;
                }
            });
            request.mutate_with(todo, Callback::from(move |_| end(&departures, id)));
        })
    };

    let undo = {
        let (departures, toasts, restore) = (departures.clone(), toasts.clone(), restore.clone());
        use_event(move |id: TodoId| {
            let departing = departures.get().into_iter().find(|departing| departing.todo.id == id);
            if let Some(toast) = departing.and_then(|departing| departing.toast) {
                if let Some(toasts) = &toasts {
                    toasts.dismiss(toast);
                }
                restore(id);
            }
        })
    };

    let delete = {
        let (departures, toasts) = (departures.clone(), toasts.clone());
        use_event(move |todo: Todo| {
            let Some(toasts) = &toasts else { return };
            let (id, restore) = (todo.id, restore.clone());
            let toast = toasts.show(Message {
                text: ["Deleted “", &todo.todo, "”"].concat().into(),
                failure: false,
                action: Some(ToastAction { label: "Undo", run: Callback::from(move |()| restore(id)) }),
                on_close: {
                    let todo = todo.clone();
                    send.reform(move |()| todo.clone())
                },
            });
            departures.change(|departures| departures.push(Departing { todo, toast: Some(toast) }));
        })
    };

    // On the way out (also into the back/forward cache) what waits is sent, and is gone if the page comes back.
    let settle = {
        let departures = departures.clone();
        use_event(move |()| {
            for Departing { todo, toast } in departures.get() {
                if toast.is_some() {
                    api::todos::delete_on_leave(todo.id);
                    forget(&client, todo.id);
                    end(&departures, todo.id);
                }
            }
            if let Some(toasts) = &toasts {
                toasts.dismiss_all();
            }
        })
    };
    {
        let settle = settle.clone();
        let on_leave = use_event(move |_| settle.emit(()));
        use_window_event("pagehide", on_leave);
    }

    // Ctrl+Z undoes the last deletion, for hands that are on the keyboard and not near the toast.
    {
        let (departures, undo) = (departures.clone(), undo.clone());
        use_keydown(move |event: KeyboardEvent| {
            let is_undo = event.key() == "z" && (event.ctrl_key() || event.meta_key()) && !event.shift_key();
            let last = departures.get().into_iter().rfind(|departing| departing.toast.is_some());
            if is_undo
                && !dom::is_text_field(event.target())
                && let Some(last) = last
            {
                event.prevent_default();
                undo.emit(last.todo.id);
            }
        });
    }

    let hidden = Rc::new(departures.get().iter().map(|departing| departing.todo.id).collect());
    let deletions = Some(Deletions { hidden, delete, undo, settle });
    provide(AppContext { deletions, ..outside }, props.children.clone())
}

/// The todo is back, or gone for good.
fn end(departures: &ValueHandle<Vec<Departing>>, id: TodoId) {
    departures.change(|departures| departures.retain(|departing| departing.todo.id != id));
}
