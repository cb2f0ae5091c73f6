//! Signs in.

use query_yew::{QueryClient, use_query_client};
use shared::{Credentials, SessionInfo};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::begin_as;
use crate::{
    api::{self, ApiError},
    hooks::{ValueHandle, use_value},
};

/// Signs in, one attempt at a time.
#[derive(Clone)]
pub(crate) struct SigningIn {
    client: QueryClient,
    pending: ValueHandle<bool>,
}

/// Exchanges name and password for a session. Not a mutation: there is nothing to undo, and the outcome is in the cache.
#[hook]
pub(crate) fn use_sign_in() -> SigningIn {
    SigningIn { client: use_query_client(), pending: use_value(bool::default) }
}

impl SigningIn {
    /// Whether an attempt is under way.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending.get()
    }

    /// Makes an attempt, and calls `done` with its outcome. If it succeeds, what has been read before is forgotten, so
    /// that everything is read anew as that person.
    pub(crate) fn start(
        &self,
        credentials: Credentials,
        done: impl FnOnce(Result<SessionInfo, ApiError>) + 'static,
    ) {
        let Self { client, pending } = self.clone();
        pending.set(true);
        spawn_local(async move {
            let result = api::session::sign_in(&credentials).await;
            if let Ok(info) = &result {
                begin_as(&client, info.clone());
            }
            pending.set(false);
            done(result);
        });
    }
}
