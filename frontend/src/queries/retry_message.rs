//! The action "Try again" in the message of a change that was refused for its rate.

use std::{cell::RefCell, rc::Weak};

use query_yew::MutationHandle;
use yew::Callback;

use crate::api::ApiError;

/// Where a hook keeps the handle of its mutation for that mutation's own callbacks. Weak in there: the handle holds the
/// mutation, and that its callbacks.
pub(super) type HandleSlot<I, T> = Weak<RefCell<Option<MutationHandle<I, T, ApiError>>>>;

/// Repeats a change that was refused for its rate: it has not been made, and may succeed later. `None` for other errors,
/// and when the component has gone.
pub(super) fn retry_action<I: Clone + 'static, T: 'static>(
    slot: &HandleSlot<I, T>,
    input: &I,
    err: &ApiError,
) -> Option<Callback<()>> {
    if !matches!(err, ApiError::RateLimited { .. }) {
        return None;
    }
    let handle = slot.upgrade()?.borrow().clone()?;
    let input = input.clone();
    Some(Callback::from(move |()| handle.mutate(input.clone())))
}
