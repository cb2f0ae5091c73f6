//! The person's own sessions.

use shared::{OwnSession, SessionInfo};
use yew::prelude::*;

use super::{fault_of, staleness_of};
use crate::{
    app_context::{Wanted, use_changes},
    components::{
        boundary::{Boundary, use_fault},
        heading::{HEADING, heading},
        notice::StaleNotice,
        skeleton::{Progress, RowBones, Skeleton},
    },
    dom,
    domain::{time, user_agent},
    queries::{use_end_session, use_own_sessions, use_session},
    route::{
        Route,
        router::{Entry, go},
    },
};

/// The own sessions, each to be ended.
#[component]
pub(crate) fn SessionsPage() -> Html {
    html! {
        <div class="page__body narrow">
            { heading("Your sessions") }
            <p class="muted">{ "Where you are signed in. End what you do not recognise." }</p>
            <Boundary><Sessions /></Boundary>
        </div>
    }
}

#[component]
fn Sessions() -> Html {
    let session = use_session();
    let own = use_own_sessions(session.data.as_deref());
    let changes = use_changes();
    let end = use_end_session();
    use_fault(fault_of(&session).or(fault_of(&own)));
    let signed_out = matches!(session.data.as_deref(), Some(SessionInfo { user: None, .. }));
    use_effect_with(signed_out, |signed_out| {
        if *signed_out {
            go(&Route::SignIn(Route::Sessions.address()), Entry::Replace);
        }
    });
    let Some(list) = &own.data else {
        return html! {
            <Skeleton label="Loading your sessions…" progress={Progress::of(&own)}><RowBones count={3} /></Skeleton>
        };
    };
    let on_end = Callback::from(move |session: OwnSession| {
        if session.current {
            changes.make(Wanted::SignOut);
        } else {
            // The button goes with its row.
            dom::focus(HEADING);
            dom::announce("Session ended");
            end.mutate(session);
        }
    });
    let now = (js_sys::Date::now() / 1000.0) as u64;
    html! {
        <div class="stack">
            <StaleNotice what="Your sessions" staleness={staleness_of(&own)} />
            <ul class="card todos">
                for session in &list.sessions {
                    <li key={session.handle.clone()} class="session">{ row(session, now, &on_end) }</li>
                }
            </ul>
            if list.sessions.len() < 2 {
                <p class="hint">{ "You are signed in nowhere else." }</p>
            }
        </div>
    }
}

fn row(session: &OwnSession, now: u64, on_end: &Callback<OwnSession>) -> Html {
    let browser = user_agent::describe(&session.user_agent);
    let facts = [
        &session.address,
        " · Signed in ",
        &time::ago(now, session.created_at),
        " · Last used ",
        &time::ago(now, session.last_used_at),
    ]
    .concat();
    let (action, label) = if session.current {
        ("Sign out", None)
    } else {
        ("End", Some(["End the session of ", &browser, ", ", &session.address].concat()))
    };
    let onclick = {
        let session = session.clone();
        on_end.reform(move |_: MouseEvent| session.clone())
    };
    html! {
        <>
            <p class="session__text">
                <span class="session__browser">
                    { browser }
                    if session.current { <span class="status status--done">{ "This browser" }</span> }
                </span>
                <span class="hint">{ facts }</span>
            </p>
            <button type="button" class="button" aria-label={label} {onclick}>{ action }</button>
        </>
    }
}
