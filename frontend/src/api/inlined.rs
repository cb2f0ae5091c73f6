//! Answers that the server has put into the page, in the elements of `index.html` that name them.
//!
//! They are there before the app is, and save its first requests. Any other server leaves the elements empty.

use js_sys::Reflect;
use serde::de::DeserializeOwned;
use web_sys::Element;

use super::json::Json;
use crate::dom;

/// The attribute that names a read.
const NAME: &str = "data-bff";

/// The answer to the read of `address`, as the page was answered; nothing where the page has none.
pub(super) fn inlined<T: DeserializeOwned>(address: &str) -> Option<T> {
    inlined_json(address)?.read()
}

/// The same before it is anything but JSON.
pub(super) fn inlined_json(address: &str) -> Option<Json> {
    let text = Reflect::get(element(address)?.as_ref(), &"textContent".into()).ok()?;
    Some(Json::parse_there(&text)).filter(Json::is_something)
}

/// Has the answer to the read of `address` not be found again: it is as old as the page.
pub(super) fn forget_inlined(address: &str) {
    if let Some(element) = element(address) {
        // Removing it fails only where it is gone.
        let _ = element.remove_attribute(NAME);
    }
}

fn element(address: &str) -> Option<Element> {
    let selector = ["script[", NAME, "=\"", address, "\"]"].concat();
    dom::document()?.query_selector(&selector).ok()?
}
