//! The session as other tabs know it.

use query_yew::use_query_client;
use shared::SessionInfo;
use yew::prelude::*;

use super::{
    session_key, start_over,
    use_session::{id, use_session_person},
};
use crate::{
    base_path::inside,
    drafts,
    hooks::use_event,
    route::{
        Route,
        router::{Entry, current, go},
    },
    tabs::{self, News},
};

/// Tells the other tabs whose the session is whenever that is found out, and believes them: what another person has read is
/// forgotten, and everything is read anew. A tab that waits for a sign-in goes on once there is one.
/// `keep` keeps the deletions that wait.
#[hook]
pub(crate) fn use_other_tabs(keep: Callback<()>) {
    let client = use_query_client();
    let person = use_session_person();
    use_effect_with(person, |person| {
        if let Some(person) = person.clone() {
            tabs::tell(&News::Session(person));
        }
    });
    let on_news = use_event(move |news| {
        let known = client.get_data::<SessionInfo>(&session_key());
        let told = match &news {
            News::Session(person) => person.as_deref(),
            News::SignedOut => None,
        };
        match known.as_deref() {
            // The answer that is on its way may be from before.
            None => client.invalidate(session_key()),
            Some(known) if id(known) == told => {}
            Some(_) => {
                keep.emit(());
                start_over(&client);
                if let (Some(_), Route::SignIn(return_url)) = (told, current()) {
                    go(&Route::after_sign_in(&inside(&return_url)), Entry::Replace);
                }
            }
        }
        if news == News::SignedOut {
            // Last, since changes that were stopped by it have been kept.
            drafts::forget();
        }
    });
    use_effect_with(on_news, |on_news| {
        let listening = tabs::listen(on_news.clone());
        move || drop(listening)
    });
}
