//! The place on the page, over a reload. Browsers keep it by themselves only for a page that has its height at once.

use std::{cell::Cell, rc::Rc};

use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use web_sys::{PerformanceNavigation, Window};
use yew::prelude::*;

use super::{use_event, use_window_event};
use crate::{dom, route::router::current, tab_storage};

const NAME: &str = "/scroll";

/// Milliseconds between two looks at the height of the page, and how often to look: for 10 s.
const LOOK: u32 = 50;
const LOOKS: u32 = 200;

/// The events of somebody who uses the page.
const USES: [&str; 4] = ["wheel", "touchstart", "pointerdown", "keydown"];

/// Keeps the place of the page that goes, and returns to it once the first page is rendered.
#[hook]
pub(crate) fn use_kept_scroll(is_rendered: bool) {
    let on_leave = use_event(|_: Event| {
        if let Some(window) = web_sys::window() {
            let place = window.scroll_y().unwrap_or_default() as u32;
            tab_storage::set(NAME, &[&place.to_string(), "\n", &current().address()].concat());
        }
    });
    use_window_event("pagehide", on_leave);
    use_effect_with(is_rendered, |is_rendered| {
        if *is_rendered
            && let Some(window) = web_sys::window()
            && let Some(place) = kept(&window)
        {
            spawn_local(return_to(window, place));
        }
    });
}

/// The place that was kept, if this is the same page again: after a reload, or on the way back.
fn kept(window: &Window) -> Option<u32> {
    let kept = tab_storage::get(NAME)?;
    tab_storage::remove(NAME);
    let (place, address) = kept.split_once('\n')?;
    let way = window.performance()?.navigation().type_();
    let is_again =
        [PerformanceNavigation::TYPE_RELOAD, PerformanceNavigation::TYPE_BACK_FORWARD].contains(&way);
    if !is_again || address != current().address() {
        return None;
    }
    // A number with a fraction would bring 14 kB of tables along.
    place.parse().ok()
}

/// Scrolls as soon as the page is high enough, unless somebody does something meanwhile.
async fn return_to(window: Window, place: u32) {
    let (page, place) = (current(), f64::from(place));
    let is_used = Rc::<Cell<bool>>::default();
    let _listeners = USES.map(|event| {
        let is_used = Rc::clone(&is_used);
        EventListener::new(&window, event, move |_| is_used.set(true))
    });
    for _ in 0..LOOKS {
        if is_used.get() || current() != page {
            return;
        }
        let seen = window.inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
        if dom::height() - seen >= place {
            window.scroll_to_with_x_and_y(0.0, place);
            return;
        }
        TimeoutFuture::new(LOOK).await;
    }
}
