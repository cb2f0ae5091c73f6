//! The action "Try again" in the message of a change that was refused for its rate.

use query_yew::MutationCall;
use yew::Callback;

use crate::api::ApiError;

/// Repeats a change that was refused for its rate: it has not been made, and may succeed later. `None` for other errors.
pub(super) fn retry_action<I: 'static>(call: &MutationCall<I>, err: &ApiError) -> Option<Callback<()>> {
    if !matches!(err, ApiError::RateLimited { .. }) {
        return None;
    }
    let call = call.clone();
    Some(Callback::from(move |()| call.again()))
}
