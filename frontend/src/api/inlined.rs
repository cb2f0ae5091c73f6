//! Answers that the server has put into the page, in the elements of `index.html` that name them.
//!
//! They are there before the app is, and save its first requests. Any other server leaves the elements empty.

use js_sys::Reflect;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::Element;

use super::json::Json;
use crate::dom;

/// The attribute that names a read.
const NAME: &str = "data-bff";

#[wasm_bindgen]
extern "C" {
    /// The browser's parser for a text that it has already. js-sys hands it texts of the app, and each would go in and out.
    #[wasm_bindgen(catch, js_namespace = JSON)]
    fn parse(text: &JsValue) -> Result<JsValue, JsValue>;
}

/// The answer to the read of `address`, as the page was answered; nothing where the page has none.
pub(super) fn inlined<T: DeserializeOwned>(address: &str) -> Option<T> {
    inlined_json(address)?.read()
}

/// The same before it is anything but JSON.
pub(super) fn inlined_json(address: &str) -> Option<Json> {
    let text = Reflect::get(element(address)?.as_ref(), &"textContent".into()).ok()?;
    parse(&text).ok().map(Json::of)
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
