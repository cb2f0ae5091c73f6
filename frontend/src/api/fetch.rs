//! The browser's `fetch` by gloo-net, with a time limit over head and body, and the errors of its failures.

use js_sys::{Array, Reflect};
use shared::Method;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Request, RequestInit, Response};

use super::{
    error::{ApiError, Reply},
    json::Json,
};
use crate::base_path::outside;

/// Milliseconds that an answer may take, its body included.
const TIMEOUT_MS: u32 = 10_000;

/// A field of a request: its name and its value.
pub(super) type Field<'a> = (&'static str, &'a str);

/// The type of content that most requests ask for.
pub(super) const JSON: Field<'static> = ("accept", "application/json");

/// A request to an address of our own server. `body` is JSON. It ends when `signal` fires.
pub(super) fn prepare(
    method: Method,
    address: &str,
    fields: &[Field<'_>],
    body: Option<&str>,
    signal: &AbortSignal,
) -> Result<Request, JsValue> {
    Request::new_with_str_and_init(&outside(address), &init(method, fields, body, signal)?)
}

/// A request for a stream, which is open for as long as the page is.
pub(super) fn prepare_stream(
    address: &str,
    fields: &[Field<'_>],
    signal: &AbortSignal,
) -> Result<Request, JsValue> {
    let init = init(Method::Get, fields, None, signal)?;
    // Nothing on the page waits for it. Not in web-sys yet.
    Reflect::set(&init, &"priority".into(), &"low".into())?;
    Request::new_with_str_and_init(&outside(address), &init)
}

fn init(
    method: Method,
    fields: &[Field<'_>],
    body: Option<&str>,
    signal: &AbortSignal,
) -> Result<RequestInit, JsValue> {
    let init = RequestInit::new();
    init.set_method(method.as_str());

    let headers = Headers::new()?;
    for (name, value) in fields {
        headers.set(name, value)?;
    }
    if let Some(body) = body {
        headers.set("content-type", "application/json")?;
        init.set_body(&body.into());
    }
    init.set_headers(&headers);

    init.set_signal(Some(signal));
    Ok(init)
}

/// A signal that fires after [`TIMEOUT_MS`], or when `signal` does.
pub(super) fn within_time_limit(signal: Option<&AbortSignal>) -> AbortSignal {
    let timeout = AbortSignal::timeout_with_u32(TIMEOUT_MS);
    match signal {
        Some(signal) => AbortSignal::any(&Array::of2(signal, &timeout)),
        None => timeout,
    }
}

/// A request that outlives the page.
pub(super) fn prepare_to_outlive(method: Method, address: &str) -> Result<Request, JsValue> {
    let init = RequestInit::new();
    init.set_method(method.as_str());
    // Not in web-sys yet.
    Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE)?;
    Request::new_with_str_and_init(&outside(address), &init)
}

/// Sends a request, and returns the head of its answer.
pub(super) async fn send(request: Result<Request, JsValue>) -> Result<Response, ApiError> {
    // Making one does not fail in a browser.
    let request = request.map_err(|_| ApiError::Network)?;
    // Sent by gloo-net, and made without it: its builder has no `keepalive`, and parses every address again.
    match gloo_net::http::Request::from(request).send().await {
        Ok(response) => Ok(response.into()),
        Err(gloo_net::Error::JsError(err)) => Err(ended_by(&err.name)),
        Err(_) => Err(ApiError::Network),
    }
}

/// The whole answer: the content if it is a success, and else its error.
pub(super) async fn content(response: &Response) -> Result<Json, ApiError> {
    let body = match response.json() {
        Ok(body) => JsFuture::from(body).await,
        Err(err) => Err(err),
    };
    let body = match body {
        Ok(body) => body,
        // It was there, and is no JSON.
        Err(err) if name(&err) == "SyntaxError" => JsValue::UNDEFINED,
        Err(err) => return Err(failure(&err)),
    };
    let retry_after = response.headers().get("retry-after").ok().flatten();
    outcome(response.status(), retry_after, Json::of(body))
}

/// The outcome of an answer with this status, `Retry-After` and content, whether it came alone or in a batch.
pub(super) fn outcome(status: u16, retry_after: Option<String>, body: Json) -> Result<Json, ApiError> {
    if (200..300).contains(&status) {
        return Ok(body);
    }
    Err(Reply { status, retry_after: retry_after.as_deref(), body: &body }.into())
}

/// The error of an answer that breaks off.
pub(super) fn failure(error: &JsValue) -> ApiError {
    ended_by(&name(error))
}

/// The error of a request without an answer. An aborted one fails with its signal's reason, which separates a time limit
/// from a cancellation.
fn ended_by(error_name: &str) -> ApiError {
    match error_name {
        "TimeoutError" => ApiError::Timeout,
        "AbortError" => ApiError::Cancelled,
        _ if web_sys::window().is_some_and(|window| !window.navigator().on_line()) => ApiError::Offline,
        _ => ApiError::Network,
    }
}

/// The name of an `Error` or `DOMException`.
fn name(error: &JsValue) -> String {
    let name = Reflect::get(error, &"name".into()).ok();
    name.and_then(|name| name.as_string()).unwrap_or_default()
}
