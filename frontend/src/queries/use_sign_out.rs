//! Signs out.

use gloo_timers::future::TimeoutFuture;
use query_yew::{
    Mutation, MutationFilter, MutationHandle, MutationState, MutationStatus, NetworkMode, QueryClient,
    QueryKey, query_key, use_mutation, use_query_client,
};
use shared::SignedOut;
use yew::prelude::*;

use super::{end, error_of, refresh, retry_message::retry_action};
use crate::{
    api::{self, ApiError},
    app_context::{Message, use_toasts},
    dom, drafts,
    hooks::{theme::Theme, use_event},
    route::{
        Route,
        router::{Entry, go},
    },
    tabs::{self, News},
};

/// Milliseconds between two looks at the changes that are under way, and how often to look: for 5 s.
const LOOK: u32 = 50;
const LOOKS: u32 = 100;

fn sign_out_key() -> QueryKey {
    query_key!["sign-out"]
}

/// Waits for the changes that are under way, though not for ever. Those that wait for the network are left out.
async fn all_made(client: &QueryClient) {
    let under_way = |state: &MutationState| {
        state.status != MutationStatus::Paused && state.key.as_ref() != Some(&sign_out_key())
    };
    for _ in 0..LOOKS {
        if client.is_mutating(MutationFilter::all().predicate(under_way)) == 0 {
            return;
        }
        TimeoutFuture::new(LOOK).await;
    }
}

/// Ends the session, and forgets everything that was read in it. Then it goes to the end of the provider's session, where there
/// is one, or to the first page. `flush` sends the deletions that wait.
#[hook]
pub(crate) fn use_sign_out(flush: Callback<()>) -> Callback<()> {
    let client = use_query_client();
    let toasts = use_toasts();
    let mutation = Mutation::new({
        let client = client.clone();
        move |_: Option<Theme>| {
            let client = client.clone();
            async move {
                // What is sent in the session's name has to be taken before the session ends.
                api::all_answered().await;
                all_made(&client).await;
                api::session::sign_out().await
            }
        }
    })
    .key(sign_out_key())
    .network_mode(NetworkMode::Always)
    .on_success(move |call, ended: &SignedOut| {
        // The answer has the browser empty its storage, and the theme is not the person's.
        if let Some(theme) = call.input() {
            theme.store();
        }
        end(&client);
        // After the changes that were stopped by it have been kept.
        drafts::forget();
        tabs::tell(&News::SignedOut);
        if let Some(address) = &ended.continue_at {
            return dom::leave_to(address);
        }
        go(&Route::Overview, Entry::Push);
        refresh(&client);
        dom::announce("Signed out");
    })
    .on_error(move |call, fault| {
        if let Some(toasts) = &toasts {
            let err = error_of(fault);
            let text = ["Couldn’t sign out. ", err.explain().title, "."].concat();
            toasts.show(Message::failure(text, retry_action(call, &err)));
        }
    });
    let sign_out: MutationHandle<_, _, ApiError> = use_mutation(mutation);
    use_event(move |()| {
        if sign_out.pending {
            return;
        }
        // Deletions that still wait are the person's wish, and can only be sent in their session.
        flush.emit(());
        sign_out.mutate(Theme::stored());
    })
}
