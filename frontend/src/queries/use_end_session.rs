//! Ends another of the own sessions.

use query_yew::{Mutation, MutationHandle, use_mutation};
use shared::{OwnSession, OwnSessions};
use yew::prelude::*;

use super::{error_of, own_sessions_key, retry_message::retry_action, show_failure};
use crate::{
    api::{self, ApiError},
    app_context::use_toasts,
    domain::user_agent,
};

/// Ends a session: it is out of the list at once, and back with a message if the server does not agree.
#[hook]
pub(crate) fn use_end_session() -> MutationHandle<OwnSession, (), ApiError> {
    let toasts = use_toasts();
    let mutation = Mutation::new(|session: OwnSession| async move {
        match api::session::end_session(&session.handle).await {
            // It has ended by itself meanwhile.
            Err(err) if err.is_not_found() => Ok(()),
            result => result,
        }
    })
    .optimistic(|cache, ended: &OwnSession| {
        cache.update_all::<OwnSessions>(&own_sessions_key(None), |own| {
            let mut own = own.clone();
            own.sessions.retain(|session| session.handle != ended.handle);
            own
        });
    })
    // Each is a session of its own.
    .parallel()
    .on_error(move |call, fault| {
        let name = user_agent::describe(&call.input().user_agent);
        let err = error_of(fault);
        show_failure(toasts.as_ref(), "Couldn’t end", &name, &err, retry_action(call, &err), None);
    })
    .invalidates(|_, _| [own_sessions_key(None)]);
    use_mutation(mutation)
}
