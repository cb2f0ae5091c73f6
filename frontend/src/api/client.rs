//! Calls of the contract's endpoints: JSON both ways. All of them go through [`batcher`].

use std::{
    cell::Cell,
    future::poll_fn,
    task::{Poll, Waker},
};

use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;
use shared::{Endpoint, Method, Target};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortSignal;

use super::{
    batcher::{self, Call},
    error::ApiError,
    exchange::{address, exchange_version},
    fetch::{prepare_to_outlive, send},
    json::Json,
    version::Version,
};

/// Reads `E` at `target`, below [`API_BASE`](shared::API_BASE), and decodes its answer. It is asked for at once, before
/// the outcome is awaited. Ends when `signal` fires.
pub(super) fn read<E: Endpoint<Request = ()>>(
    target: &Target,
    signal: &AbortSignal,
) -> impl Future<Output = Result<E::Response, ApiError>> + use<E> {
    const { assert!(matches!(E::METHOD, Method::Get), "only what reads may be asked for among others") };
    let call = Call { method: E::METHOD, relative: target.relative(), body: None };
    let outcome = batcher::send(call, Some(signal.clone()));
    async move { decode(outcome.await?) }
}

/// Has `E` change something at `target`, and decodes its answer.
pub(super) async fn change<E: Endpoint>(
    target: &Target,
    body: Option<&E::Request>,
) -> Result<E::Response, ApiError> {
    let body = body.map(to_raw_value).transpose().map_err(|_| ApiError::Decode)?;
    decode(batcher::send(Call { method: E::METHOD, relative: target.relative(), body }, None).await?)
}

/// Reads the newest version of `E` at `target`, alone, with its tag.
pub(super) async fn read_version<E: Endpoint<Request = ()>>(
    target: &Target,
) -> Result<Version<E::Response>, ApiError> {
    let address = address(&target.relative());
    let (content, tag) = exchange_version(E::METHOD, &address, None, None, None).await?;
    Ok(Version { resource: decode(content)?, tag })
}

/// [`change`] of the version that `if_match` names, in a request of its own.
pub(super) async fn change_version<E: Endpoint>(
    target: &Target,
    body: &E::Request,
    if_match: &str,
) -> Result<E::Response, ApiError> {
    let body = serde_json::to_string(body).map_err(|_| ApiError::Decode)?;
    let address = address(&target.relative());
    let (content, _) = exchange_version(E::METHOD, &address, Some(body), Some(if_match), None).await?;
    decode(content)
}

/// The answer as the contract's type.
pub(super) fn decode<T: DeserializeOwned>(content: Json) -> Result<T, ApiError> {
    content.read().ok_or(ApiError::Decode)
}

/// Calls `E` in a way that outlives the page, without looking at the answer.
pub(super) fn send_and_forget<E: Endpoint>(target: &Target) {
    let request = prepare_to_outlive(E::METHOD, &address(&target.relative()));
    // The page may be gone before its end.
    let under_way = UnderWay::begin();
    spawn_local(async move {
        let _ = send(request).await;
        drop(under_way);
    });
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
    /// The task that waits for them; one sign-out at a time does.
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
