//! The style of the panel, as a sheet that a script has made: a strict content security policy allows no other.

use wasm_bindgen::{JsCast, JsValue};
use yew::prelude::*;

const CSS: &str = include_str!("devtools.css");

thread_local! {
    /// Whether the page has the style.
    static IS_THERE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Gives the page the style of the panel, once.
#[hook]
pub(super) fn use_style() {
    use_effect_with((), |()| {
        // A browser that knows no such sheets shows the panel without style.
        if !IS_THERE.replace(true) {
            let _ = adopt();
        }
    });
}

fn adopt() -> Result<(), JsValue> {
    let class: js_sys::Function =
        js_sys::Reflect::get(&js_sys::global(), &"CSSStyleSheet".into())?.dyn_into()?;
    let sheet = js_sys::Reflect::construct(&class, &js_sys::Array::new())?;
    call(&sheet, "replaceSync", &CSS.into())?;
    let document = js_sys::Reflect::get(&js_sys::global(), &"document".into())?;
    let sheets = js_sys::Reflect::get(&document, &"adoptedStyleSheets".into())?;
    call(&sheets, "push", &sheet)
}

fn call(object: &JsValue, name: &str, argument: &JsValue) -> Result<(), JsValue> {
    let function: js_sys::Function = js_sys::Reflect::get(object, &name.into())?.dyn_into()?;
    function.call1(object, argument).map(drop)
}
