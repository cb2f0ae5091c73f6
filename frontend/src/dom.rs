//! The little that is done to the document behind Yew's back: focus, title, live region.

use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, EventTarget, FocusOptions, HtmlElement};

/// The document, if there is one.
pub(crate) fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// The element with this id, if it is of type `T`.
pub(crate) fn by_id<T: JsCast>(id: &str) -> Option<T> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// The content of the document's `<meta>` of this name.
pub(crate) fn meta(name: &str) -> Option<String> {
    let selector = ["meta[name=", name, "]"].concat();
    document()?.query_selector(&selector).ok()??.get_attribute("content")
}

/// Names the page in the browser's tabs and history.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Moves the focus to the element with this id, without scrolling. Whether it was there.
pub(crate) fn focus_quietly(id: &str) -> bool {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    by_id::<HtmlElement>(id).is_some_and(|element| element.focus_with_options(&options).is_ok())
}

/// Moves the focus to the element with this id. Whether it was there.
pub(crate) fn focus(id: &str) -> bool {
    by_id::<HtmlElement>(id).is_some_and(|element| element.focus().is_ok())
}

/// Has a screen reader say `text` when it has finished its current one.
pub(crate) fn announce(text: &str) {
    const REGION: &str = "announcer";
    if let Some(region) = by_id::<HtmlElement>(REGION) {
        // A live region only speaks when its text changes; the trailing space makes a repetition a change.
        let repeated = region.text_content().is_some_and(|said| said == text);
        region.set_text_content(Some(&if repeated { text.to_owned() + "\u{a0}" } else { text.to_owned() }));
    }
}

/// Whether nothing in particular has the focus.
pub(crate) fn is_focus_free() -> bool {
    let focused = document().and_then(|document| document.active_element());
    focused.is_none_or(|element| element.tag_name() == "BODY" || element.id() == "main")
}

/// The height of the whole page, in pixels.
pub(crate) fn height() -> f64 {
    let root = document().and_then(|document| document.document_element());
    root.map_or(0.0, |root| root.scroll_height().into())
}

/// How many milliseconds ago the page was asked for.
pub(crate) fn age() -> f64 {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.map_or(0.0, |performance| performance.now())
}

/// Waits until the browser has done what else is due.
pub(crate) async fn next_task() {
    let due = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // A timer cannot be refused.
            let _ = window.set_timeout_with_callback(&resolve);
        }
    });
    // It resolves, and so never fails.
    let _ = JsFuture::from(due).await;
}

/// Leaves the app for another page.
pub(crate) fn leave_to(address: &str) {
    if let Some(window) = web_sys::window() {
        // Fails only for an invalid address.
        let _ = window.location().assign(address);
    }
}

/// Whether keys pressed on this target write text or choose an option.
pub(crate) fn is_text_field(target: Option<EventTarget>) -> bool {
    let element = target.and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| {
        element.matches("input:not([type=checkbox], [type=radio]), select, textarea").unwrap_or_default()
    })
}

/// Whether a dialog is open, which has the keys to itself.
pub(crate) fn is_dialog_open() -> bool {
    document().is_some_and(|document| matches!(document.query_selector("dialog[open]"), Ok(Some(_))))
}
