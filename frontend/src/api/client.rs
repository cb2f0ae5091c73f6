//! The transport: one `fetch` below [`API_BASE`], JSON both ways, a time limit over head and body.
//!
//! It speaks to `fetch` directly: gloo-net has no `keepalive`, which a delete on leaving the page needs, and
//! panics on an abort reason that is not an `Error`.

use js_sys::{Array, Reflect};
use shared::{API_BASE, Endpoint, Method, Target};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, DomException, RequestInit, Response};

use super::error::{ApiError, Reply};

/// Milliseconds that an answer may take, its body included.
const TIMEOUT_MS: u32 = 10_000;

/// Calls `E` at `target` and decodes its answer. Aborts after [`TIMEOUT_MS`] or when `signal` does.
pub(super) async fn call<E: Endpoint>(
    target: &Target,
    body: Option<&E::Request>,
    signal: Option<&AbortSignal>,
) -> Result<E::Response, ApiError> {
    let body = body.map(serde_json::to_string).transpose().map_err(|_| ApiError::Decode)?;
    let text = exchange(E::METHOD, target, body, signal).await?;
    serde_json::from_str(&text).map_err(|_| ApiError::Decode)
}

/// Calls `E` in a way that outlives the page, without looking at the answer.
pub(super) fn send_and_forget<E: Endpoint>(target: &Target) {
    let init = RequestInit::new();
    init.set_method(E::METHOD.as_str());
    // Not in web-sys yet. Setting a plain property of a plain object cannot fail.
    let _ = Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE);
    if let Some(window) = web_sys::window() {
        let _ = window.fetch_with_str_and_init(&address(target), &init);
    }
}

fn address(target: &Target) -> String {
    API_BASE.to_owned() + &target.relative()
}

/// The part of [`call`] that does not depend on the endpoint's types, so that it is compiled once.
async fn exchange(
    method: Method,
    target: &Target,
    body: Option<String>,
    signal: Option<&AbortSignal>,
) -> Result<String, ApiError> {
    let response = fetch(method, &address(target), body, signal).await.map_err(|err| failure(&err))?;
    let text = async { JsFuture::from(response.text()?).await }.await.map_err(|err| failure(&err))?;
    let text = text.as_string().unwrap_or_default();
    if response.ok() {
        return Ok(text);
    }
    let retry_after = response.headers().get("retry-after").ok().flatten();
    Err(ApiError::from(Reply { status: response.status(), retry_after: retry_after.as_deref(), body: &text }))
}

async fn fetch(
    method: Method,
    url: &str,
    body: Option<String>,
    signal: Option<&AbortSignal>,
) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method(method.as_str());

    let headers = web_sys::Headers::new()?;
    headers.set("accept", "application/json")?;
    if let Some(body) = body {
        headers.set("content-type", "application/json")?;
        init.set_body(&body.into());
    }
    init.set_headers(&headers);

    let timeout = AbortSignal::timeout_with_u32(TIMEOUT_MS);
    init.set_signal(Some(&match signal {
        Some(signal) => AbortSignal::any(&Array::of2(signal, &timeout)),
        None => timeout,
    }));

    let window = web_sys::window().ok_or(JsValue::NULL)?;
    JsFuture::from(window.fetch_with_str_and_init(url, &init)).await?.dyn_into()
}

/// What a rejected promise means. An aborted `fetch` rejects with its signal's reason, which tells a time limit
/// from a cancellation.
fn failure(reason: &JsValue) -> ApiError {
    let name = reason.dyn_ref::<DomException>().map(DomException::name);
    match name.as_deref() {
        Some("TimeoutError") => ApiError::Timeout,
        Some("AbortError") => ApiError::Cancelled,
        _ if web_sys::window().is_some_and(|window| !window.navigator().on_line()) => ApiError::Offline,
        _ => ApiError::Network,
    }
}
