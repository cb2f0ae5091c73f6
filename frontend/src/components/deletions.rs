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

use super::toasts::{Message, ToastAction, use_toasts};
use crate::{
    api, dom,
    hooks::{use_keydown, use_window_event},
    queries::{forget, use_delete_todo},
};

/// A todo on its way out.
#[derive(Clone, PartialEq)]
struct Departing {
    todo: Todo,
    /// The toast that offers to undo it; `None` once the request is under way.
    toast: Option<u64>,
}

#[derive(Default, PartialEq)]
struct Departures(Vec<Departing>);

enum Change {
    Start(Departing),
    Send(TodoId),
    End(TodoId),
}

impl Reducible for Departures {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut departures = self.0.clone();
        match change {
            Change::Start(departing) => departures.push(departing),
            Change::Send(id) => {
                for departing in departures.iter_mut().filter(|departing| departing.todo.id == id) {
                    departing.toast = None;
                }
            }
            Change::End(id) => departures.retain(|departing| departing.todo.id != id),
        }
        Rc::new(Self(departures))
    }
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
}

/// The nearest [`DeletionProvider`]'s deletions. Renders again when one starts or ends.
#[hook]
pub(crate) fn use_deletions() -> Deletions {
    use_context().unwrap_or_else(|| Deletions {
        hidden: Rc::default(),
        delete: Callback::noop(),
        undo: Callback::noop(),
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
    let departures = use_reducer_eq(Departures::default);
    let dispatcher = departures.dispatcher();
    let toasts = use_toasts();
    let client = use_query_client();
    let request = use_delete_todo();

    // The request waits for nobody any more. The mutation puts the todo back if it fails.
    let send = {
        let dispatcher = dispatcher.clone();
        use_callback((), move |todo: Todo, ()| {
            let (dispatcher, id) = (dispatcher.clone(), todo.id);
            dispatcher.dispatch(Change::Send(id));
            request.mutate_with(todo, Callback::from(move |_| dispatcher.dispatch(Change::End(id))));
        })
    };

    let undo = {
        let toasts = toasts.clone();
        use_callback(departures.clone(), move |id: TodoId, departures| {
            let departing = departures.0.iter().find(|departing| departing.todo.id == id);
            if let Some(toast) = departing.and_then(|departing| departing.toast) {
                departures.dispatch(Change::End(id));
                if let Some(toasts) = &toasts {
                    toasts.dismiss(toast);
                }
                dom::announce("Restored");
            }
        })
    };

    let delete = {
        let (dispatcher, toasts) = (dispatcher.clone(), toasts.clone());
        use_callback(send, move |todo: Todo, send| {
            let Some(toasts) = &toasts else { return };
            let id = todo.id;
            let restore = {
                let dispatcher = dispatcher.clone();
                move |()| {
                    dispatcher.dispatch(Change::End(id));
                    dom::announce("Restored");
                }
            };
            let toast = toasts.show(Message {
                text: ["Deleted “", &todo.todo, "”"].concat().into(),
                failure: false,
                action: Some(ToastAction { label: "Undo", run: Callback::from(restore) }),
                on_close: {
                    let todo = todo.clone();
                    send.reform(move |()| todo.clone())
                },
            });
            dispatcher.dispatch(Change::Start(Departing { todo, toast: Some(toast) }));
        })
    };

    // On the way out (also into the back/forward cache) what waits is sent, and is gone if the page comes back.
    let on_leave = use_callback((departures.clone(), client), move |_, (departures, client)| {
        for Departing { todo, toast } in &departures.0 {
            if let Some(toast) = toast {
                api::todos::delete_on_leave(todo.id);
                forget(client, todo.id);
                departures.dispatch(Change::End(todo.id));
                if let Some(toasts) = &toasts {
                    toasts.dismiss(*toast);
                }
            }
        }
    });
    use_window_event("pagehide", on_leave);

    // Ctrl+Z undoes the last deletion, for hands that are on the keyboard and not near the toast.
    let on_key =
        use_callback((departures.clone(), undo.clone()), |event: KeyboardEvent, (departures, undo)| {
            let is_undo = event.key() == "z" && (event.ctrl_key() || event.meta_key()) && !event.shift_key();
            let last = departures.0.iter().rev().find(|departing| departing.toast.is_some());
            if is_undo
                && !dom::is_text_field(event.target())
                && let Some(last) = last
            {
                event.prevent_default();
                undo.emit(last.todo.id);
            }
        });
    use_keydown(on_key);

    let hidden = use_memo(departures, |departures| {
        departures.0.iter().map(|departing| departing.todo.id).collect::<Vec<_>>()
    });
    html! {
        <ContextProvider<Deletions> context={Deletions { hidden, delete, undo }}>
            { props.children.clone() }
        </ContextProvider<Deletions>>
    }
}
