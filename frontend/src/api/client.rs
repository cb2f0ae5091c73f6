//! The transport: gloo-net requests below [`API_BASE`], JSON both ways, a time limit over head and body.

use gloo_net::{
    Error,
    http::{Request, Response},
};
use js_sys::{Array, Reflect};
use shared::{API_BASE, Endpoint, Method, Target};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortSignal, RequestInit};

use super::{
    error::{ApiError, Reply},
    json::parse,
};

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
    parse(&text).ok_or(ApiError::Decode)
}

/// Calls `E` in a way that outlives the page, without looking at the answer.
pub(super) fn send_and_forget<E: Endpoint>(target: &Target) {
    let init = RequestInit::new();
    init.set_method(E::METHOD.as_str());
    // Not in web-sys yet. Setting a plain property of a plain object cannot fail.
    let _ = Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE);
    if let Ok(request) = request(target, &init) {
        // The browser has the request once it is made; there is nobody left to hear of its end.
        spawn_local(async { drop(request.send().await) });
    }
}

fn request(target: &Target, init: &RequestInit) -> Result<Request, JsValue> {
    // Not gloo-net's builder: that has no `keepalive`, and parses every address again.
    let address = API_BASE.to_owned() + &target.relative();
    web_sys::Request::new_with_str_and_init(&address, init).map(Request::from)
}

/// The part of [`call`] that does not depend on the endpoint's types, so that it is compiled once.
async fn exchange(
    method: Method,
    target: &Target,
    body: Option<String>,
    signal: Option<&AbortSignal>,
) -> Result<String, ApiError> {
    let request = prepare(method, target, body, signal).map_err(|_| ApiError::Network)?;
    let (response, text) = answer(request).await.map_err(|err| failure(&err))?;
    if response.ok() {
        return Ok(text);
    }
    let retry_after = response.headers().get("retry-after");
    Err(ApiError::from(Reply { status: response.status(), retry_after: retry_after.as_deref(), body: &text }))
}

fn prepare(
    method: Method,
    target: &Target,
    body: Option<String>,
    signal: Option<&AbortSignal>,
) -> Result<Request, JsValue> {
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
    request(target, &init)
}

async fn answer(request: Request) -> Result<(Response, String), Error> {
    let response = request.send().await?;
    let text = response.text().await?;
    Ok((response, text))
}

/// What a failed request means. An aborted one fails with its signal's reason, which tells a time limit from a
/// cancellation. Both are the browser's own `DOMException`s; gloo-net takes no reason that is not an `Error`.
fn failure(error: &Error) -> ApiError {
    let name = match error {
        Error::JsError(error) => error.name.as_str(),
        _ => "",
    };
    match name {
        "TimeoutError" => ApiError::Timeout,
        "AbortError" => ApiError::Cancelled,
        _ if web_sys::window().is_some_and(|window| !window.navigator().on_line()) => ApiError::Offline,
        _ => ApiError::Network,
    }
}
