//! The action "Try again" in the message of a change that failed.

use query_yew::MutationCall;
use yew::Callback;

use crate::{api::ApiError, app_context::ToastAction};

/// Makes a change once more. `None` where that cannot help. The first attempt may have been made in spite of its error, so that
/// it is the person who decides.
pub(super) fn retry_action<I: 'static>(call: &MutationCall<I>, err: &ApiError) -> Option<ToastAction> {
    let call = call.clone();
    err.may_work_later().then(|| ToastAction::again(Callback::from(move |()| call.again())))
}
