//! The transport: gloo-net requests to our own server, JSON both ways, a time limit over head and body.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::Pin,
    task::{Poll, Waker},
};

use gloo_net::{
    Error,
    http::{Request, Response},
};
use js_sys::{Array, Reflect};
use serde::de::DeserializeOwned;
use shared::{API_BASE, Endpoint, Method, Target, session::LOGIN_PATH};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortSignal, RequestInit};

use super::{
    error::{ApiError, Reply},
    json::parse,
    session_end,
};

/// Milliseconds that an answer may take, its body included.
const TIMEOUT_MS: u32 = 10_000;

/// Calls `E` at `target`, below [`API_BASE`], and decodes its answer. Aborts after [`TIMEOUT_MS`] or when `signal`
/// does.
pub(super) async fn call<E: Endpoint>(
    target: &Target,
    body: Option<&E::Request>,
    signal: Option<&AbortSignal>,
) -> Result<E::Response, ApiError> {
    let body = body.map(serde_json::to_string).transpose().map_err(|_| ApiError::Decode)?;
    decode(&exchange(E::METHOD, &address(target), body, signal).await?)
}

/// The answer as what the contract says it is.
pub(super) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    parse(text).ok_or(ApiError::Decode)
}

/// Calls `E` in a way that outlives the page, without looking at the answer.
pub(super) fn send_and_forget<E: Endpoint>(target: &Target) {
    let init = RequestInit::new();
    init.set_method(E::METHOD.as_str());
    // Not in web-sys yet. Setting a plain property of a plain object cannot fail.
    let _ = Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE);
    if let Ok(request) = request(&address(target), &init) {
        // The browser has the request once it is made; there may be nobody left to hear of its end.
        let under_way = UnderWay::begin();
        spawn_local(async move {
            let _ = request.send().await;
            drop(under_way);
        });
    }
}

/// Waits until whatever outlives the page has been answered: what is sent in a session's name has to be taken before the
/// session ends.
pub(crate) async fn all_answered() {
    poll_fn(|cx| {
        if UNDER_WAY.get() == 0 {
            return Poll::Ready(());
        }
        WAITING.set(Some(cx.waker().clone()));
        Poll::Pending
    })
    .await;
}

thread_local! {
    /// How many requests that outlive the page have not been answered.
    static UNDER_WAY: Cell<usize> = const { Cell::new(0) };
    /// Who waits for them; one sign-out at a time does.
    static WAITING: Cell<Option<Waker>> = const { Cell::new(None) };
}

/// One of them, until it is dropped.
struct UnderWay;

impl UnderWay {
    fn begin() -> Self {
        UNDER_WAY.set(UNDER_WAY.get() + 1);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.set(UNDER_WAY.get().saturating_sub(1));
        if let Some(waiting) = WAITING.take() {
            waiting.wake();
        }
    }
}

fn address(target: &Target) -> String {
    API_BASE.to_owned() + &target.relative()
}

fn request(address: &str, init: &RequestInit) -> Result<Request, JsValue> {
    // Not gloo-net's builder: that has no `keepalive`, and parses every address again.
    web_sys::Request::new_with_str_and_init(address, init).map(Request::from)
}

/// Sends a request to an address of our own server, and returns the body of a successful answer. It does not depend
/// on types, so that it is compiled once, and is boxed, so that whoever waits for it holds a pointer and not all that
/// it holds.
pub(super) fn exchange<'a>(
    method: Method,
    address: &'a str,
    body: Option<String>,
    signal: Option<&'a AbortSignal>,
) -> Pin<Box<dyn Future<Output = Result<String, ApiError>> + 'a>> {
    Box::pin(async move {
        let request = prepare(method, address, body, signal).map_err(|_| ApiError::Network)?;
        let (response, text) = answer(request).await.map_err(|err| failure(&err))?;
        if response.ok() {
            return Ok(text);
        }
        let retry_after = response.headers().get("retry-after");
        let reply = Reply { status: response.status(), retry_after: retry_after.as_deref(), body: &text };
        let err = ApiError::from(reply);
        // A sign-in that is refused ends nothing.
        if err.is_unauthenticated() && address != LOGIN_PATH {
            session_end::tell();
        }
        Err(err)
    })
}

fn prepare(
    method: Method,
    address: &str,
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
    request(address, &init)
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
