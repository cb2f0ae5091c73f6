//! The account in the top bar: a link to the sign-in, or the person's menu.
//!
//! The menu is a popover of the browser's. That opens it, closes it on Escape and on a click elsewhere, and gives the focus
//! back, without a line of script.

use shared::{SessionInfo, SessionUser};
use yew::prelude::*;

use super::{
    icon::{Glyph, icon},
    person::avatar,
};
use crate::{
    app_context::{Changes, Wanted, use_changes},
    queries::{use_person_change, use_session},
    route::{Route, router::Link},
};

const MENU: &str = "account-menu";

/// Properties of [`Account`].
#[derive(Properties, PartialEq)]
pub(crate) struct AccountProps {
    /// The current page: a sign-in returns to it.
    pub(crate) route: Route,
}

/// "Sign in", or the person and what they can do. Bones of that size while it is not known which, nothing if it cannot
/// be found out: the rest of the bar does without.
#[component]
pub(crate) fn Account(props: &AccountProps) -> Html {
    let session = use_session();
    let changes = use_changes();
    {
        // What somebody wanted is not done in another one's name.
        let changes = changes.clone();
        use_person_change(move |_, is_first| {
            if !is_first {
                changes.forget();
            }
        });
    }
    let address = props.route.address();
    let content = match session.data.as_deref() {
        Some(SessionInfo { user: Some(user), .. }) => menu(user, address, changes),
        Some(_) if matches!(props.route, Route::SignIn(_)) => Html::default(),
        Some(_) => html! { <Link to={Route::SignIn(address)} class="button">{ "Sign in" }</Link> },
        None if session.is_loading() => html! { <span class="bone account__bone"></span> },
        None => Html::default(),
    };
    html! { <div class="account">{ content }</div> }
}

fn menu(user: &SessionUser, address: String, changes: Changes) -> Html {
    // The key: a navigation closes the menu.
    html! {
        <>
            <button type="button" class="button button--quiet account__button" popovertarget={MENU}
                aria-label={["Account: ", &user.name].concat()}>
                { avatar(user.id.parse().unwrap_or_default(), &user.name) }
                <span class="account__name">{ user.name.clone() }</span>
                { icon(Glyph::Down) }
            </button>
            <div key={address} id={MENU} class="card menu" popover="auto">
                <p class="menu__head">{ user.name.clone() }<br /><span class="hint">{ user.username.clone() }</span></p>
                <Link to={Route::History} class="button button--quiet">{ "History" }</Link>
                <Link to={Route::Sessions} class="button button--quiet">{ "Your sessions" }</Link>
                <button type="button" class="button button--quiet" popovertarget={MENU} popovertargetaction="hide"
                    onclick={move |_: MouseEvent| changes.make(Wanted::SignOut)}>
                    { "Sign out" }
                </button>
            </div>
        </>
    }
}
