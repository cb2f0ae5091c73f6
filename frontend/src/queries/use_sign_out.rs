//! Signs out.

use query_yew::use_query_client;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{end, refresh};
use crate::{
    api,
    app_context::{Message, use_toasts, use_undo_delete},
    dom,
    hooks::{theme::Theme, use_event},
    route::{
        Route,
        router::{Entry, go},
    },
};

/// Ends the session, forgets everything that was read in it, and goes to the first page or, where there is one, to the end
/// of the provider's session. Not a mutation of the cache, which is empty afterwards.
#[hook]
pub(crate) fn use_sign_out() -> Callback<()> {
    let client = use_query_client();
    let toasts = use_toasts();
    let flush = use_undo_delete().flush;
    use_event(move |()| {
        // Deletions that still wait are the person's wish, and can only be sent in their session.
        flush.emit(());
        let (client, toasts) = (client.clone(), toasts.clone());
        let theme = Theme::stored();
        spawn_local(async move {
            api::all_answered().await;
            match api::session::sign_out().await {
                Ok(ended) => {
                    // The answer has the browser empty its storage, and the theme is not the person's.
                    if let Some(theme) = theme {
                        theme.store();
                    }
                    end(&client);
                    if let Some(address) = ended.continue_at {
                        return dom::leave_to(&address);
                    }
                    go(&Route::Overview, Entry::Push);
                    refresh(&client);
                    dom::announce("Signed out");
                }
                Err(err) => {
                    if let Some(toasts) = toasts {
                        let text = ["Couldn’t sign out. ", err.explain().title, "."].concat();
                        toasts.show(Message::failure(text));
                    }
                }
            }
        });
    })
}
