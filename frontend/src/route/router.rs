//! Binds [`Route`] to the browser's history: a hook to read it, a function to change it, and links.
//!
//! It is this small because the app has six pages; yew-router adds 40 kB (brotli) to the 50 kB of Yew itself.
//!
//! Its limits: there is one table of addresses ([`Route::parse`] and [`Route::address`]), the same below a base path. No page has
//! routes of its own. What "back" shall return to has an address, and no state beside it.

use wasm_bindgen::JsValue;
use web_sys::{Event, MouseEvent};
use yew::prelude::*;

use super::Route;
use crate::{
    base_path::{inside, outside},
    hooks::{use_event, use_window_event},
};

/// The event of every navigation: the browser's for back and forward, and the one that [`go`] sends.
const MOVED: &str = "popstate";

/// The history entry of a navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A new entry, to which "back" returns.
    Push,
    /// A new address for the current entry.
    Replace,
}

/// The current route.
pub(crate) fn current() -> Route {
    let Some(location) = web_sys::window().map(|window| window.location()) else {
        return Route::NotFound;
    };
    let path = inside(&location.pathname().unwrap_or_default());
    Route::parse(&path, &location.search().unwrap_or_default())
}

/// The id of the part of the page that the address names, if it names one.
pub(crate) fn part() -> Option<String> {
    let hash = web_sys::window()?.location().hash().ok()?;
    hash.strip_prefix('#').filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Goes to `route`.
pub(crate) fn go(route: &Route, entry: Entry) {
    go_to_address(route, &route.address(), entry);
}

/// Goes to `route`, where the focus begins at the part with this id.
pub(crate) fn go_to_part(route: &Route, id: &str) {
    go_to_address(route, &[&route.address(), "#", id].concat(), Entry::Push);
}

fn go_to_address(route: &Route, address: &str, entry: Entry) {
    let Some(window) = web_sys::window() else { return };
    let address = outside(address);
    let here = current();
    // The link of the page one is on adds nothing to go back to, as in a page without script.
    let entry = if *route == here { Entry::Replace } else { entry };
    let moved = window.history().and_then(|history| match entry {
        Entry::Push => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
        Entry::Replace => history.replace_state_with_url(&JsValue::NULL, "", Some(&address)),
    });
    if moved.is_err() {
        // Browsers limit how often an address may change by script. Loading the page has no such limit.
        let _ = window.location().assign(&address);
        return;
    }
    if !route.same_page(&here) {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
    // History calls are silent. With this event the route's readers learn of all navigations in one way.
    let _ = Event::new(MOVED).and_then(|event| window.dispatch_event(&event));
}

/// The current route. Renders the component again on every navigation.
#[hook]
pub(crate) fn use_route() -> Route {
    let route = use_state_eq(current);
    let shown = (*route).clone();
    let on_move = use_event(move |_| route.set(current()));
    use_window_event(MOVED, on_move);
    shown
}

/// Properties of [`Link`].
#[derive(Properties, PartialEq)]
pub(crate) struct LinkProps {
    /// Where it leads.
    pub(crate) to: Route,
    /// Its content.
    pub(crate) children: Html,
    /// Classes.
    #[prop_or_default]
    pub(crate) class: Classes,
    /// Id, to move the focus to.
    #[prop_or_default]
    pub(crate) id: Option<AttrValue>,
    /// `aria-current`.
    #[prop_or_default]
    pub(crate) current: Option<AttrValue>,
    /// `dir`, for texts that people have written.
    #[prop_or_default]
    pub(crate) dir: Option<AttrValue>,
}

/// A real link, so that it can be opened in a new tab, which a plain click follows without loading a page.
#[component]
pub(crate) fn Link(props: &LinkProps) -> Html {
    let LinkProps { to, children, class, id, current, dir } = props;
    let onclick = {
        let to = to.clone();
        move |event: MouseEvent| {
            let modified = event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key();
            if event.button() == 0 && !modified {
                event.prevent_default();
                go(&to, Entry::Push);
            }
        }
    };
    html! {
        <a class={class.clone()} id={id.clone()} href={outside(&to.address())} {onclick}
            aria-current={current.clone()} dir={dir.clone()}>
            { children.clone() }
        </a>
    }
}
